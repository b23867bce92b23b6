"""The mappings as painted rows under the lines of their devices; only what is visible is painted. GUI thread only.

This is what is seen and where it lies; what hands do with it is :mod:`.mapping_list`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.event import Key
from latentjockey.mapping.rows import DeviceRow, Row
from latentjockey.mapping.table import MidiBinding
from latentjockey.ui import mapping_columns, mapping_devices, mapping_paint, mapping_words, theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.mapping_columns import RANGE
from latentjockey.ui.scroll import Fade
from latentjockey.ui.shortcut_filter import TAKES_KEYS

_ROW = 24
_JUST = 0.5
"""How many seconds a message is marked as heard."""

Line = Row | DeviceRow
"""A binding, or the device whose bindings follow."""


class MappingView(QAbstractScrollArea):
    """``cell`` is the column that keys act on; ``empty`` is said where there are no lines."""

    def __init__(self, mappings: Mappings, controls: Controls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self.cell = RANGE
        self.empty: Sequence[str] = ()
        self.made: MidiBinding | None = None
        self._mappings = mappings
        self._controls = controls
        self._cursor = -1
        self._under = -1
        self._part = ""
        self._just: tuple[str, Key] | None = None
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

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these; the chosen one, or what it was just made (``made``), is chosen still."""
        if tuple(lines) == self.lines:
            return
        chosen, made = self.row(self._cursor), self.made
        again = next((i for i, line in enumerate(lines) if _is(line, chosen, made) or same(line, chosen)), -1)
        self.made = None
        near = min(self._cursor, len(lines) - 1)
        self.lines = tuple(lines)
        self._cursor = again if again >= 0 else near if self.row(near) is not None else -1
        self._measure()
        self.viewport().update()

    def glance(self) -> None:
        """Look which message came just now."""
        heard = self._mappings.heard()
        just = None if heard is None or heard[2] > _JUST else heard[:2]
        if just != self._just:
            self._just = just
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

    def parts(self, index: int) -> dict[str, QRectF]:
        """Where the parts of a line lie: columns and buttons of a binding, or those of a device."""
        line = self.lines[index]
        if isinstance(line, DeviceRow):
            return mapping_devices.parts(self.line_box(index), line)
        return mapping_columns.columns(self.line_box(index))

    def _index_at(self, at: QPointF) -> int:
        index = int(at.y() + self.verticalScrollBar().value()) // theme.px(_ROW)
        return index if 0 <= index < len(self.lines) else -1

    def _part_at(self, index: int, at: QPointF) -> str:
        if index < 0:
            return ""
        boxes = self.parts(index)
        if self.row(index) is None:
            return next((n for n, box in boxes.items() if n not in ("name", "words") and box.contains(at)), "")
        over = next((name for name in ("learn", "delete") if boxes[name].contains(at)), "")
        return over or mapping_columns.column_at(boxes, at.x())

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._measure()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self._under, self._part = -1, ""
            self.viewport().update()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row(self._index_at(QPointF(event.pos())))
            words = mapping_words.tip(row) if row is not None else ""
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().viewportEvent(event)

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.lines:
            mapping_paint.paint_empty(painter, QRectF(self.viewport().rect()), self.empty)
        row, top = theme.px(_ROW), self.verticalScrollBar().value()
        device: DeviceRow | None = None
        first = top // row
        for index in range(first, min((top + self.viewport().height()) // row + 1, len(self.lines))):
            line, box = self.lines[index], self.line_box(index)
            if isinstance(line, DeviceRow):
                device = line
                mapping_devices.paint_head(painter, box, line, self._part if index == self._under else "")
                continue
            device = device or self._device_of(line)
            mapping_paint.paint_row(painter, box, line, self._controls, self._look(index, line, device))
        painter.end()

    def _device_of(self, row: Row) -> DeviceRow | None:
        return next((line for line in self.lines if isinstance(line, DeviceRow) and line.name == row.device), None)

    def _look(self, index: int, row: Row, device: DeviceRow | None) -> mapping_paint.Look:
        again = self._mappings.armed_row()
        address = self._mappings.armed()
        just = self._just
        return mapping_paint.Look(
            chosen=index == self._cursor,
            ring=index == self._cursor and self.hasFocus(),
            under=index == self._under,
            cell=self.cell if index == self._cursor else "",
            part=self._part if index == self._under else "",
            armed=same(row, again) if again is not None else bool(address) and row.binding.address == address,
            heard=just is not None and just[0] == row.device and row.binding.hears(just[1]),
            banks=device.banks if device is not None else (),
        )


def same(line: Line, row: Row | None) -> bool:
    """Whether a line is the same message and control as before, whatever has changed about it."""
    if row is None or not isinstance(line, Row):
        return False
    old, new = row.binding, line.binding
    return (line.device, new.kind, new.number, new.channel, new.address, new.bank, new.shift) == (
        row.device, old.kind, old.number, old.channel, old.address, old.bank, old.shift,
    )  # fmt: skip


def _is(line: Line, chosen: Row | None, made: MidiBinding | None) -> bool:
    """Whether a line is what the chosen one was just made."""
    return made is not None and isinstance(line, Row) and chosen is not None and (
        (line.device, line.binding) == (chosen.device, made)
    )  # fmt: skip
