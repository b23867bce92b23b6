"""Goes round the widgets in sight about 15 times a second and lets them ask for their marks. GUI thread only."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from latentjockey.ui.binder import Binder
from latentjockey.ui.painted import Painted

ROUND_MS: Final = 66


class MarkRound(QObject):
    """For everything under ``root``; where the marks come from is ``binder.marks``. :meth:`start` begins the rounds."""

    def __init__(self, root: QWidget, binder: Binder) -> None:
        super().__init__(root)
        self._root = root
        self._binder = binder
        self._timer = QTimer(self)
        self._timer.setInterval(ROUND_MS)
        self._timer.timeout.connect(self.go_round)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def go_round(self) -> None:
        """One round. The timer calls it; tests may."""
        marks = self._binder.marks
        for widget in self._root.findChildren(Painted):
            if widget.isVisible():
                widget.show_marks(marks)
