"""The fader: a vertical track with a cap, going on beyond both ends. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.mark_paint import armed_words, paint_ghost
from latentjockey.ui.painted import CENTRE, fill, fitting, write
from latentjockey.ui.slider import paint_track, place

_GUTTER = 16
_NUMBER = 18
_LABEL = 15
_BELOW = 4
_BESIDE = 18


class Fader(ControlWidget):
    """Track above, number and label below; up is more."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(58), theme.px(180))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(44), theme.px(96))

    # -- geometry ---------------------------------------------------------------------------------------------------

    def number_box(self) -> QRect:
        high = theme.px(_NUMBER)
        return QRect(0, self.height() - theme.px(_BELOW + _LABEL) - high, self.width(), high)

    def track(self) -> QRectF:
        """The nominal range on the widget, standing; the gutters above and below are for what lies beyond."""
        gutter, thick, top = theme.px(_GUTTER), theme.px(5), theme.px(10)
        bottom = self.number_box().top() - theme.px(5)
        return QRectF((self.width() - thick) / 2, top + gutter, thick, max(8.0, bottom - top - 2 * gutter))

    def travel(self) -> float:
        return max(self.track().height(), float(theme.px(140)))

    def along(self, delta: QPointF) -> float:
        return -delta.y()

    def _height_of(self, position: float) -> float:
        track = self.track()
        return track.bottom() - place(QRectF(0, 0, track.height(), 1), position, theme.px(_GUTTER))

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if self.busy:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.55), theme.px(6))
        track = self.track()
        if self.spec is None:
            fill(painter, track, theme.mixed(theme.PANEL, theme.TRACK, 0.55), track.width() / 2)
        else:
            self._paint_ticks(painter, track)
            painter.save()
            painter.translate(track.center().x(), track.bottom())
            painter.rotate(-90)  # the slider's track, standing
            lying = QRectF(0, -track.width() / 2, track.height(), track.width())
            paint_track(painter, lying, self.origin, self.position, self.colour, theme.px(_GUTTER))
            painter.restore()
            self._paint_marks(painter, track)
            self._paint_cap(painter, track)
        box = QRectF(self.number_box())
        size = fitting(self.text, box.width(), 12.5, theme.MEDIUM)
        write(painter, box, self.text, self.ink, size, theme.MEDIUM, CENTRE)
        edge = theme.px(1)
        below = QRectF(edge, box.bottom(), self.width() - 2 * edge, theme.px(_LABEL))
        ink = theme.TEXT if self._held or self.armed else theme.QUIET
        words = armed_words(below.width(), 11.5) if self.armed else self.caption
        write(painter, below, words, ink, fitting(words, below.width(), 11.5), theme.REGULAR, CENTRE)
        self.paint_over(painter)

    def _paint_ticks(self, painter: QPainter, track: QRectF) -> None:
        for eighth in range(9):
            y = track.bottom() - track.height() * eighth / 8
            wide = theme.px(6 if eighth % 4 == 0 else 3)
            colour = theme.faded(theme.TEXT, 0.30 if eighth % 4 == 0 else 0.14)
            for left in (track.left() - theme.px(7) - wide, track.right() + theme.px(7)):
                painter.fillRect(QRectF(left, y - theme.scale() / 2, wide, theme.scale()), colour)

    def _paint_cap(self, painter: QPainter, track: QRectF) -> None:
        wide, high = theme.px(30), theme.px(14)
        cap = QRectF(track.center().x() - wide / 2, self._height_of(self.position) - high / 2, wide, high)
        light = theme.BEYOND if self.beyond else theme.TEXT
        fill(painter, cap.translated(0, theme.px(1.5)), theme.faded(theme.GROUND, 0.7), theme.px(4))
        fill(painter, cap, light if self.busy else theme.mixed(light, theme.PANEL, 0.12), theme.px(4))
        line = QRectF(
            cap.left() + theme.px(5), cap.center().y() - theme.scale() / 2, wide - theme.px(10), theme.scale()
        )
        painter.fillRect(line, theme.GROUND)

    def _paint_marks(self, painter: QPainter, track: QRectF) -> None:
        side = track.center().x() + theme.px(_BESIDE)  # beside the cap, not under it
        if self.effective is not None and self.swing is not None:
            low, high = (self._height_of(self.position_of(value)) for value in self.swing)
            wide = 1.5 * theme.scale()
            fill(painter, QRectF(side, high, wide, max(1.0, low - high)), theme.faded(self.colour, 0.6), wide / 2)
            painter.setBrush(theme.mixed(self.colour, theme.TEXT, 0.5))
            dot = QPointF(side + wide / 2, self._height_of(self.position_of(self.effective)))
            painter.drawEllipse(dot, 2.0 * theme.scale(), 2.0 * theme.scale())
        if self.waiting is not None:
            left = track.center().x() - theme.px(_BESIDE)
            paint_ghost(painter, QPointF(left, self._height_of(self.position_of(self.waiting))))
