"""What every control of one number shares: binding, gestures, keys, typing, menu and tooltip. GUI thread only.

Gestures: drag (shift = fine), wheel (shift = fine), double-click on the number types, elsewhere doubles the range,
alt-click goes to the default, arrows and page keys step, Home and End go to the ends, Delete to the default, Enter
types. Nothing stops at the nominal range.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec, Kind, to_position, to_value
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import Painted
from latentjockey.ui.ranges import doubled

_FINE = 0.1
_WHEEL = 0.02
_KEY = 0.01
_PAGE = 0.1
_WHOLE = (Kind.INT, Kind.CHOICE, Kind.BOOL)


class ControlWidget(Painted):
    """A control of one number. Subclasses paint, and say where the number stands and how long the travel is."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.binder = binder
        self.address = address
        self.colour = colour
        self.spec: ControlSpec | None = None
        self.value = 0.0
        self.lo, self.hi = 0.0, 1.0
        self._label = label
        self._held = False
        self._drag: tuple[QPointF, float] | None = None
        self._wheel_rest = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName(address)
        self.setAccessibleName(label or address)
        binder.bind(address, self)

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

    def clicked(self) -> None:
        """The mouse was pressed and released without a drag."""

    # -- from the binder --------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        woken = self.spec is None
        self.spec = spec
        if woken or (lo, hi) != (self.lo, self.hi):
            self.lo, self.hi = lo, hi
            self.setEnabled(True)
            self.update()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, float) and value != self.value:
            self.value = value
            self.update()

    def show_asleep(self) -> None:
        self._let_go()
        self.spec = None
        self.setEnabled(False)
        self.update()

    # -- reading ----------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """What the control is called on the surface."""
        return self._label or (self.spec.name if self.spec is not None else self.address.rsplit("/", 1)[1])

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return wording.value_text(self.spec, self.value) if self.spec is not None else "asleep"

    @property
    def position(self) -> float:
        """Where the value lies in the nominal range: 0..1 within, outside beyond."""
        return to_position(self.spec, self.value, self.lo, self.hi) if self.spec is not None else 0.0

    @property
    def beyond(self) -> bool:
        """Whether the value lies outside the nominal range."""
        return self.spec is not None and not self.lo <= self.value <= self.hi

    @property
    def ink(self) -> QColor:
        """The colour of the number."""
        if self.spec is None:
            return theme.ASLEEP
        return theme.BEYOND if self.beyond else theme.TEXT

    # -- moving -----------------------------------------------------------------------------------------------------

    def set_value(self, value: float) -> None:
        """Write a value as the hand does; shown at once."""
        if self.spec is None or not math.isfinite(value):
            return
        if self.spec.kind in _WHOLE:
            value = float(round(value))
        value = self.spec.guarded(value)
        if value != self.value:
            self.value = value
            self.binder.write(self.address, value)
            self.update()

    def step(self, share: float) -> None:
        """Move by a share of the nominal range, along the taper; a whole number moves by one at least."""
        if self.spec is None or share == 0:
            return
        aim = to_value(self.spec, self.position + share, self.lo, self.hi)
        if self.spec.kind in _WHOLE and abs(aim - self.value) < 1:
            aim = self.value + math.copysign(1.0, share * (self.hi - self.lo))
        self.set_value(aim)

    def reset(self) -> None:
        """Back to the default."""
        if self.spec is not None:
            self.binder.reset(self.address)

    def widen(self) -> None:
        """Double the nominal range about its centre."""
        if self.spec is not None:
            self.binder.set_range(self.address, *doubled(self.spec, self.lo, self.hi))

    def begin_typing(self) -> LineEditor | None:
        """Open the line in which any finite number may be typed."""
        if self.spec is None:
            return None
        box = self.number_box()
        return LineEditor(
            self, box if box.isValid() else self.rect(), wording.typed_text(self.spec, self.value), self._typed
        )

    def _typed(self, text: str) -> str:
        if self.spec is None:
            return f"{self.address} is asleep"
        report = self.binder.write_now(self.address, wording.from_typing(self.spec, text))
        self.binder.poll()
        return report.refused[0][1] if report.refused else ""

    # -- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
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
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._drag is None or self.spec is None:
            return
        last, position = self._drag
        pixels = self.along(event.position() - last)
        if not self._moved and abs(pixels) < 2:
            return
        self._moved = True
        fine = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        position += pixels * fine / max(1.0, self.travel())
        self._drag = (event.position(), position)
        self.set_value(to_value(self.spec, position, self.lo, self.hi))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._held and event.button() == Qt.MouseButton.LeftButton:
            moved = self._moved
            self._let_go()
            if not moved:
                self.clicked()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return
        if self.number_box().contains(event.position().toPoint()):
            self.begin_typing()
        else:
            self.widen()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        # Alt and shift turn the wheel sideways on some systems.
        turned = event.angleDelta().y() or event.angleDelta().x()
        fine = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        share = turned / 120 * _WHEEL * fine
        if self.spec is not None and self.spec.kind in _WHOLE:
            self._wheel_rest += turned / 120
            share = math.copysign(_WHEEL * fine, self._wheel_rest) if abs(self._wheel_rest) >= 1 else 0.0
            self._wheel_rest = math.fmod(self._wheel_rest, 1.0)
        self.step(share)
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._let_go()
        super().hideEvent(event)

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self._drag = None
            self.binder.release(self.address)
            self.update()

    _moved = False

    # -- keys -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        fine = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        steps = {
            Qt.Key.Key_Right: _KEY,
            Qt.Key.Key_Up: _KEY,
            Qt.Key.Key_Left: -_KEY,
            Qt.Key.Key_Down: -_KEY,
            Qt.Key.Key_PageUp: _PAGE,
            Qt.Key.Key_PageDown: -_PAGE,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.step(steps[key] * fine)
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
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.spec is None:
            menu.addAction(f"{self.address} is asleep").setEnabled(False)
            return menu
        self.add_actions(menu)
        menu.addSeparator()
        holder = self.binder.holder(self.address)
        menu.addAction(f"held by {holder}" if holder else "nobody holds it").setEnabled(False)
        return menu

    def add_actions(self, menu: QMenu) -> None:
        """Fill the right-click menu."""
        _act(menu, "Type a number…", self.begin_typing)
        _act(menu, "Copy OSC address", self.copy_address)
        _act(menu, "Default", self.reset)
        _act(menu, "Widen range", self.widen)
        if self.spec is not None and (self.lo, self.hi) != (self.spec.lo, self.spec.hi):
            own = (self.spec.lo, self.spec.hi)
            _act(menu, "Nominal range again", lambda: self.binder.set_range(self.address, *own))

    def copy_address(self) -> None:
        QGuiApplication.clipboard().setText(self.address)

    def tip(self) -> str:
        """The tooltip: address, value, range and who holds it."""
        if self.spec is None:
            return f"{self.address}: this model has no such control; its value waits."
        holder = self.binder.holder(self.address)
        lines = [
            f"<b>{self.address}</b>&nbsp;&nbsp;{self.text}",
            self.spec.help,
            f"range {wording.number_text(self.lo)} … {wording.number_text(self.hi)}"
            + (f" · held by {holder}" if holder else ""),
        ]
        return "<br>".join(line for line in lines if line)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self.tip(), self)
            return True
        return super().event(event)


def _act(menu: QMenu, text: str, call: object) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda: call())  # type: ignore[operator]
    return action
