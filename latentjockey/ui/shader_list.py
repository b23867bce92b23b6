"""The shader library as a list: what each is called and does; Enter, a double-click or dragging puts one in. GUI thread
only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QSizePolicy, QToolTip, QWidget

from latentjockey.session.shader_shelf import ShaderEntry
from latentjockey.ui import theme
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.dropping import shader_mime
from latentjockey.ui.painted import CENTRE, RIGHT, Painted, fill, write

_ROW = 36
_EMPTY = "no shaders yet: drop an .fs file here"
_PLUS = 24


class ShaderList(Painted):
    """``put_in`` tells which shader a hand chose."""

    put_in = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[ShaderEntry, ...] = ()
        self.playing: frozenset[str] = frozenset()
        self._empty = _EMPTY
        self._cursor = 0
        self._under = -1
        self._down: tuple[int, QPointF] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("shaders")

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_entries(self, entries: Sequence[ShaderEntry], empty: str = "") -> None:
        """Show these; ``empty`` is said where there are none."""
        chosen = self.chosen
        self.entries = tuple(entries)
        self._empty = empty or _EMPTY
        names = [entry.name for entry in entries]
        self._cursor = names.index(chosen.name) if chosen is not None and chosen.name in names else 0
        self._under = -1
        self._describe()
        self.updateGeometry()
        self.update()

    def show_playing(self, names: frozenset[str]) -> None:
        """Which of them are in the chain."""
        if names != self.playing:
            self.playing = names
            self.update()

    @property
    def chosen(self) -> ShaderEntry | None:
        """The one that keys act on."""
        return self.entries[self._cursor] if self._cursor < len(self.entries) else None

    def _describe(self) -> None:
        chosen = self.chosen
        self.setAccessibleDescription(f"{chosen.name}: {chosen.description}" if chosen is not None else self._empty)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(260), max(1, len(self.entries)) * theme.px(_ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(160), max(1, len(self.entries)) * theme.px(_ROW))

    def row_box(self, index: int) -> QRectF:
        """Where a line lies."""
        high = theme.px(_ROW)
        return QRectF(0, index * high, self.width() - theme.px(4), high - theme.px(2))

    def plus_box(self, index: int) -> QRectF:
        """Where a press puts the shader in at once."""
        box, side = self.row_box(index), theme.px(_PLUS)
        return QRectF(box.right() - side - theme.px(4), box.center().y() - side / 2, side, side)

    def _index_at(self, at: QPointF) -> int:
        index = int(at.y() // theme.px(_ROW))
        return index if 0 <= index < len(self.entries) else -1

    # -- hands --------------------------------------------------------------------------------------------------------

    def _put_in(self, index: int) -> None:
        self.put_in.emit(self.entries[index].name)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        self._cursor = index
        self._describe()
        self.update()
        if self.plus_box(index).contains(event.position()):
            self._put_in(index)
        else:
            self._down = (index, event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        self._down = None
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._put_in(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._down is not None and event.buttons() & Qt.MouseButton.LeftButton:
            index, start = self._down
            if (event.position() - start).manhattanLength() >= QApplication.startDragDistance():
                self._down = None
                self._drag(index)
            return
        under = self._index_at(event.position())
        if under != self._under:
            self._under = under
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._down = None

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._under = -1
        super().leaveEvent(event)

    def _drag(self, index: int) -> None:
        entry, box = self.entries[index], self.row_box(index).toRect()
        drag = QDrag(self)
        drag.setMimeData(shader_mime(entry.name, entry.file.path))
        drag.setPixmap(self.grab(box))
        drag.setHotSpot(QPoint(theme.px(20), box.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 4, Qt.Key.Key_PageUp: -4}
        key = Qt.Key(event.key())
        if not self.entries:
            event.ignore()
        elif key in steps:
            self._cursor = min(len(self.entries) - 1, max(0, self._cursor + steps[key]))
            self.ring = True
            self._describe()
            self._reveal()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Plus):
            self._put_in(self._cursor)
        elif key == Qt.Key.Key_Menu:
            self.menu(self._cursor).popup(self.mapToGlobal(self.row_box(self._cursor).center().toPoint()))
        else:
            event.ignore()

    def _reveal(self) -> None:
        view = self.parentWidget()
        area = view.parentWidget() if view is not None else None
        if isinstance(area, QScrollArea):
            box = self.row_box(self._cursor)
            area.ensureVisible(0, round(box.center().y()), 0, round(box.height() / 2))

    def menu(self, index: int) -> QMenu:
        """The right-click menu of a line; it deletes itself when it closes."""
        entry, menu = self.entries[index], empty_menu(self)
        menu.addAction("Put into the chain\tdouble-click").triggered.connect(lambda: self._put_in(index))
        menu.addSeparator()
        menu.addAction("Copy name").triggered.connect(lambda: copy(entry.name))
        menu.addAction("Copy path").triggered.connect(lambda: copy(str(entry.file.path)))
        menu.addAction("Copy OSC message").triggered.connect(lambda: copy(f'/fx/add "{entry.name}"'))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(event.pos()))
        if index >= 0:
            self._cursor = index
            self.menu(index).popup(event.globalPos())

    def tip(self, index: int) -> str:
        """The tooltip of a line."""
        entry = self.entries[index]
        inputs = f"{entry.inputs} input{'' if entry.inputs == 1 else 's'}"
        whose = "yours" if entry.file.own else "bundled"
        told = (entry.trouble or entry.description, ", ".join(entry.categories), entry.credit)
        return "\n".join([entry.name, *(text for text in told if text), f"{inputs} · {whose} · drag it into the chain"])

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            words = self.tip(index) if index >= 0 else ""
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self.entries:
            write(painter, QRectF(self.rect()), self._empty, theme.QUIET, 12, theme.REGULAR, CENTRE)
            return
        for index, entry in enumerate(self.entries):
            if self.row_box(index).intersects(QRectF(event.rect())):
                self._paint_row(painter, index, entry)

    def _paint_row(self, painter: QPainter, index: int, entry: ShaderEntry) -> None:
        box = self.row_box(index)
        under, at_hand = index == self._under, index == self._cursor and self.hasFocus()
        if under or at_hand:
            fill(painter, box, theme.HOVERED if under else theme.RAISED, theme.px(5))
        left, right = box.left() + theme.px(8), box.right() - theme.px(8 if not under else _PLUS + 10)
        top = QRectF(left, box.top() + theme.px(2), right - left, theme.px(16))
        below = QRectF(left, box.top() + theme.px(17), right - left, theme.px(15))
        category = entry.categories[0].lower() if entry.categories else ""
        room = theme.text_width(category, 10.5) + theme.px(8) if category else 0
        name = top.adjusted(0, 0, -room, 0)
        write(painter, name, entry.name, theme.TEXT, 12.5, theme.MEDIUM)
        if entry.name in self.playing:  # a dot as well: it is in the chain
            wide = min(name.width(), theme.text_width(entry.name, 12.5, theme.MEDIUM))
            side = theme.px(4)
            fill(painter, QRectF(name.left() + wide + theme.px(6), name.center().y() - side / 2 + 0.5, side, side),
                 theme.TEXT, side / 2)  # fmt: skip
        write(painter, top, category, theme.QUIET, 10.5, theme.REGULAR, RIGHT)
        told = f"cannot be read: {entry.trouble}" if entry.trouble else entry.description
        write(painter, below, told, theme.WARNING if entry.trouble else theme.QUIET, 11)
        if under:
            self._paint_plus(painter, index)
        if self.ring and index == self._cursor:
            inset = 0.75 * theme.scale()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.TEXT, 1.5 * theme.scale()))
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), theme.px(5), theme.px(5))

    def _paint_plus(self, painter: QPainter, index: int) -> None:
        box = self.plus_box(index)
        here = box.contains(QPointF(self.mapFromGlobal(self.cursor().pos())))
        fill(painter, box, theme.mixed(theme.HOVERED, theme.TEXT, 0.18 if here else 0.07), theme.px(5))
        arm, middle = theme.px(5), box.center()
        painter.setPen(QPen(theme.TEXT, 1.5 * theme.scale()))
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))
