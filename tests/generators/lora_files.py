"""LoRA files of random weights for tiny networks. Not a test itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

Weights = dict[str, Tensor]
ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1"
LINEAR = (f"{ATTENTION}.to_q", f"{ATTENTION}.to_out.0", "mid_block.resnets.0.time_emb_proj")
CONVOLUTIONS = (
    "down_blocks.0.downsamplers.0.conv",
    "up_blocks.1.resnets.0.conv1",
    "down_blocks.1.resnets.0.conv_shortcut",
)
RANK = 3


def pairs(network: Any, names: Sequence[str], seed: int = 1) -> dict[str, tuple[Tensor, Tensor]]:
    """Down and up for each of the layers ``names`` of ``network``, loud enough to be seen."""
    source = torch.Generator().manual_seed(seed)
    made = {}
    for name in names:
        weight = network.get_submodule(name).weight
        down = torch.randn(RANK, *weight.shape[1:], generator=source) * 0.6
        tail = (1, 1) if weight.ndim == 4 else ()
        made[name] = down, torch.randn(weight.shape[0], RANK, *tail, generator=source) * 0.6
    return made


def kohya(made: dict[str, tuple[Tensor, Tensor]], alpha: float) -> Weights:
    held: Weights = {}
    for name, (down, up) in made.items():
        base = f"lora_unet_{name.replace('.', '_')}"
        held |= {f"{base}.lora_down.weight": down, f"{base}.lora_up.weight": up, f"{base}.alpha": torch.tensor(alpha)}
    return held


def peft(made: dict[str, tuple[Tensor, Tensor]]) -> Weights:
    held: Weights = {}
    for name, (down, up) in made.items():
        held |= {f"unet.{name}.lora_A.weight": down, f"unet.{name}.lora_B.weight": up}
    return held


def older(made: dict[str, tuple[Tensor, Tensor]]) -> Weights:
    """As diffusers wrote those of attention layers at first."""
    held: Weights = {}
    for name, (down, up) in made.items():
        block, _, layer = name.removesuffix(".0").rpartition(".")
        held |= {
            f"unet.{block}.processor.{layer}_lora.down.weight": down,
            f"unet.{block}.processor.{layer}_lora.up.weight": up,
        }
    return held


def merged(network: Any, made: dict[str, tuple[Tensor, Tensor]], times: float) -> None:
    """Add ``times`` up · down to the weights of ``network`` itself: what a LoRA means, in plain matrices."""
    with torch.no_grad():
        for name, (down, up) in made.items():
            weight = network.get_submodule(name).weight
            weight += times * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)


def write(path: Path, weights: Weights, metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: each.contiguous() for name, each in weights.items()}, path, metadata)
    return path
