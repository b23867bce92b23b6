"""A deck's equaliser: a knob and a kill for each band. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.names import BANDS
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.kill_button import KillButton
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import Column, Painted, Row


class EqBlock(Painted):
    """Deck ``a`` or ``b``. ``knobs`` false leaves the kills alone, where the knobs stand elsewhere."""

    def __init__(
        self, binder: Binder, deck: str, *, large: bool = False, knobs: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        colour = theme.deck_colour(deck)
        self.knobs: list[Knob] = []
        self.kills: list[KillButton] = []
        column = Column(gap=4)
        self.setLayout(column)
        addresses = [(band, f"/deck/{deck}/eq/{band}") for band in BANDS]
        if knobs:
            self.knobs = [Knob(binder, address, colour, band, large, captioned=False) for band, address in addresses]
            column.addLayout(_row(self.knobs, 2))
        self.kills = [
            KillButton(binder, address, band if knobs else f"kill {band}", colour, large) for band, address in addresses
        ]
        column.addLayout(_row(self.kills, 4))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        high = self.kills[0].sizeHint().height()
        if self.knobs:
            high += self.knobs[0].sizeHint().height() + theme.px(4)
        return QSize(theme.px(180), high)


def _row(widgets: list[Knob] | list[KillButton], gap: float) -> Row:
    row = Row(gap=gap)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row
