"""The preset browser: search, morph time, save as, and a tile for every preset. GUI thread only, and no disk."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from latentjockey.base.paths import safe_name
from latentjockey.models.pair import parts
from latentjockey.presets.store import StoredPreset
from latentjockey.ui import theme
from latentjockey.ui.actions import Shelf
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.field import Field, NameField
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.preset_grid import PresetGrid
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.search_field import SearchField
from latentjockey.ui.thumbnails import Thumbnails
from latentjockey.ui.undo_note import UndoNote

_LOOK_MS = 500
_KNOWN = 2
"""With which look at the shelf the answer to the first has come."""


class _TileScroll(Scroll):
    """Tells the tiles how much room they have."""

    def __init__(self, grid: PresetGrid) -> None:
        self._grid = grid
        super().__init__(grid)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._grid.set_room(self.viewport().height())
        super().resizeEvent(event)


class PresetBrowser(Painted):
    """Everything about presets on one tab. Looks at the shelf by itself while it is in sight."""

    def __init__(self, binder: Binder, shelf: Shelf, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._shelf = shelf
        self._all: Sequence[StoredPreset] = ()
        self._sought = ""
        self._playing = ""
        self._undo = ""
        self._awaited = ""
        self._looks = 0
        self.search = SearchField("search presets")
        self.morph = Field(binder, "/preset/morph", label="morph", width=112)
        self.name = NameField("save as…", self._save)
        self.note = UndoNote()
        self.grid = PresetGrid(shelf, thumbnails)
        self._arrange()
        self.search.changed.connect(self._seek)
        self.search.left.connect(lambda: self.grid.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.grid.recalled.connect(lambda name: binder.command("/preset/recall", name))
        self.grid.deleted.connect(self._delete)
        self.note.pressed.connect(self._take_back)
        binder.watch("/preset/recall", self._recalled)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)

    def _arrange(self) -> None:
        column = Column((12, 8, 12, 10), 8)
        self.setLayout(column)
        head = Row(gap=8)
        head.addWidget(self.search, 3)
        head.addWidget(self.name, 3)
        head.addWidget(self.note, 4)
        head.addStretch(1)
        head.addWidget(self.morph)
        column.addLayout(head)
        column.addWidget(_TileScroll(self.grid), 1)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), theme.px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(380), theme.px(150))

    # -- what there is ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show what the shelf knows and have it look again."""
        presets, playing = self._shelf.presets(), self._shelf.playing()
        self._looks += 1
        if presets is not self._all or playing != self._playing or self._looks == _KNOWN:
            self._all, self._playing = presets, playing
            self._show()
        self._shelf.look()

    def _seek(self, text: str) -> None:
        self._sought = text.strip()
        self._show()

    def _show(self) -> None:
        words = self._sought.casefold().split()
        found = [p for p in self._all if all(word in p.name.casefold() for word in words)]
        halves = parts(self._playing)
        found.sort(key=lambda preset: (preset.model != self._playing, preset.model not in halves))  # then by name
        empty = "" if self._looks >= _KNOWN else " "  # at first nobody knows whether there are any
        if words:
            empty = f"no preset is called {self._sought[:40]!r}"
        self.grid.show_presets(found, empty)
        if self._awaited and any(p.name == self._awaited for p in found):
            self.grid.reveal(self._awaited)
            self._awaited = ""

    def _recalled(self, value: Shown) -> None:
        self.grid.mark(str(value))

    # -- changing it --------------------------------------------------------------------------------------------------

    def _save(self, text: str) -> str:
        if not text.strip():
            return "a preset needs a name"
        name = safe_name(text)
        over = any(p.name == name and p.own for p in self._all)
        self._binder.command("/preset/save", name)
        self.grid.mark(name)
        self._awaited = name
        self._say(name, f"{name} was saved over" if over else "")
        return ""

    def _delete(self, name: str) -> None:
        self._shelf.delete(name)
        self._say(name, f"{name} is in the trash")

    def _say(self, name: str, text: str) -> None:
        self._undo = name
        self.note.say(text)

    def _take_back(self) -> None:
        self._shelf.undelete(self._undo)
        self._say("", "")
