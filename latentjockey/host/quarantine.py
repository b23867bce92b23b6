"""Which change broke the engine? Remembers the last ones, so that the newest suspect can be taken back.

Called by the publisher and by the supervisor's thread, under a lock of its own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR

_SUSPECT_FOR_S = 20.0
_MOST = 256


@dataclass(slots=True)
class _Move:
    """One control's move: when it began and last went on, and where it came from."""

    began: float
    latest: float
    before: NDArray[np.float64]


class Quarantine:
    """Keeps where each control came from that moved lately (records of movement are no suspects).

    The suspect is the control whose move began last before things went wrong: what was streaming before, or is moved
    after, is as good as innocent. Each is suspected once; what it does afterwards counts as a new move.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moves: dict[str, _Move] = {}
        self._ours = ""

    def note(self, time: float, layout: Layout, before: bytes, after: NDArray[np.float64]) -> None:
        """A snapshot with values ``after`` was published over the payload ``before`` of the same layout."""
        old = np.frombuffer(before, np.float64)
        changed = np.flatnonzero(old != after)
        indices = np.unique(np.searchsorted(layout.offsets, changed, side="right") - 1)
        with self._lock:
            for index in map(int, indices):
                spec = layout.specs[index]
                if spec.address == self._ours:  # taking it back is no suspect itself
                    self._ours = ""
                elif not spec.internal:
                    self._note(spec.address, time, old[layout.offsets[index] : layout.offsets[index + 1]])

    def _note(self, address: str, time: float, before: NDArray[np.float64]) -> None:
        move = self._moves.pop(address, None)
        if move is None or time - move.latest > _SUSPECT_FOR_S:
            move = _Move(time, time, before.copy())
        move.latest = time
        self._moves[address] = move  # the oldest come first
        while len(self._moves) > _MOST:
            del self._moves[next(iter(self._moves))]

    def suspect(self, bay: Bay, now: float, since: float) -> str | None:
        """Put the control whose move began last before ``since``, when the trouble began, back where it came from, and
        name it; ``None`` when nothing moved lately."""
        with self._lock:
            lately = {a: m for a, m in self._moves.items() if m.began <= since and now - m.latest <= _SUSPECT_FOR_S}
            if not lately:
                return None
            address = max(lately, key=lambda a: lately[a].began)
            before = self._moves.pop(address).before
            snapshot = bay.snapshot()
            target = snapshot.layout.resolve(address)
            if target is None or target.stop - target.start != before.size:
                return None
            if np.array_equal(snapshot.vector(address), before):
                return address  # somebody has put it back already
            self._ours = address
        bay.write([(address, before if before.size > 1 else float(before[0]))], CONDUCTOR)
        return address
