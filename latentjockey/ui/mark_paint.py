"""How loops, waiting knobs and being learnt are drawn on any control. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentjockey.ui import theme
from latentjockey.ui.marks import LoopMark
from latentjockey.ui.painted import fill

ARMED_WORDS = "move a knob"
ARMED_WORD = "learning"
"""The same where there is room for one word only."""

_FULL = 360 * 16
_TOP = 90 * 16


def armed_words(width: float, size: float) -> str:
    """What a control says while it is being learnt, in ``width`` present pixels and letters not much under ``size``."""
    return ARMED_WORDS if theme.text_width(ARMED_WORDS, 0.85 * size) <= width else ARMED_WORD


def paint_loop(painter: QPainter, box: QRectF, loop: LoopMark, ink: QColor = theme.TEXT) -> None:
    """A small ring with the phase as a segment; a full dot in its middle while it is being recorded."""
    phase, _, recording = loop
    thick = 1.75 * theme.scale()
    ring = box.adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.faded(ink, 0.25), thick))
    painter.drawEllipse(ring)
    painter.setPen(QPen(theme.WARNING if recording else ink, thick, c=Qt.PenCapStyle.FlatCap))
    painter.drawArc(ring, _TOP, -round(max(0.04, phase % 1.0) * _FULL))
    if recording:
        inset = box.width() * 0.3
        fill(painter, box.adjusted(inset, inset, -inset, -inset), theme.WARNING, box.width())


def paint_ghost(painter: QPainter, middle: QPointF, ground: QColor = theme.PANEL) -> None:
    """The hardware knob that waits: a small open circle."""
    radius = 3.0 * theme.scale()
    painter.setBrush(ground)
    painter.setPen(QPen(theme.TEXT, 1.5 * theme.scale()))
    painter.drawEllipse(middle, radius, radius)


def paint_armed(painter: QPainter, box: QRectF) -> None:
    """A calm dashed outline: the next knob that moves will play this control."""
    pen = QPen(theme.mixed(theme.QUIET, theme.TEXT, 0.6), 1.25 * theme.scale())
    pen.setDashPattern([3.0, 3.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = pen.widthF() / 2 + 0.25
    painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), theme.px(5), theme.px(5))
