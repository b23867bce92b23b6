"""StyleGAN2 as the common PyTorch port (rosinality's) saves it: a table of tensors under ``g_ema``. Pure, numpy only.

It says nothing of itself but by its tensors: sizes and widths are those that they have. What cannot be seen is as the
port has it: blocks joined by ``skip``, a mapping that learned at 0.01, nothing clamped, no classes.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.families.stylegan2_weights import Facts
from latentjockey.models.families.weights import Weights, whole

_SEED = 0
_PARTS = {
    "conv.weight": "weight", "conv.modulation.weight": "affine.weight", "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength", "activate.bias": "bias", "bias": "bias",
    "conv.blur.kernel": "resample_filter", "upsample.kernel": "resample_filter",
}  # fmt: skip

Tensors = dict[str, NDArray[Any]]


def network(root: object) -> tuple[Weights, Facts] | None:
    """What such a file holds, or ``None`` where it is none. Raises RefusedError."""
    table = _generator(root)
    if table is None:
        return None
    made = dict(_one(name, value) for name, value in table.items())
    average = root.get("latent_avg") if isinstance(root, dict) else None
    if isinstance(average, np.ndarray) and average.dtype.kind in "fiu" and "mapping.w_avg" not in made:
        made["mapping.w_avg"] = average.ravel()
    weights = Weights(made)
    const, first = weights.shape("synthesis.b4.const"), weights.shape("mapping.fc0.weight")
    whole(const[0] if const else 0, "width at 4 px", 1, 4096)
    blocks = 1
    while f"synthesis.b{4 << blocks}.conv1.weight" in weights and blocks < 11:
        blocks += 1
    last = max((n for n in range(64) if f"mapping.fc{n}.weight" in weights), default=0)
    w_dim = whole((*weights.shape(f"mapping.fc{last}.weight"), 0)[0], "w_dim", 1, 4096)
    z_dim = whole((*first, 0, 0)[1], "z_dim", 1, 4096)
    return _with_noise(made, blocks), Facts(2 << blocks, z_dim, w_dim)


def _generator(root: object) -> Tensors | None:
    """The averaged generator's tensors by name."""
    if not isinstance(root, dict):
        return None
    for table in (root.get("g_ema"), root.get("g"), root.get("params_ema"), root):
        if isinstance(table, dict):
            named = {
                str(name).removeprefix("module."): value
                for name, value in table.items()
                if isinstance(name, str) and isinstance(value, np.ndarray) and value.dtype.kind in "fiu"
            }
            if "input.input" in named and "conv1.conv.modulation.weight" in named:
                return named
    return None


def _one(name: str, value: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """The name that NVIDIA's program has for a tensor, and its numbers as they lie there; others keep their own."""
    if found := re.fullmatch(r"style\.(\d{1,2})\.(weight|bias)", name):
        return f"mapping.fc{int(found[1]) - 1}.{found[2]}", value
    if name == "input.input":
        return "synthesis.b4.const", _first(value)
    if name == "latent_avg":
        return "mapping.w_avg", value.ravel()
    if found := re.fullmatch(r"noises\.noise_(\d{1,2})", name):
        return f"synthesis.{_place(int(found[1]))}.noise_const", _first(_first(value))
    if found := re.fullmatch(r"(conv1|convs\.(\d{1,2}))\.(.+)", name):
        place, piece = _place(0 if found[2] is None else int(found[2]) + 1), _PARTS.get(found[3])
    elif found := re.fullmatch(r"(to_rgb1|to_rgbs\.(\d))\.(.+)", name):
        place, piece = f"b{4 if found[2] is None else 8 << int(found[2])}.torgb", _PARTS.get(found[3])
    else:
        return name, value
    if piece is None:
        return name, value
    return f"synthesis.{place}.{piece}", _turned(piece, value)


def _place(index: int) -> str:
    """Where the convolution with this number, counted from that at 4×4, stands."""
    return f"b{4 << ((index + 1) // 2)}.conv{0 if index % 2 else 1}"


def _turned(piece: str, value: NDArray[Any]) -> NDArray[Any]:
    if piece == "weight":
        return _first(value)
    if piece == "noise_strength":
        return value.reshape(()) if value.size == 1 else value
    if piece == "resample_filter":
        return value / np.float32(4.0)
    return value.ravel() if piece == "bias" else value


def _with_noise(made: Tensors, blocks: int) -> Weights:
    """With maps of noise where early versions of the port kept none: drawn from a fixed seed."""
    source = np.random.default_rng(_SEED)
    for index in range(2 * blocks - 1):
        name = f"synthesis.{_place(index)}.noise_const"
        side = 4 << ((index + 1) // 2)
        drawn = source.standard_normal((side, side)).astype(np.float32)
        made.setdefault(name, drawn)
    return Weights(made)


def _first(value: NDArray[Any]) -> NDArray[Any]:
    """What lies in an axis of one; any other stays, and its shape is refused later."""
    return value[0] if value.ndim and len(value) == 1 else value
