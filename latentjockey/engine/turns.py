"""Who may draw in spare time, and when there is enough of it. Pure: the time is an argument, in seconds.

Where a small picture fits before the next frame is due, each deck may have ten a second, and what was asked for gets
the rest. Where frames follow each other without a gap there is nothing to spare, and a small picture makes the next
frame late: then a deck gets one in 0.18 s, but at most every other frame, and what was asked for two a second;
together never more than a tenth of the time. So while both decks move, neither of them alone on stage, the frame rate
pays about 11 · c for being looked at, where one small picture takes c seconds. It pays nothing while nobody looks, and
the first frame after a rest is never kept waiting.
"""

from __future__ import annotations

import math
from collections.abc import Collection

_OFTEN_S, _SELDOM_S, _ASKED_S = 0.1, 0.18, 0.5
_SHARE = 10.0
_MARGIN, _MARGIN_S = 1.5, 0.001
_SMOOTH = 0.25
_REST_S = 1.0


class Turns:
    """``cost`` is how long a small picture takes, smoothed. ``spare`` is the time until the next frame is due:
    infinite while nothing moves, 0 or less when one is due now."""

    def __init__(self, cost: float) -> None:
        self.cost = cost
        self._last: dict[str, float] = {}
        self._asked = -math.inf
        self._not_before = -math.inf
        self._resting_until = -math.inf

    def solo(self, waiting: Collection[str], now: float, spare: float) -> str | None:
        """The deck among ``waiting`` that may draw now: who waited longest, or nobody."""
        if not waiting or not self._may(now, spare):
            return None
        deck = min(waiting, key=self._at)
        return deck if now >= self._at(deck) + self._period(spare) else None

    def asked(self, now: float, spare: float) -> bool:
        """Whether what was asked for may be drawn now."""
        return self._may(now, spare) and (self._fits(spare) or now >= self._asked + _ASKED_S)

    def until(self, waiting: Collection[str], asked: bool, now: float) -> float:
        """How long until somebody may draw while nothing moves: a deck among ``waiting``, or what is ``asked`` for.
        Infinite where nobody waits."""
        soonest = min((self._at(deck) + _OFTEN_S for deck in waiting), default=math.inf)
        if asked:
            soonest = -math.inf
        return max(max(soonest, self._resting_until) - now, 0.0)

    def drawn(self, deck: str | None, now: float, took: float, spare: float) -> None:
        """A picture of a deck, or of what was asked for, was begun at ``now``; 0 where it was had for nothing."""
        fits, period = self._fits(spare), self._period(spare)
        if deck is None:
            self._asked = now
        else:  # by a timetable: what comes a little late does not make all later ones later
            planned = self._at(deck) + period
            self._last[deck] = planned if now - planned < 0.5 * period else now
        if took:
            self.cost += _SMOOTH * (took - self.cost)
            if not fits:
                self._not_before = now + _SHARE * took

    def rest(self, now: float) -> None:
        """Memory ran out: leave it alone for a while."""
        self._resting_until = now + _REST_S

    def resting(self, now: float) -> bool:
        """Whether it left memory alone at ``now``."""
        return now < self._resting_until

    def _may(self, now: float, spare: float) -> bool:
        return not self.resting(now) and (self._fits(spare) or (spare <= 0.0 and now >= self._not_before))

    def _fits(self, spare: float) -> bool:
        return spare >= _MARGIN * self.cost + _MARGIN_S

    def _period(self, spare: float) -> float:
        return _OFTEN_S if self._fits(spare) else _SELDOM_S

    def _at(self, deck: str) -> float:
        return self._last.get(deck, -math.inf)
