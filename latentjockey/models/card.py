"""Model cards: who made the training data, under which licence, with what consent."""

from __future__ import annotations

from dataclasses import dataclass

UNDISCLOSED = "undisclosed"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Shown by the player and carried by everything exported. What is not known says so: ``undisclosed``."""

    name: str
    author: str = UNDISCLOSED
    licence: str = UNDISCLOSED
    data: str = UNDISCLOSED
    data_licence: str = UNDISCLOSED
    consent: str = UNDISCLOSED
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether data, its licence and consent are all told."""
        return UNDISCLOSED not in (self.data, self.data_licence, self.consent)

    @property
    def badge(self) -> str:
        """A few words for beside the model's name."""
        return self.data_licence if self.open else "consent undisclosed"
