"""The break: tears the layers' latents apart from each other, each its own way, farther with every step of the knob.

Pure; any thread (the cache holds only what its key determines). It knows nothing of a generator: layer latents come in
and go out. Three things happen to each layer, all of them growing from nothing at amount 0:

* it **turns** towards a seeded shuffle of itself with flipped signs, at a pace and in a sense of its own, and beyond 1
  on round the circle, so that the layers no longer speak of one picture;
* it is **folded**: what lies beyond a threshold that sinks is reflected, as a wavefolder does to sound, so that large
  components turn over while small ones still grow;
* it is **driven**: layers in the middle grow louder, to between two and four times at 1, and all of them lose their
  balance by a seeded bit, which a negative amount turns round.

The first and the last layers move least: the composition stays readable for a while, and that is what makes a picture
look broken and not merely different.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from latentjockey.navigation.arrays import F32, F64, Reals, to_float32, widen
from latentjockey.navigation.seeds import BREAK, stream_key, uniforms

_FOLD_AT = 1.6
_LEAST_PACE, _MOST_PACE = 0.05, 0.7
_DRIVE, _BALANCE, _TIRES = 1.3, 0.5, 0.3
_NEAREST, _FARTHEST = 1e-9, 1e6
_LARGEST_CACHED = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class _Tear:
    """One seed's way of tearing: ``source`` and ``signs`` (num_ws, dim) shuffle each layer; ``pace``, ``middle`` and
    ``balance`` (num_ws, 1) say how fast it turns, how far in the middle it is and which way its loudness leans."""

    source: NDArray[np.intp]
    signs: F64
    pace: F64
    middle: F64
    balance: F64


def torn(layers: Reals, amount: float, seed: int) -> F32:
    """Layer latents (num_ws, dim) torn by ``amount``: exactly themselves at 0, continuous in it, any finite amount.

    The same for the same seed for ever. However far it goes, a layer gets at most some two thousand times as
    long, and a zero layer stays zero.
    """
    if amount == 0.0 or layers.size == 0:
        return np.asarray(layers, np.float32)
    far = min(max(float(amount), -_FARTHEST), _FARTHEST)
    wide = widen(layers)
    make = _tear if wide.size <= _LARGEST_CACHED else _tear.__wrapped__
    tear = make(int(seed), *wide.shape)
    size = _size(wide)
    x = wide / np.where(size > 0.0, size, 1.0)
    angle = 0.5 * math.pi * far * tear.pace
    x = np.cos(angle) * x + np.sin(angle) * (tear.signs * x.ravel()[tear.source])
    x = _folded(x, _FOLD_AT / max(abs(far), _NEAREST))
    folded = _size(x)
    drive = far / (1.0 + _TIRES * abs(far))
    gain = size * np.exp(_DRIVE * abs(drive) * tear.middle + _BALANCE * drive * tear.balance)
    return to_float32(x * (gain / np.where(folded > 0.0, folded, 1.0)))


def _size(x: F64) -> F64:
    """Root mean square of each row: (n, dim) → (n, 1)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1]), dtype=np.float64)


def _folded(x: F64, limit: float) -> F64:
    """A triangle wave through 0 of slope 1: what exceeds ``limit`` is reflected, as often as it takes."""
    turns = x / (4.0 * limit)
    turns -= np.rint(turns)
    rest = np.copysign(0.5, turns) - turns
    back = (4.0 * limit) * np.where(np.abs(turns) <= 0.25, turns, rest)
    return np.where(np.abs(x) <= limit, x, back)  # the small ones keep every bit


@lru_cache(maxsize=8)
def _tear(seed: int, rows: int, width: int) -> _Tear:
    def drawn(what: int, size: int) -> F64:
        return uniforms(stream_key(BREAK, seed, what), size)

    start = np.arange(rows)[:, None] * width
    order = np.argsort(drawn(0, rows * width).reshape(rows, width), axis=1, kind="stable")
    signs = np.where(drawn(1, rows * width) < 0.5, -1.0, 1.0).reshape(rows, width)
    middle = np.sin(np.pi * (np.arange(rows) + 0.5) / rows)[:, None]
    speed = 0.5 + 0.5 * drawn(2, rows)[:, None]
    sense = np.where(drawn(3, rows) < 0.5, -1.0, 1.0)[:, None]
    balance = 2.0 * drawn(4, rows)[:, None] - 1.0
    pace = (_LEAST_PACE + (_MOST_PACE - _LEAST_PACE) * middle * speed) * sense
    return _Tear(start + order, signs, pace, middle, balance - balance.mean())
