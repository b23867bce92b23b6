"""The colour of where data came from. Words stand beside it always. GUI thread only."""

from __future__ import annotations

from PySide6.QtGui import QColor

from latentjockey.models.card import ModelCard
from latentjockey.ui import theme


def provenance_colour(card: ModelCard) -> QColor:
    """Open provenance, a warning where a consent was withdrawn, quiet where something is not told."""
    return theme.WARNING if card.withdrawn else theme.OPEN if card.open else theme.QUIET
