"""Wider and narrower nominal ranges: what a double-click and the menu do. Pure."""

from __future__ import annotations

import math

from latentjockey.control.spec import ControlSpec, Kind, Taper

_LARGEST = 1e150
_NARROWEST = 1e-9


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


def halved(spec: ControlSpec, lo: float, hi: float) -> tuple[float, float]:
    """The range half as wide about its centre; for a logarithmic taper about its geometric centre.

    An end that stands on its guard stays there, as it does when the range is doubled. A range that would be too narrow
    to tell its ends apart stays as it is.
    """
    low, high = spec.guard
    if spec.taper is Taper.LOG and lo > 0:
        quarter = (hi / lo) ** 0.25
        narrow = (lo * quarter, hi / quarter)
    else:
        quarter = hi / 4 - lo / 4
        narrow = (lo + quarter, hi - quarter)
        if low is not None and lo <= low:
            narrow = (lo, hi - 2 * quarter)
        elif high is not None and hi >= high:
            narrow = (lo + 2 * quarter, hi)
    if spec.kind is Kind.INT:
        narrow = float(math.floor(narrow[0])), float(math.ceil(narrow[1]))
    least = max(abs(lo), abs(hi)) * _NARROWEST
    return narrow if narrow[1] - narrow[0] > max(least, 1e-150) else (lo, hi)
