"""The prompt bank of a deck: eight texts with the weights that the deck gives them, and what it is led away from. GUI
thread only.

Texts are the model's, and so the same on both decks that play it; weights are a place of the deck's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.prompts import negative_of, prompt_name, texts_of
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.class_list import CLASSES, Deeds, deeds
from latentjockey.ui.painted import Column, Painted
from latentjockey.ui.prompt_rows import HIGH, AwayRow, PromptRow
from latentjockey.ui.scroll import Scroll

_HIGHEST = 28


class PromptBank(Painted):
    """Bound to a deck's class weights; empty where its model has no prompts. :meth:`follow` after each change of
    layout."""

    def __init__(self, binder: Binder, deck: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = f"/deck/{deck}/class"
        self.values: NDArray[np.float64] = np.zeros(0)
        self.rows: list[PromptRow] = []
        self.away: AwayRow | None = None
        self._binder = binder
        self._deck = deck
        self._colour = colour
        self._content = QWidget()
        self._column = Column()
        self._content.setLayout(self._column)
        self._column.addStretch(1)
        self._scroll = Scroll(self._content)
        column = Column()
        self.setLayout(column)
        column.addWidget(self._scroll, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("prompts")
        binder.bind(self.address, self)
        self.follow()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(HIGH * 9))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(2 * HIGH))

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        """The rows show all there is to be shown."""

    def show_value(self, value: Shown) -> None:
        if isinstance(value, np.ndarray):
            self.values = value

    def show_asleep(self) -> None:
        self.values = np.zeros(0)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Have a row for each prompt that there is now."""
        layout = self._binder.bay.layout
        texts, away = texts_of(layout, self._deck), negative_of(layout, self._deck)
        for index, (row, text) in enumerate(zip(self.rows, texts, strict=False)):
            row.follow(f"{self.address}/{index}", text)
        while len(self.rows) > len(texts):
            old = self.rows.pop()
            old.close_links()
            self._leave(old)
        for index in range(len(self.rows), len(texts)):
            at = f"{self.address}/{index}"
            row = PromptRow(self._binder, at, texts[index], self._colour, self._deeds, lambda: self.scrolls)
            self.rows.append(row)
            self._column.insertWidget(index, row)
        self._follow_away(away)
        self._arrange()

    def _follow_away(self, text: str) -> None:
        if self.away is not None and not text:
            self.away.words.close()
            self._leave(self.away)
            self.away = None
        elif self.away is not None:
            self.away.follow(text)
        elif text:
            self.away = AwayRow(self._binder, text)
            self._column.insertWidget(len(self.rows), self.away)

    def _arrange(self) -> None:
        """Where there is room rows are higher, so that texts are easier to take; where there is none they scroll."""
        rows: list[QWidget] = [*self.rows, *([self.away] if self.away is not None else [])]
        high = max(theme.px(HIGH), min(theme.px(_HIGHEST), self.height() // max(1, len(rows))))
        for row in rows:
            row.setFixedHeight(high)

    def rescaled(self) -> None:
        super().rescaled()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange()

    def _leave(self, old: QWidget) -> None:
        self._column.removeWidget(old)
        old.hide()
        old.deleteLater()  # not at once: it may be in the middle of an event

    @property
    def scrolls(self) -> bool:
        """Whether there are more rows than room."""
        return self._scroll.verticalScrollBar().maximum() > 0

    def _deeds(self, address: str) -> Deeds:
        names = tuple(map(prompt_name, range(len(self.rows))))
        return deeds(self._binder, self.address, CLASSES, names, self.values, int(address.rsplit("/", 1)[1]))
