"""Goes round the widgets in sight about 15 times a second and lets them ask for their marks; those that modulation
moves, about 40 times a second. GUI thread only."""

from __future__ import annotations

import weakref
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from latentjockey.ui.binder import Binder
from latentjockey.ui.painted import Painted

ROUND_MS: Final = 66
QUICK_MS: Final = 25


class MarkRound(QObject):
    """For everything under ``root``; where the marks come from is ``binder.marks``. :meth:`start` begins the rounds."""

    def __init__(self, root: QWidget, binder: Binder) -> None:
        super().__init__(root)
        self._root = root
        self._binder = binder
        self._timer = QTimer(self)
        self._timer.setInterval(ROUND_MS)
        self._timer.timeout.connect(self.go_round)
        self._modulated: list[weakref.ref[Painted]] = []
        self._quick = QTimer(self)
        self._quick.setInterval(QUICK_MS)
        self._quick.timeout.connect(self.go_quickly)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._quick.stop()

    def go_round(self) -> None:
        """One round. The timer calls it; tests may."""
        marks = self._binder.marks
        moved: list[weakref.ref[Painted]] = []
        for widget in self._root.findChildren(Painted):
            if widget.isVisible():
                widget.show_marks(marks)
                if widget.modulated:
                    moved.append(weakref.ref(widget))
        self._modulated = moved
        if not moved:
            self._quick.stop()
        elif self._timer.isActive() and not self._quick.isActive():
            self._quick.start()

    def go_quickly(self) -> None:
        """Only those that something moves. The timer calls it; tests may."""
        marks = self._binder.marks
        for reference in self._modulated:
            widget = reference()
            if widget is not None and isValid(widget) and widget.isVisible():
                widget.show_marks(marks)
