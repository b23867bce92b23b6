"""Which change broke the engine? Remembers the last ones, so that the newest suspect can be taken back.

Called by the publisher and by the supervisor's thread, under a lock of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR

_SUSPECT_FOR_S = 20.0


@dataclass(frozen=True, slots=True)
class _Change:
    time: float
    address: str
    before: NDArray[np.float64]


class Quarantine:
    """Keeps the value before each of the last changes of a hand (records of movement are no suspects)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: deque[_Change] = deque(maxlen=64)
        self._ours = ""

    def note(self, time: float, layout: Layout, before: bytes, after: NDArray[np.float64]) -> None:
        """A snapshot with values ``after`` was published over the payload ``before`` (empty for the first)."""
        if len(before) != after.nbytes:
            return
        old = np.frombuffer(before, np.float64)
        changed = np.flatnonzero(old != after)
        if not changed.size or changed.size > 4096:
            return
        indices = np.unique(np.searchsorted(layout.offsets, changed, side="right") - 1)
        with self._lock:
            for index in map(int, indices):
                spec = layout.specs[index]
                if spec.address == self._ours:  # taking it back is no suspect itself
                    self._ours = ""
                elif not spec.internal:
                    run = slice(layout.offsets[index], layout.offsets[index + 1])
                    self._changes.append(_Change(time, spec.address, old[run].copy()))

    def suspect(self, bay: Bay, now: float) -> str | None:
        """Put the control that changed last back to what it was, and name it; ``None`` when nothing changed lately."""
        with self._lock:
            if not self._changes or now - self._changes[-1].time > _SUSPECT_FOR_S:
                return None
            last = self._changes[-1]
            first = next(c for c in self._changes if c.address == last.address and last.time - c.time < _SUSPECT_FOR_S)
            self._changes.clear()
            self._ours = last.address
        bay.write([(last.address, first.before if first.before.size > 1 else float(first.before[0]))], CONDUCTOR)
        return last.address
