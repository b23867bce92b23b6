"""The break rack: for each band seven knobs, and what heals them; beside them what belongs to all. GUI thread only."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.catalogue_breaks import BLEND, BREAKS
from latentjockey.control.names import BANDS
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Button
from latentjockey.ui.field import Field
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import LEFT, Column, Painted, Row, fill

_WHOLE, _BROKEN = "whole", "broken"


class Heading(Painted):
    """A band's name with what it is now, and a line that is bright from end to end where it is broken."""

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = word
        self.broken = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{word}: {_WHOLE}")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(26))

    def tell(self, broken: bool) -> None:
        """Say whether it is broken."""
        if broken != self.broken:
            self.broken = broken
            self.setAccessibleName(f"{self._word}: {_BROKEN if broken else _WHOLE}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        left, high = float(theme.px(6)), float(self.height())
        painter.setFont(theme.font(11, theme.SEMIBOLD, 6))
        painter.setPen(theme.TEXT if self.broken else theme.QUIET)
        word = self._word.upper()
        painter.drawText(QRectF(left, 0, self.width() - left, high - theme.px(5)), LEFT, word)
        wide = theme.text_width(word, 11, theme.SEMIBOLD, 6) + theme.px(10)
        painter.setFont(theme.font(11))
        painter.setPen(theme.QUIET if self.broken else theme.ASLEEP)
        state = _BROKEN if self.broken else _WHOLE
        painter.drawText(QRectF(left + wide, 0, self.width() - left - wide, high - theme.px(5)), LEFT, state)
        thick = float(theme.px(1.5 if self.broken else 1))
        line = QRectF(left, high - theme.px(2) - thick, self.width() - 2 * left, thick)
        fill(painter, line, theme.QUIET if self.broken else theme.TRACK, thick / 2)


class BandRack(Painted):
    """The seven knobs of a band. ``addresses`` are what its button heals."""

    def __init__(self, binder: Binder, band: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._away: set[str] = set()
        self.addresses = tuple(f"/break/{band}/{way}" for way in BREAKS)
        self.heading = Heading(band)
        self.heal = Button("heal")
        self.heal.tip = f"The {band} layers whole again; the other bands stay as they are."
        self.heal.pressed.connect(partial(heal, binder, self.addresses))
        self.knobs = [Knob(binder, address, theme.MIDDLE) for address in self.addresses]
        head = Row(gap=8)
        head.addWidget(self.heading, 1)
        head.addWidget(self.heal)
        knobs = Row(gap=1)
        for knob in self.knobs:
            knobs.addWidget(knob, 1)
        column = Column(gap=4)
        self.setLayout(column)
        column.addLayout(head)
        column.addStretch(1)
        column.addLayout(knobs)
        column.addStretch(2)
        for address in self.addresses:
            binder.watch(address, partial(self._moved, address))

    def _moved(self, address: str, value: Shown) -> None:
        neutral = 1.0 if address.endswith("/gain") else 0.0
        (self._away.discard if value == neutral else self._away.add)(address)
        self.heading.tell(bool(self._away))
        self.heal.setEnabled(bool(self._away))
        self.heal.update()


class BreakTab(Painted):
    """Coarse, middle and fine side by side, then the blend, the seed and the healing of all."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bands = [BandRack(binder, band) for band in BANDS]
        self.blend = Knob(binder, BLEND, theme.MIDDLE, "blend")
        self.torn = Knob(binder, "/break/amount", theme.MIDDLE, "break")
        self.seed = Field(binder, "/break/seed", width=64)
        self.heal = Button("heal all")
        self.heal.tip = "Every band whole again, blend and break gone; everything else stays. PANIC does it too."
        every = (BLEND, "/break/amount", *(address for band in self.bands for address in band.addresses))
        self.heal.pressed.connect(partial(heal, binder, every))
        row = Row((10, 4, 10, 6), 16)
        self.setLayout(row)
        for band in self.bands:
            row.addWidget(band, 7)
        row.addLayout(self._whole(), 2)

    def _whole(self) -> Column:
        """What belongs to all bands."""
        head, knobs = Row(gap=6), Row(gap=1)
        head.addWidget(self.seed, 1)
        head.addWidget(self.heal)
        knobs.addWidget(self.blend, 1)
        knobs.addWidget(self.torn, 1)
        column = Column(gap=4)
        column.addLayout(head)
        column.addStretch(1)
        column.addLayout(knobs)
        column.addStretch(2)
        return column

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(156))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), theme.px(120))


def heal(binder: Binder, addresses: tuple[str, ...]) -> None:
    """Put these controls back to their defaults."""
    for address in addresses:
        binder.reset(address)
