"""The ground of every painted widget: hover, visible keyboard focus, and growing with the window. GUI thread only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QSizePolicy, QVBoxLayout, QWidget

from latentjockey.ui import theme
from latentjockey.ui.marks import Marks

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


class Painted(QWidget):
    """A widget that paints itself. The focus ring shows only after a key brought the focus, never after a click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered = False
        self.ring = False
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def rescaled(self) -> None:
        """Everything became larger or smaller."""
        self.updateGeometry()
        self.update()

    def playable(self) -> str:
        """The address that a key for the control at hand means here; empty where there is none."""
        return ""

    @property
    def modulated(self) -> bool:
        """Whether something moves the value that is shown here: then it is looked at more often."""
        return False

    def show_marks(self, marks: Marks) -> None:
        """Ask for what is shown beside the value: loops, modulation, waiting knobs, being learnt."""

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self.hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self.hovered = False
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.ring = event.reason() in _BY_KEYBOARD
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.ring = False
        self.update()
        super().focusOutEvent(event)

    def painter(self) -> QPainter:
        """A painter for this widget, with smooth edges."""
        made = QPainter(self)
        made.setRenderHint(QPainter.RenderHint.Antialiasing)
        return made

    def draw_ring(self, painter: QPainter, radius: float = 5.0, colour: QColor = theme.TEXT) -> None:
        """The focus ring, when a key brought the focus here."""
        if not self.ring:
            return
        width = 1.5 * theme.scale()
        inset = width / 2
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width))
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, theme.px(radius), theme.px(radius))


def fill(painter: QPainter, box: QRectF, colour: QColor, radius: float = 0.0) -> None:
    """A filled rounded box; ``radius`` in present pixels."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, radius, radius)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    colour: QColor,
    size: float = theme.TEXT_SIZE,
    weight: QFont.Weight = theme.REGULAR,
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    """One line of text in a box, shortened with an ellipsis where it does not fit."""
    painter.setFont(theme.font(size, weight))
    painter.setPen(colour)
    painter.drawText(box, align, theme.elided(text, box.width() + 0.5, size, weight))


def fitting(text: str, width: float, size: float, weight: QFont.Weight = theme.REGULAR) -> float:
    """The largest letter size up to ``size``, and not under two thirds of it, in which ``text`` fits ``width``."""
    wide = theme.text_width(text, size, weight)
    if wide <= width:
        return size
    return max(size * 2 / 3, math.floor(2 * size * width / wide) / 2)


class Panel(Painted):
    """A raised ground for widgets, with a line of the deck's colour on top where there is one."""

    def __init__(self, line: QColor | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = line

    def paintEvent(self, event: object) -> None:  # noqa: N802
        painter = self.painter()
        radius = theme.px(theme.RADIUS)
        box = QRectF(self.rect())
        if self._line is not None:
            thick = theme.px(2)
            painter.setClipRect(QRectF(0, 0, box.width(), thick))
            fill(painter, box, self._line, radius)
            painter.setClipRect(box.adjusted(0, thick, 0, 0))
        fill(painter, box, theme.PANEL, radius)


class Caption(Painted):
    """A quiet word above a group."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        painter.setFont(theme.font(11, theme.SEMIBOLD, 6))
        painter.setPen(theme.QUIET)
        box = QRectF(self.rect()).adjusted(theme.px(6), 0, 0, -theme.px(2))
        painter.drawText(box, self._text.upper())


class Column(QVBoxLayout):
    """A column whose margins and gaps grow with the window."""

    def __init__(self, margins: Sequence[float] = (0, 0, 0, 0), gap: float = 0) -> None:
        super().__init__()
        self._margins, self._gap = tuple(margins), gap
        self.rescale()

    def rescale(self) -> None:
        self.setContentsMargins(*(theme.px(m) if m else 0 for m in self._margins))
        self.setSpacing(theme.px(self._gap) if self._gap else 0)


class Row(QHBoxLayout):
    """A row whose margins and gaps grow with the window."""

    def __init__(self, margins: Sequence[float] = (0, 0, 0, 0), gap: float = 0) -> None:
        super().__init__()
        self._margins, self._gap = tuple(margins), gap
        self.rescale()

    def rescale(self) -> None:
        self.setContentsMargins(*(theme.px(m) if m else 0 for m in self._margins))
        self.setSpacing(theme.px(self._gap) if self._gap else 0)


def rescale_tree(root: QWidget) -> None:
    """Tell everything under ``root`` that the scale changed."""
    for column in root.findChildren(Column):
        column.rescale()
    for row in root.findChildren(Row):
        row.rescale()
    for bar in root.findChildren(QScrollBar):
        theme.dress(bar)
    for widget in root.findChildren(Painted):
        widget.rescaled()
