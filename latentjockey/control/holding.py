"""Who may write now: holds, repeating streams, waiting writers and soft pick-up. Owned by the bay, under its lock.

Rules, in the order they are asked; each component of a VECTOR is decided by itself:

1. A streaming source that repeats its own last value within ``LET_GO`` seconds writes nothing (TouchDesigner sends
   every channel every frame; that must not lock the instrument).
2. Who writes holds for ``LET_GO`` seconds, who touches holds until release. A lower rank waits: the newest value that
   waits is let in when the holder lets go. An equal or higher rank wins.
3. A lower source that follows a higher one picks up softly: the value glides to it within ``PICK_UP`` seconds.
4. A RECALL passes holds, but not what is touched; after it nothing waits or glides. SYSTEM passes everything.

All state stands in arrays parallel to the bay's values. The common write, one that nobody contests, takes a short way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.source import Rank, Source

LET_GO = 0.25
PICK_UP = 0.3
_REMEMBER = 50_000
_NOBODY = -1

Numbers = NDArray[np.float64] | float
Components = NDArray[np.intp]
Run = tuple[int, int, int]
"""Components that moved between layouts: old start, new start, width."""


class Holding:
    """``values`` is the bay's own array; what is admitted is written into it here."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values = values
        size = len(values)
        self._by = np.full(size, _NOBODY, np.int32)
        self._rank = np.zeros(size, np.int16)
        self._until = np.full(size, -np.inf)
        self._waits = np.full(size, _NOBODY, np.int32)
        self._wait_rank = np.zeros(size, np.int16)
        self._wait_soft = np.zeros(size, np.bool_)
        self._wait_for = np.zeros(size)
        self._glides = np.full(size, _NOBODY, np.int32)
        self._glide_from = np.zeros(size)
        self._glide_to = np.zeros(size)
        self._glide_since = np.zeros(size)
        self._waiting = self._gliding = False
        self._sources: list[Source] = []
        self._ids: dict[str, int] = {}
        self._last: dict[tuple[int, int, int], tuple[object, float, int]] = {}
        self._told = np.full(size, _NOBODY, np.int64)
        self._tellings = 0
        self._gates: dict[tuple[int, int], bool] = {}

    @property
    def busy(self) -> bool:
        """Whether a pick-up is under way or a writer waits."""
        return self._waiting or self._gliding

    def pressed(self, component: int, down: bool, source: Source) -> bool:
        """Whether a TRIGGER message presses.

        A sender that has ever released this trigger (``down`` false) is a gate: it presses only on the way up, so that
        a held channel fires once.
        """
        key = (self._id(source), component)
        was = self._gates.get(key)
        if not down or was is not None:
            self._gates[key] = down
        return down and not was

    def admit(self, start: int, stop: int, numbers: Numbers, source: Source, now: float, *, soft: bool) -> bool:
        """Decide on a write of ``numbers`` to components ``start..stop``, and write what may be written now.

        Returns whether anything was; the rest waits or glides (only where ``soft``) until :meth:`advance`.
        """
        if source.rank is Rank.SYSTEM:
            self._values[start:stop] = numbers
            return True
        me = self._id(source)
        if source.streams and self._repeats(me, start, stop, numbers, now):
            return False
        if source.rank is not Rank.RECALL and not self._waiting and not self._gliding:
            if isinstance(numbers, float):
                by = self._by.item(start)
                if by in (me, _NOBODY) or self._rank.item(start) <= source.rank:
                    self._values[start] = numbers
                    if by != me or self._until.item(start) != np.inf:
                        self._by[start] = me
                        self._rank[start] = source.rank
                        self._until[start] = now + LET_GO
                    return True
            elif not self._above(slice(start, stop), me, int(source.rank)).any():
                self._values[start:stop] = numbers
                self._hold(slice(start, stop), me, int(source.rank), now + LET_GO)
                return True
        return self._decide(np.arange(start, stop), np.atleast_1d(np.float64(numbers)), me, now, soft)

    def advance(self, now: float) -> list[tuple[Components, Source]]:
        """Let in those whose waiting is over and take the next step of each pick-up.

        Returns the components written, ascending, by the source that is the cause.
        """
        changed: list[tuple[Components, Source]] = []
        if self._waiting:
            waiting = np.flatnonzero(self._waits >= 0)
            free = waiting[~self._blocked(waiting, self._waits[waiting], self._wait_rank[waiting], now)]
            self._waiting = free.size < waiting.size
            for me in np.unique(self._waits[free]).tolist():
                mine = free[self._waits[free] == me]
                self._waits[mine] = _NOBODY
                for soft in (False, True):
                    some = mine[self._wait_soft[mine] == soft]
                    if some.size and self._decide(some, self._wait_for[some], me, now, soft):
                        changed.append((some, self._sources[me]))
        if self._gliding:
            gliding = np.flatnonzero(self._glides >= 0)
            by = self._glides[gliding]
            self._step(gliding, now)
            changed += [(gliding[by == me], self._sources[me]) for me in np.unique(by).tolist()]
        return changed

    def touch(self, start: int, stop: int, source: Source, now: float) -> None:
        """Hold until release, but for what a higher source holds now."""
        me = self._id(source)
        run = np.arange(start, stop)
        mine = run[~self._blocked(run, me, int(source.rank), now)]
        self._glides[mine] = _NOBODY
        self._hold(mine, me, int(source.rank), np.inf)

    def release(self, start: int, stop: int, source: Source, now: float) -> None:
        run = slice(start, stop)
        mine = (self._by[run] == self._id(source)) & (self._until[run] == np.inf)
        self._until[run][mine] = now + LET_GO

    def holder(self, start: int, stop: int, now: float) -> str:
        """The name of the highest holder of any of the components."""
        run = slice(start, stop)
        held = np.flatnonzero(self._until[run] > now)
        if not held.size:
            return ""
        top = held[int(np.argmax(self._rank[run][held]))]
        return self._sources[int(self._by[run][top])].name

    def carry(self, old: Holding, runs: Sequence[Run]) -> None:
        """Take over who holds, waits, glides and repeats from ``old``, for the components that are here again."""
        self._sources, self._ids = old._sources, old._ids
        for begin, here, width in runs:
            for mine, theirs in zip(self._state(), old._state(), strict=True):
                mine[here : here + width] = theirs[begin : begin + width]
        self._waiting, self._gliding, self._tellings = old._waiting, old._gliding, old._tellings
        places = np.full(old._by.size, _NOBODY)
        for begin, here, width in runs:
            places[begin : begin + width] = np.arange(here, here + width)
        moved = places.item
        self._gates = {(me, moved(at)): down for (me, at), down in old._gates.items() if moved(at) >= 0}
        self._last = {
            (me, moved(start), moved(start) + stop - start): last
            for (me, start, stop), last in old._last.items()
            if moved(start) >= 0 and moved(stop - 1) == moved(start) + stop - 1 - start
        }

    def _state(self) -> tuple[NDArray[np.generic], ...]:
        holds = (self._by, self._rank, self._until)
        waits = (self._waits, self._wait_rank, self._wait_soft, self._wait_for)
        return (*holds, *waits, self._glides, self._glide_from, self._glide_to, self._glide_since, self._told)

    def _decide(self, at: Components, numbers: NDArray[np.float64], me: int, now: float, soft: bool) -> bool:
        """Rules 2 to 4 for components ``at``; returns whether any was written."""
        rank = int(self._sources[me].rank)
        if rank == Rank.RECALL:
            passes = ~(self._until[at] == np.inf)
            open_ = at[passes]
            self._waits[open_] = self._glides[open_] = self._by[open_] = _NOBODY
            self._until[open_] = -np.inf
            self._values[open_] = numbers[passes]
            return bool(open_.size)
        blocked = self._blocked(at, me, rank, now)
        if blocked.any():
            shut = at[blocked]
            self._waits[shut], self._wait_rank[shut], self._wait_soft[shut] = me, rank, soft
            self._wait_for[shut] = numbers[blocked]
            self._waiting = True
            at, numbers = at[~blocked], numbers[~blocked]
        # what waited with the same rank is older than this; a lower rank goes on waiting
        self._waits[at[self._wait_rank[at] == rank]] = _NOBODY
        mine = self._glides[at] == me
        begins = self._above(at, me, rank) & ~mine & soft
        if begins.any():
            new = at[begins]
            self._glides[new], self._glide_from[new], self._glide_since[new] = me, self._values[new], now
            self._gliding = True
        glides = mine | begins
        self._glide_to[at[glides]] = numbers[glides]
        self._glides[at[~glides]] = _NOBODY
        self._values[at[~glides]] = numbers[~glides]
        self._hold(at, me, rank, now + LET_GO)
        return not glides.all()

    def _step(self, at: Components, now: float) -> None:
        x = np.clip((now - self._glide_since[at]) / PICK_UP, 0.0, 1.0)
        step = x * x * (3 - 2 * x)
        begin, end = self._glide_from[at], self._glide_to[at]
        # weighted ends, not begin + step * (end - begin): the difference of two finite numbers may be infinite
        between = (1 - step) * begin + step * end
        self._values[at] = np.clip(between, np.minimum(begin, end), np.maximum(begin, end))  # rounding goes astray
        self._glides[at[x >= 1]] = _NOBODY
        self._gliding = bool((x < 1).any())

    def _above(
        self, at: Components | slice, me: int | NDArray[np.int32], rank: int | NDArray[np.int16]
    ) -> NDArray[np.bool_]:
        by = self._by[at]
        above: NDArray[np.bool_] = (by != me) & (by >= 0) & (self._rank[at] > rank)
        return above

    def _blocked(
        self, at: Components, me: int | NDArray[np.int32], rank: int | NDArray[np.int16], now: float
    ) -> NDArray[np.bool_]:
        return self._above(at, me, rank) & (self._until[at] > now)

    def _hold(self, at: Components | slice, me: int, rank: int, until: float) -> None:
        touched = (self._by[at] == me) & (self._until[at] == np.inf)  # a write does not end one's own touch
        self._until[at] = np.where(touched, np.inf, until)
        self._by[at] = me
        self._rank[at] = rank

    def _repeats(self, me: int, start: int, stop: int, numbers: Numbers, now: float) -> bool:
        key = (me, start, stop)
        token: object = numbers if isinstance(numbers, float) else numbers.tobytes()
        last = self._last.get(key)
        if len(self._last) > _REMEMBER:
            self._last = {k: v for k, v in self._last.items() if now - v[1] <= LET_GO}
        if last is None:
            self._tellings += 1
            telling = me << 32 | self._tellings
        else:
            telling = last[2]
        self._last[key] = (token, now, telling)
        fresh = last is not None and last[0] == token and now - last[1] <= LET_GO
        if fresh and self._still_told(start, stop, telling, me):
            return True
        self._told[start:stop] = telling
        return False

    def _still_told(self, start: int, stop: int, telling: int, me: int) -> bool:
        """Whether the source told none of these components something else by another address (z, then z/3)."""
        if stop - start == 1:
            told = self._told.item(start)
            return told == telling or told >> 32 != me
        run = self._told[start:stop]
        return not bool(np.any((run != telling) & (run >> 32 == me)))

    def _id(self, source: Source) -> int:
        known = self._ids.get(source.name)
        if known is None:
            known = self._ids[source.name] = len(self._sources)
            self._sources.append(source)
        elif self._sources[known] is not source:
            self._sources[known] = source
        return known
