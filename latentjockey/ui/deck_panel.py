"""One deck in the studio: how far out, solo picture, cues, strip, seed and movement. GUI thread only."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.models.card import OPEN, ModelCard
from latentjockey.models.card_text import passages
from latentjockey.models.credits import source_text
from latentjockey.ui import theme
from latentjockey.ui.actions import Previews
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import ControlButton
from latentjockey.ui.cue_bank import CueBank
from latentjockey.ui.deck_strip import DeckStrip
from latentjockey.ui.deck_watch import DeckWatch
from latentjockey.ui.dropping import DropTarget
from latentjockey.ui.field import Field
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import CENTRE, Column, Painted, Panel, Row, fill, fitting, write
from latentjockey.ui.provenance import provenance_colour, write_provenance
from latentjockey.ui.sigma_meter import SigmaMeter
from latentjockey.ui.solo_view import SoloView
from latentjockey.ui.thumbnails import Thumbnails

_KNOBS = (
    ("wander", "drift/speed"),
    ("spread", "drift/spread"),
    ("glide", "glide/time"),
    ("reach", "reach"),
    ("psi", "psi"),
    ("drive", "overdrive"),
)

_MOST_SOURCES = 12


class Heading(Painted):
    """The deck's letter and the model. A click gives the deck the eight knobs."""

    def __init__(self, binder: Binder, deck: str, size: float = 22, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._deck = deck
        self._size = size
        self._colour = theme.deck_colour(deck)
        self.focused = False
        self.model = ""
        self.card: ModelCard | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"deck {deck.upper()}")
        self.setToolTip("/surface/focus: a click gives this deck the eight knobs and the number keys")
        binder.watch("/surface/focus", self._focus)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(self._size + 10))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(60), theme.px(self._size + 10))

    def describe(self, model: str, warned: ModelCard | None = None) -> None:
        """Name the model; and below it, where its data came from, where a card is given that is not open."""
        card = None if warned is None or warned.provenance == OPEN else warned
        if (model, card) != (self.model, self.card):
            self.model, self.card = model, card
            self.setAccessibleDescription("" if card is None else f"data: {card.badge}")
            self.update()

    def _focus(self, value: Shown) -> None:
        self.focused = bool(value) == (self._deck == "b")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._binder.write_now("/surface/focus", float(self._deck == "b"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        high = self.height()
        letter = self._deck.upper()
        wide = theme.text_width(letter, self._size, theme.SEMIBOLD) + theme.px(12)
        write(painter, QRectF(0, 0, wide, high), letter, self._colour, self._size, theme.SEMIBOLD)
        if self.focused:  # the eight knobs play this deck
            line = QRectF(0, high - theme.px(3), wide - theme.px(12), theme.px(2.5))
            fill(painter, line, self._colour, line.height() / 2)
        room = self.width() - wide
        name = QRectF(wide, 0, room, high)
        if self.card is not None:
            name.setHeight(high * 0.56)
            write_provenance(painter, QRectF(wide, name.height(), room, high - name.height()), self.card)
        write(painter, name, self.model, theme.TEXT, fitting(self.model, room, 14))


class Provenance(Painted):
    """Where the data behind the deck's model came from, in a word; the rest of the card in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card: ModelCard | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_card(self, card: ModelCard | None) -> None:
        if card != self.card:
            self.card = card
            self.setToolTip("" if card is None else card_text(card))
            self.setAccessibleName("" if card is None else f"data: {card.badge}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        words = self.card.badge if self.card is not None else ""
        return QSize(round(theme.text_width(words, 11)) + theme.px(16), theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.card is None:
            return
        painter, box = self.painter(), QRectF(self.rect())
        colour = provenance_colour(self.card)
        fill(painter, box, theme.mixed(theme.PANEL, colour, 0.12), box.height() / 2)
        write(painter, box, self.card.badge, colour, 11, theme.REGULAR, CENTRE)


def card_text(card: ModelCard) -> str:
    """A model card for a tooltip."""
    lines = [(part.heading, part.text) for part in passages(card)]
    lines += [("source", source_text(source)) for source in card.sources[:_MOST_SOURCES]]
    left = len(card.sources) - _MOST_SOURCES
    lines += [("", f"and {left} more: the MODEL tab names all")] if left > 0 else []
    return "<br>".join(html.escape(f"{word}: {text}" if word else text) for word, text in lines)


class DeckPanel(Panel):
    """Deck ``a`` or ``b``. ``picture`` is what is on stage, for the cues; ``on_drop`` gets what falls on the deck."""

    def __init__(
        self,
        binder: Binder,
        deck: str,
        picture: Callable[[], QImage | None],
        thumbnails: Thumbnails | None = None,
        previews: Previews | None = None,
        on_drop: Callable[[str], None] = lambda what: None,
        parent: QWidget | None = None,
    ) -> None:
        colour = theme.deck_colour(deck)
        super().__init__(colour, parent)
        self.deck = deck
        at = f"/deck/{deck}"
        self.heading = Heading(binder, deck)
        self.meter = SigmaMeter(colour)
        self.solo = SoloView(binder, deck, previews)
        self.cues = CueBank(binder, deck, picture, thumbnails)
        self.strip = DeckStrip(binder, deck, colour)
        self.provenance = Provenance()
        self.strip.add_beside(self.provenance)
        self.knobs = [Knob(binder, f"{at}/{name}", colour, label) for label, name in _KNOBS]
        column = Column((12, 8, 12, 8), 6)
        self.setLayout(column)
        head = Row(gap=6)
        head.addWidget(self.heading, 1)
        head.addWidget(self.meter)
        column.addLayout(head)
        prepare = Row(gap=6)
        prepare.addWidget(self.solo, 10)
        prepare.addWidget(self.cues, 19)
        column.addLayout(prepare)
        column.addWidget(self.strip, 1)
        go = Row(gap=5)
        seed = Field(binder, f"{at}/seed", colour, "seed", 100)
        seed.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        go.addWidget(seed, 1)
        for name in ("randomise", "mutate", "breed"):
            go.addWidget(ControlButton(binder, f"{at}/{name}", name, colour))
        column.addLayout(go)
        row = Row(gap=2)
        for knob in self.knobs:
            row.addWidget(knob, 1)
        column.addLayout(row)
        self._watch = DeckWatch(binder, deck, self.meter.show_distance, self.cues.pads, self)
        self._drop = DropTarget(self, on_drop, f"drop to put it on deck {deck.upper()}", colour)

    def describe(self, model: str, card: ModelCard | None) -> None:
        """Name the model and where its data came from."""
        self.heading.describe(model)
        self.provenance.show_card(card)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(316), theme.px(480))
