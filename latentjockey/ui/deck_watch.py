"""Where a deck stands: how far out, and on which of its cues. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from latentjockey.control.names import CUES
from latentjockey.models import directions
from latentjockey.models.pair import part
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.cue_pad import CuePad

_HEARD = ("z", "dir", "class", "centre/z", "psi", "overdrive")


class DeckWatch(QObject):
    """Tells ``far`` the distance in σ and each pad whether the deck stands on its cue, once a pass of the loop."""

    def __init__(
        self, binder: Binder, deck: str, far: Callable[[float], None], pads: Sequence[CuePad], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._deck = deck
        self._far = far
        self._pads = pads
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(0)
        self._stale.timeout.connect(self._measure)
        for name in _HEARD:
            binder.watch(f"/deck/{deck}/{name}", self._moved)
        binder.watch("/engine/model", self._moved)
        for n in CUES:
            binder.watch(f"/deck/{deck}/cue/{n}/z", self._moved)
            binder.watch(f"/deck/{deck}/cue/{n}/class", self._moved)
            binder.watch(f"/deck/{deck}/cue/{n}/filled", self._moved)

    def _moved(self, value: Shown) -> None:
        if not self._stale.isActive():
            self._stale.start()

    def _measure(self) -> None:
        z = self._vector("z")
        place = _along(z, self._vector("dir"), part(str(self._binder.bay.value("/engine/model")), self._deck))
        reach = self._number("psi") * self._number("overdrive")
        self._far(distance(place, self._vector("centre/z"), reach))
        for n, pad in zip(CUES, self._pads, strict=True):
            there = pad.filled and bool(len(z)) and np.allclose(self._vector(f"cue/{n}/z"), place, rtol=0, atol=1e-6)
            pad.show_current(there and self._same_classes(n))

    def _same_classes(self, cue: int) -> bool:
        """Whether the deck asks for the classes of a cue; one that keeps none goes with any."""
        own, kept = self._vector("class"), self._vector(f"cue/{cue}/class")
        return not kept.any() or (own.shape == kept.shape and np.allclose(own, kept, rtol=0, atol=1e-6))

    def _vector(self, name: str) -> NDArray[np.float64]:
        try:
            value = self._binder.bay.value(f"/deck/{self._deck}/{name}")
        except KeyError:
            return np.zeros(0)
        return value if isinstance(value, np.ndarray) else np.zeros(0)

    def _number(self, name: str) -> float:
        try:
            return self._binder.bay.number(f"/deck/{self._deck}/{name}")
        except KeyError:
            return 1.0


def _along(z: NDArray[np.float64], steps: NDArray[np.float64], model: str) -> NDArray[np.float64]:
    """The place with its steps along the model's directions, where these are known."""
    if not steps.any():
        return z
    rows = directions.at_hand(model)
    if rows is None or rows.shape != (len(steps), len(z)):
        return z
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(z + steps @ rows, dtype=np.float64)


def distance(z: NDArray[np.float64], centre: NDArray[np.float64], reach: float) -> float:
    """How far out a position is after its reach, in σ: the root mean square of its components. 1 is an ordinary draw.

    ``z`` and ``centre`` (n,), ``reach`` = psi · overdrive about the centre.
    """
    if not len(z) or len(z) != len(centre):
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        place = centre + reach * (z - centre)
        largest = float(np.max(np.abs(place)))
        if largest == 0.0 or not np.isfinite(largest):
            return float("inf") if np.isnan(largest) else largest
        return largest * float(np.sqrt(np.mean(np.square(place / largest))))
