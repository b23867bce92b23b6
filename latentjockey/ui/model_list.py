"""The library of models as a list: title, size, classes and provenance; a click plays one. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QScrollArea, QSizePolicy, QWidget

from latentjockey.models.card_text import facts
from latentjockey.models.library import Entry
from latentjockey.ui import theme
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.painted import CENTRE, Painted, fill, write
from latentjockey.ui.provenance import provenance_colour

_ROW = 42
_EMPTY = "looking for models …"


class ModelList(Painted):
    """``chosen`` tells which model a hand wants to play, ``looked_at`` which one it looks at."""

    chosen = Signal(str)
    looked_at = Signal(Entry)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()
        self.playing = self.wanted = ""
        self._cursor = 0
        self._under = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("models")

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these models."""
        at_hand = self.at_hand
        self.entries = tuple(entries)
        names = [entry.name for entry in entries]
        self._cursor = names.index(at_hand.name) if at_hand is not None and at_hand.name in names else 0
        self._under = -1
        self._describe()
        self.updateGeometry()
        self.update()

    def show_playing(self, playing: str, wanted: str) -> None:
        """Which one plays, and which is asked for: another one while it is still being loaded."""
        if (playing, wanted) != (self.playing, self.wanted):
            self.playing, self.wanted = playing, wanted
            self.update()

    @property
    def at_hand(self) -> Entry | None:
        """The one that keys act on."""
        return self.entries[self._cursor] if self._cursor < len(self.entries) else None

    def _describe(self) -> None:
        entry = self.at_hand
        told = _EMPTY if entry is None else f"{entry.title}: {entry.trouble or ', '.join(facts(entry))}"
        self.setAccessibleDescription(told)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(252), max(1, len(self.entries)) * theme.px(_ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), max(1, len(self.entries)) * theme.px(_ROW))

    def row_box(self, index: int) -> QRectF:
        """Where a line lies."""
        high = theme.px(_ROW)
        return QRectF(0, index * high, self.width() - theme.px(4), high - theme.px(3))

    def _index_at(self, at: QPointF) -> int:
        index = int(at.y() // theme.px(_ROW))
        return index if 0 <= index < len(self.entries) else -1

    # -- hands --------------------------------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        entry = self.entries[index]
        if entry.can_be_chosen:
            self.chosen.emit(entry.name)

    def _point_at(self, index: int) -> None:
        self._cursor = index
        self._describe()
        self.looked_at.emit(self.entries[index])
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._point_at(index)
            self._choose(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        under = self._index_at(event.position())
        if under != self._under:
            self._under = under
            if under >= 0:
                self.looked_at.emit(self.entries[under])
            self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._under = -1
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 4, Qt.Key.Key_PageUp: -4}
        key = Qt.Key(event.key())
        if not self.entries:
            event.ignore()
        elif key in steps:
            self.ring = True
            self._point_at(min(len(self.entries) - 1, max(0, self._cursor + steps[key])))
            self._reveal()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._cursor)
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
        play = menu.addAction("Play\tclick")
        play.setEnabled(entry.can_be_chosen)
        play.triggered.connect(lambda: self._choose(index))
        menu.addSeparator()
        menu.addAction("Copy name").triggered.connect(lambda: copy(entry.name))
        path = entry.source or entry.path
        if path is not None:
            menu.addAction("Copy path").triggered.connect(lambda: copy(str(path)))
        menu.addAction("Copy OSC message").triggered.connect(lambda: copy(f'/model "{entry.name}"'))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(event.pos()))
        if index >= 0:
            self._point_at(index)
            self.menu(index).popup(event.globalPos())

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self.entries:
            write(painter, QRectF(self.rect()), _EMPTY, theme.QUIET, 12, theme.REGULAR, CENTRE)
            return
        for index, entry in enumerate(self.entries):
            if self.row_box(index).intersects(QRectF(event.rect())):
                self._paint_row(painter, index, entry)

    def _paint_row(self, painter: QPainter, index: int, entry: Entry) -> None:
        box = self.row_box(index)
        plays = entry.name == self.playing and entry.spec is not None
        comes = entry.name == self.wanted and not plays and entry.can_be_chosen
        at_hand = index == self._cursor and self.hasFocus()
        if index == self._under:
            fill(painter, box, theme.HOVERED, theme.px(6))
        elif plays or comes or at_hand:
            fill(painter, box, theme.RAISED, theme.px(6))
        if plays or comes:  # a bar at the side: full while it plays, half as high while it is still coming
            inset = theme.px(8 if plays else 15)
            bar = QRectF(box.left(), box.top() + inset, theme.px(3), box.height() - 2 * inset)
            fill(painter, bar, theme.TEXT if plays else theme.QUIET, bar.width() / 2)
        left, right = box.left() + theme.px(12), box.right() - theme.px(8)
        badge = "cannot be played" if entry.trouble else "not read yet" if entry.unread else entry.card.badge
        wide = min(theme.text_width(badge, 10.5) + theme.px(14), (right - left) * 0.55)
        top = QRectF(left, box.top() + theme.px(4), right - left - wide - theme.px(6), theme.px(17))
        below = QRectF(left, box.top() + theme.px(21), right - left, theme.px(14))
        write(painter, top, entry.title, theme.QUIET if entry.trouble else theme.TEXT, 13, theme.MEDIUM)
        state = [("reading" if entry.unread else "loading")] if comes else []
        told = entry.trouble or " · ".join([*state, *facts(entry, short=True)])
        write(painter, below, told, theme.QUIET, 11)
        pill = QRectF(right - wide, box.top() + theme.px(5), wide, theme.px(15))
        colour = theme.WARNING if entry.trouble else provenance_colour(entry.card)
        fill(painter, pill, theme.mixed(theme.PANEL, colour, 0.12), pill.height() / 2)
        inner = pill.adjusted(theme.px(6), 0, -theme.px(6), 0)
        write(painter, inner, badge, colour, 10.5, theme.REGULAR, CENTRE)
        if self.ring and index == self._cursor:
            inset_ = 0.75 * theme.scale()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.TEXT, 1.5 * theme.scale()))
            painter.drawRoundedRect(box.adjusted(inset_, inset_, -inset_, -inset_), theme.px(6), theme.px(6))
