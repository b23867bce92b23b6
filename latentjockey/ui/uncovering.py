"""A large window is painted a part at a time, so that the event loop beats in between. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

TURN_MS = 1
"""A turn of the event loop: what is called after 0 ms is called within the same one."""


class Uncovering(QObject):
    """Keeps ``parts`` from being painted from now on; each turn of the event loop after ``begin`` uncovers the next.

    ``done`` is called when all of them are.
    """

    def __init__(self, parts: Sequence[QWidget], done: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._covered = list(parts)
        self._done = done
        for part in self._covered:
            part.setUpdatesEnabled(False)

    def begin(self) -> None:
        if self._covered:
            part = self._covered.pop(0)
            part.setUpdatesEnabled(True)
            part.repaint()  # now: left to itself, it would be painted together with those of the next turns
            QTimer.singleShot(TURN_MS, self, self.begin)
        else:
            self._done()
