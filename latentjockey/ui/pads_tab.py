"""The pads tab: two numbers under one finger, long faders, and the strongest directions as rows. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from latentjockey.control.names import DECKS
from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRows
from latentjockey.ui.binder import Binder
from latentjockey.ui.fader import Fader
from latentjockey.ui.painted import Column, Painted, Row
from latentjockey.ui.scroll import Scroll
from latentjockey.ui.xy_pad import XYPad

_FADERS = (
    ("reach A", "/deck/a/reach", theme.DECK_A),
    ("break", "/break/amount", theme.MIDDLE),
    ("echo", "/echo/amount", theme.MIDDLE),
    ("reach B", "/deck/b/reach", theme.DECK_B),
)
_MOST = 32
_NUMBERED, _NAMED = 34, 72
"""The widths of labels without and with names among them."""


class PadsTab(Painted):
    """Rows and pads follow the layout: where a model knows no directions the pads play z and the rows are away."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self.rows = [BarRows(binder, theme.deck_colour(deck), _NUMBERED) for deck in DECKS]
        self.leads = [XYPad(binder, *self._lead(deck), theme.deck_colour(deck), ("lead", "second")) for deck in DECKS]
        self.view = XYPad(binder, "/gen/pan_x", "/gen/pan_y", theme.MIDDLE, ("pan x", "pan y"))
        self.echo = XYPad(binder, "/echo/zoom", "/echo/turn", theme.MIDDLE, ("echo zoom", "turn"))
        self.faders = [Fader(binder, address, colour, label) for label, address, colour in _FADERS]
        self._scrolls = [Scroll(rows) for rows in self.rows]
        row = Row((10, 4, 10, 8), 10)
        self.setLayout(row)
        row.addWidget(self._scrolls[0], 16)
        row.addWidget(self.leads[0], 12)
        row.addWidget(self.view, 12)
        faders = Row(gap=2)
        for fader in self.faders:
            faders.addWidget(fader)
        middle = Column()
        middle.addLayout(faders)
        row.addLayout(middle)
        row.addWidget(self.echo, 12)
        row.addWidget(self.leads[1], 12)
        row.addWidget(self._scrolls[1], 16)
        self._follow()
        binder.epoch_changed.connect(self._follow)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(156))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), theme.px(100))

    def _lead(self, deck: str) -> tuple[str, str]:
        known = self._directions(deck) > 1
        at = f"/deck/{deck}/{'dir' if known else 'z'}"
        return f"{at}/0", f"{at}/1"

    def _directions(self, deck: str) -> int:
        return self._binder.bay.layout.width(f"/deck/{deck}/dir")

    def _follow(self) -> None:
        for deck, rows, pad in zip(DECKS, self.rows, self.leads, strict=True):
            count = min(_MOST, self._directions(deck))
            addresses = [f"/deck/{deck}/dir/{n}" for n in range(count)]
            names = [self._binder.bay.layout.element(address) for address in addresses]
            labels = [name or f"dir {n}" for n, name in enumerate(names)]
            rows.show_rows(list(zip(addresses, labels, strict=True)), _NAMED if any(names) else _NUMBERED)
            pad.retarget(*self._lead(deck))
