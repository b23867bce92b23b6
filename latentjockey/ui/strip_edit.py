"""What the mouse does to a vector drawn as bars. Pure.

A region is the few components about one that the wheel and smoothing work on, first and last included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_REGION = 0.03
_BLUR = np.array([1, 4, 6, 4, 1]) / 16

Numbers = NDArray[np.float64]


def region(count: int, middle: int) -> tuple[int, int]:
    """The region about component ``middle`` of ``count``."""
    reach = max(1, round(count * _REGION))
    return max(0, middle - reach), min(count - 1, middle + reach)


def stroke(start: tuple[int, float], end: tuple[int, float]) -> tuple[int, Numbers]:
    """A stroke of the mouse from (component, value) to (component, value), whichever way it went.

    Returns the first component and a value (n,) for each one passed: none is left out when the mouse is fast.
    """
    (low, first), (high, last) = sorted((start, end), key=lambda place: place[0])
    if low == high:
        return low, np.array([end[1]])
    return low, np.linspace(first, last, high - low + 1)


def smoothed(values: Numbers, first: int, last: int) -> Numbers:
    """Components ``first`` to ``last`` of ``values`` (n,), each a weighted mean of itself and two neighbours a side."""
    around = values[max(0, first - 2) : last + 3]
    blurred = np.convolve(np.pad(around, 2, mode="edge"), _BLUR, mode="valid")
    offset = first - max(0, first - 2)
    return blurred[offset : offset + last - first + 1]
