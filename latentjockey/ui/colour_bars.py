"""A colour as four bars and a swatch: red, green, blue and alpha, each a control of its own. GUI thread only."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import empty_menu, fill_menu
from latentjockey.ui.control_widget import KEY, PAGE, WHEEL, fineness
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mark_paint import paint_armed, paint_ghost, paint_loop
from latentjockey.ui.marks import Marks
from latentjockey.ui.painted import RIGHT, Painted, fill, write
from latentjockey.ui.slider import paint_track, place
from latentjockey.ui.tooltip import control_tip
from latentjockey.ui.xy_pad import Axis

_NAME = 18
_GUTTER = 10
_NUMBER = 34
_LETTER = 12
_INKS = (QColor("#c9786c"), QColor("#86a878"), QColor("#7b93c4"), theme.QUIET)


class ColourBars(Painted):
    """Bound to a VECTOR of four. A drag moves the bar that it began on (shift = fine, Ctrl records a loop), the wheel
    the one under the mouse; a double-click doubles the range, on the number it types; Alt-click goes to the default.
    Up and down choose a bar by key, left and right move it, Enter types it."""

    def __init__(self, binder: Binder, address: str, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.binder = binder
        self.address = address
        self._label = label
        self.parts = tuple(Axis(binder, f"{address}/{n}", name, self.update) for n, name in enumerate("RGBA"))
        self._at = 0
        self._held: tuple[Axis, QPointF, float] | None = None
        self._looping = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setObjectName(address)
        self.setAccessibleName(label or address)
        binder.bind(address, self)

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self._label = self._label or spec.name

    def show_value(self, value: Shown) -> None:
        """Each bar hears of its own component."""

    def show_asleep(self) -> None:
        """The bars say so."""

    def unbind(self) -> None:
        """Hear nothing any more."""
        self.binder.unbind(self)
        for part in self.parts:
            self.binder.unbind(part)

    def playable(self) -> str:
        return self.parts[self._at].address

    def show_marks(self, marks: Marks) -> None:
        for part in self.parts:
            part.take_marks(marks)

    # -- geometry -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(140), theme.px(2 * theme.STACKED + 2))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(96), theme.px(66))

    def row_box(self, index: int) -> QRectF:
        """The line of one of the four."""
        top = theme.px(_NAME)
        high = (self.height() - top) / 4
        return QRectF(0, top + index * high, self.width(), high)

    def track(self, index: int) -> QRectF:
        """The nominal range of one of the four."""
        row, thick = self.row_box(index), theme.px(4)
        left = theme.px(6 + _LETTER + _GUTTER)
        right = self.width() - theme.px(_NUMBER + _GUTTER + 6)
        return QRectF(left, row.center().y() - thick / 2, max(8.0, right - left), thick)

    def number_box(self, index: int) -> QRectF:
        """Where one of the four numbers stands."""
        row, wide = self.row_box(index), theme.px(_NUMBER)
        return QRectF(self.width() - theme.px(6) - wide, row.top(), wide, row.height())

    def _index_at(self, at: QPointF) -> int:
        return next((n for n in range(4) if self.row_box(n).contains(at)), -1)

    # -- mouse --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or index < 0 or self.parts[index].spec is None:
            event.ignore()
            return
        self._at, part = index, self.parts[index]
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            part.reset()
            return
        part.touch()
        self._held = (part, event.position(), part.position)
        self._looping = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._looping:
            part.begin_loop()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._held is None:
            return
        part, last, position = self._held
        travel = max(self.track(0).width(), float(theme.px(100)))
        position += (event.position().x() - last.x()) / travel * fineness(event.modifiers())
        self._held = (part, event.position(), position)
        part.set_position(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.number_box(index).contains(event.position()):
            self.type_one(index)
        else:
            self.parts[index].widen()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index >= 0:
            turned = event.angleDelta().y() or event.angleDelta().x()
            self.parts[index].step(turned / 120 * WHEEL * fineness(event.modifiers()))
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._let_go()
        super().hideEvent(event)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held[0].let_go()
            if self._looping:
                held[0].end_loop()
            self.update()

    # -- keys, typing, menu -------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Right: KEY, Qt.Key.Key_Left: -KEY, Qt.Key.Key_PageUp: PAGE, Qt.Key.Key_PageDown: -PAGE,
        }  # fmt: skip
        key, part = Qt.Key(event.key()), self.parts[self._at]
        if key in steps:
            part.step(steps[key] * fineness(event.modifiers()))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._at = (self._at + (1 if key == Qt.Key.Key_Down else -1)) % 4
            self.update()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            part.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.type_one(self._at)
        elif key == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def type_one(self, index: int) -> LineEditor | None:
        """Open the line in which one of the four may be typed."""
        part = self.parts[index]
        if part.spec is None:
            return None
        text = wording.typed_text(part.spec, part.value)
        box = self.number_box(index).toRect()
        return LineEditor(self, box, text, lambda typed: part.typed(part.address, typed))

    def menu(self) -> QMenu:
        """The right-click menu: one for each of the four, and one for the whole colour."""
        menu = empty_menu(self)
        whole = QMenu(self._label, menu)
        theme.dress(whole)
        fill_menu(whole, self.binder, self.address)
        menu.addMenu(whole)
        for index, part in enumerate(self.parts):
            inner = QMenu(f"{part.label}   {part.text}", menu)
            theme.dress(inner)
            fill_menu(inner, self.binder, part.address, partial(self.type_one, index))
            menu.addMenu(inner)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(event.pos()))
        if index < 0:
            self.menu().popup(event.globalPos())
            return
        menu = empty_menu(self)
        fill_menu(menu, self.binder, self.parts[index].address, partial(self.type_one, index))
        menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            words = control_tip(self.parts[max(0, index)])
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: object) -> None:  # noqa: N802
        painter = self.painter()
        if self.hovered or self._held is not None:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.9), theme.px(5))
        head = QRectF(theme.px(10), 0, self.width() - theme.px(46), theme.px(_NAME))
        write(painter, head, self._label, theme.TEXT if self._held is not None else theme.QUIET, 12.5)
        self._paint_swatch(painter)
        for index, part in enumerate(self.parts):
            self._paint_bar(painter, index, part)
        self.draw_ring(painter)

    def _paint_swatch(self, painter: QPainter) -> None:
        """The colour as a screen shows it, over a light and a dark half where it lets something through."""
        wide, high = theme.px(30), theme.px(12)
        box = QRectF(self.width() - theme.px(6) - wide, (theme.px(_NAME) - high) / 2, wide, high)
        r, g, b, a = (min(1.0, max(0.0, part.value)) if math.isfinite(part.value) else 0.0 for part in self.parts)
        fill(painter, box, theme.GROUND, theme.px(3))
        fill(painter, QRectF(box.left(), box.top(), wide / 2, high), theme.ASLEEP, theme.px(3))
        fill(painter, box, QColor.fromRgbF(r, g, b, a), theme.px(3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.faded(theme.TEXT, 0.22), theme.scale()))  # so that a dark one has an edge
        painter.drawRoundedRect(box, theme.px(3), theme.px(3))

    def _paint_bar(self, painter: QPainter, index: int, part: Axis) -> None:
        row, track, gutter = self.row_box(index), self.track(index), float(theme.px(_GUTTER))
        ink = theme.TEXT if self.ring and index == self._at else theme.QUIET
        letter = QRectF(theme.px(10), row.top(), theme.px(_LETTER), row.height())
        write(painter, letter, part.label, ink, 10.5, theme.MEDIUM)
        if part.spec is None:
            fill(painter, track, theme.faded(theme.TRACK, 0.5), track.height() / 2)
            return
        origin = min(1.0, max(0.0, part.position_of(max(part.lo, min(part.hi, 0.0)))))
        paint_track(painter, track, origin, part.position, _INKS[index], gutter)
        if part.effective is not None:
            x = place(track, part.position_of(part.effective), gutter)
            painter.setBrush(theme.mixed(_INKS[index], theme.TEXT, 0.5))
            painter.drawEllipse(QPointF(x, track.bottom() + theme.px(2)), 1.8 * theme.scale(), 1.8 * theme.scale())
        if part.waiting is not None:
            paint_ghost(painter, QPointF(place(track, part.position_of(part.waiting), gutter), track.center().y()))
        write(painter, self.number_box(index), part.text, part.ink, 11, theme.REGULAR, RIGHT)
        if part.loop is not None:
            side = theme.px(9)
            paint_loop(
                painter,
                QRectF(self.number_box(index).left() - side, row.center().y() - side / 2, side, side),
                part.loop,
            )
        if part.armed:
            paint_armed(painter, row)
