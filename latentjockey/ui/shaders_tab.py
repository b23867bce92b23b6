"""The shaders tab: the library at the left, the chain beside it. GUI thread only, and no disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.session.shader_shelf import ShaderEntry
from latentjockey.ui import theme
from latentjockey.ui.actions import Shaders
from latentjockey.ui.binder import Binder
from latentjockey.ui.dropping import SHADER_FILES, DropTarget, dropped_file
from latentjockey.ui.fx_chain import FxChain, SideScroll
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.search_field import SearchField
from latentjockey.ui.shader_list import ShaderList

_LOOK_MS = 250
_SOUGHT_IN_VAIN = "no shader is called {}"


class ShaderLibrary(Painted):
    """The search line over the list."""

    def __init__(self, shaders: Shaders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sought = ""
        self._all: Sequence[ShaderEntry] = ()
        self._looked = False
        self.search = SearchField("search shaders")
        self.list = ShaderList()
        column = Column(gap=6)
        self.setLayout(column)
        column.addWidget(self.search)
        column.addWidget(Scroll(self.list), 1)
        self.list.setAutoFillBackground(False)
        self.search.changed.connect(self._seek)
        self.search.left.connect(lambda: self.list.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        words = "drop to put it into the chain"
        self._drop = DropTarget(
            self, lambda path: shaders.bring(Path(path)), words, takes=lambda data: dropped_file(data, SHADER_FILES)
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(236), theme.px(150))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(96))

    def show_shaders(self, entries: Sequence[ShaderEntry]) -> None:
        """What there is; the list stays as it is while it is the same."""
        if entries is not self._all or not self._looked:
            self._all, self._looked = entries, True
            self._show()

    def _seek(self, text: str) -> None:
        self._sought = text.strip()
        self._show()

    def _show(self) -> None:
        words = self._sought.casefold().split()
        found = [entry for entry in self._all if all(word in _told(entry) for word in words)]
        self.list.show_entries(found, _SOUGHT_IN_VAIN.format(repr(self._sought[:30])) if words else "")


def _told(entry: ShaderEntry) -> str:
    """Everything about a shader that one may look for."""
    return " ".join((entry.name, entry.description, *entry.categories, entry.credit)).casefold()


class ShadersTab(Painted):
    """Everything about shaders on one tab. Looks at library and chain by itself while it is in sight."""

    def __init__(self, binder: Binder, shaders: Shaders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._shaders = shaders
        self.library = ShaderLibrary(shaders)
        self.chain = FxChain(binder)
        row = Row((12, 6, 12, 8), 14)
        self.setLayout(row)
        row.addWidget(self.library)
        row.addWidget(SideScroll(self.chain), 1)
        self.library.list.put_in.connect(lambda name: binder.command("/fx/add", name))
        self.chain.asked.connect(lambda: self.library.search.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.chain.filed.connect(lambda path, slot: shaders.bring(Path(path), slot))
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.refresh)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), theme.px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(380), theme.px(120))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show what is known, and have the folders looked at again."""
        seats = self._shaders.seats()
        self.library.show_shaders(self._shaders.shaders())
        self.library.list.show_playing(frozenset(seat.text for seat in seats.values() if seat.text))
        self.chain.tell(seats, self._shaders.status())
        self._shaders.look()
