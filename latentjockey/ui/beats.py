"""The beats of an event loop, and the gaps between them: how long it stood still, and when. Pure; any one thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BEAT_S = 0.01
"""A gap is at most one beat longer than what blocked the loop, and never shorter."""
STALL_S = 0.05
KEPT_S = 120.0
_SLEPT_S = 1.0
_IDLE_SHARE = 0.1
_ROOM = round(KEPT_S / BEAT_S)


@dataclass(frozen=True, slots=True, eq=False)
class Stalls:
    """``age_s`` (n,) is how long ago each stall ended, oldest first, ``gap_ms`` (n,) how long it was, and ``own_ms``
    (n,) how long the loop's thread itself computed meanwhile: the rest it waited, for a lock, the disk or a processor.
    ``worst_ms`` is the longest gap between two beats, stall or not."""

    age_s: NDArray[np.float64]
    gap_ms: NDArray[np.float64]
    own_ms: NDArray[np.float64]
    worst_ms: float

    @property
    def count(self) -> int:
        return len(self.gap_ms)


class Beats:
    """The beats of the last two minutes. Times in seconds of one clock; a gap over ``STALL_S`` is a stall.

    ``count`` and ``worst`` (seconds) are of all time since the start; ``worked`` is how many seconds the loop's thread
    computed in the last gap.
    """

    def __init__(self) -> None:
        self._at = np.full(_ROOM, -np.inf)
        self._gap = np.zeros(_ROOM)
        self._worked = np.zeros(_ROOM)
        self._next = 0
        self._busy = 0.0
        self._own = 0.0
        self.last: float | None = None
        self.count = 0
        self.worst = 0.0
        self.worked = 0.0

    def begin(self, now: float, busy: float, own: float) -> None:
        """The loop goes round from now on: nothing before it is a gap."""
        self.last, self._busy, self._own = now, busy, own

    def beat(self, now: float, busy: float, own: float, watched: float = np.inf) -> float:
        """The loop came round; returns the length of the stall that ended, in seconds, or 0.

        ``busy`` and ``own`` are the processor times that the process and this thread used so far, ``watched`` is when
        another thread of it last looked before this gap had ended. A long gap in which that thread, too, saw nothing
        and nothing was computed is the machine asleep, or the process stopped, and no stall.
        """
        last, self.last = self.last, now
        used, self._busy = busy - self._busy, busy
        self.worked, self._own = own - self._own, own
        if last is None:
            return 0.0
        gap = now - last
        if gap > _SLEPT_S and used < _IDLE_SHARE * gap and watched < last + _SLEPT_S:
            return 0.0
        self._at[self._next] = now
        self._gap[self._next] = gap
        self._worked[self._next] = self.worked
        self._next = (self._next + 1) % _ROOM
        self.worst = max(self.worst, gap)
        if gap <= STALL_S:
            return 0.0
        self.count += 1
        return gap

    def stalls(self, now: float, seconds: float = KEPT_S) -> Stalls:
        """What happened in the last ``seconds``, at most two minutes."""
        age = now - self._at
        recent = age <= seconds
        stalls = np.flatnonzero(recent & (self._gap > STALL_S))
        stalls = stalls[np.argsort(-age[stalls], kind="stable")]
        worst = float(self._gap[recent].max(initial=0.0))
        return Stalls(age[stalls], self._gap[stalls] * 1e3, self._worked[stalls] * 1e3, worst * 1e3)
