"""The crossfader's measured travel, gone over to without a jump. On the conductor's thread, but for ``measured``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ARRIVAL, CONDUCTOR, MORPH, RECALL
from latentjockey.navigation.travel import blend_curves

_TRAVEL_S = 0.4
_RECALLS = frozenset({RECALL.name, ARRIVAL.name, MORPH.name})


class EvenTravel:
    """``recalled``: what is shown came from a preset, and stays as it was until somebody moves it."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay
        self._way: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
        self._measured: tuple[float, ...] | None = None
        self.recalled = False

    def measured(self, points: tuple[float, ...]) -> None:
        """The travel was measured anew: go over to it within ``_TRAVEL_S`` so that nothing jumps. Any thread.

        A picture that was recalled midway stays exactly as it was until somebody moves a deck or the crossfader.
        """
        self._measured = points
        self._bay.wake.set()

    def note(self, by: Mapping[str, str]) -> None:
        """Who changed what since the last tick."""
        for address in ("/deck/a/z", "/deck/b/z", "/deck/a/class", "/deck/b/class", "/mix/crossfade"):
            if address in by:
                self.recalled = by[address] in _RECALLS
        if by.get("/mix/travel") == RECALL.name or ARRIVAL.name in by.values():
            self._way = None

    def stay(self) -> None:
        """Go no further on the way of now."""
        self._way = None

    def move(self, before: Snapshot, t: float) -> bool:
        """Write what is due at ``t`` seconds; ``before`` is what the last tick left. Whether there will be more."""
        if self._measured is not None and not self.recalled:
            now, target = before.vector("/mix/travel"), np.asarray(self._measured)
            self._measured = None
            if target.shape == now.shape and not np.allclose(target, now, atol=1e-3):
                self._way = (t, now, target)
        if self._way is None:
            return False
        since, start, end = self._way
        x = min(1.0, (t - since) / _TRAVEL_S)
        if before.number("/mix/crossfade") in (0.0, 1.0):  # there every curve shows the same
            x = 1.0
        self._bay.write([("/mix/travel", blend_curves(start, end, x))], CONDUCTOR)
        if x >= 1.0:
            self._way = None
        return x < 1.0
