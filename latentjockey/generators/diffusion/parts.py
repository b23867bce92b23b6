"""The parts of a diffusion model, loaded from its folder. Engine process; nothing is ever fetched from anywhere.

Which class loads a part stands in the list of :mod:`latentjockey.models.diffusion_folder`, never in the folder alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are first imported, right below
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("DISABLE_TELEMETRY", "1")

import diffusers
import transformers
from diffusers.utils import logging as diffusers_logging

from latentjockey.base.diagnostics import StageError
from latentjockey.models.diffusion_folder import Part

_LOGS: Any = (diffusers_logging, transformers.logging)
for _log in _LOGS:
    _log.set_verbosity_error()
    _log.disable_progress_bar()

_NETWORKS: dict[str, Callable[..., Any]] = {
    "UNet2DConditionModel": diffusers.UNet2DConditionModel.from_pretrained,
    "UNet2DModel": diffusers.UNet2DModel.from_pretrained,
    "ControlNetModel": diffusers.ControlNetModel.from_pretrained,
    "DiTTransformer2DModel": diffusers.DiTTransformer2DModel.from_pretrained,
    "Transformer2DModel": diffusers.DiTTransformer2DModel.from_pretrained,
    "AutoencoderKL": diffusers.AutoencoderKL.from_pretrained,
    "AutoencoderTiny": diffusers.AutoencoderTiny.from_pretrained,
}
_TEXTS: dict[str, Callable[..., Any]] = {
    "CLIPTextModel": transformers.CLIPTextModel.from_pretrained,
    "CLIPTextModelWithProjection": transformers.CLIPTextModelWithProjection.from_pretrained,
}
_CONVOLUTIONS = ("UNet2DConditionModel", "UNet2DModel", "ControlNetModel", "AutoencoderKL", "AutoencoderTiny")
_LONGEST = 200


class DiffusionError(StageError):
    """A diffusion model that cannot be played; ``str()`` is one sentence that names it."""


def network(folder: Path, part: Part, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A part with weights, on ``device``, for inference. Raises DiffusionError; lack of memory as it comes."""
    load, key = (_TEXTS[part.cls], "dtype") if part.cls in _TEXTS else (_NETWORKS[part.cls], "torch_dtype")
    how = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True, key: dtype}
    if part.variant:
        how["variant"] = part.variant
    made, told = _asked(folder, part, lambda: load(str(folder / part.folder), **how))
    # The libraries draw weights that are missing by chance, and say so in a log; here that would be noise on the stage.
    lacking = [*told.get("missing_keys", ()), *told.get("mismatched_keys", ())]
    if lacking or any(each.is_meta for each in made.parameters()):
        called, first = part.folder or part.cls, str(lacking[0])[:60] if lacking else "all"
        raise DiffusionError(f"{folder.name} cannot be played: weights of its {called} are missing, such as {first}.")
    network: nn.Module = made.requires_grad_(False).eval().to(device=device, dtype=dtype)
    if part.cls in _CONVOLUTIONS and device.type == "cuda":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def tokenizer(folder: Path, part: Part) -> Any:
    """What cuts texts into the numbers that a text encoder hears. Raises DiffusionError."""
    load = transformers.CLIPTokenizer.from_pretrained
    return _asked(folder, part, lambda: load(str(folder / part.folder), local_files_only=True))


def number_format(device: torch.device) -> torch.dtype:
    """The format of numbers that a diffusion model is played in: half where the device is made for it, and of the two
    halves the one that bears large numbers."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def _asked(folder: Path, part: Part, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MemoryError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        if "out of memory" in words:
            raise
        called = part.folder or part.cls
        raise DiffusionError(f"{folder.name} cannot be played: its {called} could not be loaded: {words}.") from error
