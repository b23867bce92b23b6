"""Straight and great-circle interpolation of latents, defined everywhere and in both directions beyond the ends.

Pure; any thread. Spherical interpolation after Shoemake: Animating rotation with quaternion curves, SIGGRAPH
1985, eq. for Slerp, here in n dimensions and for vectors of unequal length.
"""

import numpy as np

from latentjockey.navigation.arrays import F32, F64, Reals, factors, norm, perpendicular, to_float32, unit, widen

# sin of the angle below which two float32 directions count as one line: their own rounding is far coarser.
_SAME_LINE = 1e-12


def lerp(a: Reals, b: Reals, t: Reals | float) -> F32:
    """a + t·(b − a) for a, b (..., n) and t scalar or broadcastable to (...); exactly a at 0 and b at 1.

    Any finite t: beyond 0..1 the line goes on.
    """
    return to_float32(_between(widen(a), widen(b), factors(t)[..., None]))


def slerp(a: Reals, b: Reals, t: Reals | float) -> F32:
    """From a to b (..., n) along the great circle; t scalar or broadcastable to (...). Exact at 0 and 1.

    Beyond 0..1 it goes on around the same circle. The length runs linearly from |a| to |b|: unlike the
    geometric mean this is defined for a zero vector, agrees with `lerp` on parallel vectors, and does not grow
    exponentially outside 0..1; where it passes through zero there, the path passes through the origin.

    A zero vector borrows the direction of the other. Between opposite vectors, where every great circle is as
    short, the circle leads through `perpendicular(a)`, which is the same in both directions of travel.
    """
    wide_a, wide_b = np.broadcast_arrays(widen(a), widen(b))
    at = factors(t)[..., None]  # (..., 1)
    length_a, length_b = norm(wide_a), norm(wide_b)
    unit_a, unit_b = unit(wide_a), unit(wide_b)
    if not (length_a.all() and length_b.all()):
        unit_a, unit_b = np.where(length_a > 0.0, unit_a, unit_b), np.where(length_b > 0.0, unit_b, unit_a)
    path = _between(length_a, length_b, at) * _direction(unit_a, unit_b, at)
    if ((at == 0.0) | (at == 1.0)).any():
        path = np.where(at == 0.0, wide_a, np.where(at == 1.0, wide_b, path))
    return to_float32(path)


def _between(a: F64, b: F64, t: F64) -> F64:
    """Linear interpolation from the nearer end: exact at both, symmetric, and constant where a equals b."""
    step = b - a
    return np.where(t < 0.5, a + t * step, b - (1.0 - t) * step)


def _direction(a: F64, b: F64, t: F64) -> F64:
    """Unit vector at t on the great circle through unit vectors a and b: (..., n)."""
    # Kahan's angle: accurate near 0 and π, where arccos of the dot product loses half its digits.
    angle = 2.0 * np.arctan2(norm(a - b), norm(a + b))
    sine = np.sin(angle)
    on_line = sine < _SAME_LINE
    safe = np.where(on_line, 1.0, sine)
    circle: F64 = np.sin((1.0 - t) * angle) / safe * a + np.sin(t * angle) / safe * b
    if not on_line.any():
        return circle
    opposite = np.cos(np.pi * t) * a + np.sin(np.pi * t) * perpendicular(a)
    parallel = np.where(t < 0.5, a, b)
    return np.where(on_line, np.where(angle > 1.0, opposite, parallel), circle)
