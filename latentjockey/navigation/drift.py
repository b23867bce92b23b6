"""A seeded, smooth, endless walk through latent space with random access: drift(seed, phase) → noise vector.

Pure; any thread (the cache holds only values that the key determines). Value noise on a line: one normal vector
per knot, blended by the uniform cubic B-spline (de Boor: A practical guide to splines, 1978), whose second
derivative is continuous. The weights are divided by the root of the sum of their squares, which keeps the variance
at 1 between the knots too, so that every picture on the way is as typical as one drawn from a seed.
"""

import math
from functools import lru_cache

import numpy as np

from latentjockey.navigation.arrays import F32, F64
from latentjockey.navigation.seeds import DRIFT, DRIFT_STAGGER, normals, stream_key, uniforms

# Places one knot apart are still half alike (correlation 0.5), two apart are not (0.05). Two knots per unit
# of phase therefore make one unit one new place.
_KNOTS_PER_PHASE = 2
_FARTHEST_PHASE = 1e300
_LARGEST_CACHED = 8192


def drift(seed: int, phase: float, size: int) -> F32:
    """The walk of `seed` at `phase`: (size,) float32, each component of mean 0 and variance 1 at every phase.

    Any finite phase, in any order, negative too; one unit of phase leads to a new place. Speed is even: each
    component has its knots at its own seeded offset, otherwise all would slow down together (by a quarter) at
    every knot, which is seen as a pulse.
    """
    along = min(max(phase, -_FARTHEST_PHASE), _FARTHEST_PHASE) * _KNOTS_PER_PHASE
    first = math.floor(along)
    knots_of = _knots if size <= _LARGEST_CACHED else _knots.__wrapped__
    stagger, knots = knots_of(seed, first, size)
    place = stagger + (along - first)  # (size,) in 0..2
    late = place >= 1.0
    weights = _weights(place - late)  # (4, size)
    near = np.where(late, knots[1:], knots[:-1])  # (4, size)
    blend: F64 = np.einsum("ks,ks->s", weights, near) / np.sqrt(np.einsum("ks,ks->s", weights, weights))
    return blend.astype(np.float32)


@lru_cache(maxsize=16)
def _knots(seed: int, first: int, size: int) -> tuple[F64, F64]:
    """Each component's offset (size,) in 0..1, and the five knots (5, size) that a place may lie among."""
    stagger = uniforms(stream_key(DRIFT_STAGGER, seed), size)
    knots = normals([stream_key(DRIFT, seed, first + i) for i in range(-1, 4)], size)
    stagger.flags.writeable = knots.flags.writeable = False
    return stagger, knots


def _weights(f: F64) -> F64:
    """Uniform cubic B-spline weights (×6) of the four knots around f in 0..1: (n,) → (4, n)."""
    g = 1.0 - f
    return np.stack([g * g * g, (3.0 * f - 6.0) * f * f + 4.0, (3.0 * g - 6.0) * g * g + 4.0, f * f * f])
