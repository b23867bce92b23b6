"""Layer latents and the noise that they mean, see ADR 0019. Numpy; engine process, one thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.diffusion_spec import DiffusionShape
from latentjockey.models.haar import band_sizes, from_bands, to_bands, together

F32 = NDArray[np.float32]
LIMIT = 1e4
"""Noise reaches so far; beyond, no picture differs any more."""
_DETAILS, _BETWEEN = 1, 2
_MOST_SEEDS = 2**63


def layers_of(shape: DiffusionShape, z: F32, weights: F32) -> F32:
    """z (n, z_dim) and weights (n, K) → layer latents (n, 3, band + K): the bands of z, each with the weights."""
    n = len(z)
    layers = np.zeros((n, 3, shape.band + weights.shape[1]), np.float32)
    with np.errstate(over="ignore"):
        bands = to_bands(np.clip(z, -1e30, 1e30).astype(np.float32).reshape(n, *shape.field))
    for row, band in enumerate(bands):
        layers[:, row, : band.shape[1]] = band
    layers[:, :, shape.band :] = weights[:, None]
    return layers


def noise_of(shape: DiffusionShape, layers: F32, grain: int) -> F32:
    """The noise (C, H, W) that layer latents (3, w_dim) mean, what is finer than they tell coming of ``grain``."""
    heard = np.clip(layers, -LIMIT, LIMIT).astype(np.float32)
    coarse, middle, fine = (heard[row, :size] for row, size in enumerate(band_sizes(shape.field)))
    field = from_bands(coarse, middle, fine, shape.field)
    for level in range(shape.reduced):
        channels, high, wide = field.shape
        random = np.random.default_rng((grain % _MOST_SEEDS, _DETAILS, level))
        field = together(field, random.standard_normal((channels, 3, high, wide), np.float32))
    return field


def noise_between(shape: DiffusionShape, grain: int, step: int) -> F32:
    """The noise (C, H, W) that is added after ``step``: the same for each picture."""
    random = np.random.default_rng((grain % _MOST_SEEDS, _BETWEEN, step))
    return random.standard_normal(shape.noise, np.float32)
