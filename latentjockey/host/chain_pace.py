"""When the chain is to be drawn next. Pure: times are arguments, in seconds."""

from __future__ import annotations

import math

_RESTING_S = 0.25
_LATE = 1.5
_WEIGHT = 0.2


class Pace:
    """Each new picture is drawn on at once. Between them the chain is drawn again over the same one only while the
    engine rests, so that drawing never takes the processor from an engine that plays."""

    def __init__(self) -> None:
        self._picture = -math.inf
        self._drawn = -math.inf
        self._interval = 0.0

    def picture(self, now: float) -> None:
        """A new picture is drawn on."""
        interval = now - self._picture
        if interval < _RESTING_S:
            self._interval += (_WEIGHT if self._interval else 1.0) * (interval - self._interval)
        self._picture = self._drawn = now

    def again(self, now: float) -> None:
        """The last picture is drawn on again."""
        self._drawn = now

    def wait(self, now: float, cap: float, *, new: bool, other: bool) -> float:
        """Seconds until the chain is to be drawn: 0 is now, infinite never. ``new``: there is a new picture;
        ``other``: drawn again, the last would look different. ``cap`` pictures a second at most, 0 for any number."""
        if new:
            return 0.0
        if not other:
            return math.inf
        period = 1.0 / cap if cap > 0 else 0.0
        resting = self._picture + min(_RESTING_S, max(_LATE * period, 2.0 * self._interval))
        return max(0.0, resting - now, self._drawn + period - now)
