"""Which change broke the engine? Remembers the last ones, so that the newest suspects can be taken back.

Called by the publisher and by the supervisor's thread, under a lock of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR
from latentjockey.control.values import Value

_NO_TEXTS: Mapping[str, str] = {}

_SUSPECT_FOR_S = 20.0
_MOST = 256


@dataclass(slots=True)
class _Move:
    """One control's move: when it began and last went on, and where it came from."""

    began: float
    latest: float
    before: NDArray[np.float64] | str


class Quarantine:
    """Keeps where each control came from that moved lately (records of movement are no suspects).

    The suspects are the controls whose move began last before things went wrong, several if they began together, as by
    a preset: what was streaming before, or is moved after, is as good as innocent. Each is suspected once; what it does
    afterwards counts as a new move.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moves: dict[str, _Move] = {}
        self._ours: set[str] = set()

    def note(
        self,
        time: float,
        layout: Layout,
        before: bytes,
        after: NDArray[np.float64],
        said: Mapping[str, str] = _NO_TEXTS,
        says: Mapping[str, str] = _NO_TEXTS,
    ) -> None:
        """A snapshot with values ``after``, and a model's own texts ``says``, was published over the payload ``before``
        and the texts ``said`` of the same layout."""
        old = np.frombuffer(before, np.float64)
        changed = np.flatnonzero(old != after)
        indices = np.unique(np.searchsorted(layout.offsets, changed, side="right") - 1)
        with self._lock:
            for index in map(int, indices):
                spec = layout.specs[index]
                if not spec.internal:
                    self._note(spec.address, time, old[layout.offsets[index] : layout.offsets[index + 1]].copy())
            for address, text in said.items():
                if says.get(address, text) != text:
                    self._note(address, time, text)

    def _note(self, address: str, time: float, before: NDArray[np.float64] | str) -> None:
        if address in self._ours:  # taking it back is no suspect itself
            self._ours.remove(address)
            return
        move = self._moves.pop(address, None)
        if move is None or time - move.latest > _SUSPECT_FOR_S:
            move = _Move(time, time, before)
        move.latest = time
        self._moves[address] = move  # the oldest come first
        while len(self._moves) > _MOST:
            del self._moves[next(iter(self._moves))]

    def suspect(self, bay: Bay, now: float, since: float) -> str | None:
        """Put the controls whose move began last before ``since``, when the trouble began, back where they came from,
        and name them; ``None`` when nothing moved lately."""
        with self._lock:
            lately = {a: m for a, m in self._moves.items() if m.began <= since and now - m.latest <= _SUSPECT_FOR_S}
            last = max((m.began for m in lately.values()), default=0.0)
            suspects = {a: m.before for a, m in lately.items() if m.began == last}
            for address in suspects:
                del self._moves[address]
            back = _differing(bay.snapshot(), suspects)
            self._ours = {address for address, _ in back}
        bay.write(back, CONDUCTOR)
        return _named(sorted(suspects)) if suspects else None


def _differing(snapshot: Snapshot, befores: Mapping[str, NDArray[np.float64] | str]) -> list[tuple[str, Value]]:
    """What it takes to put controls back that are still here and not back already."""
    writes: list[tuple[str, Value]] = []
    for address, before in befores.items():
        if isinstance(before, str):
            if snapshot.texts.get(address, before) != before:
                writes.append((address, before))
            continue
        target = snapshot.layout.resolve(address)
        if target is None or target.stop - target.start != before.size:
            continue
        if not np.array_equal(snapshot.vector(address), before):
            writes.append((address, before if before.size > 1 else float(before[0])))
    return writes


def _named(addresses: list[str]) -> str:
    if len(addresses) <= 2:
        return " and ".join(addresses)
    return f"{addresses[0]} and {len(addresses) - 1} more"
