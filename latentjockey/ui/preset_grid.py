"""Presets as tiles in rows: click recalls, dragging takes one elsewhere, the menu does the rest. GUI thread only.

Only tiles in sight ask for their pictures; those that go out of sight stop asking.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.presets.store import StoredPreset
from latentjockey.ui import theme
from latentjockey.ui.actions import Shelf
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.dropping import preset_mime
from latentjockey.ui.painted import CENTRE, Painted, write
from latentjockey.ui.preset_tile import GAP, HIGHEST, LOWEST, WIDTH, Tile, paint_tile
from latentjockey.ui.thumbnails import Thumbnails

_ASK_MS = 100
_EMPTY = "no presets yet: save as… keeps what is playing"


class PresetGrid(Painted):
    """``recalled`` and ``deleted`` say which preset a hand chose for what; only the player's own can be deleted."""

    recalled = Signal(str)
    deleted = Signal(str)

    def __init__(self, shelf: Shelf, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets: tuple[StoredPreset, ...] = ()
        self.current = ""
        self._shelf = shelf
        self._thumbnails = thumbnails
        self._tiles: list[Tile] = []
        self._keys: list[str] = []
        self._asked: set[str] = set()
        self._cursor = 0
        self._under: int | None = None
        self._down: tuple[int, QPointF] | None = None
        self._empty = _EMPTY
        self._room = theme.px(LOWEST)
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(_ASK_MS)
        self._ask.timeout.connect(self.ask_pictures)
        thumbnails.came.connect(self._came)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("presets")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_presets(self, presets: Sequence[StoredPreset], empty: str = "") -> None:
        """Show these; ``empty`` is said where there are none."""
        at_hand = self.presets[self._cursor].name if self._cursor < len(self.presets) else ""
        self._empty = empty or _EMPTY
        self.presets = tuple(presets)
        self._keys = [_key(preset) for preset in presets]
        names = [preset.name for preset in presets]
        self._cursor = names.index(at_hand) if at_hand in names else min(self._cursor, max(0, len(names) - 1))
        self._under = None
        self.updateGeometry()
        self._ask.start()
        self._describe()

    def mark(self, name: str) -> None:
        """The preset that was recalled or saved last."""
        if name != self.current:
            self.current = name
            self.update()

    def set_room(self, high: int) -> None:
        """How high the part in sight is: the tiles take a size that fills it in whole rows."""
        if high != self._room:
            self._room = high
            self.updateGeometry()
            self._ask.start()
            self.update()

    def box_of(self, name: str) -> QRect:
        """Where a preset's tile lies; an empty rectangle when it is not shown."""
        return next((self._box(i).toRect() for i, p in enumerate(self.presets) if p.name == name), QRect())

    def _describe(self) -> None:
        playing = self._shelf.playing()
        tiles = []
        for preset in self.presets:
            known = self._shelf.content(preset) if _key(preset) in self._asked else None
            elsewhere = known.model if known is not None and known.model != playing else ""
            trouble = known is not None and bool(known.trouble)
            tiles.append(Tile(preset.name, preset.own, elsewhere, trouble))
        if tiles != self._tiles:
            self._tiles = tiles
            self.update()

    # -- pictures -----------------------------------------------------------------------------------------------------

    def ask_pictures(self) -> None:
        """Ask for what the tiles in sight need; again soon, while files are still being read."""
        seen = self.visibleRegion().boundingRect()
        near = [i for i in range(len(self.presets)) if self._box(i).intersects(QRectF(seen))]
        wanted = {self._keys[i] for i in near}
        for key in self._asked - wanted:
            self._thumbnails.drop(key, self)
        self._asked = wanted
        unread = False
        for i in near:
            known = self._shelf.content(self.presets[i])
            if known is None:
                unread = True
            elif known.writes:
                self._thumbnails.ask(self._keys[i], known.writes, self)
        self._describe()
        if unread:
            self._ask.start()

    def _came(self, key: str) -> None:
        if key in self._asked:
            self.update()

    def moveEvent(self, event: QMoveEvent) -> None:  # noqa: N802
        self._ask.start()  # scrolled

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self.updateGeometry()
        self._ask.start()

    def showEvent(self, event: object) -> None:  # noqa: N802
        self._ask.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._ask.stop()
        for key in self._asked:
            self._thumbnails.drop(key, self)
        self._asked = set()
        super().hideEvent(event)

    # -- geometry -----------------------------------------------------------------------------------------------------

    def _columns(self, width: int) -> int:
        gap = theme.px(GAP)
        return max(1, (width + gap) // (theme.px(WIDTH) + gap))

    def _high(self) -> float:
        """The height of a tile: as many whole rows as the room has, where they may be as low or high as that takes."""
        gap, low = theme.px(GAP), theme.px(LOWEST)
        rows = max(1, (self._room + gap) // (low + gap))
        return max(low, min(theme.px(HIGHEST), (self._room - gap * (rows - 1)) / rows))

    def _box(self, index: int) -> QRectF:
        columns, gap, high = self._columns(self.width()), theme.px(GAP), self._high()
        wide = (self.width() + gap) / columns
        row, column = divmod(index, columns)
        left = round(column * wide)
        return QRectF(left, round(row * (high + gap)), round((column + 1) * wide) - gap - left, round(high))

    def _index_at(self, at: QPointF) -> int | None:
        return next((i for i in range(len(self.presets)) if self._box(i).contains(at)), None)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        rows = -(-len(self.presets) // self._columns(width))
        return max(1, round(rows * (self._high() + theme.px(GAP)) - theme.px(GAP)))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), self.heightForWidth(max(self.width(), theme.px(WIDTH))))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(WIDTH), theme.px(LOWEST))

    # -- mouse --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._down = (index, event.position())
            self._cursor = index
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._down is not None:
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
        down, self._down = self._down, None
        if down is not None and self._index_at(event.position()) == down[0]:
            self._recall(down[0])

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._under = None
        super().leaveEvent(event)

    def _recall(self, index: int) -> None:
        self._cursor = index
        self.recalled.emit(self.presets[index].name)
        self.update()

    def _drag(self, index: int) -> None:
        preset = self.presets[index]
        drag = QDrag(self)
        drag.setMimeData(preset_mime(preset.name, preset.path))
        box = self._box(index).toRect()
        drag.setPixmap(self.grab(box))
        drag.setHotSpot(QPoint(box.width() // 2, box.height() // 3))
        drag.exec(Qt.DropAction.CopyAction)

    # -- keys and menu ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        columns = self._columns(self.width())
        along = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: columns, Qt.Key.Key_Up: -columns}
        key = Qt.Key(event.key())
        if not self.presets:
            event.ignore()
        elif key in along:
            if 0 <= self._cursor + along[key] < len(self.presets):
                self._cursor += along[key]
            self.ring = True
            self.reveal(self.presets[self._cursor].name)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._recall(self._cursor)
        elif key == Qt.Key.Key_Delete and self.presets[self._cursor].own:
            self.deleted.emit(self.presets[self._cursor].name)
        elif key == Qt.Key.Key_Menu:
            self.menu(self._cursor).popup(self.mapToGlobal(self._box(self._cursor).center().toPoint()))
        else:
            event.ignore()

    def reveal(self, name: str) -> None:
        """Scroll so that a preset is in sight."""
        box = self.box_of(name)
        view = self.parentWidget()
        area = view.parentWidget() if view is not None else None
        if area is not None and hasattr(area, "ensureVisible") and box.isValid():
            area.ensureVisible(box.center().x(), box.center().y(), box.width() // 2, box.height() // 2)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self._index_at(QPointF(event.pos()))
        if index is not None:
            self.menu(index).popup(event.globalPos())

    def menu(self, index: int) -> QMenu:
        """The right-click menu of a tile."""
        preset = self.presets[index]
        menu = empty_menu(self)
        menu.addAction("Recall\tclick").triggered.connect(lambda: self.recalled.emit(preset.name))
        menu.addSeparator()
        menu.addAction("Copy name").triggered.connect(lambda: copy(preset.name))
        menu.addAction("Copy OSC message").triggered.connect(lambda: copy(f'/preset/recall "{preset.name}"'))
        menu.addSeparator()
        if preset.own:
            menu.addAction("Delete\tDel").triggered.connect(lambda: self.deleted.emit(preset.name))
        else:
            menu.addAction("bundled: it cannot be deleted").setEnabled(False)
        return menu

    def tip(self, index: int) -> str:
        """The tooltip of a tile."""
        preset = self.presets[index]
        known = self._shelf.content(preset)
        told = "" if known is None else known.trouble or f"model {known.model}"
        whose = "yours" if preset.own else "bundled"
        last = "click recalls · drag onto a deck: that deck alone goes there"
        return "\n".join(line for line in (preset.name, " · ".join(t for t in (whose, told) if t), last) if line)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            QToolTip.showText(
                event.globalPos() + QPoint(0, theme.px(10)), "" if index is None else self.tip(index), self
            )
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if not self.presets:
            write(painter, QRectF(self.rect()), self._empty, theme.QUIET, 12.5, theme.REGULAR, CENTRE)
            return
        for index, tile in enumerate(self._tiles):
            box = self._box(index)
            if box.intersects(QRectF(event.rect())):
                paint_tile(
                    painter,
                    box,
                    tile,
                    self._thumbnails.image(self._keys[index]),
                    current=tile.name == self.current,
                    hovered=index == self._under,
                    ring=self.ring and index == self._cursor,
                )


def _key(preset: StoredPreset) -> str:
    return f"preset {preset.name} {preset.stamp}"
