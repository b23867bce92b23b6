"""What training leaves beside weights, folded into them: spectral and weight norm, batch norm. numpy only, pure.

Spectral norm: Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018), as PyTorch keeps it:
the weight as learned, and the two vectors of its power iteration; sigma is ``u W v``. Weight norm: Salimans and Kingma,
"Weight Normalization" (2016). Batch norm with running statistics is an affine map of each channel.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.reading.plain import RefusedError

Array = NDArray[np.float32]

_NEW = "parametrizations.weight."


def weight_of(module: Mapping[str, NDArray[np.generic]], name: str) -> Array | None:
    """The weight float32 that a module of these tensors plays with, ``None`` where it has none. ``name`` is what a
    refusal calls it. Raises RefusedError where its parts do not fit together."""
    if "weight" in module:
        return np.asarray(module["weight"], np.float32)
    for weight, u, v in (
        ("weight_orig", "weight_u", "weight_v"),
        (f"{_NEW}original", f"{_NEW}0._u", f"{_NEW}0._v"),
    ):
        if weight in module:
            return _spectral(np.asarray(module[weight], np.float32), module.get(u), module.get(v), name)
    for size, way in (("weight_g", "weight_v"), (f"{_NEW}original0", f"{_NEW}original1")):
        if size in module and way in module:
            return _weight_norm(np.asarray(module[size], np.float32), np.asarray(module[way], np.float32), name)
    return None


def _spectral(weight: Array, u: NDArray[np.generic] | None, v: NDArray[np.generic] | None, name: str) -> Array:
    if u is None or weight.ndim < 2 or u.ndim != 1:
        raise RefusedError(f"the spectral norm of {name[:60]} is not whole; save it again with all of its buffers")
    # transposed convolutions have their outputs second: u is as long as the side that was laid down as rows
    axis = 0 if len(u) == weight.shape[0] and (v is None or len(v) == weight[0].size) else 1
    matrix = np.moveaxis(weight, axis, 0).reshape(weight.shape[axis], -1).astype(np.float64)
    left = np.asarray(u, np.float64)
    if len(left) != len(matrix) or (v is not None and v.shape != matrix.shape[1:]):
        raise RefusedError(f"the spectral norm of {name[:60]} is of another shape than its weight; it is damaged")
    # the oldest files have no v: it is one half step of the power iteration away
    right = np.asarray(v, np.float64) if v is not None else left @ matrix
    right = right if v is not None else right / max(float(np.linalg.norm(right)), 1e-12)
    with np.errstate(over="ignore", invalid="ignore"):
        sigma = float(left @ matrix @ right)
    if not np.isfinite(sigma) or sigma == 0.0:
        raise RefusedError(f"the spectral norm of {name[:60]} is {sigma}; it is damaged")
    with np.errstate(over="ignore"):  # what is no finite number any more is refused when it is written
        return (weight / sigma).astype(np.float32)


def _weight_norm(size: Array, way: Array, name: str) -> Array:
    kept = [i for i, n in enumerate(size.shape) if n != 1]
    if size.ndim != way.ndim or len(kept) > 1 or any(size.shape[i] != way.shape[i] for i in kept):
        raise RefusedError(f"the weight norm of {name[:60]} is of another shape than its weight; it is damaged")
    others = tuple(i for i in range(way.ndim) if i not in (kept or [0]))
    norm = np.sqrt(np.sum(way.astype(np.float64) ** 2, axis=others, keepdims=True))
    with np.errstate(over="ignore"):
        made: Array = (way * (size / np.maximum(norm, 1e-30))).astype(np.float32)
    return made


def affine_of(module: Mapping[str, NDArray[np.generic]], epsilon: float) -> tuple[Array, Array]:
    """What a batch norm with running statistics does to each channel: the scale and the shift, float32 (C,)."""
    variance, mean = (np.asarray(module[key], np.float64) for key in ("running_var", "running_mean"))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # refused when it is written, as above
        scale = 1.0 / np.sqrt(np.maximum(variance, 0.0) + epsilon)
        if "weight" in module:
            scale = scale * np.asarray(module["weight"], np.float64)
        shift = -mean * scale
        if "bias" in module:
            shift = shift + np.asarray(module["bias"], np.float64)
        return scale.astype(np.float32), shift.astype(np.float32)
