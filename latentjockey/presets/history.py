"""Undo: a bounded list of moves, each knowing what was before it and after it. Pure; one thread owns it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from latentjockey.presets.preset import Kept

COALESCE = 0.5
"""Seconds within which the same source moving the same controls goes on with the same move."""

Writes = list[tuple[str, Kept]]


@dataclass(slots=True)
class _Move:
    source: str
    before: dict[str, Kept]
    after: dict[str, Kept]
    last: float

    @property
    def weight(self) -> int:
        return sum(np.size(v) for values in (self.before, self.after) for v in values.values())


class History:
    """At most ``moves`` moves and ``numbers`` numbers, the oldest forgotten first.

    ``undo`` and ``redo`` return the writes to make; whoever makes them does not push them again.
    """

    def __init__(self, moves: int = 1000, numbers: int = 4_000_000) -> None:
        self._most_moves = moves
        self._most_numbers = numbers
        self._done: deque[_Move] = deque()
        self._undone: list[_Move] = []
        self._weight = 0
        self._open = False

    def push(self, changes: Mapping[str, tuple[Kept, Kept]], t: float, source: str) -> None:
        """Note that ``source`` changed controls, (before, after) by address, at ``t`` seconds.

        A new move makes what was undone unreachable. Controls whose value stayed are left out.
        """
        moved = {a: pair for a, pair in changes.items() if not np.array_equal(*pair)}
        if not moved:
            return
        self._undone.clear()
        last = self._done[-1] if self._open else None
        if last and last.source == source and last.before.keys() == moved.keys() and t - last.last <= COALESCE:
            self._weight -= last.weight
            last.after = {a: after for a, (_, after) in moved.items()}
            last.last = t
            if all(np.array_equal(before, last.after[a]) for a, before in last.before.items()):
                self._done.pop()  # it came back to where it began: there is nothing to undo
                self._open = False
                return
            self._weight += last.weight
        else:
            move = _Move(source, {a: p[0] for a, p in moved.items()}, {a: p[1] for a, p in moved.items()}, t)
            self._done.append(move)
            self._weight += move.weight
        self._open = True
        while len(self._done) > self._most_moves or (self._weight > self._most_numbers and len(self._done) > 1):
            self._weight -= self._done.popleft().weight

    def undo(self) -> Writes:
        """The writes that take the last move back; none when there is nothing left."""
        self._open = False
        if not self._done:
            return []
        move = self._done.pop()
        self._weight -= move.weight
        self._undone.append(move)
        return list(move.before.items())

    def redo(self) -> Writes:
        """The writes that make the last undone move again; none when there is none."""
        self._open = False
        if not self._undone:
            return []
        move = self._undone.pop()
        self._done.append(move)
        self._weight += move.weight
        return list(move.after.items())

    @property
    def undoable(self) -> int:
        """How many moves can be taken back."""
        return len(self._done)

    @property
    def redoable(self) -> int:
        """How many undone moves can be made again."""
        return len(self._undone)
