"""STUDIO: everything. Top bar, deck A, stage and deck B over the tabs. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from latentjockey.base.clock import Clock
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder
from latentjockey.ui.deck_panel import DeckPanel
from latentjockey.ui.mix_panel import MixPanel
from latentjockey.ui.offer_bar import OfferBar
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.status_line import StatusLine
from latentjockey.ui.tabs import Page, Tabs
from latentjockey.ui.thumbnails import Thumbnails
from latentjockey.ui.top_bar import TopBar


class StudioView(Painted):
    """``pages`` are the tabs below. :meth:`grow` has to be gone through before it is used."""

    def __init__(
        self,
        binder: Binder,
        stage: StageView,
        actions: Actions,
        thumbnails: Thumbnails,
        status: StatusLine,
        pages: Sequence[Page],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self.top = TopBar(binder, actions, clock)
        self.offer = OfferBar(binder, actions.offer())
        self.tabs = Tabs(pages)
        self.status = status
        self._binder = binder
        self._thumbnails = thumbnails
        self._actions = actions

    def grow(self) -> Iterator[None]:
        """Make the panels, one after the other: made in one go, they would hold up the event loop."""
        self.deck_a = self._panel("a")
        yield
        self.deck_b = self._panel("b")
        yield
        self.mix = MixPanel(self._binder, self.stage)
        column = Column((10, 10, 10, 4), theme.GAP)
        self.setLayout(column)
        column.addWidget(self.top)
        column.addWidget(self.offer)
        decks = Row(gap=theme.GAP)
        decks.addWidget(self.deck_a, 54)
        decks.addWidget(self.mix, 92)
        decks.addWidget(self.deck_b, 54)
        column.addLayout(decks, 1)
        column.addWidget(self.tabs)
        column.addWidget(self.status)

    def _panel(self, deck: str) -> DeckPanel:
        drop = partial(self._actions.on_drop_deck, deck)
        return DeckPanel(self._binder, deck, self.stage.picture, self._thumbnails, self._actions.previews, drop)

    @property
    def parts(self) -> tuple[QWidget, ...]:
        """What is painted one after the other at first: what the eye looks for comes first."""
        panels = (self.deck_a, self.deck_b, self.mix, self.top, self.tabs)
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return (self.stage, *(part for panel in panels for part in panel.findChildren(QWidget, options=direct)))

    def refresh(self, describe: Callable[[DeckPanel], None]) -> None:
        """Ask for everything that is not in the bay; ``describe`` names each deck's model."""
        self.top.refresh()
        self.tabs.refresh()
        self.status.refresh()
        describe(self.deck_a)
        describe(self.deck_b)
