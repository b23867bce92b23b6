"""What a double-click does to a nominal range. Pure."""

from __future__ import annotations

import math

from latentjockey.control.spec import ControlSpec, Kind, Taper

_LARGEST = 1e150


def doubled(spec: ControlSpec, lo: float, hi: float) -> tuple[float, float]:
    """The range twice as wide about its centre; for a logarithmic taper about its geometric centre.

    A guard is not crossed, since beyond it there is nothing to reach: the range moves instead.
    """
    if spec.taper is Taper.LOG and lo > 0:
        reach = math.sqrt(hi / lo)
        wide = (lo / reach, hi * reach)
    else:
        half = (hi - lo) / 2
        wide = (lo - half, hi + half)
    if not -_LARGEST < wide[0] < wide[1] < _LARGEST or (spec.taper is Taper.LOG and wide[0] < 1e-100 < lo):
        return lo, hi
    low, high = spec.guard
    if low is not None and wide[0] < low <= lo:
        wide = (low, low + wide[1] - wide[0]) if spec.taper is not Taper.LOG else (lo, wide[1])
    if high is not None and wide[1] > high >= hi:
        wide = (max(wide[0], lo if low is not None else wide[0]), high)
    if spec.kind is Kind.INT:
        return float(math.floor(wide[0])), float(math.ceil(wide[1]))
    return wide
