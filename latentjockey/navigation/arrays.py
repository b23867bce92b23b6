"""The number conventions of this package: array types, the finite cast to float32, scaling about a centre.

Pure; any thread. The promise kept here: finite in, finite out. Nothing is clamped to a nominal range, but a
float32 has an end, and a product that runs over it stops there instead of turning into Inf or NaN.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]
F64: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = NDArray[np.floating[Any]]

FLOAT32_MAX = float(np.finfo(np.float32).max)

# The smallest difference between two float32 numbers is 1.4e-45, so every factor above 2.5e83 sends it past
# FLOAT32_MAX anyway. Bounding factors here changes no result and keeps float64 products far from overflow.
_LARGEST_FACTOR = 1e90


def widen(x: Reals) -> F64:
    """x in float64, any shape; values beyond float32 (possible only in wider input) stop at its largest."""
    wide = np.asarray(x, dtype=np.float64)
    return wide if x.dtype == np.float32 else np.clip(wide, -FLOAT32_MAX, FLOAT32_MAX)


def to_float32(x: F64) -> F32:
    """x in float32, any shape; what lies beyond the largest float32 becomes the largest float32."""
    return np.clip(x, -FLOAT32_MAX, FLOAT32_MAX).astype(np.float32)


def factor(x: float) -> float:
    """A scalar multiplier or path parameter, bounded where no float32 result can tell the difference."""
    return min(max(float(x), -_LARGEST_FACTOR), _LARGEST_FACTOR)


def factors(x: Reals | float) -> F64:
    """`factor` for an array of multipliers, any shape."""
    return np.clip(np.asarray(x, dtype=np.float64), -_LARGEST_FACTOR, _LARGEST_FACTOR)


def scale_about(x: Reals, centre: Reals, gain: Reals | float) -> F32:
    """centre + gain·(x − centre): gain 0 is the centre, 1 is x itself, −1 its mirror image, all exactly.

    x, centre and gain broadcast against each other; any finite gain.
    """
    wide, about, by = widen(x), widen(centre), factors(gain)
    # Without the special case a centre of 1e30 would swallow an x of 1 at gain 1.
    return to_float32(np.where(by == 1.0, wide, about + by * (wide - about)))


def norm(x: F64) -> F64:
    """Euclidean length over the last axis, kept as an axis of 1: (..., n) → (..., 1)."""
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", x, x))[..., None], dtype=np.float64)


def unit(x: F64) -> F64:
    """Vectors of length 1 over the last axis; a zero vector stays zero. (..., n) → (..., n)."""
    length = norm(x)
    return x / np.where(length > 0.0, length, 1.0)


def perpendicular(direction: F64) -> F64:
    """For each unit vector (..., n) one fixed unit vector at a right angle to it, the same for its opposite.

    The axis with the smallest component (the first of equals) is made orthogonal to it. In one dimension there
    is no such vector: the result is zero.
    """
    axis = np.argmin(np.abs(direction), axis=-1)[..., None]
    along = np.take_along_axis(direction, axis, axis=-1)
    rest = -along * direction
    np.put_along_axis(rest, axis, 1.0 - along * along, axis=-1)
    return unit(rest)
