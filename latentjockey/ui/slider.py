"""The slider: name, track and number in one row. Grows past its end in pink. GUI thread only."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.mark_paint import paint_ghost
from latentjockey.ui.painted import RIGHT, fill, fitting, write

_NUMBER = 62
_LEAST_TRAVEL = 160
_GUTTER = 16
_EAGER = 3.0


class Slider(ControlWidget):
    """One row: ``label  ────●───  number``; with ``stacked`` the track lies under label and number.

    ``label_width`` in pixels of the 1280×800 drawing, so that the tracks of a group stand under each other.
    """

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        label_width: float = 66,
        stacked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._label_width = label_width
        self._stacked = stacked
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        if self._stacked:
            return QSize(theme.px(140), theme.px(theme.STACKED))
        return QSize(theme.px(260), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(96), self.sizeHint().height())

    # -- geometry ---------------------------------------------------------------------------------------------------

    def _edge(self) -> int:
        return theme.px(6)

    def number_box(self) -> QRect:
        edge, wide = self._edge(), theme.px(_NUMBER)
        if self._stacked:
            return QRect(self.width() - edge - wide, 0, wide, theme.px(22))
        return QRect(self.width() - edge - wide, 0, wide, self.height())

    def track(self) -> QRectF:
        """The nominal range on the widget; the gutters beside it are for what lies beyond."""
        gutter, thick = theme.px(_GUTTER), theme.px(5)
        if self._stacked:
            left, right, middle = self._edge() + gutter, self.width() - self._edge() - gutter, self.height() * 0.74
        else:
            left = self._edge() + theme.px(self._label_width) + gutter
            right = self.number_box().left() - gutter
            middle = self.height() / 2
        return QRectF(left, middle - thick / 2, max(8.0, right - left), thick)

    def travel(self) -> float:
        return max(self.track().width(), float(theme.px(_LEAST_TRAVEL)))  # a short track still moves finely

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if self.busy:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.9), theme.px(5))
        self._paint_words(painter)
        if self.spec is not None:
            paint_track(painter, self.track(), self.origin, self.position, self.colour, theme.px(_GUTTER))
            self._paint_swing(painter)
            self._paint_handle(painter)
        else:
            fill(painter, self.track(), theme.faded(theme.TRACK, 0.5), self.track().height() / 2)
        self.paint_over(painter)

    def _paint_words(self, painter: QPainter) -> None:
        edge = self._edge()
        if self._stacked:
            digits = theme.text_width(self.text, 12.5) + theme.px(10)  # a short number leaves its name more room
            room = max(self.number_box().left(), self.width() - edge - digits) - edge - theme.px(6)
            label = QRectF(edge + theme.px(4), 0, room, theme.px(22))
        else:
            label = QRectF(edge, 0, theme.px(self._label_width), self.height())
        ink = theme.TEXT if self._held or self.armed else theme.QUIET
        size = fitting(self.caption, label.width(), 12.5) if self.armed else 12.5
        write(painter, label, self.caption, ink, size)
        number = self.number_box().adjusted(0, 0, -theme.px(4) if self._stacked else 0, 0)
        write(painter, QRectF(number), self.text, self.ink, 12.5, theme.REGULAR, RIGHT)

    @property
    def origin(self) -> float:
        """A slider's bar starts at zero if the range holds it, at the near end otherwise."""
        return min(1.0, max(0.0, self.position_of(max(self.lo, min(self.hi, 0.0)))))

    def loop_box(self) -> QRectF:
        side, number = theme.px(11), self.number_box()
        return QRectF(number.left() - side / 2, number.center().y() + 1 - side / 2, side, side)

    def _paint_swing(self, painter: QPainter) -> None:
        """Under the track a thin line where modulation carries the value, with a dot where it is now."""
        track, gutter = self.track(), theme.px(_GUTTER)
        if self.effective is not None and self.swing is not None:
            start, end = (place(track, self.position_of(value), gutter) for value in self.swing)
            low = track.bottom() + theme.px(2.5)
            line = QRectF(start, low, max(1.0, end - start), 1.5 * theme.scale())
            fill(painter, line, theme.faded(self.colour, 0.6), line.height() / 2)
            dot, radius = place(track, self.position_of(self.effective), gutter), 2.0 * theme.scale()
            middle = QPointF(dot, line.center().y())
            painter.setBrush(theme.mixed(self.colour, theme.TEXT, 0.5))
            painter.drawEllipse(middle, radius, radius)
        if self.waiting is not None:
            paint_ghost(painter, QPointF(place(track, self.position_of(self.waiting), gutter), track.center().y()))

    def _paint_handle(self, painter: QPainter) -> None:
        track = self.track()
        x = place(track, self.position, theme.px(_GUTTER))
        tall, wide = theme.px(13 if self._stacked else 14), theme.px(3)
        handle = QRectF(x - wide / 2, track.center().y() - tall / 2, wide, tall)
        bright = theme.BEYOND.lighter(125) if self.beyond else theme.TEXT
        calm = theme.mixed(bright, self.colour, 0.25)
        fill(painter, handle, bright if self.hovered or self._held else calm, wide / 2)


def place(track: QRectF, position: float, gutter: float) -> float:
    """The x of a position: linear on the track, ever slower in the gutters, so that any value has a place."""
    if position < 0:
        return track.left() - gutter * (1 - 1 / (1 - _EAGER * position))
    if position > 1:
        return track.right() + gutter * (1 - 1 / (1 + _EAGER * (position - 1)))
    return track.left() + position * track.width()


def paint_track(
    painter: QPainter, track: QRectF, origin: float, position: float, colour: QColor, gutter: float
) -> None:
    """Track, bar from ``origin`` to ``position``, and beyond the ends a glowing pink piece."""
    half = track.height() / 2
    fill(painter, track, theme.TRACK, half)
    inside = min(1.0, max(0.0, position))
    start, end = sorted((place(track, origin, gutter), place(track, inside, gutter)))
    if 0 < origin < 1:
        tick = QRectF(place(track, origin, gutter) - half / 4, track.top() - half, half / 2, track.height() * 2)
        fill(painter, tick, theme.ASLEEP, 0)
    if end - start > 0.5:
        bar = QLinearGradient(QPointF(start, 0), QPointF(end, 0))
        toward = (0.0, 1.0) if inside >= origin else (1.0, 0.0)
        bar.setColorAt(toward[0], theme.mixed(colour, theme.PANEL, 0.45))
        bar.setColorAt(toward[1], colour)
        painter.setBrush(bar)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(start, track.top(), end - start, track.height()), half, half)
    if not 0 <= position <= 1:
        edge = track.left() if position < 0 else track.right()
        start, end = sorted((edge, place(track, position, gutter)))
        pink = QRectF(start, track.top(), end - start, track.height())
        strength = 0.10 + 0.10 * min(1.0, math.log10(1 + abs(position)))
        for spread in (4.0, 2.0):
            grow = spread * theme.scale()
            fill(painter, pink.adjusted(-grow, -grow, grow, grow), theme.faded(theme.BEYOND, strength), half + grow)
        fill(painter, pink.adjusted(-half, 0, half, 0), theme.BEYOND, half)
