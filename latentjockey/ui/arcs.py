"""Where a knob points: clock positions within the nominal range and beyond it. Pure, no Qt."""

from __future__ import annotations

import math
from typing import Final

START: Final = -150.0
"""Degrees clockwise from twelve o'clock of the low end: seven o'clock."""

SWEEP: Final = 300.0
"""Degrees of the nominal range: the high end is at five o'clock."""

GAP: Final = 54.0
"""Degrees past either end that what lies beyond may fill; it never reaches the other end."""

_LARGEST = 1e300


def excess_share(excess: float) -> float:
    """How much of the room beyond an end is filled, 0..1, for an ``excess`` ≥ 0 in widths of the nominal range.

    Grows with the logarithm, for ever and never to the end: one width fills half, a million widths 87 in 100.
    """
    far = math.log10(1 + 9 * min(excess, _LARGEST))
    return far / (far + 1)


def clock_degrees(position: float) -> float:
    """Degrees clockwise from twelve o'clock for a position of the travel (0..1 within, outside beyond)."""
    if position < 0:
        return START - GAP * excess_share(-position)
    if position > 1:
        return START + SWEEP + GAP * excess_share(position - 1)
    return START + SWEEP * position
