"""A slot of the chain as a card: name, switch, mix, what is wrong, and the shader's inputs. GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget

from latentjockey.control.spec import ControlSpec
from latentjockey.frames.chain import SlotStatus
from latentjockey.session.rack import Seat
from latentjockey.ui import fx_inputs, theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Toggle
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import Painted, fill, write
from latentjockey.ui.slider import Slider

SLOT = "application/x-latentjockey-slot"
_HEAD = 30
_LINE = 17
_PAD = 6
_MIX = 54
_KNOB_ROWS = 3
_PLAIN = "The shader does not compile: "


def called(text: str) -> str:
    """What a shader is called: its name, or that of its file."""
    return PurePath(text).stem if PurePath(text).is_absolute() else text


def trouble_of(seat: Seat, status: SlotStatus | None) -> str:
    """What is wrong with a slot, in words; empty where nothing is."""
    if seat.missing and seat.line is None and not seat.stamps[0]:
        return f"missing: {called(seat.text)}"
    if seat.trouble:
        return f"line {seat.line}: {seat.trouble}" if seat.line is not None else seat.trouble
    if status is None or not status.error:
        return ""
    if status.line is None:
        return status.error
    return f"line {status.line}: {status.error.removeprefix(_PLAIN)}"  # that there is a line says it


class CardHead(Painted):
    """The upper edge of a card. Dragged, it moves the card; arrows do so by key, Delete takes the shader out, Enter
    switches it on and off."""

    moved = Signal(int)
    cleared = Signal()
    switched = Signal()

    def __init__(self, slot: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.slot = slot
        self.name = ""
        self.number = 0
        self.on = True
        self._down: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def tell(self, name: str, number: int, on: bool) -> None:
        """What stands here, as which of the chain, and whether it plays."""
        if (name, number, on) != (self.name, self.number, self.on):
            self.name, self.number, self.on = name, number, on
            self.setAccessibleName(f"shader {number}: {name}{'' if on else ', off'}")
            self.update()

    def cross(self) -> QRectF:
        """Where a press takes the shader out."""
        side = theme.px(20)
        return QRectF(self.width() - side - theme.px(2), (self.height() - side) / 2, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.cross().contains(event.position()):
            self.cleared.emit()
        else:
            self._down = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.update()
        if self._down is None or (event.position() - self._down).manhattanLength() < QApplication.startDragDistance():
            return
        at, self._down = self._down, None
        card = self.parentWidget()
        data = QMimeData()
        data.setData(SLOT, str(self.slot).encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        if card is not None:
            drag.setPixmap(card.grab(QRect(0, 0, min(card.width(), theme.px(260)), card.height())))
        drag.setHotSpot(at.toPoint())
        drag.exec(Qt.DropAction.MoveAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._down = None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.cleared.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.switched.emit()
        elif key == Qt.Key.Key_Menu:
            self.menu().popup(self.mapToGlobal(self.rect().center()))
        else:
            event.ignore()

    def menu(self) -> QMenu:
        """The right-click menu; it deletes itself when it closes."""
        menu, at = empty_menu(self), f"/fx/{self.slot}"
        menu.addAction("Bypass\tEnter" if self.on else "Switch on\tEnter").triggered.connect(self.switched)
        menu.addAction("Move left\t←").triggered.connect(lambda: self.moved.emit(-1))
        menu.addAction("Move right\t→").triggered.connect(lambda: self.moved.emit(1))
        menu.addSeparator()
        menu.addAction("Copy OSC address").triggered.connect(lambda: copy(f"{at}/shader"))
        menu.addAction("Copy OSC message").triggered.connect(lambda: copy(f'{at}/shader "{self.name}"'))
        menu.addSeparator()
        menu.addAction("Take out\tDelete").triggered.connect(self.cleared)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        self.menu().popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        number = f"{self.number}"
        left = theme.px(9)
        write(painter, QRectF(left, 0, theme.px(14), self.height()), number, theme.QUIET, 11, theme.MEDIUM)
        name = QRectF(left + theme.px(15), 0, self.cross().left() - left - theme.px(17), self.height())
        write(painter, name, self.name, theme.TEXT if self.on else theme.QUIET, 13, theme.MEDIUM)
        if not self.on:  # struck through: never by colour alone
            wide = min(name.width(), theme.text_width(self.name, 13, theme.MEDIUM))
            y = name.center().y() + theme.scale()
            painter.setPen(QPen(theme.QUIET, 1.5 * theme.scale()))
            painter.drawLine(QPointF(name.left() - theme.px(2), y), QPointF(name.left() + wide + theme.px(2), y))
        self._paint_cross()
        self.draw_ring(painter)

    def _paint_cross(self) -> None:
        painter, box = self.painter(), self.cross()
        over = self.hovered and box.contains(QPointF(self.mapFromGlobal(self.cursor().pos())))
        if over:
            fill(painter, box, theme.HOVERED, theme.px(4))
        arm, middle = theme.px(3.5), box.center()
        painter.setPen(QPen(theme.TEXT if over else theme.ASLEEP, 1.5 * theme.scale()))
        painter.drawLine(middle - QPointF(arm, arm), middle + QPointF(arm, arm))
        painter.drawLine(middle - QPointF(arm, -arm), middle + QPointF(arm, -arm))


class FxCard(Painted):
    """Slot 1..8. Places its parts itself: ``width_for`` says how wide it is at a height, ``grown`` that it changed."""

    grown = Signal()

    def __init__(self, binder: Binder, slot: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.slot = slot
        self.trouble = ""
        self.quiet = ""
        self.inputs: list[QWidget] = []
        self._binder = binder
        self._specs: tuple[ControlSpec, ...] | None = None
        self._text = ""
        self._number = 0
        at = f"/fx/{slot}"
        self.head = CardHead(slot, self)
        self.on = Toggle(binder, f"{at}/on", "on", theme.TEXT, parent=self)
        self.mix = Knob(binder, f"{at}/mix", label="mix", parent=self)
        self.blend = Slider(binder, f"{at}/mix", label="mix", stacked=True, parent=self)  # where a knob is too high
        self.head.switched.connect(self.on.press)
        self.head.cleared.connect(lambda: binder.press(f"{at}/clear"))
        binder.bind(f"{at}/on", self)
        self.setAccessibleName(f"slot {slot}")
        self.show_inputs()

    # -- from the binder: whether it is on ----------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        """Always here."""

    def show_value(self, value: Shown) -> None:
        self.on.text = "on" if value else "off"
        self.head.tell(called(self._text), self._number, bool(value))
        self.update()

    def show_asleep(self) -> None:
        """Never: every layout has the slot."""

    def unbind(self) -> None:
        """The card goes."""
        self._binder.unbind(self)
        for part in (self.on, self.mix, self.blend):
            self._binder.unbind(part)
        for widget in self.inputs:
            fx_inputs.release(self._binder, widget)
        self.inputs = []

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_shader(self, text: str, number: int) -> None:
        """The name or path of what stands here, and as which of the chain."""
        self._text, self._number = text, number
        self.head.tell(called(text), number, self.on.lit)

    def show_state(self, trouble: str, quiet: str = "") -> None:
        """What is wrong; or, quietly, what is going on."""
        if (trouble, quiet) != (self.trouble, self.quiet):
            taller = bool(trouble or quiet) != bool(self.trouble or self.quiet)
            self.trouble, self.quiet = trouble, quiet
            self.setAccessibleDescription(trouble or quiet)
            if taller:
                self.grown.emit()
                self.place()
            self.update()

    def show_inputs(self) -> None:
        """Make the widgets of the inputs anew, if there are others than before."""
        head = f"/fx/{self.slot}/"
        specs = tuple(spec for spec in self._binder.bay.layout.guests if spec.address.startswith(head))
        if specs == self._specs:
            return
        self._specs = specs
        for widget in self.inputs:
            fx_inputs.release(self._binder, widget)
        made = (fx_inputs.input_for(self._binder, spec) for spec in specs)
        self.inputs = [widget for widget in made if widget is not None]
        last: QWidget = self.mix
        for widget in self.inputs:
            widget.setParent(self)
            widget.setVisible(True)
            QWidget.setTabOrder(last, widget)
            last = widget
        self.grown.emit()
        self.place()

    # -- geometry -----------------------------------------------------------------------------------------------------

    def _top(self) -> int:
        """Where the inputs begin."""
        return theme.px(_HEAD) + (theme.px(_LINE) if self.trouble or self.quiet else 0)

    def _rows(self, high: int) -> int:
        return max(1, (high - self._top() - theme.px(2)) // theme.px(fx_inputs.ROW))

    def width_for(self, high: int) -> int:
        """How wide the card is at a height."""
        rows, pad = self._rows(high), theme.px(_PAD)
        inputs = fx_inputs.width_of(self.inputs, rows)
        least = theme.px(196 if self.trouble else 170)
        if rows < _KNOB_ROWS:  # the mix stands above the inputs' columns, in one of its own
            return max(least, theme.px(fx_inputs.COLUMN) + theme.px(fx_inputs.GAP) + inputs + 2 * pad)
        return max(least, theme.px(_MIX) + theme.px(fx_inputs.GAP) + inputs + 2 * pad)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self.width_for(self.height()), self.height())

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self.place()

    def rescaled(self) -> None:
        super().rescaled()
        self.place()

    def place(self) -> None:
        """Put everything where it belongs."""
        pad, head, top, rows = theme.px(_PAD), theme.px(_HEAD), self._top(), self._rows(self.height())
        switch = theme.px(36)
        self.on.setGeometry(pad, (head - theme.px(22)) // 2, switch, theme.px(22))
        self.head.setGeometry(pad + switch, 0, self.width() - pad - switch, head)
        knob = rows >= _KNOB_ROWS
        self.mix.setVisible(knob)
        self.blend.setVisible(not knob)
        if knob:
            self.mix.setGeometry(pad, top + theme.px(4), theme.px(_MIX), self.mix.sizeHint().height())
            left = pad + theme.px(_MIX) + theme.px(fx_inputs.GAP)
        else:
            room = QRect(pad, top, theme.px(fx_inputs.COLUMN), self.height() - top)
            fx_inputs.arrange([self.blend], room, rows)  # as the first of the inputs, in line with them
            left = pad + theme.px(fx_inputs.COLUMN) + theme.px(fx_inputs.GAP)
        fx_inputs.arrange(self.inputs, QRect(left, top, self.width() - left - pad, self.height() - top), rows)

    # -- painting -----------------------------------------------------------------------------------------------------

    def _line(self) -> QRectF:
        return QRectF(theme.px(_PAD + 3), theme.px(_HEAD - 3), self.width() - theme.px(2 * _PAD + 6), theme.px(_LINE))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.trouble if self._line().contains(QPointF(event.pos())) else ""
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        ground = theme.mixed(theme.PANEL, theme.RAISED, 0.5 if self.on.lit else 0.25)
        fill(painter, QRectF(self.rect()), ground, theme.px(theme.RADIUS))
        if self.trouble:
            write(painter, self._line(), f"! {self.trouble}", theme.WARNING, 11.5)
        elif self.quiet:
            write(painter, self._line(), self.quiet, theme.QUIET, 11.5)
