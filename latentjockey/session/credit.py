"""Keeps ``/model/credit``: what is asked for now and what the model learned from, in one line.

``move`` is called by the conductor at its every tick, and looks a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable

from latentjockey.control.bay import Bay
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR
from latentjockey.models.card import ModelCard
from latentjockey.models.credits import asked, credit_line, credit_text
from latentjockey.models.spec import ModelSpec
from latentjockey.modulation.matrix import modulated
from latentjockey.navigation.movement import waits_for_glide
from latentjockey.navigation.state import deck_glide

CREDIT = "/model/credit"
_EVERY_S = 0.25


class CreditTeller:
    """``model`` tells which model plays; nothing is said while none does."""

    def __init__(self, bay: Bay, model: Callable[[], ModelSpec | None]) -> None:
        self._bay = bay
        self._model = model
        self._next = float("-inf")
        self._known: tuple[int, ModelSpec | None] = (-1, None)
        self._on_its_way = False

    def move(self, t: float) -> bool:
        """Say anew what has changed. Nothing else moves by it."""
        if t < self._next:
            return False
        self._next = t + _EVERY_S
        model, snapshot = self._model(), self._bay.snapshot()
        moved = modulated(snapshot, t)
        if (snapshot.revision, model) == self._known and moved is snapshot and not self._on_its_way:
            return False
        line = "" if model is None else credit_line(asked(moved, t), model.card)
        if line != self._bay.value(CREDIT):
            self._bay.write([(CREDIT, line)], CONDUCTOR)
        self._known = (self._bay.snapshot().revision, model)
        self._on_its_way = any(waits_for_glide(deck_glide(moved, deck), t) for deck in DECKS)
        return False


def credit_of(snapshot: Snapshot, t: float, card: ModelCard) -> str:
    """In full, for the picture that ``snapshot`` describes at ``t``: what exports carry. Modulation is to be in it
    already."""
    return credit_text(asked(snapshot, t), card)
