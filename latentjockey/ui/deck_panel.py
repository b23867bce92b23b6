"""One deck: its name and distance, cues, latent strip, seed, movement and equaliser. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.names import BANDS, CUES
from latentjockey.models.card import ModelCard
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import ControlButton
from latentjockey.ui.cue_pad import CuePad
from latentjockey.ui.field import Field
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.painted import CENTRE, RIGHT, Caption, Column, Painted, Panel, Row, fill, write
from latentjockey.ui.slider import Slider

_FAR = 3.0
_METER = 5.0


class Heading(Painted):
    """The deck's letter, the model, the provenance of its data, and how far out the deck stands."""

    def __init__(self, deck: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter = deck.upper()
        self._colour = theme.deck_colour(deck)
        self.model = ""
        self.card: ModelCard | None = None
        self.distance = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        high = self.height()
        letter = theme.text_width(self._letter, 22, theme.SEMIBOLD) + theme.px(12)
        write(painter, QRectF(0, 0, letter, high), self._letter, self._colour, 22, theme.SEMIBOLD)
        far = theme.BEYOND if abs(self.distance) > _FAR else theme.TEXT
        meter = theme.px(76)
        text = f"{self.distance:.1f} σ" if self.distance < 1e4 else f"{self.distance:.0e} σ"
        box = QRectF(self.width() - meter, 0, meter, high - theme.px(7))
        write(painter, box, text, far, 14, theme.SEMIBOLD, RIGHT)
        self._paint_meter(QRectF(self.width() - meter, high - theme.px(7), meter, theme.px(3)), painter)
        room = self.width() - letter - meter - theme.px(8)
        name = min(room, theme.text_width(self.model, 14) + 2)
        write(painter, QRectF(letter, 0, name, high), self.model, theme.TEXT, 14)
        if self.card is not None:
            self._paint_badge(painter, letter + name + theme.px(10), room - name - theme.px(10))

    def _paint_meter(self, box: QRectF, painter: QPainter) -> None:
        half = box.height() / 2
        fill(painter, box, theme.TRACK, half)
        share = min(1.0, self.distance / _METER)
        safe = QRectF(box.left(), box.top(), box.width() * min(share, _FAR / _METER), box.height())
        if share > 0:
            fill(painter, safe, self._colour, half)
        if share > _FAR / _METER:
            out = QRectF(safe.right() - half, box.top(), box.width() * share - safe.width() + half, box.height())
            fill(painter, out, theme.BEYOND, half)

    def _paint_badge(self, painter: QPainter, left: float, room: float) -> None:
        assert self.card is not None
        wide = theme.text_width(self.card.badge, 11) + theme.px(16)
        if wide > room:
            return
        high = theme.px(20)
        box = QRectF(left, (self.height() - high) / 2, wide, high)
        colour = theme.OPEN if self.card.open else theme.QUIET
        fill(painter, box, theme.mixed(theme.PANEL, colour, 0.12), high / 2)
        write(painter, box, self.card.badge, colour, 11, theme.REGULAR, CENTRE)


class DeckPanel(Panel):
    """Deck ``a`` or ``b``. ``picture`` gives what is on stage, for the cues."""

    def __init__(
        self, binder: Binder, deck: str, picture: Callable[[], QImage | None], parent: QWidget | None = None
    ) -> None:
        colour = theme.deck_colour(deck)
        super().__init__(colour, parent)
        self.binder = binder
        self.deck = deck
        at = f"/deck/{deck}"
        self.heading = Heading(deck)
        self.cues = [CuePad(binder, deck, n, colour, picture) for n in CUES]
        self.strip = LatentStrip(binder, f"{at}/z", colour)
        column = Column((12, 10, 12, 10), 6)
        self.setLayout(column)
        column.addWidget(self.heading)
        column.addLayout(_row(self.cues, 5))
        column.addWidget(self.strip, 1)
        actions = [ControlButton(binder, f"{at}/{name}", name, colour) for name in ("randomise", "mutate", "breed")]
        seed = Field(binder, f"{at}/seed", colour, "seed", 112)
        seed.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column.addLayout(_row([seed, *actions], 5))
        moves = Column((0, 2, 0, 0))
        for name in ("psi", "overdrive", "drift/speed", "drift/spread", "glide/time"):
            moves.addWidget(Slider(binder, f"{at}/{name}", colour))
        moves.addSpacing(theme.px(6))
        moves.addWidget(Caption("EQ"))
        for band in BANDS:
            moves.addWidget(Slider(binder, f"{at}/eq/{band}", colour))
        column.addLayout(moves)
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(0)
        self._stale.timeout.connect(self._measure)
        for name in ("z", "centre/z", "psi", "overdrive"):
            binder.watch(f"{at}/{name}", self._moved)
        for n in CUES:
            binder.watch(f"{at}/cue/{n}/z", self._moved)
            binder.watch(f"{at}/cue/{n}/filled", self._moved)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(316), theme.px(520))

    def describe(self, model: str, card: ModelCard | None) -> None:
        """Name the playing model."""
        if (model, card) != (self.heading.model, self.heading.card):
            self.heading.model, self.heading.card = model, card
            self.heading.update()

    def _moved(self, value: Shown) -> None:
        if not self._stale.isActive():
            self._stale.start()

    def _measure(self) -> None:
        z = self._vector("z")
        reach = self._number("psi") * self._number("overdrive")
        self.heading.distance = distance(z, self._vector("centre/z"), reach)
        self.heading.update()
        for n, pad in zip(CUES, self.cues, strict=True):
            pad.show_current(pad.filled and bool(len(z)) and np.array_equal(self._vector(f"cue/{n}/z"), z))

    def _vector(self, name: str) -> NDArray[np.float64]:
        try:
            value = self.binder.bay.value(f"/deck/{self.deck}/{name}")
        except KeyError:
            return np.zeros(0)
        return value if isinstance(value, np.ndarray) else np.zeros(0)

    def _number(self, name: str) -> float:
        try:
            return self.binder.bay.number(f"/deck/{self.deck}/{name}")
        except KeyError:
            return 1.0


def distance(z: NDArray[np.float64], centre: NDArray[np.float64], reach: float) -> float:
    """How far out a position is after its reach, in σ: the root mean square of its components. 1 is an ordinary draw.

    ``z`` and ``centre`` (n,), ``reach`` = psi · overdrive about the centre.
    """
    if not len(z) or len(z) != len(centre):
        return 0.0
    with np.errstate(over="ignore"):
        place = centre + reach * (z - centre)
        largest = float(np.max(np.abs(place)))
        if largest == 0.0 or not np.isfinite(largest):
            return largest
        return largest * float(np.sqrt(np.mean(np.square(place / largest))))


def _row(widgets: Sequence[Painted], gap: float) -> Row:
    row = Row(gap=gap)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, CuePad | Field) else 0)
    return row
