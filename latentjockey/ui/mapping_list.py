"""Hands on the mappings table: choosing, changing in place, menus. GUI thread only.

Arrows and clicks choose a row and a cell. Enter, a double-click, or a click on a cell of the chosen row changes it in
place; M learns again; J goes through the ways of taking over; Ctrl-D doubles; Delete takes away, Ctrl-Z brings back;
the right button offers all of it. All other keys play on.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.rows import DeviceRow, Row
from latentjockey.mapping.table import MidiBinding
from latentjockey.ui import mapping_devices, theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mapping_columns import EDITED, RANGE, STATE
from latentjockey.ui.mapping_editing import Editing
from latentjockey.ui.mapping_view import MappingView

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
_SIDES = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MappingList(MappingView):
    """``changed`` is called after each change that was made here; ``undo`` is what Ctrl-Z does."""

    def __init__(
        self,
        mappings: Mappings,
        controls: Controls,
        changed: Callable[[], None],
        undo: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(mappings, controls, parent)
        self._changed = changed
        self._undo = undo
        self.editing = Editing(mappings, controls, self.viewport(), self._made)

    def _made(self, new: MidiBinding | None) -> None:
        self.made = new
        self._changed()

    # -- what can be done -------------------------------------------------------------------------------------------

    def begin(self, index: int, column: str) -> LineEditor | QMenu | None:
        """Change a cell in place."""
        row = self.row(index)
        if row is None or column not in EDITED:
            return None
        boxes = self.parts(index)
        return self.editing.begin(row, column, boxes[column] if boxes[column].width() else boxes[RANGE])

    def menu(self, index: int) -> QMenu:
        """The right-click menu of a line; it deletes itself when it closes."""
        line = self.lines[index]
        if isinstance(line, DeviceRow):
            return self._device_menu(index, line)
        head = max((i for i in range(index) if isinstance(self.lines[i], DeviceRow)), default=-1)
        box = self.parts(index)[RANGE]
        return self.editing.menu(line, box, self, lambda: self.open_menu(head) if head >= 0 else None)

    def open_menu(self, index: int) -> None:
        """Open the menu of a line under it."""
        box = self.line_box(index)
        at = box.bottomRight() - QPointF(theme.px(250), 0) if self.row(index) is None else box.center()
        self.menu(index).popup(self.viewport().mapToGlobal(at.toPoint()))

    def _device_menu(self, index: int, device: DeviceRow) -> QMenu:
        def type_path() -> LineEditor:
            box = self.line_box(index)
            line = LineEditor(self.viewport(), box.adjusted(theme.px(8), 0, 0, 0).toRect(), "", take)
            line.setPlaceholderText("the path of a MIDI map file; or drop the file on this table")
            return line

        def take(path: str) -> str:
            if path.strip():
                self._mappings.take_in(path.strip(), device.name)
            return ""

        return mapping_devices.device_menu(self, self._mappings, device, self._changed, type_path)

    def _press_part(self, index: int, part: str) -> None:
        """A part of a device's line was pressed."""
        line = self.lines[index]
        if isinstance(line, DeviceRow) and part == "map":
            self.open_menu(index)
        elif isinstance(line, DeviceRow) and part.startswith("bank "):
            self._mappings.choose_bank(line.name, part.removeprefix("bank "))
            self._changed()

    # -- hands ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        row, part = self.row(index), self._part_at(index, event.position())
        again = index == self._cursor
        if event.button() == Qt.MouseButton.LeftButton and index >= 0 and row is None:
            self._press_part(index, part)
            return
        self._choose(index, part if part in EDITED else "")
        if row is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if part == "learn":
            self.editing.learn(row)
        elif part == "delete":
            self.editing.delete(row)
        elif again:
            self.begin(index, part)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        part = self._part_at(index, event.position())
        if event.button() == Qt.MouseButton.LeftButton and self.row(index) is not None:
            part = RANGE if part == STATE else part
            self._choose(index, part if part in EDITED else "")
            self.begin(index, part)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._index_at(event.position())
        part = self._part_at(under, event.position())
        if (under, part) != (self._under, self._part):
            self._under, self._part = under, part
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(self.viewport().mapFromGlobal(event.globalPos())))
        if index >= 0:
            if self.row(index) is not None:
                self._choose(index)
            self.menu(index).popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        if _undoes(event):
            self._undo()
        elif _doubles(event) and self.chosen is not None:
            self.editing.duplicate(self.chosen)
        elif key == Qt.Key.Key_Escape and self._mappings.armed():
            self._mappings.disarm()
            self._changed()
        elif not plain or not (self._moves(key) or self._acts(key)):
            event.ignore()

    def _moves(self, key: Qt.Key) -> bool:
        if key in _STEPS and self.lines:
            self._step(_STEPS[key])
        elif key in _SIDES and self.chosen is not None:
            boxes = self.parts(self._cursor)
            seen = [name for name in EDITED if boxes[name].width()]
            at = seen.index(self.cell) if self.cell in seen else 0
            self.cell = seen[min(len(seen) - 1, max(0, at + _SIDES[key]))]
            self.viewport().update()
        else:
            return False
        return True

    def _acts(self, key: Qt.Key) -> bool:
        row = self.chosen
        if row is None:
            return False
        if key in _ENTER:
            self.begin(self._cursor, self.cell)
        elif key == Qt.Key.Key_M:
            self.editing.learn(row)
        elif key == Qt.Key.Key_J:
            self.editing.next_takeover(row)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.editing.delete(row)
        elif key == Qt.Key.Key_Menu:
            self.open_menu(self._cursor)
        else:
            return False
        return True

    def event(self, event: QEvent) -> bool:
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and (_undoes(event) or _doubles(event)):
            event.accept()  # else it is the window's
            return True
        return super().event(event)

    def _step(self, step: int) -> None:
        """On to another binding that way, over the lines of devices."""
        bindings = [i for i, line in enumerate(self.lines) if isinstance(line, Row)]
        up, down = bisect.bisect_left(bindings, self._cursor), bisect.bisect_right(bindings, self._cursor) - 1
        if bindings:
            self._choose(bindings[min(len(bindings) - 1, max(0, (up if step < 0 else down) + step))])

    def _choose(self, index: int, column: str = "") -> None:
        self._cursor = index
        self.cell = column or self.cell
        bar, box = self.verticalScrollBar(), self.line_box(index)
        if box.top() < 0:
            bar.setValue(round(bar.value() + box.top()))
        elif box.bottom() > self.viewport().height():
            bar.setValue(round(bar.value() + box.bottom() - self.viewport().height()))
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        if self._cursor < 0 and self.lines and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._step(1)
        super().focusInEvent(event)
        self.viewport().update()


def _undoes(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo)


def _doubles(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier
