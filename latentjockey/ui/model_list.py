"""The library of models as tiles in rows: picture, name, what it is, where its data came from; a click plays one. GUI
thread only.

One widget paints all of them, and asks for the pictures of those in sight alone: there may be hundreds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QScrollArea, QSizePolicy, QToolTip, QWidget

from latentjockey.models.album import NOTHING, Note, Picture
from latentjockey.models.card_text import facts, measured
from latentjockey.models.library import OWN, Entry
from latentjockey.models.pair import parts
from latentjockey.ui import theme
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.model_tile import GAP, HEIGHT, WIDTH, Tile, paint_tile, told
from latentjockey.ui.painted import CENTRE, Painted, write
from latentjockey.ui.shortcut_filter import TAKES_KEYS
from latentjockey.ui.thumbnails import image_of

LOOKING = "looking for models …"
_DECKS = (("A", "a"), ("B", "b"))


class ModelList(Painted):
    """``chosen`` tells which model a hand wants to play, and on which deck (empty: both), ``looked_at`` which one it
    looks at, ``removed`` which one of the player's it throws away, ``typed`` what was typed into it.

    ``picture`` gives a model's picture from memory, ``None`` while there is none. Keys that type are taken only while
    the keyboard was led here by a key.
    """

    chosen = Signal(str, str)
    looked_at = Signal(Entry)
    removed = Signal(Entry)
    typed = Signal(str)

    def __init__(self, picture: Callable[[Entry], Picture | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()
        self.playing = self.wanted = ""
        self.deeds: Callable[[Entry], Sequence[tuple[str, Callable[[], None]]]] = lambda entry: ()
        self._picture = picture
        self._notes: Mapping[str, Note] = {}
        self._resident: Collection[str] = ()
        self._images: dict[str, tuple[Picture, QImage]] = {}
        self._empty = LOOKING
        self._cursor = 0
        self._under = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("models")

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_entries(self, entries: Sequence[Entry], empty: str = LOOKING) -> None:
        """Show these models; ``empty`` is said where there are none."""
        at_hand = self.at_hand
        self.entries, self._empty = tuple(entries), empty
        names = [entry.name for entry in entries]
        self._cursor = names.index(at_hand.name) if at_hand is not None and at_hand.name in names else 0
        self._under = -1
        self._images = {name: kept for name, kept in self._images.items() if name in names}
        self._describe()
        self.updateGeometry()
        self.update()

    def show_notes(self, notes: Mapping[str, Note], resident: Collection[str]) -> None:
        """How fast each played here, by name, and which are ready in memory."""
        if notes is not self._notes or resident != self._resident:
            self._notes, self._resident = notes, resident
            self.update()

    def show_playing(self, playing: str, wanted: str) -> None:
        """Which one plays, or which two, and what is asked for: another one while it is still being loaded."""
        if (playing, wanted) != (self.playing, self.wanted):
            self.playing, self.wanted = playing, wanted
            self.update()

    def pictures_came(self) -> None:
        """Ask for pictures again."""
        self.update()

    @property
    def at_hand(self) -> Entry | None:
        """The one that keys act on."""
        return self.entries[self._cursor] if self._cursor < len(self.entries) else None

    def tile(self, index: int) -> Tile:
        """How a model stands."""
        entry = self.entries[index]
        usable = entry.can_be_chosen
        now, asked = parts(self.playing), parts(self.wanted)
        plays = "".join(deck for deck, name in zip("AB", now, strict=True) if name == entry.name)
        comes = usable and not plays and entry.name in asked
        note = self._notes.get(entry.name, NOTHING)
        return Tile(entry, note, plays if entry.spec is not None else "", comes, entry.name in self._resident)

    def _describe(self) -> None:
        entry = self.at_hand
        said = self._empty if entry is None else f"{entry.title}: {entry.trouble or ', '.join(facts(entry))}"
        self.setAccessibleDescription(said)

    # -- geometry -----------------------------------------------------------------------------------------------------

    def _columns(self, width: int) -> int:
        return max(1, (width + theme.px(GAP)) // theme.px(WIDTH + GAP))

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        rows = -(-max(1, len(self.entries)) // self._columns(width))
        return rows * theme.px(HEIGHT + GAP)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(2 * WIDTH + GAP), theme.px(2 * (HEIGHT + GAP)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(HEIGHT))

    def row_box(self, index: int) -> QRectF:
        """Where a tile lies."""
        columns = self._columns(self.width())
        gap, high = theme.px(GAP), theme.px(HEIGHT)
        wide = (self.width() - theme.px(4) - gap * (columns - 1)) / columns
        row, column = divmod(index, columns)
        return QRectF(column * (wide + gap), row * (high + gap), wide, high)

    def _index_at(self, at: QPointF) -> int:
        return next((i for i in range(len(self.entries)) if self.row_box(i).contains(at)), -1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self.updateGeometry()
        super().resizeEvent(event)

    # -- hands --------------------------------------------------------------------------------------------------------

    def choose(self, index: int, deck: str = "") -> None:
        """Let a model play, where it can; who chooses one that renders clips is told what to do."""
        entry = self.entries[index]
        if entry.can_be_chosen or entry.renders:
            self.chosen.emit(entry.name, deck)

    def _point_at(self, index: int) -> None:
        self._cursor = index
        self._describe()
        self.looked_at.emit(self.entries[index])
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._point_at(index)
            self.choose(index)

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

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.setProperty(TAKES_KEYS, self.ring)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.setProperty(TAKES_KEYS, False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        columns = self._columns(self.width())
        steps = {
            Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: columns, Qt.Key.Key_Up: -columns,
            Qt.Key.Key_PageDown: 3 * columns, Qt.Key.Key_PageUp: -3 * columns,
            Qt.Key.Key_Home: -len(self.entries), Qt.Key.Key_End: len(self.entries),
        }  # fmt: skip
        key = Qt.Key(event.key())
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if key in steps and self.entries:
            self.ring = True
            self._point_at(min(len(self.entries) - 1, max(0, self._cursor + steps[key])))
            self._reveal()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.entries:
            self.choose(self._cursor)
        elif key == Qt.Key.Key_Delete and self.entries:
            self._throw_away(self._cursor)
        elif key == Qt.Key.Key_Menu and self.entries:
            self.menu(self._cursor).popup(self.mapToGlobal(self.row_box(self._cursor).center().toPoint()))
        elif self.ring and key == Qt.Key.Key_Escape:
            self.clearFocus()
        elif self.ring and event.text().isprintable() and event.text().strip() and not held:
            self.typed.emit(event.text())
        else:
            event.ignore()

    def _throw_away(self, index: int) -> None:
        if self.entries[index].origin == OWN:
            self.removed.emit(self.entries[index])

    def _reveal(self) -> None:
        view = self.parentWidget()
        area = view.parentWidget() if view is not None else None
        if isinstance(area, QScrollArea):
            box = self.row_box(self._cursor)
            area.ensureVisible(0, round(box.center().y()), 0, round(box.height() / 2))

    # -- menu and tooltip ---------------------------------------------------------------------------------------------

    def menu(self, index: int) -> QMenu:
        """The right-click menu of a tile; it deletes itself when it closes."""
        entry, menu = self.entries[index], empty_menu(self)
        play = menu.addAction("Play\tclick")
        play.setEnabled(entry.can_be_chosen)
        play.triggered.connect(lambda: self.choose(index))
        for letter, deck in _DECKS:
            there = menu.addAction(f"Play on deck {letter} alone")
            there.setEnabled(entry.can_be_chosen)
            there.triggered.connect(lambda _=False, deck=deck: self.choose(index, deck))
        for words, deed in self.deeds(entry):
            menu.addAction(words).triggered.connect(deed)
        menu.addSeparator()
        menu.addAction("Copy name").triggered.connect(lambda: copy(entry.name))
        if entry.place is not None:
            menu.addAction("Copy path").triggered.connect(lambda: copy(str(entry.place)))
        menu.addAction("Copy OSC message").triggered.connect(lambda: copy(f'/model "{entry.name}"'))
        menu.addSeparator()
        if entry.origin == OWN:
            menu.addAction("Remove\tDel").triggered.connect(lambda: self.removed.emit(entry))
        else:
            menu.addAction(f"{entry.origin}: it cannot be removed").setEnabled(False)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(event.pos()))
        if index >= 0:
            self._point_at(index)
            self.menu(index).popup(event.globalPos())

    def tip(self, index: int) -> str:
        """The tooltip of a tile: what has no room in it."""
        tile = self.tile(index)
        lines = [tile.entry.title, told(tile), measured(tile.note)]
        lines.append("in the bank and ready in memory: it plays at once" if tile.resident else "")
        return "\n".join(line for line in lines if line)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), "" if index < 0 else self.tip(index), self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def _image(self, entry: Entry) -> QImage | None:
        picture = self._picture(entry)
        if picture is None:
            return None
        kept = self._images.get(entry.name)
        if kept is None or kept[0] is not picture:
            kept = self._images[entry.name] = (picture, image_of(np.asarray(picture)))
        return kept[1]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self.entries:
            write(painter, QRectF(self.rect()), self._empty, theme.QUIET, 12, theme.REGULAR, CENTRE)
            return
        seen = QRectF(event.rect())
        for index, entry in enumerate(self.entries):
            box = self.row_box(index)
            if box.intersects(seen):
                paint_tile(
                    painter, box, self.tile(index), self._image(entry), hovered=index == self._under,
                    at_hand=index == self._cursor and self.hasFocus(), ring=self.ring and index == self._cursor,
                )  # fmt: skip
