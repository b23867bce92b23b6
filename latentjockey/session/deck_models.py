"""Which model each deck plays: ``/deck/a/model`` and ``/deck/b/model``, and ``/model``, which says both.

Called by the conductor when one of the three has changed; it writes the others, and what already is so is not written
again. Empty text on a deck stands for the model of the other one.
"""

from __future__ import annotations

from latentjockey.control.bay import Bay
from latentjockey.control.names import DECKS
from latentjockey.control.source import CONDUCTOR
from latentjockey.models.pair import joined, parts

MODEL = "/model"


def deck_model(deck: str) -> str:
    """The address of the model on a deck."""
    return f"/deck/{deck}/model"


class DeckModels:
    """Keeps the three in step."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay

    def told(self, name: str) -> str:
        """``/model`` was written: the decks say their part of it. What the model or the pair is called, however it was
        written."""
        each = parts(name)
        called = joined(*each)
        texts = [(MODEL, called), *((deck_model(deck), part) for deck, part in zip(DECKS, each, strict=True))]
        new = [(address, text) for address, text in texts if text != self._bay.value(address)]
        if new:
            self._bay.write(new, CONDUCTOR)
        return called

    def chosen(self) -> None:
        """A deck's model was written: ``/model`` says both."""
        self.told(joined(*(str(self._bay.value(deck_model(deck))) for deck in DECKS)))
