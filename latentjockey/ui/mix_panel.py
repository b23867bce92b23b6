"""The middle of the studio: the stage, what it does, both equalisers, band offsets and the crossfader. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from latentjockey.control.names import BANDS
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Button, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.credit_line import CreditLine
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.eq_block import EqBlock
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import Column, Panel, Row
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.time_bar import TimeBar


class MixPanel(Panel):
    """Holds the stage view and everything under it."""

    def __init__(self, binder: Binder, stage: StageView, parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self.stage = stage
        self.credit = CreditLine(binder)
        self.time = TimeBar(binder, self)
        self.crossfader = Crossfader(binder, "/mix/crossfade")
        self.eq = [EqBlock(binder, deck) for deck in "ab"]
        self.offsets = [Knob(binder, f"/mix/offset/{band}", theme.MIDDLE, f"{band} ⇄") for band in BANDS]
        self.still = Button("still")
        self.still.tip = "<b>/still/save</b><br>Keep the picture as PNG, with its whole position."
        self.still.pressed.connect(lambda: binder.command("/still/save", ""))
        column = Column((10, 10, 10, 8), 6)
        self.setLayout(column)
        column.addWidget(stage, 1)
        column.addWidget(self.credit)
        column.addWidget(self.time)
        column.addLayout(self._buttons(binder))
        bands = Row(gap=10)
        bands.addWidget(self.eq[0], 10)
        middle = Column(gap=4)
        offsets = Row(gap=2)
        for knob in self.offsets:
            offsets.addWidget(knob, 1)
        middle.addLayout(offsets)
        middle.addStretch(1)  # dials and numbers stand in line with those of the equalisers
        bands.addLayout(middle, 10)
        bands.addWidget(self.eq[1], 10)
        column.addLayout(bands)
        column.addWidget(self.crossfader)
        binder.watch("/stage/blackout", lambda value: stage.set_blackout(bool(value)))
        binder.watch("/stage/fit", self._fit)

    def _buttons(self, binder: Binder) -> Row:
        buttons = Row(gap=5)
        buttons.addWidget(Toggle(binder, "/stage/blackout", "blackout"))
        buttons.addWidget(Toggle(binder, "/stage/freeze", "freeze"))
        buttons.addWidget(Choice(binder, "/stage/fit", segmented=True))
        buttons.addStretch(1)
        even = Toggle(binder, "/mix/even", "even")
        even.calm = True
        buttons.addWidget(even)
        buttons.addWidget(Toggle(binder, "/ghost/playing", "ghost"))
        buttons.addWidget(self.still)
        buttons.addWidget(Toggle(binder, "/record/running", "● record", theme.WARNING))
        return buttons

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(560), theme.px(480))

    def _fit(self, value: Shown) -> None:
        self.stage.set_fit(value if isinstance(value, float) else 0.0)
