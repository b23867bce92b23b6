"""The crossfader: from A to B in their colours, and on beyond either end. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.mark_paint import paint_ghost
from latentjockey.ui.painted import CENTRE, fill, write

_HANDLE = 50
_GUTTER = 34


class Crossfader(ControlWidget):
    """A wide fader with a handle that carries its number."""

    def __init__(self, binder: Binder, address: str, parent: QWidget | None = None) -> None:
        super().__init__(binder, address, theme.MIDDLE, "crossfade", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), theme.px(44))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(220), theme.px(44))

    @property
    def text(self) -> str:
        return wording.number_text(round(self.value * 100, 1), whole=abs(self.value) < 100) + "\u2009%"

    def _lane(self) -> tuple[float, float]:
        """The x of the handle's middle at A and at B."""
        edge = theme.px(_HANDLE) / 2 + theme.px(_GUTTER)
        return edge, max(edge + 8, self.width() - edge)

    def _middle(self, position: float) -> float:
        left, right = self._lane()
        gutter = theme.px(_GUTTER) - theme.px(4)
        if position < 0:
            return left - gutter * (1 - 1 / (1 - 3 * position))
        if position > 1:
            return right + gutter * (1 - 1 / (1 + 3 * (position - 1)))
        return left + position * (right - left)

    def _handle(self) -> QRectF:
        wide, inset = theme.px(_HANDLE), theme.px(4)
        return QRectF(self._middle(self.position) - wide / 2, inset, wide, self.height() - 2 * inset)

    def number_box(self) -> QRect:
        return self._handle().toRect()

    def loop_box(self) -> QRectF:
        side = theme.px(11)
        return QRectF(self._lane()[0] + theme.px(8), theme.px(4), side, side)

    def travel(self) -> float:
        left, right = self._lane()
        return right - left

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box, radius = QRectF(self.rect()), theme.px(theme.RADIUS)
        ground = QLinearGradient(QPointF(0, 0), QPointF(self.width(), 0))
        ground.setColorAt(0, theme.mixed(theme.PANEL, theme.DECK_A, 0.34))
        ground.setColorAt(0.42, theme.mixed(theme.GROUND, theme.DECK_A, 0.06))
        ground.setColorAt(0.58, theme.mixed(theme.GROUND, theme.DECK_B, 0.06))
        ground.setColorAt(1, theme.mixed(theme.PANEL, theme.DECK_B, 0.34))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, radius, radius)
        self._paint_lane(painter, box)
        self._paint_marks(painter)
        handle = self._handle()
        light = theme.BEYOND if self.beyond else theme.TEXT
        fill(painter, handle.translated(0, theme.px(1.5)), theme.faded(theme.GROUND, 0.7), theme.px(6))
        bright = light if self._held or self.hovered else theme.mixed(light, theme.PANEL, 0.10)
        fill(painter, handle, bright, theme.px(6))
        write(painter, handle, self.text, theme.GROUND, 12.5, theme.SEMIBOLD, CENTRE)
        self.paint_over(painter, theme.RADIUS)

    def _paint_marks(self, painter: QPainter) -> None:
        """The modulated value as a thin line under the lane, the waiting hardware fader as an open circle on it."""
        middle = self.height() / 2
        if self.effective is not None and self.swing is not None:
            start, end = (self._middle(self.position_of(value)) for value in self.swing)
            low = self.height() - theme.px(4)
            fill(painter, QRectF(start, low, max(1.0, end - start), theme.px(2)), theme.faded(theme.TEXT, 0.45), 1)
            dot = QPointF(self._middle(self.position_of(self.effective)), low + theme.px(1))
            painter.setBrush(theme.TEXT)
            painter.drawEllipse(dot, 2.5 * theme.scale(), 2.5 * theme.scale())
        if self.waiting is not None:
            paint_ghost(painter, QPointF(self._middle(self.position_of(self.waiting)), middle), theme.GROUND)

    def _paint_lane(self, painter: QPainter, box: QRectF) -> None:
        left, right = self._lane()
        for tenth in range(11):
            x = left + (right - left) * tenth / 10
            tall = theme.px(9 if tenth in (0, 5, 10) else 5)
            painter.setPen(QPen(theme.faded(theme.TEXT, 0.28 if tenth in (0, 5, 10) else 0.12), theme.px(1)))
            painter.drawLine(QPointF(x, box.center().y() - tall / 2), QPointF(x, box.center().y() + tall / 2))
        edge, handle = theme.px(_GUTTER), self._handle()
        for letter, colour, start in (("A", theme.DECK_A, 0.0), ("B", theme.DECK_B, box.width() - edge)):
            place = QRectF(start, 0, edge, box.height())
            if not handle.intersects(place.adjusted(edge / 4, 0, -edge / 4, 0)):  # no half letters beside it
                write(painter, place, letter, colour, 15, theme.SEMIBOLD, CENTRE)
