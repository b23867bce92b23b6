"""The list of all shortcuts, each key a chip: click it and press the new key. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentjockey.ui import theme
from latentjockey.ui.key_names import key_name, shown
from latentjockey.ui.painted import CENTRE, RIGHT, Painted, fill, write
from latentjockey.ui.shortcut_filter import TAKES_KEYS
from latentjockey.ui.shortcut_rows import Line, Slot, lines, with_key
from latentjockey.ui.shortcuts import ShortcutMap

_ROW, _HEADING, _COLUMN, _GAP = 26, 24, 380, 22
_SIZE = 12.5
_WAITING = "press a key"
_RESET = "reset"


@dataclass(frozen=True, slots=True)
class _Chip:
    """What can be clicked: a slot, or (without one) the word that resets its line."""

    box: QRectF
    line: Line
    slot: Slot | None


class ShortcutEditor(Painted):
    """Click a key, or choose it by arrows and Enter; then press the new one. Esc leaves it, Backspace clears it."""

    edited = Signal()

    def __init__(self, shortcuts: ShortcutMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self._words = ""
        self._lines: list[Line] = []
        self._boxes: list[QRectF] = []
        self._chips: list[_Chip] = []
        self._waiting: tuple[str, int] | None = None
        self._cursor = 0
        self._under = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("shortcuts")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # -- what is shown ----------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether the next key goes into a slot."""
        return self._waiting is not None

    @property
    def found(self) -> int:
        """How many lines are shown."""
        return sum(not line.group for line in self._lines)

    def search(self, words: str) -> None:
        """Show only the lines with these words."""
        self._words = words
        self.refresh()

    def refresh(self) -> None:
        """Read the map again."""
        self._lines = lines(self._shortcuts, self._words)
        self._place()
        self.updateGeometry()
        self.update()

    def slot_box(self, action: str, place: int = 0) -> QRectF:
        """Where the ``place``-th key of an action stands; empty where it does not."""
        for chip in self._chips:
            if chip.slot is not None and (chip.slot.action, chip.slot.place) == (action, place):
                return chip.box
        return QRectF()

    def reset_box(self, action: str) -> QRectF:
        """Where the word stands that resets an action; empty where nothing was changed."""
        for chip in self._chips:
            if chip.slot is None and any(slot.action == action for slot in chip.line.slots):
                return chip.box
        return QRectF()

    # -- measures ---------------------------------------------------------------------------------------------------

    def rescaled(self) -> None:
        self._place()
        super().rescaled()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._place()

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._columns(width)[1]

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(_COLUMN), self._columns(max(self.width(), theme.px(_COLUMN)))[1])

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def _columns(self, width: int) -> tuple[list[QRectF], int]:
        """The box of each line, group after group into the shortest column, and the height of all."""
        gap = theme.px(_GAP)
        count = max(1, (width + gap) // (theme.px(_COLUMN) + gap))
        wide = (width - gap * (count - 1)) / count
        filled = [0] * count
        column = 0
        boxes = []
        for line in self._lines:
            if line.group:
                column = filled.index(min(filled))
            high = theme.px(_HEADING if line.group else _ROW)
            boxes.append(QRectF(column * (wide + gap), filled[column], wide, high))
            filled[column] += high
        return boxes, max(filled) + theme.px(6)

    def _place(self) -> None:
        self._boxes = self._columns(self.width())[0]
        self._chips = []
        for line, box in zip(self._lines, self._boxes, strict=True):
            self._place_chips(line, box)
        self._cursor = min(self._cursor, max(0, len(self._chips) - 1))

    def _place_chips(self, line: Line, box: QRectF) -> None:
        right = box.right() - theme.px(2)
        top, high, gap = box.top() + theme.px(3), box.height() - theme.px(6), theme.px(4)
        made = []
        if line.changed:
            wide = theme.text_width(_RESET, 11) + theme.px(8)
            made.append(_Chip(QRectF(right - wide, top, wide, high), line, None))
            right -= wide + gap
        for slot in reversed(line.slots):
            wide = max(theme.px(22), theme.text_width(self._text(line, slot), 11.5, theme.MEDIUM) + theme.px(12))
            made.append(_Chip(QRectF(right - wide, top, wide, high), line, slot))
            right -= wide + gap
        self._chips += reversed(made)

    def _text(self, line: Line, slot: Slot) -> str:
        if self._waiting == (slot.action, slot.place):
            return _WAITING
        return shown(slot.key).removeprefix(_shared(line)) if slot.key else "+"

    # -- hands ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._at(event.position())
        self._stop_waiting()
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._cursor = index
            self._take(self._chips[index])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._at(event.position())
        if under != self._under:
            self._under = under
            self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._under = -1
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self._stop_waiting()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._waiting is not None:
            self._key(event)
            return
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        jump = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if (step or jump) and self._chips:
            self.ring = True
            self._cursor = self._beside(jump) if jump else (self._cursor + step) % len(self._chips)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chips:
            self._take(self._chips[self._cursor])
        else:
            event.ignore()

    def _beside(self, jump: int) -> int:
        """The first key of the line below or above."""
        line = self._chips[self._cursor].line
        known = [other for other in self._lines if other.slots]
        wanted = known[(known.index(line) + jump) % len(known)]
        return next(i for i, chip in enumerate(self._chips) if chip.line is wanted)

    def _take(self, chip: _Chip) -> None:
        if chip.slot is None:
            for action in dict.fromkeys(slot.action for slot in chip.line.slots):
                self._shortcuts.reset(action)
            self._changed()
            return
        self._waiting = (chip.slot.action, chip.slot.place)
        self.setProperty(TAKES_KEYS, True)
        self._place()
        self.update()

    def _key(self, event: QKeyEvent) -> None:
        slot = next((c.slot for c in self._chips if c.slot and (c.slot.action, c.slot.place) == self._waiting), None)
        name = key_name(event)
        if not name or slot is None:
            return
        self._stop_waiting()
        if name != "Esc":
            with_key(self._shortcuts, slot, "" if name == "Backspace" else name)
            self._changed()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting = None
            self.setProperty(TAKES_KEYS, False)
            self._place()
            self.update()

    def _changed(self) -> None:
        self.refresh()
        self.edited.emit()

    def _at(self, at: QPointF) -> int:
        return next((i for i, chip in enumerate(self._chips) if chip.box.contains(at)), -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._waiting is not None:
            event.accept()  # the key is wanted here, whatever else it does
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), self._tip(index), self)
            return True
        return super().event(event)

    def _tip(self, index: int) -> str:
        if index < 0:
            return ""
        chip = self._chips[index]
        if chip.slot is None:
            return "the usual keys again"
        does = self._shortcuts.shortcut(chip.slot.action).help
        taken = f"\n{shown(chip.slot.key)} plays another thing: {chip.slot.taken_by}" if chip.slot.taken_by else ""
        return f"{does}{taken}\nclick, then press the new key · Esc leaves it · Backspace clears it"

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self._lines:
            write(painter, QRectF(self.rect()), "no shortcut has these words", theme.QUIET, _SIZE, align=CENTRE)
        for line, box in zip(self._lines, self._boxes, strict=True):
            if line.group:
                painter.setFont(theme.font(11, theme.SEMIBOLD, 6))
                painter.setPen(theme.QUIET)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, line.group.upper())
        for index, chip in enumerate(self._chips):
            if index == 0 or self._chips[index - 1].line is not chip.line:
                self._paint_line(painter, chip)
            self._paint_chip(painter, chip, index)

    def _paint_line(self, painter: QPainter, first: _Chip) -> None:
        """The words left of its first chip, and what gets a key of it instead."""
        line = first.line
        box = self._boxes[self._lines.index(line)]
        room = QRectF(box.left(), box.top(), first.box.left() - box.left() - theme.px(8), box.height())
        shared = _shared(line)
        if shared:
            write(painter, room, shared, theme.QUIET, 11.5, theme.REGULAR, RIGHT)
            room.setWidth(room.width() - theme.text_width(shared, 11.5) - theme.px(6))
        taken = next((slot for slot in line.slots if slot.taken_by), None)
        if taken is not None:
            words = f"{shown(taken.key)} plays: {taken.taken_by}"
            wide = min(theme.text_width(words, 11.5), room.width() * 0.6)
            write(painter, room.adjusted(room.width() - wide, 0, 0, 0), words, theme.WARNING, 11.5, align=RIGHT)
            room.setWidth(room.width() - wide - theme.px(8))
        write(painter, room, line.text, theme.TEXT, _SIZE)

    def _paint_chip(self, painter: QPainter, chip: _Chip, index: int) -> None:
        slot = chip.slot
        under = index == self._under
        if slot is None:
            write(painter, chip.box, _RESET, theme.TEXT if under else theme.QUIET, 11, theme.REGULAR, CENTRE)
        else:
            waits = self._waiting == (slot.action, slot.place)
            ground = theme.TEXT if waits else theme.HOVERED if under else theme.RAISED
            if slot.key or waits or under:
                fill(painter, chip.box, ground, theme.px(4))
            ink = theme.GROUND if waits else theme.TEXT if slot.key else theme.QUIET
            if slot.taken_by and not waits:
                ink = theme.WARNING
                _outline(painter, chip.box, theme.WARNING)
            write(painter, chip.box, self._text(chip.line, slot), ink, 11.5, theme.MEDIUM, CENTRE)
        if self.ring and index == self._cursor:
            _outline(painter, chip.box, theme.TEXT)


def _shared(line: Line) -> str:
    """What all keys of a family begin with, such as ``Ctrl+``; shown once, before them."""
    keys = [shown(slot.key) for slot in line.slots]
    if len({slot.action for slot in line.slots}) < 2 or not all(keys):
        return ""
    heads = {key[: key.rfind("+") + 1] for key in keys}
    return heads.pop() if len(heads) == 1 else ""


def _outline(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.setPen(QPen(colour, theme.scale()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(4), theme.px(4))
