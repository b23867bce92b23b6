"""Pictures taken apart into coarse and fine by Haar wavelets (A. Haar, 1910), without loss. Pure numpy, any thread.

The transform is orthonormal: of white noise every coefficient is again independent standard normal noise, so that
coarse and fine parts may be moved each for itself and what is put together is as white as before.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]


def apart(field: F32) -> tuple[F32, F32]:
    """(..., h, w), both even → the coarse half (..., h/2, w/2), and the details (..., 3, h/2, w/2)."""
    a, b = field[..., 0::2, 0::2], field[..., 0::2, 1::2]
    c, d = field[..., 1::2, 0::2], field[..., 1::2, 1::2]
    half = np.float32(0.5)
    details = np.stack(((a - b + c - d) * half, (a + b - c - d) * half, (a - b - c + d) * half), -3)
    return (a + b + c + d) * half, details


def together(coarse: F32, details: F32) -> F32:
    """The inverse of :func:`apart`: (..., h, w) and (..., 3, h, w) → (..., 2h, 2w)."""
    across, down, both = details[..., 0, :, :], details[..., 1, :, :], details[..., 2, :, :]
    *rest, high, wide = coarse.shape
    field = np.empty((*rest, 2 * high, 2 * wide), np.float32)
    half = np.float32(0.5)
    field[..., 0::2, 0::2] = (coarse + across + down + both) * half
    field[..., 0::2, 1::2] = (coarse - across + down - both) * half
    field[..., 1::2, 0::2] = (coarse + across - down - both) * half
    field[..., 1::2, 1::2] = (coarse - across - down + both) * half
    return field


def band_sizes(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """How many numbers of a field (C, h, w) its coarse, middle and fine band have. Where its sides are no multiples of
    four, the bands are thirds of it in its own order."""
    channels, high, wide = shape
    count = channels * high * wide
    if high % 4 or wide % 4:
        return count // 3, 2 * count // 3 - count // 3, count - 2 * count // 3
    return count // 16, 3 * count // 16, 3 * count // 4


def to_bands(fields: F32) -> tuple[F32, F32, F32]:
    """Fields (n, C, h, w) → their coarse, middle and fine bands, each (n, its size)."""
    n, *shape = fields.shape
    sizes = band_sizes((shape[0], shape[1], shape[2]))
    if shape[1] % 4 or shape[2] % 4:
        flat = fields.reshape(n, -1)
        return flat[:, : sizes[0]], flat[:, sizes[0] : sizes[0] + sizes[1]], flat[:, sizes[0] + sizes[1] :]
    half, fine = apart(fields)
    coarse, middle = apart(half)
    return coarse.reshape(n, -1), middle.reshape(n, -1), fine.reshape(n, -1)


def from_bands(coarse: F32, middle: F32, fine: F32, shape: tuple[int, int, int]) -> F32:
    """One field (C, h, w) of its bands: the inverse of :func:`to_bands`."""
    channels, high, wide = shape
    if high % 4 or wide % 4:
        return np.concatenate((coarse, middle, fine)).reshape(shape)
    details = middle.reshape(channels, 3, high // 4, wide // 4)
    half = together(coarse.reshape(channels, high // 4, wide // 4), details)
    return together(half, fine.reshape(channels, 3, high // 2, wide // 2))
