"""Which frames a picture of a clip is made of, and how much of each. Pure.

Frames that each stand for their time are a function of time with steps; a picture at a time is that function averaged
over ``blend`` frames around it. At 1 that is the straight line from each frame to the next, at 0 the steps themselves,
beyond 1 there are trails. Below 0 what the average has lost is added to the frame once more, so that what moves stands
out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from latentjockey.modulation.playhead import HOLD, ONCE, ROUND, THERE_AND_BACK, folded

_NEXT_TO_NONE = 1e-6


def spread(place: float, count: int, loop: int, blend: float) -> Mapping[int, float]:
    """The weight of each of ``count`` frames, of the sum 1, at a ``place`` in lengths of the clip."""
    at = folded(place, loop)
    x = at * (count - 1 if loop in (THERE_AND_BACK, HOLD) else count)
    x = min(x, count - 1.0) if loop == ONCE else x
    nearest = _index(math.floor(x + 0.5), count, loop)
    width = abs(blend)
    if width < _NEXT_TO_NONE:
        return {nearest: 1.0}
    weights: dict[int, float] = {}
    low, high = x - 0.5 * width, x + 0.5 * width
    for k in range(math.floor(low + 0.5), math.floor(high + 0.5) + 1):
        share = (min(high, k + 0.5) - max(low, k - 0.5)) / width
        if share > _NEXT_TO_NONE:
            index = _index(k, count, loop)
            weights[index] = weights.get(index, 0.0) + share
    if blend < 0.0:
        weights = {index: -share for index, share in weights.items()}
        weights[nearest] = weights.get(nearest, 0.0) + 2.0
    return weights


def _index(k: int, count: int, loop: int) -> int:
    """Frame ``k`` of a clip that goes on beyond its ends: round, else by its last frame."""
    return k % count if loop == ROUND else min(max(k, 0), count - 1)
