"""Buttons: for a TRIGGER, for a BOOL, or for any function. Painted, reachable by key. GUI thread only."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme, wording
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import control_menu
from latentjockey.ui.mark_paint import paint_armed
from latentjockey.ui.marks import Marks
from latentjockey.ui.painted import CENTRE, Painted, fill, write

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Button(Painted):
    """A word to press. ``lit`` is for what is on; ``outlined`` draws the edge in the button's colour;
    ``calm`` buttons do not shout when lit: for what is usually on."""

    pressed = Signal()

    def __init__(
        self, text: str, colour: QColor = theme.TEXT, *, outlined: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.text = text
        self.colour = colour
        self.lit = False
        self.down = False
        self.outlined = outlined
        self.calm = False
        self.tip = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.text, 12.5)) + theme.px(18), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.text, 12.5)) + theme.px(8), theme.px(26))

    def press(self) -> None:
        """What a press does."""
        self.pressed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.down = True
            self.update()
            self.press()  # on the way down: an instrument answers the touch, not the letting go

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.down = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS and self.isEnabled():
            if not event.isAutoRepeat():
                self.down = True
                self.update()
                self.press()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS and not event.isAutoRepeat():
            self.down = False
            self.update()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = theme.px(5)
        ground = theme.mixed(theme.PANEL, self.colour, 0.14) if self.outlined else theme.RAISED
        ink = self.colour if self.outlined else theme.TEXT
        if self.lit and self.calm:
            ground = theme.mixed(theme.RAISED, theme.TEXT, 0.18)
        elif self.lit:
            ground, ink = self.colour, theme.GROUND
        elif self.down:
            ground = theme.mixed(ground, self.colour, 0.35)
        elif self.hovered:
            ground = theme.mixed(ground, theme.TEXT, 0.07)
        if not self.isEnabled():
            ink = theme.QUIET
        if self.outlined and not self.lit:
            painter.setPen(theme.mixed(theme.PANEL, self.colour, 0.55))
            painter.setBrush(ground)
            painter.drawRoundedRect(box, radius, radius)
        else:
            fill(painter, box, ground, radius)
        weight = theme.SEMIBOLD if self.outlined or (self.lit and not self.calm) else theme.REGULAR
        write(painter, box, self.text, ink, 12.5, weight, CENTRE)
        if self.calm:  # a mark as well as the ground: never colour alone
            mark = QRectF(box.left() + theme.px(8), box.bottom() - theme.px(5), box.width() - theme.px(16), theme.px(2))
            fill(painter, mark, theme.TEXT if self.lit else theme.TRACK, theme.px(1))
        self.draw_ring(painter)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.tip_text():
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self.tip_text(), self)
            return True
        return super().event(event)

    def tip_text(self) -> str:
        """The tooltip now."""
        return self.tip


class ControlButton(Button):
    """A button bound to a TRIGGER (presses it) or, as :class:`Toggle`, to a BOOL."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        text: str,
        colour: QColor = theme.TEXT,
        *,
        outlined: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, colour, outlined=outlined, parent=parent)
        self.binder = binder
        self.address = address
        self.spec: ControlSpec | None = None
        self.armed = False
        self.waits = False
        self.setObjectName(address)
        binder.bind(address, self)

    def press(self) -> None:
        if self.spec is not None:
            self.binder.press(self.address)
            super().press()

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        if self.spec is None:
            self.spec = spec
            self.setEnabled(True)
            self.update()

    def show_value(self, value: Shown) -> None:
        """A TRIGGER's count is nothing to show."""

    def show_asleep(self) -> None:
        self.spec = None
        self.setEnabled(False)
        self.update()

    def retarget(self, address: str) -> None:
        """Play another address from now on."""
        if address != self.address:
            self.binder.unbind(self)
            self.spec, self.armed, self.address = None, False, address
            self.setObjectName(address)
            self.binder.bind(address, self)
            self.update()

    def playable(self) -> str:
        return self.address

    def show_marks(self, marks: Marks) -> None:
        now = marks.armed() == self.address, marks.awaited(self.address) is not None
        if now != (self.armed, self.waits):
            self.armed, self.waits = now
            self.update()

    def tip_text(self) -> str:
        if self.spec is None:
            return f"{self.address}: this model has no such control"
        holder = self.binder.holder(self.address)
        lines = (
            f"<b>{html.escape(self.address)}</b>",
            "<b>move a knob</b> or press a key of the controller: it will play this" if self.armed else "",
            "<b>waits for its beat</b>" if self.waits else "",
            html.escape(self.spec.help),
            html.escape(wording.held_text(holder)) if holder else "",
        )
        return "<br>".join(line for line in lines if line)

    def menu(self) -> QMenu:
        """The right-click menu; it deletes itself when it closes."""
        return control_menu(self, self.binder, self.address)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.armed:
            paint_armed(self.painter(), QRectF(self.rect()))
        elif self.waits:  # a dashed frame: pressed, and not done yet
            painter = self.painter()
            painter.setPen(QPen(self.colour, 1.5 * theme.scale(), Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))


class Toggle(ControlButton):
    """Bound to a BOOL: lit while it is on. Alt-click and Delete go to the default."""

    def press(self) -> None:
        if self.spec is not None:
            self.lit = not self.lit
            self.binder.write(self.address, self.lit)
            self.pressed.emit()
            self.update()

    def reset(self) -> None:
        """Back to the default."""
        if self.spec is not None:
            self.binder.reset(self.address)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.reset()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        else:
            super().keyPressEvent(event)

    def show_value(self, value: Shown) -> None:
        lit = bool(value) if isinstance(value, float) else False
        if lit != self.lit:
            self.lit = lit
            self.update()
