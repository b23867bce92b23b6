"""The latent strip: every component of a position as a bar, to be painted with the mouse. GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHideEvent,
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
from latentjockey.ui.context_menu import control_menu, copy
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.latent_bars import bars
from latentjockey.ui.mark_paint import ARMED_WORDS, paint_loop
from latentjockey.ui.marks import LoopMark, Marks
from latentjockey.ui.painted import CENTRE, Painted, fill, write
from latentjockey.ui.ranges import doubled
from latentjockey.ui.strip_edit import region, smoothed, stroke
from latentjockey.ui.strip_paint import loop_box, paint_bands, paint_indices, paint_moved, paint_pointer, paint_rests

_HEADROOM = 1.18
_WHEEL = 1.06
_FEW = 64


class LatentStrip(Painted):
    """Bound to a VECTOR. Drag paints, shift-drag smooths, Ctrl-drag records one component's movement as a loop,
    Alt-click sets a component to its default, the wheel scales the region under the pointer, a double-click doubles the
    range; arrows choose a component, up and down move it. Few components are wide bars with their index below."""

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
        self._looping: int | None = None
        self._loops: dict[int, LoopMark] = {}
        self._moved: Mapping[int, float] = {}
        self._armed: int | None = None
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
        self._let_go()
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

    @property
    def wide(self) -> bool:
        """Whether there are few enough components for every one to have its own bar and number."""
        return 0 < len(self.values) <= _FEW

    def part(self, index: int) -> str:
        """The address of a component."""
        return f"{self.address}/{index}"

    # -- what keys and marks mean here --------------------------------------------------------------------------------

    def playable(self) -> str:
        index = self._hand if self._hand is not None else self._chosen
        return self.address if index is None or index >= len(self.values) else self.part(index)

    @property
    def modulated(self) -> bool:
        return bool(self._moved)

    def show_marks(self, marks: Marks) -> None:
        """Loops are shown where every component has its own bar; modulation and being learnt are shown anywhere."""
        armed = marks.armed()
        head, _, tail = armed.rpartition("/")
        at = int(tail) if head == self.address and tail.isdigit() else None
        loops = {i: loop for i in range(len(self.values)) if (loop := marks.loop(self.part(i)))} if self.wide else {}
        moved = marks.within(self.address) if self.spec is not None else {}
        if (at, loops, moved) != (self._armed, self._loops, self._moved):
            self._armed, self._loops, self._moved = at, loops, moved
            self.update()

    # -- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or not len(self.values):
            event.ignore()
            return
        at = event.position()
        self._chosen = self.index_at(at.x())
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.rest(self._chosen)
            return
        self._last = at
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._looping = self._chosen
            self.binder.touch(self.part(self._chosen))
            self.binder.command("/loop/hold", self.part(self._chosen))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not len(self.values):
            return
        at = event.position()
        self._hand = self.index_at(at.x()) if self._looping is None else self._looping
        if self._last is not None and (at - self._last).manhattanLength() >= 1:
            if self._looping is not None:
                self._replace(self._looping, np.array([self.value_at(at.y())]))
            elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._smooth(at)
            else:
                self._paint_between(self._last, at)
            self._last = at
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._let_go()

    def rest(self, index: int) -> None:
        """A component to its default."""
        self.binder.reset(self.part(index))

    def _let_go(self) -> None:
        if self._last is None:
            return
        self._last = None
        looping, self._looping = self._looping, None
        self.binder.release(self.address)
        if looping is not None:
            self.binder.command("/loop/release", self.part(looping))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._let_go()
        super().hideEvent(event)

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
        first, last = region(len(self.values), self.index_at(event.position().x()))
        self._replace(first, self.values[first : last + 1] * _WHEEL ** (turned / 120))
        event.accept()

    def _paint_between(self, start: QPointF, end: QPointF) -> None:
        places = [(self.index_at(at.x()), self.value_at(at.y())) for at in (start, end)]
        self._replace(*stroke(places[0], places[1]))

    def _smooth(self, at: QPointF) -> None:
        first, last = region(len(self.values), self.index_at(at.x()))
        self._replace(first, smoothed(self.values, first, last))

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
            self.rest(chosen)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin_typing(chosen)
        elif key == Qt.Key.Key_Menu:
            self.menu(chosen).popup(self.mapToGlobal(self.rect().center()))
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
        if len(self.values):
            self.menu(self.index_at(event.pos().x())).popup(event.globalPos())

    def menu(self, index: int) -> QMenu:
        """The right-click menu of one component, with what concerns all of them at its end."""
        menu = control_menu(self, self.binder, self.part(index), lambda: self.begin_typing(index))
        menu.addSeparator()
        menu.addAction(f"Copy {self.address}, all {len(self.values)}").triggered.connect(lambda: copy(self.address))
        menu.addAction("Default for all").triggered.connect(lambda: self.binder.reset(self.address))
        return menu

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.GROUND, theme.px(5))
        paint_bands(painter, box, (self.lo, self.hi), self._half(), self.colour)
        if not len(self.values):
            write(painter, box, "asleep", theme.QUIET, align=CENTRE)
        else:
            if self.wide:
                paint_rests(painter, box, len(self.values), self.colour)
            if self._image is None:
                self._image = self._drawn()
            painter.drawImage(box, self._image)
            if self.wide:
                paint_indices(painter, box, len(self.values))
            for index, loop in self._loops.items():
                paint_loop(painter, loop_box(box, len(self.values), index), loop)
            for index, value in self._moved.items():
                y = box.center().y() - value / self._half() * box.height() / 2
                paint_moved(painter, box, len(self.values), index, y, self.colour)
            self._paint_pointer(painter, box)
        self.draw_ring(painter)

    def _drawn(self) -> QImage:
        """All bars as a premultiplied picture in device pixels."""
        ratio = self.devicePixelRatioF()
        wide, high = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return bars(self.values, (wide, high), self._half(), (self.lo, self.hi), self.colour)

    def _paint_pointer(self, painter: QPainter, box: QRectF) -> None:
        index = self._hand if self._hand is not None else self._chosen if self.hasFocus() else None
        if self._armed is not None and self._armed < len(self.values):
            paint_pointer(painter, box, len(self.values), self._armed, f"{self._armed}   {ARMED_WORDS}", theme.TEXT)
        elif index is not None and index < len(self.values):
            value = float(self.values[index])
            ink = theme.TEXT if self.lo <= value <= self.hi else theme.BEYOND
            name = self.binder.bay.layout.element(self.part(index)) or str(index)
            text = f"{name}   {wording.number_text(value)} σ"
            paint_pointer(painter, box, len(self.values), index, text, ink)
