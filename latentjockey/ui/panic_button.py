"""PANIC: at the touch a clean picture; held, the decks also go home to their first cue. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QHideEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton
from latentjockey.ui.keys import HOME_MS
from latentjockey.ui.painted import fill


class PanicButton(ControlButton):
    """It answers the touch, not the letting go. A line fills below while it is held."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(binder, "/panic", "PANIC", theme.WARNING, outlined=True, parent=parent)
        self._share = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(33)
        self._timer.timeout.connect(self._wait)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        if self.down:
            self._share = 0.0
            self._timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._let_go()
        super().mouseReleaseEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._let_go()  # no release comes to what is out of sight
        super().hideEvent(event)

    def _let_go(self) -> None:
        self._timer.stop()
        self._share = 0.0
        self.down = False
        self.update()

    def _wait(self) -> None:
        self._share += self._timer.interval() / HOME_MS
        if self._share >= 1.0:
            self._timer.stop()
            self.binder.press("/panic/home")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self._share:
            thick, inset = theme.px(2), theme.px(6)
            wide = (self.width() - 2 * inset) * min(1.0, self._share)
            fill(self.painter(), QRectF(inset, self.height() - 2 * thick, wide, thick), theme.WARNING, thick / 2)
