"""The gestures that every control of one number shares: mouse, wheel, keys, typing, menu, tooltip. GUI thread only.

Drag moves (shift = fine), Ctrl-drag records the movement as a loop, the wheel steps (shift = fine), a double-click
doubles the range, on the number it types, Alt-click goes to the default, arrows and page keys step, Home and End go to
the ends, Delete to the default, Enter types. Middle-drag and Ctrl-wheel change how far modulation moves it. Nothing
stops at the nominal range.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mark_paint import ARMED_WORDS, paint_armed, paint_loop
from latentjockey.ui.marks import Marks
from latentjockey.ui.modulating import AmountHand
from latentjockey.ui.painted import Painted
from latentjockey.ui.playing import Playing
from latentjockey.ui.tooltip import control_tip

FINE = 0.1
WHEEL = 0.02
KEY = 0.01
PAGE = 0.1
_WHOLE = (Kind.INT, Kind.CHOICE, Kind.BOOL)
_STEPS = {
    Qt.Key.Key_Right: KEY,
    Qt.Key.Key_Up: KEY,
    Qt.Key.Key_Left: -KEY,
    Qt.Key.Key_Down: -KEY,
    Qt.Key.Key_PageUp: PAGE,
    Qt.Key.Key_PageDown: -PAGE,
}


def fineness(modifiers: Qt.KeyboardModifier) -> float:
    """How much of a movement counts: a tenth with shift."""
    return FINE if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0


class ControlWidget(Playing, Painted):
    """A control of one number. Subclasses paint, and say where the number stands and how long the travel is."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        Painted.__init__(self, parent)
        self.colour = colour
        self._held = False
        self._looping = False
        self._moved = False
        self._drag: tuple[QPointF, float] | None = None
        self._wheel_rest = 0.0
        self._amount = AmountHand(binder)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name(address, label)
        self.play(binder, address, label)

    def _name(self, address: str, label: str) -> None:
        self.setObjectName(address)
        self.setAccessibleName(label or address)

    def retarget(self, address: str) -> None:
        self._name(address, self._label)
        super().retarget(address)

    def rename(self, label: str) -> None:
        """Call the control something else on the surface; empty is the name of its spec."""
        self._label = label
        self._name(self.address, label)
        self.update()

    # -- what a subclass decides ------------------------------------------------------------------------------------

    def number_box(self) -> QRect:
        """Where the number stands: there a double-click types."""
        return QRect()

    def travel(self) -> float:
        """Pixels of dragging from one end of the nominal range to the other."""
        return float(max(1, self.width()))

    def along(self, delta: QPointF) -> float:
        """How far a movement of the mouse goes along the travel, in pixels."""
        return delta.x()

    def fine(self, modifiers: Qt.KeyboardModifier) -> float:
        """How much of a movement counts."""
        return fineness(modifiers)

    @property
    def held(self) -> bool:
        """Whether the mouse holds it."""
        return self._held

    def clicked(self) -> None:
        """The mouse was pressed and released without a drag."""

    def loop_box(self) -> QRectF:
        """Where the loop's small ring stands."""
        side = theme.px(11)
        return QRectF(self.width() - side - theme.px(3), theme.px(3), side, side)

    # -- what the binder and the marks say --------------------------------------------------------------------------

    def changed(self) -> None:
        self.update()

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self.setEnabled(True)
        super().show_spec(spec, lo, hi)

    def show_asleep(self) -> None:
        super().show_asleep()
        self.setEnabled(False)

    def playable(self) -> str:
        return self.learns()

    @property
    def modulated(self) -> bool:
        return self.effective is not None

    def show_marks(self, marks: Marks) -> None:
        self.take_marks(marks)

    # -- painting ---------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a hand is on or over it, which makes it brighter."""
        return (self.hovered or self._held) and self.spec is not None

    @property
    def caption(self) -> str:
        """The label, or what to do while the control is being learnt, or the amount that the hand is on."""
        return ARMED_WORDS if self.armed else self._amount.text if self._amount.holding else self.label

    def paint_over(self, painter: QPainter, radius: float = 5.0) -> None:
        """The last strokes of every control: loop, being learnt, focus ring."""
        if self.loop is not None:
            paint_loop(painter, self.loop_box(), self.loop)
        if self.armed:
            paint_armed(painter, QRectF(self.rect()))
        self.draw_ring(painter, radius)

    # -- typing -----------------------------------------------------------------------------------------------------

    def begin_typing(self) -> LineEditor | None:
        """Open the line in which any finite number may be typed."""
        if self.spec is None:
            return None
        box, address = self.number_box(), self.address
        words = wording.typed_text(self.spec, self.value)
        return LineEditor(self, box if box.isValid() else self.rect(), words, lambda text: self.typed(address, text))

    # -- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._amount.press(event, self.address):
            self.update()
            return
        if event.button() != Qt.MouseButton.LeftButton or self.spec is None:
            event.ignore()
            return
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.reset()
            return
        self._held = True
        self._moved = False
        self._drag = (event.position(), self.position)
        self.binder.touch(self.address)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._looping = True
            self.begin_loop()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._amount.move(event, self.fine(event.modifiers())):
            self.update()
            return
        if self._drag is None or self.spec is None:
            return
        last, position = self._drag
        pixels = self.along(event.position() - last)
        if not self._moved and abs(pixels) < 2:
            return
        self._moved = True
        position += pixels * self.fine(event.modifiers()) / max(1.0, self.travel())
        self._drag = (event.position(), position)
        self.set_position(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.MiddleButton and self._amount.release():
            self.update()
        if self._held and event.button() == Qt.MouseButton.LeftButton:
            still = not self._moved and not self._looping
            self.let_go()
            if still:
                self.clicked()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return
        if self.number_box().contains(event.position().toPoint()):
            self.begin_typing()
        else:
            self.widen()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self._amount.wheel(event, self.address, self.fine(event.modifiers())):
            return
        # Alt and shift turn the wheel sideways on some systems.
        turned = event.angleDelta().y() or event.angleDelta().x()
        fine = self.fine(event.modifiers())
        share = turned / 120 * WHEEL * fine
        if self.spec is not None and self.spec.kind in _WHOLE:
            self._wheel_rest += turned / 120
            share = math.copysign(WHEEL * fine, self._wheel_rest) if abs(self._wheel_rest) >= 1 else 0.0
            self._wheel_rest = math.fmod(self._wheel_rest, 1.0)
        self.step(share)
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self.let_go()
        super().hideEvent(event)

    def let_go(self) -> None:
        self._amount.release()
        if self._held:
            self._held = False
            self._drag = None
            self.binder.release(self.address)
            if self._looping:
                self._looping = False
                self.end_loop()
            self.update()

    # -- keys -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        if key in _STEPS:
            self.step(_STEPS[key] * self.fine(event.modifiers()))
        elif key == Qt.Key.Key_Home:
            self.set_value(self.lo)
        elif key == Qt.Key.Key_End:
            self.set_value(self.hi)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin_typing()
        elif key == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    # -- menu and tooltip -------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """The right-click menu; it deletes itself when it closes."""
        return control_menu(self, self.binder, self.address, self.begin_typing, self.learns())

    def tip(self) -> str:
        """The tooltip: address, value, range, and what holds, loops, moves or awaits it."""
        return control_tip(self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self.tip(), self)
            return True
        return super().event(event)
