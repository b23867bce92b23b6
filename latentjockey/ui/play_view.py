"""PLAY: what hands need on stage, large. Decks, stage, kills, crossfader, the eight knobs, one dot. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions, Previews
from latentjockey.ui.beat_dots import BeatDots
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.class_cells import ClassCells
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.cue_bank import CueBank
from latentjockey.ui.deck_panel import Heading
from latentjockey.ui.deck_watch import DeckWatch
from latentjockey.ui.dropping import DropTarget
from latentjockey.ui.eight_knobs import EightKnobs
from latentjockey.ui.eq_block import EqBlock
from latentjockey.ui.field import Field
from latentjockey.ui.health import Health
from latentjockey.ui.painted import Column, Painted, Panel, Row
from latentjockey.ui.panic_button import PanicButton
from latentjockey.ui.sigma_meter import SigmaMeter
from latentjockey.ui.solo_view import SoloView
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.tempo_lead import Quantise, SourceLamp
from latentjockey.ui.thumbnails import Thumbnails


class PlayBar(Panel):
    """The set's name, the dot, the tempo, the way back to the studio, and PANIC."""

    def __init__(
        self, binder: Binder, messages: Messages, clock: Clock, set_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(None, parent)
        self.health = Health(binder, messages, clock)
        self.tempo = Field(binder, "/transport/bpm", label="tempo", width=150, flat=True)
        self.panic = PanicButton(binder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = Row((14, 5, 10, 5), 14)
        self.setLayout(row)
        row.addWidget(self.health)
        row.addStretch(1)
        row.addWidget(self.tempo)
        row.addWidget(BeatDots(binder.bay, clock, lambda: binder.press("/transport/downbeat")))
        row.addWidget(ControlButton(binder, "/transport/tap", "tap"))
        row.addWidget(SourceLamp(binder))
        row.addWidget(Quantise(binder))
        row.addWidget(Toggle(binder, "/stage/blackout", "blackout"))
        row.addWidget(Toggle(binder, "/stage/freeze", "freeze"))
        row.addWidget(Choice(binder, "/surface/view", segmented=True))
        row.addWidget(self.panic)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(700), theme.px(40))


class PlayDeck(Panel):
    """Deck ``a`` or ``b``: letter, distance, solo picture, classes where there are any, cues and kills."""

    def __init__(
        self,
        binder: Binder,
        deck: str,
        picture: Callable[[], QImage | None],
        thumbnails: Thumbnails,
        previews: Previews | None,
        on_drop: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        colour = theme.deck_colour(deck)
        super().__init__(colour, parent)
        self.deck = deck
        self.heading = Heading(binder, deck, 26)
        self.meter = SigmaMeter(colour)
        self.solo = SoloView(binder, deck, previews)
        self.solo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes = ClassCells(binder, f"/deck/{deck}/class", colour)
        self.cues = CueBank(binder, deck, picture, thumbnails)
        self.eq = EqBlock(binder, deck, knobs=False)
        column = Column((10, 6, 10, 8), 6)
        self.setLayout(column)
        head = Row(gap=6)
        head.addWidget(self.heading, 1)
        head.addWidget(self.meter)
        column.addLayout(head)
        column.addWidget(self.solo, 10)
        column.addWidget(self.classes)
        column.addWidget(self.cues, 9)
        column.addWidget(self.eq)
        self._watch = DeckWatch(binder, deck, self.meter.show_distance, self.cues.pads, self)
        self._drop = DropTarget(self, on_drop, f"drop to put it on deck {deck.upper()}", colour)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(262), theme.px(360))


class PlayView(Painted):
    """The same state as the studio's, for two metres away. :meth:`grow` has to be gone through before it is used."""

    def __init__(
        self,
        binder: Binder,
        stage: StageView,
        actions: Actions,
        thumbnails: Thumbnails,
        messages: Messages,
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self.bar = PlayBar(binder, messages, clock, actions.set_name)
        binder.watch("/stage/blackout", lambda value: stage.set_blackout(bool(value)))
        binder.watch("/stage/fit", lambda value: stage.set_fit(value if isinstance(value, float) else 0.0))
        self._binder = binder
        self._thumbnails = thumbnails
        self._actions = actions

    def grow(self) -> Iterator[None]:
        """Make the panels, one after the other: made in one go, they would hold up the event loop."""
        self.deck_a = self._panel("a")
        yield
        self.deck_b = self._panel("b")
        yield
        self.crossfader = Crossfader(self._binder, "/mix/crossfade")
        self.eight = EightKnobs(self._binder)
        column = Column((10, 10, 10, 10), theme.GAP)
        self.setLayout(column)
        column.addWidget(self.bar)
        decks = Row(gap=theme.GAP)
        decks.addWidget(self.deck_a, 27)
        middle = Panel()
        stack = Column((8, 8, 8, 8), 8)
        middle.setLayout(stack)
        stack.addWidget(self.stage, 1)
        stack.addWidget(self.crossfader)
        decks.addWidget(middle, 60)
        decks.addWidget(self.deck_b, 27)
        column.addLayout(decks, 1)
        hands = Panel()
        row = Row((10, 4, 10, 4))
        hands.setLayout(row)
        row.addWidget(self.eight)
        column.addWidget(hands)
        self.parts: tuple[QWidget, ...] = (self.deck_a, middle, self.deck_b, hands, self.bar)

    def _panel(self, deck: str) -> PlayDeck:
        drop = partial(self._actions.on_drop_deck, deck)
        return PlayDeck(self._binder, deck, self.stage.picture, self._thumbnails, self._actions.previews, drop)

    def refresh(self) -> None:
        """What changes slowly."""
        self.bar.health.refresh()
