"""The XY pad: two controls under one finger, going on beyond its borders. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.context_menu import empty_menu, fill_menu
from latentjockey.ui.control_widget import KEY, PAGE, WHEEL, fineness
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.marks import Marks
from latentjockey.ui.painted import Painted
from latentjockey.ui.playing import Playing
from latentjockey.ui.tooltip import control_tip
from latentjockey.ui.xy_paint import paint_pad


class Axis(Playing):
    """One of the two numbers. ``repaint`` is called when something to be seen changed."""

    def __init__(self, binder: Binder, address: str, label: str, repaint: Callable[[], None]) -> None:
        self._repaint = repaint
        self.held = False
        self.play(binder, address, label)

    def changed(self) -> None:
        self._repaint()

    def touch(self) -> None:
        """The hand takes hold."""
        self.held = True
        self.binder.touch(self.address)

    def let_go(self) -> None:
        if self.held:
            self.held = False
            self.binder.release(self.address)


class XYPad(Painted):
    """Drag moves both from where they are (shift = fine, Ctrl records loops), the wheel moves y and with shift x.

    A double-click doubles both ranges, on a number it types that number; Alt-click goes to both defaults; Enter types
    both, with a space between. Right-click has a menu for each axis.
    """

    def __init__(
        self,
        binder: Binder,
        x_address: str,
        y_address: str,
        colour: QColor = theme.MIDDLE,
        labels: tuple[str, str] = ("", ""),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.binder = binder
        self.colour = colour
        self.held = False
        self._looping = False
        self._last = QPointF()
        self._places = [0.0, 0.0]
        self.across = Axis(binder, x_address, labels[0], self.update)
        self.up = Axis(binder, y_address, labels[1], self.update)
        self.axes = (self.across, self.up)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setObjectName(f"{x_address} {y_address}")
        self.setAccessibleName(f"{self.across.label} and {self.up.label}")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(96), theme.px(116))

    def retarget(self, x_address: str, y_address: str) -> None:
        """Play two other addresses from now on."""
        self._let_go()
        self.across.retarget(x_address)
        self.up.retarget(y_address)

    # -- geometry ---------------------------------------------------------------------------------------------------

    def pad(self) -> QRectF:
        """The field; its borders are the nominal ranges."""
        return QRectF(0, 0, self.width(), max(16.0, self.height() - theme.px(24)))

    def number_boxes(self) -> tuple[QRectF, QRectF]:
        """Where the two numbers stand."""
        top = self.pad().bottom() + theme.px(2)
        half, high = self.width() / 2, self.height() - top
        return QRectF(0, top, half - theme.px(4), high), QRectF(half + theme.px(4), top, half - theme.px(4), high)

    def point(self, x: float, y: float) -> QPointF:
        """Where a pair of positions lies; what is beyond stands at the border."""
        inset = theme.px(9)
        field = self.pad().adjusted(inset, inset, -inset, -inset)
        across, up = min(1.0, max(0.0, x)), min(1.0, max(0.0, y))
        return QPointF(field.left() + across * field.width(), field.bottom() - up * field.height())

    # -- marks ------------------------------------------------------------------------------------------------------

    def playable(self) -> str:
        """The x axis; the y axis once x has a knob."""
        mapped = self.binder.mapped
        return self.up.address if mapped is not None and mapped(self.across.address) else self.across.address

    @property
    def modulated(self) -> bool:
        return any(axis.effective is not None for axis in self.axes)

    def show_marks(self, marks: Marks) -> None:
        for axis in self.axes:
            axis.take_marks(marks)

    # -- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.reset()
            return
        self.held = True
        self._last = event.position()
        self._places = [axis.position for axis in self.axes]
        self._looping = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        for axis in self._awake():
            axis.touch()
            if self._looping:
                axis.begin_loop()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not self.held:
            return
        delta = event.position() - self._last
        self._last = event.position()
        fine, pad = fineness(event.modifiers()), self.pad()
        moves = (delta.x() / pad.width() * fine, -delta.y() / pad.height() * fine)
        for index, (axis, move) in enumerate(zip(self.axes, moves, strict=True)):
            self._places[index] += move
            if move:
                axis.set_position(self._places[index])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return
        for axis, box in zip(self.axes, self.number_boxes(), strict=True):
            if box.contains(event.position()):
                self.type_one(axis, box)
                return
        for axis in self._awake():
            axis.widen()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        # Shift turns the wheel sideways on some systems, and so do tilting wheels: both mean x.
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        upward, sideways = event.angleDelta().y(), event.angleDelta().x()
        if shift:
            upward, sideways = 0, sideways or upward
        self.up.step(upward / 120 * WHEEL)
        self.across.step(sideways / 120 * WHEEL)
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._let_go()
        super().hideEvent(event)

    def _let_go(self) -> None:
        if self.held:
            self.held = False
            for axis in self.axes:
                axis.let_go()
                if self._looping:
                    axis.end_loop()
            self._looping = False
            self.update()

    def _awake(self) -> list[Axis]:
        return [axis for axis in self.axes if axis.spec is not None]

    # -- keys and typing --------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Both to their defaults."""
        for axis in self.axes:
            axis.reset()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Right: (self.across, KEY),
            Qt.Key.Key_Left: (self.across, -KEY),
            Qt.Key.Key_Up: (self.up, KEY),
            Qt.Key.Key_Down: (self.up, -KEY),
            Qt.Key.Key_PageUp: (self.up, PAGE),
            Qt.Key.Key_PageDown: (self.up, -PAGE),
            Qt.Key.Key_End: (self.across, PAGE),
            Qt.Key.Key_Home: (self.across, -PAGE),
        }
        key = Qt.Key(event.key())
        if key in steps:
            axis, share = steps[key]
            axis.step(share * fineness(event.modifiers()))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.type_both()
        elif key == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def type_one(self, axis: Axis, box: QRectF) -> LineEditor | None:
        """Open the line in which one of the numbers may be typed."""
        if axis.spec is None:
            return None
        address, text = axis.address, wording.typed_text(axis.spec, axis.value)
        return LineEditor(self, box.toRect(), text, lambda typed: axis.typed(address, typed))

    def type_both(self) -> LineEditor | None:
        """Open the line in which both may be typed, x then y."""
        addresses = (self.across.address, self.up.address)
        words = [wording.typed_text(axis.spec, axis.value) for axis in self.axes if axis.spec is not None]
        if len(words) < 2:
            return None
        box = self.number_boxes()[0].united(self.number_boxes()[1]).toRect()
        return LineEditor(self, box, " ".join(words), lambda typed: self._typed(addresses, typed))

    def _typed(self, addresses: tuple[str, str], text: str) -> str:
        parts = text.replace(";", " ").split()
        if len(parts) != 2:
            return "two numbers, with a space between: x y"
        for axis, address, part in zip(self.axes, addresses, parts, strict=True):
            why = axis.typed(address, part)
            if why:
                return why
        return ""

    # -- menu and tooltip -------------------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """The right-click menu: one for each axis."""
        menu = empty_menu(self)
        for name, axis, box in zip(("x", "y"), self.axes, self.number_boxes(), strict=True):
            part = QMenu(f"{name}   {axis.label}   {axis.text}", menu)
            fill_menu(part, self.binder, axis.address, partial(self.type_one, axis, box))
            menu.addMenu(part)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def tip(self) -> str:
        """What the tooltip says: both controls, one after the other."""
        return "<br><br>".join(control_tip(axis) for axis in self.axes)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self.tip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: object) -> None:  # noqa: N802
        painter = self.painter()
        paint_pad(painter, self)
        self.draw_ring(painter)
