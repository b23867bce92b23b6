"""The latent strip: every component of a position as a bar, to be painted with the mouse. GUI thread only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.latent_bars import bars
from latentjockey.ui.painted import CENTRE, RIGHT, Painted, fill, write
from latentjockey.ui.ranges import doubled

_HEADROOM = 1.18
_REGION = 0.03
_WHEEL = 1.06


class LatentStrip(Painted):
    """Bound to a VECTOR. Drag paints, shift-drag smooths, alt-click sets a component to its default, the wheel scales
    the region under the pointer, a double-click doubles the range; arrows choose a component, up and down move it."""

    def __init__(
        self, binder: Binder, address: str, colour: QColor = theme.MIDDLE, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.binder = binder
        self.address = address
        self.colour = colour
        self.spec: ControlSpec | None = None
        self.lo, self.hi = -3.0, 3.0
        self.values: NDArray[np.float64] = np.zeros(0)
        self._hand: int | None = None
        self._chosen: int | None = None
        self._last: QPointF | None = None
        self._image: QImage | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setObjectName(address)
        self.setAccessibleName("latent strip")
        binder.bind(address, self)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(96))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(44))

    # -- from the binder --------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        if spec is not self.spec or (lo, hi) != (self.lo, self.hi):
            self.spec, self.lo, self.hi = spec, lo, hi
            self.setEnabled(True)
            self._stale()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, np.ndarray):
            self.values = value
            self._stale()

    def show_asleep(self) -> None:
        self.spec = None
        self.values = np.zeros(0)
        self.setEnabled(False)
        self._stale()

    def rescaled(self) -> None:
        self._image = None
        super().rescaled()

    def _stale(self) -> None:
        self._image = None
        self.update()

    # -- geometry ---------------------------------------------------------------------------------------------------

    def index_at(self, x: float) -> int:
        """The component under a pixel."""
        return int(min(len(self.values) - 1, max(0, x * len(self.values) / max(1, self.width()))))

    def _half(self) -> float:
        """Half the range, with its headroom, in the vector's unit."""
        return max(abs(self.lo), abs(self.hi)) * _HEADROOM

    def value_at(self, y: float) -> float:
        """The value at a height; above and below the widget it goes on."""
        middle = self.height() / 2
        return (middle - y) / middle * self._half()

    # -- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or not len(self.values):
            event.ignore()
            return
        at = event.position()
        self._chosen = self.index_at(at.x())
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.binder.reset(f"{self.address}/{self._chosen}")
            return
        self._last = at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not len(self.values):
            return
        at = event.position()
        self._hand = self.index_at(at.x())
        if self._last is not None and (at - self._last).manhattanLength() >= 1:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._smooth(at)
            else:
                self._paint_between(self._last, at)
            self._last = at
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._last is not None:
            self._last = None
            self.binder.release(self.address)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.spec is not None:
            self.binder.set_range(self.address, *doubled(self.spec, self.lo, self.hi))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hand = None
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if not len(self.values):
            return
        turned = event.angleDelta().y() or event.angleDelta().x()
        first, last = self._region(event.position().x())
        if first == last == len(self.values):
            return
        self._replace(first, self.values[first : last + 1] * _WHEEL ** (turned / 120))
        event.accept()

    def _region(self, x: float) -> tuple[int, int]:
        reach = max(1, round(len(self.values) * _REGION))
        middle = self.index_at(x)
        return max(0, middle - reach), min(len(self.values) - 1, middle + reach)

    def _paint_between(self, start: QPointF, end: QPointF) -> None:
        """Every component the mouse passed gets the height it had there, also when the mouse was fast."""
        first, last = sorted((self.index_at(start.x()), self.index_at(end.x())))
        y0, y1 = (start.y(), end.y()) if start.x() <= end.x() else (end.y(), start.y())
        heights = np.linspace(y0, y1, last - first + 1) if last > first else np.array([end.y()])
        self._replace(first, np.array([self.value_at(float(y)) for y in heights]))

    def _smooth(self, at: QPointF) -> None:
        first, last = self._region(at.x())
        around = self.values[max(0, first - 2) : last + 3]
        padded = np.pad(around, 2, mode="edge")
        blurred = np.convolve(padded, np.array([1, 4, 6, 4, 1]) / 16, mode="valid")
        offset = first - max(0, first - 2)
        self._replace(first, blurred[offset : offset + last - first + 1])

    def _replace(self, first: int, numbers: NDArray[np.float64]) -> None:
        if not np.isfinite(numbers).all():
            return
        part = f"{self.address}/{first}-{first + len(numbers) - 1}"
        if self._last is not None:
            self.binder.touch(part)
        self.values = self.values.copy()
        self.values[first : first + len(numbers)] = numbers
        self.binder.write(part, numbers)
        self._stale()

    # -- keys and menu ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if not len(self.values):
            event.ignore()
            return
        fine = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        chosen = self._chosen or 0
        move = (self.hi - self.lo) * 0.02 * fine
        along = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -16, Qt.Key.Key_PageUp: 16}
        key = Qt.Key(event.key())
        if key in along:
            self._chosen = (chosen + along[key]) % len(self.values)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._chosen = chosen
            self._replace(chosen, self.values[chosen : chosen + 1] + (move if key == Qt.Key.Key_Up else -move))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.binder.reset(f"{self.address}/{chosen}")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin_typing(chosen)
        else:
            event.ignore()
        self.update()

    def begin_typing(self, index: int) -> LineEditor:
        """Open the line in which the component's number may be typed."""
        x = round((index + 0.5) * self.width() / len(self.values))
        box = self.rect().adjusted(0, 0, 0, 0)
        box.setLeft(x - theme.px(42))
        box.setWidth(theme.px(84))
        return LineEditor(self, box, f"{self.values[index]:.6g}", lambda text: self._typed(index, text))

    def _typed(self, index: int, text: str) -> str:
        if self.spec is None:
            return f"{self.address} is asleep"
        try:
            number = float(wording.from_typing(self.spec, text))
        except ValueError:
            return f"{self.address} takes numbers, not the text {text[:40]!r}"
        report = self.binder.write_now(f"{self.address}/{index}", number)
        self.binder.poll()
        return report.refused[0][1] if report.refused else ""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        if not len(self.values):
            return
        index = self.index_at(event.pos().x())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        part = f"{self.address}/{index}"
        menu.addAction(f"Type a number for {index}…").triggered.connect(lambda: self.begin_typing(index))
        menu.addAction(f"Copy {part}").triggered.connect(lambda: QGuiApplication.clipboard().setText(part))
        menu.addAction("Copy OSC address").triggered.connect(lambda: QGuiApplication.clipboard().setText(self.address))
        menu.addSeparator()
        menu.addAction(f"Default for {index}").triggered.connect(lambda: self.binder.reset(part))
        menu.addAction("Default for all").triggered.connect(lambda: self.binder.reset(self.address))
        if self.spec is not None:
            wide = doubled(self.spec, self.lo, self.hi)
            menu.addAction("Widen range").triggered.connect(lambda: self.binder.set_range(self.address, *wide))
        holder = self.binder.holder(part)
        menu.addSeparator()
        menu.addAction(f"held by {holder}" if holder else "nobody holds it").setEnabled(False)
        menu.popup(event.globalPos())

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.GROUND, theme.px(5))
        self._paint_bands(painter, box)
        if len(self.values):
            if self._image is None:
                self._image = self._drawn()
            painter.drawImage(box, self._image)
            self._paint_pointer(painter, box)
        else:
            write(painter, box, "asleep", theme.ASLEEP, align=CENTRE)
        self.draw_ring(painter)

    def _paint_bands(self, painter: QPainter, box: QRectF) -> None:
        middle, per_unit = box.center().y(), box.height() / 2 / self._half()
        outer = max(abs(self.lo), abs(self.hi))
        for reach, strength in ((outer, 0.06), (outer / 3, 0.10)):
            high = reach * per_unit
            fill(painter, QRectF(0, middle - high, box.width(), 2 * high), theme.faded(self.colour, strength))
        fill(painter, QRectF(0, middle - 0.5, box.width(), 1), theme.faded(self.colour, 0.25))

    def _drawn(self) -> QImage:
        """All bars as a premultiplied picture in device pixels."""
        ratio = self.devicePixelRatioF()
        wide, high = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return bars(self.values, (wide, high), self._half(), (self.lo, self.hi), self.colour)

    def _paint_pointer(self, painter: QPainter, box: QRectF) -> None:
        index = self._hand if self._hand is not None else self._chosen if self.hasFocus() else None
        if index is None or index >= len(self.values):
            return
        x = (index + 0.5) * box.width() / len(self.values)
        fill(painter, QRectF(x - 0.5, 0, 1, box.height()), theme.faded(theme.TEXT, 0.35))
        value = float(self.values[index])
        text = f"{index}   {wording.number_text(value)} σ"
        wide = theme.text_width(text, 11.5, theme.MEDIUM) + theme.px(14)
        left = x + theme.px(6) if x + wide + theme.px(8) < box.width() else x - wide - theme.px(6)
        label = QRectF(left, theme.px(5), wide, theme.px(20))
        fill(painter, label, theme.faded(theme.RAISED, 0.94), theme.px(4))
        ink = theme.TEXT if self.lo <= value <= self.hi else theme.BEYOND
        write(painter, label.adjusted(0, 0, -theme.px(7), 0), text, ink, 11.5, theme.MEDIUM, RIGHT)
