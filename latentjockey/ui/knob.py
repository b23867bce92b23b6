"""The knob: an arc from seven to five o'clock that goes on in pink beyond, its number always below. GUI thread only."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.arcs import START, SWEEP, clock_degrees, excess_share
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.mark_paint import armed_words, paint_ghost
from latentjockey.ui.painted import CENTRE, fill, fitting, write

_FADE = 0.8
_BELOW = 4


class Knob(ControlWidget):
    """Dial, number and label in a column. ``large`` is for what is read at two metres; without ``captioned``
    the label is left to what stands below.

    Drag up or to the right for more. Outside the dial a thin ring shows where modulation carries the value, and a small
    open circle where the hardware knob waits for soft takeover.
    """

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        large: bool = False,
        parent: QWidget | None = None,
        *,
        captioned: bool = True,
    ) -> None:
        self._large = large
        self._captioned = captioned
        self._across = self._up = 0.0
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        wide, high = (126, 156) if self._large else (66, 92)
        return QSize(theme.px(wide), theme.px(high if self._captioned else high - self._lines_drawn()[1]))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(88 if self._large else 46), self.sizeHint().height())

    # -- geometry ---------------------------------------------------------------------------------------------------

    def _lines(self) -> tuple[float, float]:
        """The heights of number and label."""
        number, label = self._lines_drawn()
        return theme.px(number), theme.px(label) if self._captioned else 0.0

    def _lines_drawn(self) -> tuple[int, int]:
        return (26, 22) if self._large else (17, 15)

    def dial(self) -> QRectF:
        """The circle of the arc's middle line."""
        margin = theme.px(11 if self._large else 9)
        side = max(8.0, min(self.width(), self.number_box().top()) - 2 * margin)
        return QRectF((self.width() - side) / 2, margin, side, side)

    def number_box(self) -> QRect:
        number, label = self._lines()
        top = self.height() - theme.px(_BELOW) - label - number
        return QRectF(0, top, self.width(), number).toRect()

    def loop_box(self) -> QRectF:
        side = theme.px(14 if self._large else 11)
        right = min(float(self.width()), self.dial().right() + side + theme.px(4))
        return QRectF(right - side, theme.px(1), side, side)

    def travel(self) -> float:
        return float(theme.px(200 if self._large else 150))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._across = self._up = 0.0
        super().mousePressEvent(event)

    def along(self, delta: QPointF) -> float:
        """Up or right is more: whichever way the hand mostly went of late, so that a slanted drag does not tremble."""
        self._across = _FADE * self._across + abs(delta.x())
        self._up = _FADE * self._up + abs(delta.y())
        return delta.x() if self._across > self._up else -delta.y()

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        dial = self.dial()
        thick = dial.width() * 0.085
        if self.busy:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.55), theme.px(6))
        track = theme.TRACK if self.spec is not None else theme.mixed(theme.PANEL, theme.TRACK, 0.55)
        _arc(painter, dial, START, START + SWEEP, track, thick)
        if self.spec is not None:
            self._paint_cap(painter, dial, thick)
            self._paint_value(painter, dial, thick)
            self._paint_marks(painter, dial, thick)
        self._paint_words(painter)
        self.paint_over(painter)

    def _paint_cap(self, painter: QPainter, dial: QRectF, thick: float) -> None:
        inset = thick * 1.55
        cap = dial.adjusted(inset, inset, -inset, -inset)
        light = QLinearGradient(cap.topLeft(), cap.bottomLeft())
        light.setColorAt(0, theme.mixed(theme.RAISED, theme.TEXT, 0.10 if self.busy else 0.05))
        light.setColorAt(1, theme.mixed(theme.PANEL, theme.RAISED, 0.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(light)
        painter.drawEllipse(cap)

    def _paint_value(self, painter: QPainter, dial: QRectF, thick: float) -> None:
        position = self.position
        begin, end = clock_degrees(self.origin), clock_degrees(min(1.0, max(0.0, position)))
        if 0 < self.origin < 1:
            outside, inside = dial.width() / 2 + thick * 0.5, dial.width() / 2 - thick * 0.5
            pen = QPen(theme.QUIET, max(1.0, theme.scale()), c=Qt.PenCapStyle.FlatCap)
            _ray(painter, dial.center(), begin, inside, outside, pen)
        if abs(end - begin) > 0.5:
            _arc(painter, dial, begin, end, self.colour, thick)
        if not 0 <= position <= 1:
            ends, far = (START if position < 0 else START + SWEEP), clock_degrees(position)
            glow = 0.14 + 0.16 * excess_share(abs(position - 0.5))
            for spread in (2.6, 1.8):
                _arc(painter, dial, ends, far, theme.faded(theme.BEYOND, glow), thick * spread)
            _arc(painter, dial, ends, far, theme.BEYOND, thick * 1.15)
        ink = theme.TEXT if self.busy or self.beyond else theme.mixed(theme.TEXT, self.colour, 0.12)
        reach = dial.width() / 2 - thick * 0.5
        pen = QPen(ink, max(1.6, dial.width() * 0.058), c=Qt.PenCapStyle.RoundCap)
        _ray(painter, dial.center(), clock_degrees(position), reach * 0.30, reach * 0.74, pen)

    def _paint_marks(self, painter: QPainter, dial: QRectF, thick: float) -> None:
        grow = thick * 0.5 + theme.px(3.5)
        ring = dial.adjusted(-grow, -grow, grow, grow)
        if self.effective is not None and self.swing is not None:
            low, high = (clock_degrees(self.position_of(value)) for value in self.swing)
            thin = 1.5 * theme.scale()
            _arc(painter, ring, low, max(high, low + 0.5), theme.faded(self.colour, 0.55), thin)
            out = not self.lo <= self.effective <= self.hi
            colour = theme.BEYOND if out else theme.mixed(self.colour, theme.TEXT, 0.55)
            dot = _point(ring, clock_degrees(self.position_of(self.effective)))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(dot, thin * 1.6, thin * 1.6)
        if self.waiting is not None:
            paint_ghost(painter, _point(ring, clock_degrees(self.position_of(self.waiting))))

    def _paint_words(self, painter: QPainter) -> None:
        large, small = (19.0, 17.0) if self._large else (12.5, 11.5)
        box = QRectF(self.number_box())
        size = fitting(self.text, box.width(), large, theme.MEDIUM)
        write(painter, box, self.text, self.ink, size, theme.MEDIUM, CENTRE)
        if not self._captioned:
            return
        edge = theme.px(3)
        below = QRectF(edge, box.bottom(), self.width() - 2 * edge, self._lines()[1])
        ink = theme.TEXT if self.armed or self._held else theme.QUIET
        words = armed_words(below.width(), small) if self.armed else self.caption
        write(painter, below, words, ink, fitting(words, below.width(), small), theme.REGULAR, CENTRE)


def _point(circle: QRectF, degrees: float) -> QPointF:
    radius, turn = circle.width() / 2, math.radians(degrees)
    return circle.center() + QPointF(radius * math.sin(turn), -radius * math.cos(turn))


def _arc(painter: QPainter, circle: QRectF, begin: float, end: float, colour: QColor, thick: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, thick, c=Qt.PenCapStyle.RoundCap))
    painter.drawArc(circle, round((90 - begin) * 16), round((begin - end) * 16))


def _ray(painter: QPainter, middle: QPointF, degrees: float, near: float, far: float, pen: QPen) -> None:
    turn = math.radians(degrees)
    way = QPointF(math.sin(turn), -math.cos(turn))
    painter.setPen(pen)
    painter.drawLine(middle + way * near, middle + way * far)
