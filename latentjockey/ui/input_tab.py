"""The input tab: where the picture comes from that others begin with, how it stands, how far it is left. GUI thread
only.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.dropping import DropTarget
from latentjockey.ui.input_view import InputState, InputView, InputWhat, Newest, dropped_input, take_file
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import Column, Painted, Row

_KNOBS = (("strength", "strength"), ("zoom", "zoom"), ("turn", "turn"), ("speed", "speed"))


class InputTab(Painted):
    """``newest`` gives the pictures that come in. A picture or film that is dropped anywhere on it comes in."""

    def __init__(self, binder: Binder, newest: Newest | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = InputView(binder, newest)
        self.source = Choice(binder, "/input/source", segmented=True)
        self.what = InputWhat(binder)
        self.state = InputState(binder)
        self.fit = Choice(binder, "/input/fit", segmented=True)
        self.mirror = Toggle(binder, "/input/mirror", "mirror")
        self.mirror.calm = True
        self.knobs = [Knob(binder, f"/input/{part}", theme.MIDDLE, label) for part, label in _KNOBS]
        self.view.pressed.connect(self.what.ask)
        self.drop = DropTarget(self, lambda path: take_file(binder, path), "begin with this", takes=dropped_input)
        row = Row((12, 6, 12, 8), 16)
        self.setLayout(row)
        row.addWidget(self.view, 2)
        row.addLayout(self._middle(), 5)
        row.addLayout(self._right(), 3)

    def _middle(self) -> Column:
        column = Column(gap=6)
        first, last = Row(gap=8), Row(gap=8)
        first.addWidget(self.source)
        first.addStretch(1)
        last.addWidget(self.fit)
        last.addWidget(self.mirror)
        last.addStretch(1)
        column.addLayout(first)
        column.addWidget(self.what)
        column.addLayout(last)
        column.addWidget(self.state)
        column.addStretch(1)
        return column

    def _right(self) -> Row:
        row = Row(gap=2)
        for knob in self.knobs:
            row.addWidget(knob, 1)
        return row

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(156))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(420), theme.px(120))
