"""The weights of a StyleGAN2 network, whoever wrote them, in our names and with their gains multiplied in. Pure, numpy.

The readers of single formats bring everything to the names of NVIDIA's PyTorch program (``synthesis.b8.conv0.weight``);
from there it is the same. What our network of kind "style" is, is said by ``latentjockey.generators.style``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from latentjockey.models.families import deep_mapping
from latentjockey.models.families.weights import F32, Weights, as_rgb, whole
from latentjockey.models.reading.plain import RefusedError

ARCHITECTURES = ("skip", "resnet", "orig")
_WIDEST = 4096
_MOST_PICTURE = 64


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of its network apart from its tensors. ``rate`` is what the mapping learned at, ``clamp`` bounds
    what leaves a layer, 0 for not at all."""

    size: int
    z_dim: int
    w_dim: int
    classes: int = 0
    architecture: str = "skip"
    clamp: float = 0.0
    rate: float = 0.01


def converted(weights: Weights, facts: Facts) -> tuple[dict[str, Any], dict[str, F32]]:
    """The config and the tensors of our network of kind "style". Raises RefusedError where anything is missing, of
    another shape, no number, or left over."""
    size = facts.size
    if size & (size - 1) or size < 8:
        raise RefusedError(f"its pictures are {size} px, and powers of two from 8 are played; it is a variant")
    if facts.architecture not in ARCHITECTURES:
        raise RefusedError("its blocks are joined in a way that is not known; it is a variant that is not played here")
    made, mapping = deep_mapping.taken(weights, facts.z_dim, facts.w_dim, facts.classes, facts.rate)
    resolutions = [1 << n for n in range(2, size.bit_length())]
    taps = _taps(weights)
    noise = bool(weights.matching(r"synthesis\.b\d+\.conv[01]\.noise_strength"))
    widths: list[int] = []
    for r in resolutions:
        name = f"synthesis.b{r}.conv1.weight"
        widths.append(whole((*weights.shape(name), 0)[0], f"width at {r} px", 1, _WIDEST))
        made.update(_block(weights, facts, r, widths, noise))
    made["synthesis.const"] = weights.take("synthesis.b4.const", widths[0], 4, 4)
    weights.done()
    config: dict[str, Any] = {
        "size": size, "z_dim": facts.z_dim, "w_dim": facts.w_dim, "classes": facts.classes,
        "channel_base": min(max(map(math.prod, zip(widths, resolutions, strict=True))), 1 << 20),
        "channel_max": max(widths),
        "architecture": facts.architecture, "start": "const", "resample": taps, "noise": noise, "widths": widths,
        "mapping_layers": mapping.layers, "mapping_width": mapping.width, "embed_width": mapping.embed,
    }  # fmt: skip
    if facts.clamp:
        config["clamp"] = facts.clamp
    return config, made


def _block(weights: Weights, facts: Facts, r: int, widths: list[int], noise: bool) -> dict[str, F32]:
    """The layers of one resolution; ``widths`` end with its own."""
    theirs, ours, outputs = f"synthesis.b{r}.", f"synthesis.blocks.b{r}.", widths[-1]
    made: dict[str, F32] = {}
    if r > 4:
        made.update(_layer(weights, f"{theirs}conv0.", f"{ours}conv0.", widths[-2], outputs, facts.w_dim, r, noise))
        if facts.architecture == "resnet":
            side = weights.take(f"{theirs}skip.weight", outputs, widths[-2], 1, 1)
            made[f"{ours}side.weight"] = side / np.float32(math.sqrt(widths[-2]))
    made.update(_layer(weights, f"{theirs}conv1.", f"{ours}conv1.", outputs, outputs, facts.w_dim, r, noise))
    if r == facts.size or facts.architecture == "skip":
        name = f"{theirs}torgb."
        seen = whole((*weights.shape(f"{name}weight"), 0)[0], "number of colours", 1, _MOST_PICTURE)
        weight = weights.take(f"{name}weight", seen, outputs, 1, 1) / np.float32(math.sqrt(outputs))
        made[f"{ours}rgb.conv.weight"] = as_rgb(weight)
        made[f"{ours}rgb.bias"] = as_rgb(weights.take(f"{name}bias", seen))
        made.update(affine(weights, f"{name}affine.", f"{ours}rgb.conv.affine.", outputs, facts.w_dim))
    return made


def _layer(
    weights: Weights, theirs: str, ours: str, inputs: int, outputs: int, w_dim: int, r: int, noise: bool
) -> dict[str, F32]:
    weight = weights.take(f"{theirs}weight", outputs, inputs, 3, 3) / np.float32(math.sqrt(inputs * 9))
    made = {f"{ours}conv.weight": weight, f"{ours}bias": weights.take(f"{theirs}bias", outputs)}
    made.update(affine(weights, f"{theirs}affine.", f"{ours}conv.affine.", inputs, w_dim))
    if noise:
        made[f"{ours}strength"] = weights.take(f"{theirs}noise_strength")
        made[f"{ours}noise"] = weights.take(f"{theirs}noise_const", r, r)
    return made


def affine(weights: Weights, theirs: str, ours: str, outputs: int, w_dim: int) -> dict[str, F32]:
    """The linear map from w to a layer's styles."""
    weight = weights.take(f"{theirs}weight", outputs, w_dim) / np.float32(math.sqrt(w_dim))
    return {f"{ours}weight": weight, f"{ours}bias": weights.take(f"{theirs}bias", outputs)}


def _taps(weights: Weights) -> list[float]:
    """The taps of the resampling filter, of sum 1, which all blocks share and which is the same in both directions."""
    names = weights.matching(r".*\.resample_filter")
    found: F32 | None = None
    for name in names:
        shape = weights.shape(name)
        if not (1 <= len(shape) <= 2 and all(2 <= n <= 16 for n in shape)):
            raise RefusedError("its resampling filter has not 2 to 16 taps; it is a variant that is not played here")
        square = weights.take(name, *shape)
        square = np.outer(square, square) if square.ndim == 1 else square
        if found is not None and (found.shape != square.shape or not np.allclose(found, square, atol=1e-6)):
            raise RefusedError("its layers resample by different filters; it is a variant that is not played here")
        found = square
    if found is None:
        return [0.125, 0.375, 0.375, 0.125]
    taps = found.sum(0)
    total = float(taps.sum())
    if not (abs(total) > 1e-3 and np.allclose(np.outer(taps, taps) / total, found, atol=1e-5)):
        raise RefusedError("its resampling filter is not made of rows and columns; it is a variant")
    if not np.allclose(taps, taps[::-1], atol=1e-6):
        raise RefusedError("its resampling filter is no mirror of itself; it is a variant that is not played here")
    return [round(float(tap) / total, 7) for tap in taps]
