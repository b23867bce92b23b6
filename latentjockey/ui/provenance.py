"""The badge of where a model's data came from: a mark and a word, each provenance with a shape of its own. GUI thread
only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentjockey.models.card import NON_COMMERCIAL, OPEN, PERMISSIVE, WITHDRAWN, ModelCard
from latentjockey.models.card_text import state_word
from latentjockey.models.library import Entry
from latentjockey.ui import theme
from latentjockey.ui.painted import fill, write

_SIZE = 10.5
_HIGH = 16
_MARK = 6
_TROUBLE = "trouble"


def provenance_colour(card: ModelCard) -> QColor:
    """Open provenance, a warning where a consent was withdrawn, quiet where something is not told."""
    return _colour(card.provenance)


def pill_width(entry: Entry) -> float:
    """How wide the badge of a model is, in present pixels."""
    return theme.text_width(_words(entry), _SIZE) + theme.px(_MARK + 19)


def paint_pill(painter: QPainter, right: float, top: float, entry: Entry, room: float) -> QRectF:
    """Paint the badge of a model with its end at ``right``, no wider than ``room``; where it lies."""
    wide, high = min(pill_width(entry), room), theme.px(_HIGH)
    box = QRectF(right - wide, top, wide, high)
    kind = "" if entry.renders else _TROUBLE if entry.trouble else "" if entry.unread else entry.card.provenance
    colour = _colour(kind)
    fill(painter, box, theme.mixed(theme.PANEL, colour, 0.13), high / 2)
    side = theme.px(_MARK)
    mark = QRectF(box.left() + theme.px(7), box.center().y() - side / 2, side, side)
    _paint_mark(painter, mark, kind, colour)
    words = QRectF(mark.right() + theme.px(5), box.top(), box.right() - mark.right() - theme.px(10), high)
    write(painter, words, _words(entry), colour, _SIZE)
    return box


def write_provenance(painter: QPainter, box: QRectF, card: ModelCard) -> None:
    """The mark and the word of a card, in a line of their own."""
    side, colour = theme.px(_MARK), provenance_colour(card)
    mark = QRectF(box.left(), box.center().y() - side / 2, side, side)
    _paint_mark(painter, mark, card.provenance, colour)
    write(painter, box.adjusted(side + theme.px(5), 0, 0, 0), _word(card), colour, _SIZE)


def _words(entry: Entry) -> str:
    return state_word(entry) or _word(entry.card)


def _word(card: ModelCard) -> str:
    return "consent withdrawn" if card.withdrawn else card.provenance


def _colour(kind: str) -> QColor:
    match kind:
        case "open":
            return theme.OPEN
        case "permissive":
            return theme.mixed(theme.OPEN, theme.TEXT, 0.55)
        case "non-commercial":
            return theme.TEXT
        case "withdrawn" | "trouble":
            return theme.WARNING
        case _:
            return theme.QUIET


def _paint_mark(painter: QPainter, box: QRectF, kind: str, colour: QColor) -> None:
    """Open: full. Permissive: a ring. Non-commercial: half. Not told: a bar. Withdrawn, or of no use: a cross."""
    painter.setPen(QPen(colour, 1.3 * theme.scale()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match kind:
        case _ if kind == OPEN:
            fill(painter, box, colour, box.height() / 2)
        case _ if kind == PERMISSIVE:
            painter.drawEllipse(box)
        case _ if kind == NON_COMMERCIAL:
            painter.drawEllipse(box)
            painter.setBrush(colour)
            painter.drawPie(box, 90 * 16, 180 * 16)
        case _ if kind in (WITHDRAWN, _TROUBLE):
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.bottomLeft(), box.topRight())
        case _:
            middle = box.center().y()
            painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
