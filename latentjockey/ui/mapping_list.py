"""The mappings as painted rows under the names of their devices; only what is visible is painted. GUI thread only.

Arrows and clicks choose a row. Enter, or a double-click, types its range; M learns for its address; J lets it jump or
pick up; Delete takes it away, Ctrl-Z brings it back; the right button offers the same. All other keys play on.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QToolTip, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.rows import Row
from latentjockey.mapping.table import Takeover
from latentjockey.ui import mapping_paint, mapping_words, theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import CENTRE, write
from latentjockey.ui.scroll import Fade
from latentjockey.ui.shortcut_filter import TAKES_KEYS

_ROW = 26
_SIZE = 12.5
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
_EMPTY = "no MIDI controller was plugged in yet: what it plays is listed here"

Line = Row | str
"""A binding, or the name of the device whose bindings follow."""


class MappingList(QAbstractScrollArea):
    """``changed`` is called after each change that was made here; ``undo`` is what Ctrl-Z does."""

    def __init__(
        self,
        mappings: Mappings,
        controls: Controls,
        changed: Callable[[], None],
        undo: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self._mappings = mappings
        self._controls = controls
        self._changed = changed
        self._undo = undo
        self._cursor = -1
        self._under = -1
        self._button = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("mappings")
        self.setProperty(TAKES_KEYS, True)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(lambda: self.viewport().update())
        Fade(self)

    # -- what is shown ----------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these, the chosen one chosen still."""
        lines: list[Line] = []
        for row in rows:
            head = row.device if row.plugged else f"{row.device} · unplugged"
            if head not in lines:
                lines.append(head)
            lines.append(row)
        if tuple(lines) == self.lines:
            return
        chosen = self.row(self._cursor)
        self.lines = tuple(lines)
        self._cursor = next(
            (i for i, line in enumerate(lines) if _same(line, chosen)), min(self._cursor, len(lines) - 1)
        )
        self._measure()
        self.viewport().update()

    def row(self, index: int) -> Row | None:
        """The binding in a line."""
        line = self.lines[index] if 0 <= index < len(self.lines) else None
        return line if isinstance(line, Row) else None

    @property
    def chosen(self) -> Row | None:
        """The binding that keys act on."""
        return self.row(self._cursor)

    def _measure(self) -> None:
        bar, row = self.verticalScrollBar(), theme.px(_ROW)
        bar.setRange(0, max(0, len(self.lines) * row - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(row)

    def rescaled(self) -> None:
        """Everything became larger or smaller."""
        self._measure()
        self.viewport().update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(480), theme.px(160))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(48))

    # -- places -----------------------------------------------------------------------------------------------------

    def line_box(self, index: int) -> QRectF:
        """Where a line lies in the viewport."""
        row = theme.px(_ROW)
        return QRectF(0, index * row - self.verticalScrollBar().value(), self.viewport().width() - theme.px(4), row)

    def columns(self, index: int) -> dict[str, QRectF]:
        """Where the parts of a line lie, see :func:`~latentjockey.ui.mapping_paint.columns`."""
        return mapping_paint.columns(self.line_box(index))

    def _index_at(self, at: QPointF) -> int:
        index = int(at.y() + self.verticalScrollBar().value()) // theme.px(_ROW)
        return index if 0 <= index < len(self.lines) else -1

    def _button_at(self, index: int, at: QPointF) -> str:
        if self.row(index) is None:
            return ""
        boxes = self.columns(index)
        return next((name for name in ("learn", "delete") if boxes[name].contains(at)), "")

    # -- what can be done -------------------------------------------------------------------------------------------

    def learn(self, row: Row) -> None:
        """The next knob that moves plays what this row plays."""
        self._mappings.arm(row.binding.address)
        self._changed()

    def delete(self, row: Row) -> None:
        """Take the binding away."""
        self._mappings.delete(row)
        self._changed()

    def toggle_takeover(self, row: Row) -> None:
        """Jump instead of picking up, or the other way."""
        if mapping_words.can_pick_up(row):
            self._mappings.set_takeover(row, Takeover.JUMP if row.binding.picks_up else Takeover.PICKUP)
            self._changed()

    def begin_typing(self, index: int) -> LineEditor | None:
        """Open the line in which the range is typed."""
        row = self.row(index)
        if row is None or not mapping_words.has_range(row, self._controls):
            return None
        box = self.columns(index)["range"].toRect()
        line = LineEditor(self.viewport(), box, mapping_words.typed_range(row), partial(self._typed, row))
        line.setPlaceholderText("nominal")
        return line

    def _typed(self, row: Row, text: str) -> str:
        try:
            self._mappings.set_ends(row, *mapping_words.parse_range(text))
        except ValueError as why:
            return str(why)
        self._changed()
        return ""

    def menu(self, index: int) -> QMenu:
        """The right-click menu of a row; it deletes itself when it closes."""
        menu = empty_menu(self)
        row = self.row(index)
        if row is None:
            return menu
        entries: list[tuple[str, Callable[[], object]]] = [("Learn: then move a knob\tM", partial(self.learn, row))]
        if mapping_words.has_range(row, self._controls):
            entries.append(("Type the range…\tEnter", partial(self.begin_typing, index)))
        if mapping_words.can_pick_up(row):
            words = "Let it jump" if row.binding.picks_up else "Let it pick up"
            entries.append((f"{words}\tJ", partial(self.toggle_takeover, row)))
        entries.append(("Copy OSC address", partial(copy, row.binding.address)))
        entries.append(("Delete\tDelete", partial(self.delete, row)))
        for text, call in entries:
            menu.addAction(text).triggered.connect(lambda _=False, call=call: call())
        return menu

    # -- hands ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        row = self.row(index)
        self._choose(index)
        if row is None or event.button() != Qt.MouseButton.LeftButton:
            return
        button = self._button_at(index, event.position())
        if button == "learn":
            self.learn(row)
        elif button == "delete":
            self.delete(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and not self._button_at(index, event.position()):
            self.begin_typing(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._index_at(event.position())
        button = self._button_at(under, event.position())
        if (under, button) != (self._under, self._button):
            self._under, self._button = under, button
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(self.viewport().mapFromGlobal(event.globalPos())))
        if self.row(index) is not None:
            self._choose(index)
            self.menu(index).popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, row = Qt.Key(event.key()), self.chosen
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        if _undoes(event):
            self._undo()
        elif key == Qt.Key.Key_Escape and self._mappings.armed():
            self._mappings.disarm()
            self._changed()
        elif not plain:
            event.ignore()
        elif key in _STEPS and self.lines:
            self._step(_STEPS[key])
        elif row is None:
            event.ignore()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin_typing(self._cursor)
        elif key == Qt.Key.Key_M:
            self.learn(row)
        elif key == Qt.Key.Key_J:
            self.toggle_takeover(row)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete(row)
        elif key == Qt.Key.Key_Menu:
            self.menu(self._cursor).popup(self.viewport().mapToGlobal(self.line_box(self._cursor).center().toPoint()))
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _undoes(event):
            event.accept()  # else it is the window's, for the values
            return True
        return super().event(event)

    def _step(self, step: int) -> None:
        """On to another binding that way, over the names of devices."""
        bindings = [i for i, line in enumerate(self.lines) if isinstance(line, Row)]
        up, down = bisect.bisect_left(bindings, self._cursor), bisect.bisect_right(bindings, self._cursor) - 1
        if bindings:
            self._choose(bindings[min(len(bindings) - 1, max(0, (up if step < 0 else down) + step))])

    def _choose(self, index: int) -> None:
        self._cursor = index
        bar, box = self.verticalScrollBar(), self.line_box(index)
        if box.top() < 0:
            bar.setValue(round(bar.value() + box.top()))
        elif box.bottom() > self.viewport().height():
            bar.setValue(round(bar.value() + box.bottom() - self.viewport().height()))
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        if self._cursor < 0 and self.lines:
            self._step(1)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._measure()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self._under, self._button = -1, ""
            self.viewport().update()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row(self._index_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), _tip(row) if row is not None else "", self)
            return True
        return super().viewportEvent(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.lines:
            write(painter, QRectF(self.viewport().rect()), _EMPTY, theme.QUIET, _SIZE, theme.REGULAR, CENTRE)
        armed = self._mappings.armed()
        row, top = theme.px(_ROW), self.verticalScrollBar().value()
        for index in range(top // row, min((top + self.viewport().height()) // row + 1, len(self.lines))):
            line, box = self.lines[index], self.line_box(index)
            if isinstance(line, str):
                mapping_paint.paint_head(painter, box, line)
                continue
            look = mapping_paint.Look(
                chosen=index == self._cursor,
                ring=index == self._cursor and self.hasFocus(),
                under=index == self._under,
                button=self._button,
                armed=line.binding.address == armed,
            )
            mapping_paint.paint_row(painter, box, line, self._controls, look)
        painter.end()


def _undoes(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo)


def _same(line: Line, row: Row | None) -> bool:
    """Whether a line is the same message and control as before, whatever has changed about it."""
    if row is None or not isinstance(line, Row):
        return False
    old, new = row.binding, line.binding
    return (line.device, new.kind, new.number, new.channel, new.address) == (
        row.device, old.kind, old.number, old.channel, old.address,
    )  # fmt: skip


def _tip(row: Row) -> str:
    lines = [
        f"<b>{row.binding.address}</b>",
        f"{row.binding.words()} of {row.device}",
        f"{row.state}{': ' + row.why if row.why else ''}",
        "learnt here" if row.own else "came with the program",
    ]
    return "<br>".join(lines)
