"""The chain: its slots as cards in the order in which they run, and a free end. GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from latentjockey.control.names import FX_SLOTS
from latentjockey.frames.chain import SlotStatus
from latentjockey.session.rack import Seat
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.dropping import dropped_shader
from latentjockey.ui.fx_card import SLOT, FxCard, trouble_of
from latentjockey.ui.painted import CENTRE, Painted, fill, write

_GAP = 13
_END = 132
_EDGE = 0.22
"""The share of a card at either side where a drop goes beside it; between them it takes the card's place."""


class FreeEnd(Painted):
    """What stands behind the last card: a press looks for a shader to put there."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.first = True
        self.ms = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("put a shader in")

    def tell(self, first: bool, ms: str) -> None:
        """Whether the chain is empty, and what drawing it takes."""
        if (first, ms) != (self.first, self.ms):
            self.first, self.ms = first, ms
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        pen = QPen(theme.ASLEEP if self.hovered else theme.TRACK, 1.25 * theme.scale())
        pen.setDashPattern([3.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, theme.px(theme.RADIUS), theme.px(theme.RADIUS))
        middle = box.center() - QPointF(0, theme.px(14))
        arm = theme.px(7)
        painter.setPen(QPen(theme.TEXT if self.hovered else theme.QUIET, 1.75 * theme.scale()))
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))
        words = "drag a shader here, press Enter on one, or drop an .fs file" if self.first else "drop a shader here"
        line = QRectF(theme.px(8), middle.y() + theme.px(16), self.width() - theme.px(16), theme.px(18))
        write(painter, line, words, theme.QUIET, 12, theme.REGULAR, CENTRE)
        write(painter, line.translated(0, theme.px(19)), self.ms, theme.ASLEEP, 11, theme.REGULAR, CENTRE)
        self.draw_ring(painter, theme.RADIUS)


class FxChain(Painted):
    """``bring`` in :class:`~latentjockey.ui.actions.Shaders` takes files; ``asked`` tells that somebody looks for a
    shader. Wider than it is seen, it scrolls."""

    asked = Signal()
    filed = Signal(str, int)

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self.cards: dict[int, FxCard] = {}
        self.order: list[int] = []
        self.end = FreeEnd(self)
        self.end.pressed.connect(self.asked)
        self._drop: tuple[str, int] | None = None
        self.setAcceptDrops(True)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.follow)
        for slot in FX_SLOTS:
            for end in ("shader", "place"):
                binder.watch(f"/fx/{slot}/{end}", lambda value: self._soon.start())
        binder.guests_changed.connect(self._follow_inputs)
        binder.epoch_changed.connect(self._follow_inputs)
        self.follow()

    # -- following the bay --------------------------------------------------------------------------------------------

    def _text(self, slot: int) -> str:
        return str(self._binder.bay.value(f"/fx/{slot}/shader"))

    def follow(self) -> None:
        """Show what stands in the slots, in the order in which they run."""
        bay = self._binder.bay
        here = [slot for slot in FX_SLOTS if self._text(slot)]
        for slot in [slot for slot in self.cards if slot not in here]:
            card = self.cards.pop(slot)
            card.hide()
            card.unbind()
            card.deleteLater()
        for slot in here:
            if slot not in self.cards:
                card = self.cards[slot] = FxCard(self._binder, slot, self)
                card.grown.connect(self.place)
                card.head.moved.connect(lambda step, slot=slot: self.move_by(slot, step))
                card.show()
        self.order = sorted(here, key=lambda slot: (bay.number(f"/fx/{slot}/place"), slot))
        for number, slot in enumerate(self.order, 1):
            self.cards[slot].show_shader(self._text(slot), number)
        self._keep_tab_order()
        self.place()

    def _keep_tab_order(self) -> None:
        last: QWidget | None = None
        for slot in self.order:
            card = self.cards[slot]
            for widget in (card.on, card.head, card.mix, *card.inputs):
                if last is not None:
                    QWidget.setTabOrder(last, widget)
                last = widget
        if last is not None:
            QWidget.setTabOrder(last, self.end)

    def _follow_inputs(self) -> None:
        for card in self.cards.values():
            card.show_inputs()

    def tell(self, seats: Mapping[int, Seat], status: Mapping[int, SlotStatus]) -> None:
        """How each slot does."""
        for slot, card in self.cards.items():
            seat, state = seats.get(slot, Seat()), status.get(slot)
            loading = seat.text != self._text(slot) or (state is not None and state.state == "loading")
            card.show_state(trouble_of(seat, state), "loading" if loading else "")
        playing = [state.ms for state in status.values() if state.state == "playing"]
        self.end.tell(not self.order, f"{max(playing):.1f} ms" if playing and max(playing) > 0 else "")

    # -- changing it --------------------------------------------------------------------------------------------------

    def arrange(self, order: list[int]) -> None:
        """Run the slots in this order: places 1, 2, 3 …"""
        for place, slot in enumerate(order, 1):
            if self._binder.bay.number(f"/fx/{slot}/place") != place:
                self._binder.write(f"/fx/{slot}/place", float(place))

    def move_by(self, slot: int, step: int) -> None:
        """Move a card along the chain."""
        at = self.order.index(slot)
        to = min(len(self.order) - 1, max(0, at + step))
        if to != at:
            order = [other for other in self.order if other != slot]
            self.arrange([*order[:to], slot, *order[to:]])

    def put_in(self, text: str, index: int) -> None:
        """Put a shader by its name before the card at ``index``; without a free slot the show says so."""
        free = next((slot for slot in FX_SLOTS if not self._text(slot)), None)
        if free is None or index >= len(self.order):
            self._binder.command("/fx/add", text)
            return
        self._binder.write(f"/fx/{free}/mix", 1.0)
        self._binder.write(f"/fx/{free}/shader", text)
        self.arrange([*self.order[:index], free, *self.order[index:]])

    # -- dropping -----------------------------------------------------------------------------------------------------

    def _aim(self, at: QPointF, moving: bool) -> tuple[str, int]:
        """What a drop there means: ``before`` the card at an index of the order, or ``onto`` that of a slot."""
        for index, slot in enumerate(self.order):
            box = self.cards[slot].geometry()
            share = (at.x() - box.left()) / max(1, box.width())
            if share < (0.5 if moving else _EDGE):
                return "before", index
            if share <= 1.0 - _EDGE and not moving:
                return "onto", slot
        return "before", len(self.order)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        self._hover(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        self._hover(event)

    def _hover(self, event: QDragMoveEvent) -> None:
        moving = event.mimeData().hasFormat(SLOT)
        if not moving and not dropped_shader(event.mimeData()):
            return
        event.setDropAction(Qt.DropAction.MoveAction if moving else Qt.DropAction.CopyAction)
        event.accept()
        aim = self._aim(event.position(), moving)
        if aim != self._drop:
            self._drop = aim
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._drop = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._drop = None
        self.update()
        data, moving = event.mimeData(), event.mimeData().hasFormat(SLOT)
        how, where = self._aim(event.position(), moving)
        if moving:
            self._drop_card(bytes(data.data(SLOT).data()).decode(errors="replace"), where)
        else:
            self._drop_shader(dropped_shader(data), how, where)
        event.accept()

    def _drop_card(self, slot: str, index: int) -> None:
        moved = int(slot) if slot.isdecimal() else 0
        if moved in self.order:
            before = [other for other in self.order[:index] if other != moved]
            after = [other for other in self.order[index:] if other != moved]
            self.arrange([*before, moved, *after])

    def _drop_shader(self, what: str, how: str, where: int) -> None:
        if Path(what).is_absolute():
            self.filed.emit(what, where if how == "onto" else 0)
        elif how == "onto":
            self._binder.write(f"/fx/{where}/shader", what)
        elif what:
            self.put_in(what, where)

    # -- geometry and painting ----------------------------------------------------------------------------------------

    def rescaled(self) -> None:
        super().rescaled()
        self.place()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self.place()

    def place(self) -> None:
        """Put the cards beside each other."""
        gap, high, left = theme.px(_GAP), self.height(), 0
        for slot in self.order:
            card = self.cards[slot]
            card.setGeometry(left, 0, card.width_for(high), high)
            left += card.width() + gap
        end = theme.px(_END)
        self.setMinimumWidth(left + end)
        room = max(self.width(), left + end) - left
        self.end.setGeometry(left, 0, room if not self.order else min(room, theme.px(2 * _END)), high)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        side = theme.px(4)
        painter.setPen(QPen(theme.ASLEEP, 1.5 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for slot in self.order:  # the way that the picture goes
            box = self.cards[slot].geometry()
            tip = QPointF(box.right() + theme.px(_GAP) / 2 + side / 2, box.center().y())
            painter.drawPolyline(QPolygonF([tip + QPointF(-side, -side), tip, tip + QPointF(-side, side)]))
        if self._drop is not None:
            self._paint_aim(*self._drop)

    def _paint_aim(self, how: str, where: int) -> None:
        painter, gap = self.painter(), theme.px(_GAP)
        if how == "onto":
            box = QRectF(self.cards[where].geometry()).adjusted(-2, -2, 2, 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.TEXT, 2 * theme.scale()))
            painter.drawRoundedRect(box, theme.px(theme.RADIUS), theme.px(theme.RADIUS))
            return
        at = self.cards[self.order[where]].x() if where < len(self.order) else self.end.x()
        line = QRectF(max(0.0, at - gap / 2 - theme.px(1.5)), 0, theme.px(3), self.height())
        fill(painter, line, theme.TEXT, line.width() / 2)


class SideScroll(QScrollArea):
    """A region that scrolls sideways, also by the wheel where no control wants that."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        content.setAutoFillBackground(False)  # which taking it has switched on
        theme.dress(self.horizontalScrollBar())
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QWheelEvent) and event.type() == QEvent.Type.Wheel:
            self.wheelEvent(event)
            return True
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        turned = event.angleDelta().y() or event.angleDelta().x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turned)
        event.accept()
