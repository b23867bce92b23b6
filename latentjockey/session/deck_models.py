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
    """Keeps the three in step. What was written here is told from what a hand wrote, and a name that was overtaken by
    another meanwhile changes nothing: hands and the supervisor write on other threads."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay
        self._said: tuple[str, ...] = ()

    def told(self, name: str) -> str:
        """``/model`` was written: the decks say their part of it. What the model or the pair is called, however it was
        written."""
        with self._bay.alone():
            if self._bay.value(MODEL) == name:
                self._say(name)
        return joined(*parts(name))

    def chosen(self) -> None:
        """A deck's model was written: ``/model`` says both."""
        with self._bay.alone():
            each = tuple(str(self._bay.value(deck_model(deck))) for deck in DECKS)
            if each != self._said:
                self._say(joined(*each))

    def _say(self, name: str) -> None:
        self._said = parts(name)
        texts = [(deck_model(deck), part) for deck, part in zip(DECKS, self._said, strict=True)]
        texts.append((MODEL, joined(*self._said)))
        new = [(address, text) for address, text in texts if text != self._bay.value(address)]
        if new:
            self._bay.write(new, CONDUCTOR)
