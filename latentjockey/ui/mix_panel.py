"""The middle: the stage, what the stage does, the crossfader and what each band does beside it. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from latentjockey.control.names import BANDS
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Button, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.painted import Column, Panel, Row
from latentjockey.ui.slider import Slider
from latentjockey.ui.stage_view import StageView


class MixPanel(Panel):
    """Holds the stage view and everything under it."""

    def __init__(self, binder: Binder, stage: StageView, parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self.stage = stage
        column = Column((10, 10, 10, 10), 8)
        self.setLayout(column)
        column.addWidget(stage, 1)
        self.crossfader = Crossfader(binder, "/mix/crossfade")
        offsets = Row(gap=6)
        for band in BANDS:
            offsets.addWidget(Slider(binder, f"/mix/offset/{band}", stacked=True), 1)
        self.still = Button("still")
        self.still.tip = "<b>/still/save</b><br>Keep the picture as PNG, with its whole position."
        self.still.pressed.connect(lambda: binder.command("/still/save", ""))
        buttons = Row(gap=6)
        buttons.addWidget(Toggle(binder, "/stage/blackout", "blackout"))
        buttons.addWidget(Toggle(binder, "/stage/freeze", "freeze"))
        buttons.addWidget(Choice(binder, "/stage/fit", segmented=True))
        buttons.addStretch(1)
        even = Toggle(binder, "/mix/even", "even travel")
        even.calm = True
        buttons.addWidget(even)
        buttons.addWidget(self.still)
        buttons.addWidget(Toggle(binder, "/record/running", "● record", theme.WARNING))
        column.addLayout(buttons)
        column.addLayout(offsets)
        column.addWidget(self.crossfader)
        binder.watch("/stage/blackout", self._blackout)
        binder.watch("/stage/fit", self._fit)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(560), theme.px(520))

    def _blackout(self, value: Shown) -> None:
        self.stage.set_blackout(bool(value) if isinstance(value, float) else False)

    def _fit(self, value: Shown) -> None:
        self.stage.set_fit(value if isinstance(value, float) else 0.0)
