"""Who may write now: holds, repeating streams, waiting writers and soft pick-up. Owned by the bay, under its lock.

Rules, in the order they are asked:

1. A streaming source that repeats its own last value within ``LET_GO`` seconds writes nothing (TouchDesigner sends
   every channel every frame; that must not lock the instrument).
2. Who writes holds for ``LET_GO`` seconds, who touches holds until release. A lower rank waits: its newest value is let
   in when the holder lets go. An equal or higher rank wins.
3. A lower source that follows a higher one picks up softly: the value glides to it within ``PICK_UP`` seconds.
4. A RECALL passes holds, but not a touched control.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.source import Rank, Source
from latentjockey.control.values import Value

LET_GO = 0.25
PICK_UP = 0.3
_REMEMBER = 50_000

Numbers = NDArray[np.float64] | float


@dataclass(slots=True)
class _Pickup:
    begin: Numbers
    end: Numbers
    since: float
    source: Source


class Holding:
    """``values`` is the bay's own array, read here for where a pick-up starts."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values = values
        size = len(values)
        self._rank = np.zeros(size, np.int16)
        self._until = np.full(size, -np.inf)
        self._by = np.full(size, -1, np.int32)
        self._names: list[str] = []
        self._ids: dict[str, int] = {}
        self._last: dict[tuple[int, int, int], tuple[object, float]] = {}
        self._gates: dict[tuple[int, int], bool] = {}
        self._waiting: dict[tuple[int, int], tuple[Numbers, Source, bool]] = {}
        self._pickups: dict[tuple[int, int], _Pickup] = {}

    @property
    def busy(self) -> bool:
        """Whether a pick-up is under way or a writer waits."""
        return bool(self._pickups or self._waiting)

    def pressed(self, component: int, value: Value, source: Source) -> bool:
        """Whether a TRIGGER message is a press.

        No argument, a true one or a number other than 0 is a press; 0 is a release. A sender that has ever released
        this trigger is a gate: it presses only on the way up, so that a held channel fires once.
        """
        down = bool(np.any(np.asarray(value) != 0)) if not isinstance(value, str) else True
        key = (self._id(source), component)
        was = self._gates.get(key)
        if not down or was is not None:
            self._gates[key] = down
        return down and not was

    def admit(self, start: int, stop: int, numbers: Numbers, source: Source, now: float, *, soft: bool) -> bool:
        """Decide on a write: true means write ``numbers`` now."""
        if source.rank is Rank.SYSTEM:
            return True
        me = self._id(source)
        if source.streams and self._repeats(me, start, stop, numbers, now):
            return False
        run = slice(start, stop)
        foreign = (self._by[run] != me) & (self._by[run] >= 0)
        if source.rank is Rank.RECALL:
            if bool(np.any(np.isposinf(self._until[run]))):
                return False
            self._forget(start, stop)
            return True
        above = foreign & (self._rank[run] > source.rank)
        if bool(np.any(above & (self._until[run] > now))):
            self._waiting[start, stop] = (numbers, source, soft)
            return False
        self._waiting.pop((start, stop), None)
        pickup = self._pickups.get((start, stop))
        if soft and pickup is not None and pickup.source == source:
            pickup.end = numbers
            return False
        follows = bool(np.any(above))
        self._cancel_pickups(start, stop)
        self._hold(run, me, source, now + LET_GO)
        if soft and follows:
            begin = float(self._values[start]) if isinstance(numbers, float) else self._values[run].copy()
            self._pickups[start, stop] = _Pickup(begin, numbers, now, source)
            return False
        return True

    def advance(self, now: float) -> list[tuple[int, int, Numbers, Source]]:
        """The writes that are due: the next step of each pick-up, and those whose waiting is over."""
        due: list[tuple[int, int, Numbers, Source]] = []
        for (start, stop), (numbers, source, soft) in list(self._waiting.items()):
            if bool(np.any(self._until[start:stop] > now)):
                continue
            del self._waiting[start, stop]
            if self.admit(start, stop, numbers, source, now, soft=soft):
                due.append((start, stop, numbers, source))
        for key, pickup in list(self._pickups.items()):
            x = min(1.0, max(0.0, (now - pickup.since) / PICK_UP))
            if x >= 1.0:
                del self._pickups[key]
                due.append((*key, pickup.end, pickup.source))
            else:
                step = x * x * (3 - 2 * x)
                due.append((*key, pickup.begin + step * (pickup.end - pickup.begin), pickup.source))
        return due

    def touch(self, start: int, stop: int, source: Source) -> None:
        self._cancel_pickups(start, stop)
        self._hold(slice(start, stop), self._id(source), source, np.inf)

    def release(self, start: int, stop: int, source: Source, now: float) -> None:
        run = slice(start, stop)
        mine = (self._by[run] == self._id(source)) & np.isposinf(self._until[run])
        self._until[run][mine] = now + LET_GO

    def holder(self, start: int, stop: int, now: float) -> str:
        """The name of the highest holder of any of the components."""
        run = slice(start, stop)
        held = np.flatnonzero(self._until[run] > now)
        if not held.size:
            return ""
        top = held[int(np.argmax(self._rank[run][held]))]
        return self._names[int(self._by[run][top])]

    def _repeats(self, me: int, start: int, stop: int, numbers: Numbers, now: float) -> bool:
        key = (me, start, stop)
        token: object = numbers if isinstance(numbers, float) else numbers.tobytes()
        last = self._last.get(key)
        if len(self._last) > _REMEMBER:
            self._last = {k: v for k, v in self._last.items() if now - v[1] <= LET_GO}
        self._last[key] = (token, now)
        return last is not None and last[0] == token and now - last[1] <= LET_GO

    def _hold(self, run: slice, me: int, source: Source, until: float) -> None:
        self._by[run] = me
        self._rank[run] = source.rank
        self._until[run] = until

    def _forget(self, start: int, stop: int) -> None:
        run = slice(start, stop)
        self._by[run] = -1
        self._until[run] = -np.inf
        self._cancel_pickups(start, stop)
        for key in [k for k in self._waiting if k[0] < stop and start < k[1]]:
            del self._waiting[key]

    def _cancel_pickups(self, start: int, stop: int) -> None:
        for key in [k for k in self._pickups if k[0] < stop and start < k[1]]:
            del self._pickups[key]

    def _id(self, source: Source) -> int:
        known = self._ids.get(source.name)
        if known is None:
            known = self._ids[source.name] = len(self._names)
            self._names.append(source.name)
        return known
