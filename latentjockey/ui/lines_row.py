"""A row of widgets that takes as many lines as its width asks for. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import Painted

Lines = list[list[tuple[QWidget, int]]]
"""The parts on each line with their widths; 0 takes what is left."""

_GAP = 8


class LinesRow(Painted):
    """``between`` lines, and ``after`` them where there are several: pixels at scale 1."""

    between, after = 4, 6

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def lines(self, width: int) -> Lines:
        """What stands where in a row of that width."""
        raise NotImplementedError

    def high(self) -> int:
        """The height that the lines take; several lines stand apart from the next row."""
        count = len(self.lines(self.width()))
        after = theme.px(self.after) if count > 1 else 0
        return count * theme.px(theme.ROW) + (count - 1) * theme.px(self.between) + after

    def rescaled(self) -> None:
        super().rescaled()
        self._arrange()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._arrange()

    def _arrange(self) -> None:
        if self.minimumHeight() != self.high():
            self.setFixedHeight(self.high())
        gap, high, top = theme.px(_GAP), theme.px(theme.ROW), 0
        for line in self.lines(self.width()):
            left = 0
            fixed = sum(wide + gap for _, wide in line) - gap
            for part, wide in line:
                wide = wide or max(0, self.width() - fixed)
                part.setGeometry(QRect(left, top, wide, high))
                left += wide + gap
            top += high + theme.px(self.between)
