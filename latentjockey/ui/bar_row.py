"""Weights of classes and directions: rows with a bar from the middle, pink beyond nominal. GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.arcs import excess_share
from latentjockey.ui.binder import Binder
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.flow import Columns
from latentjockey.ui.mark_paint import paint_ghost
from latentjockey.ui.painted import RIGHT, fill, write

_HIGH = 22
_NUMBER = 58
_SHORTEST = 40
_OTHERS, _ENOUGH = 128, 172
"""How wide a column of rows wants to be: so much besides its labels, as long as that is not more than enough."""

_NOMINAL = 0.74
"""The share of half a bar that the larger end of the nominal range takes; the rest is for what lies beyond."""


def bar_place(bar: QRectF, reach: float, value: float) -> float:
    """The x of a value on a bar with zero in its middle: even up to ``reach`` either way, by the logarithm beyond."""
    half, far = bar.width() / 2, abs(value) / reach
    share = far * _NOMINAL if far <= 1 else _NOMINAL + (1 - _NOMINAL) * excess_share((far - 1) / 2)
    return bar.center().x() + math.copysign(half * share, value)


class BarRow(ControlWidget):
    """``label  ──▐██──  number``: zero stands in the middle, whatever the nominal range is."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        label_width: float = 64,
        parent: QWidget | None = None,
    ) -> None:
        self._label_width = label_width
        super().__init__(binder, address, colour, label, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def widen_label(self, wide: float) -> None:
        """Another width for the label, in px of the 1280×800 drawing."""
        self._label_width = wide
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(self._label_width + _NUMBER + 90), theme.px(_HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(self._label_width + _NUMBER + _SHORTEST), theme.px(_HIGH))

    # -- geometry ---------------------------------------------------------------------------------------------------

    def number_box(self) -> QRect:
        wide = theme.px(_NUMBER)
        return QRect(self.width() - wide - theme.px(5), 0, wide, self.height())

    def bar(self) -> QRectF:
        """The track, from as far below zero as it goes above."""
        left, thick = theme.px(5 + self._label_width + 6), theme.px(5)
        right = self.number_box().left() - theme.px(2)
        return QRectF(left, (self.height() - thick) / 2, max(12.0, right - left), thick)

    def place(self, value: float) -> float:
        """The x of a value."""
        return bar_place(self.bar(), self._reach(), value)

    def _reach(self) -> float:
        return max(abs(self.lo), abs(self.hi)) or 1.0

    def travel(self) -> float:
        # the bar follows the hand, but a short bar still moves finely
        span = (self.hi - self.lo) / (2 * self._reach())
        return max(self.bar().width() * _NOMINAL, float(theme.px(150))) * span

    def loop_box(self) -> QRectF:
        side = theme.px(11)
        return QRectF(self.bar().left() - side - theme.px(3), (self.height() - side) / 2, side, side)

    # -- painting ---------------------------------------------------------------------------------------------------

    @property
    def name_ink(self) -> QColor:
        """The colour of the label."""
        return theme.TEXT if self._held else theme.QUIET

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if self.busy:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.9), theme.px(5))
        bar = self.bar()
        if self.armed:
            room = QRectF(theme.px(5), 0, self.number_box().left() - theme.px(5), self.height())
            write(painter, room, self.caption, theme.TEXT, 12)
        else:
            self._paint_bar(painter, bar)
        text = self._signed()
        write(painter, QRectF(self.number_box()), text, self.ink, 12, theme.REGULAR, RIGHT)
        self.paint_over(painter)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        looping = theme.px(14) if self.loop is not None else 0
        label = QRectF(theme.px(5), 0, theme.px(self._label_width) - looping, self.height())
        write(painter, label, self.label, self.name_ink, 12)
        ground = theme.TRACK if self.spec is not None else theme.mixed(theme.PANEL, theme.TRACK, 0.55)
        fill(painter, bar, ground, bar.height() / 2)
        middle = QRectF(bar.center().x() - theme.scale() / 2, bar.top() - theme.px(2), theme.scale(), theme.px(9))
        painter.fillRect(middle, theme.ASLEEP)
        if self.spec is not None:
            self._paint_value(painter, bar)

    def _signed(self) -> str:
        """The number with its sign, since any sign may stand here."""
        positive = self.spec is not None and self.value > 0 and self.text[:1].isdigit()
        return f"+{self.text}" if positive else self.text

    def _paint_value(self, painter: QPainter, bar: QRectF) -> None:
        inside = min(self.hi, max(self.lo, self.value))
        zero = min(self.hi, max(self.lo, 0.0))
        self._piece(painter, bar, zero, inside, self.colour)
        if self.beyond:
            self._piece(painter, bar, inside, self.value, theme.BEYOND)
        handle = QRectF(self.place(self.value) - theme.scale(), bar.top() - theme.px(2), 2 * theme.scale(), theme.px(9))
        fill(painter, handle, theme.BEYOND if self.beyond else theme.TEXT, theme.scale())
        if self.effective is not None:
            x = self.place(self.effective)
            out = not self.lo <= self.effective <= self.hi
            painter.setBrush(theme.BEYOND if out else theme.mixed(self.colour, theme.TEXT, 0.5))
            painter.drawEllipse(QPointF(x, bar.bottom() + theme.px(3)), 1.8 * theme.scale(), 1.8 * theme.scale())
        if self.waiting is not None:
            paint_ghost(painter, QPointF(self.place(self.waiting), bar.center().y()))

    def _piece(self, painter: QPainter, bar: QRectF, begin: float, end: float, colour: QColor) -> None:
        left, right = sorted((self.place(begin), self.place(end)))
        if right - left > 0.2:
            painter.fillRect(QRectF(left, bar.top(), right - left, bar.height()), colour)


def _column(label_width: float) -> float:
    """The smallest width of a column whose labels are so wide."""
    return max(min(label_width + _OTHERS, _ENOUGH), label_width + _NUMBER + _SHORTEST)


class BarRows(QWidget):
    """Many rows in as many columns as fit; ``show_rows`` puts others in their place."""

    def __init__(
        self, binder: Binder, colour: QColor = theme.MIDDLE, label_width: float = 64, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._colour = colour
        self._label_width = label_width
        self.rows: list[BarRow] = []
        self._columns = Columns(_column(label_width), 10, _HIGH)
        self.setLayout(self._columns)

    def show_rows(self, rows: Sequence[tuple[str, str]], label_width: float | None = None) -> None:
        """Show these (address, label); rows that are there already play the new addresses."""
        layout = self._columns
        if label_width is not None and label_width != self._label_width:
            self._label_width = label_width
            layout.widen(_column(label_width))
            for row in self.rows:
                row.widen_label(label_width)
        for row, (address, label) in zip(self.rows, rows, strict=False):
            row.retarget(address)
            row.rename(label)
        while len(self.rows) > len(rows):
            old = self.rows.pop()
            self._binder.unbind(old)
            layout.removeWidget(old)
            old.hide()
            old.deleteLater()  # not at once: it may be in the middle of an event
        for address, label in rows[len(self.rows) :]:
            row = BarRow(self._binder, address, self._colour, label, self._label_width, self)
            self.rows.append(row)
            layout.addWidget(row)
            row.show()
        self.updateGeometry()
