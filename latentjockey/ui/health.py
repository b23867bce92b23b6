"""One dot with one word: how the show goes. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.painted import Painted, fill, write

_REMEMBER_S = 20.0
_SLOW_FPS = 20.0


class Health(Painted):
    """Full and calm while all is well; a ring of the warning colour and a word when something is not. A click asks for
    the messages."""

    asked = Signal()

    def __init__(self, binder: Binder, messages: Messages, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._clock = clock
        self._state = "starting"
        self._fps = 0.0
        self._plain = ""
        self.word = "starting"
        self.well = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(f"health: {self.word}")
        self.setToolTip("How the show goes; a click opens the messages.")
        binder.watch("/engine/state", self._became)
        binder.watch("/engine/fps", self._ran)
        binder.watch("/engine/picture", self._looks)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(theme.text_width(self.word, 14, theme.MEDIUM)) + theme.px(28), theme.px(26))

    def refresh(self) -> None:
        """Look whether something serious was said of late. The window calls it a few times a second."""
        latest = self._messages.latest()
        trouble = latest is not None and latest.serious and self._clock.now() - latest.time < _REMEMBER_S
        if self._state != "playing":
            word = self._state
        elif trouble and latest is not None:
            word = f"see {latest.category}"
        elif 0.0 < self._fps < _SLOW_FPS:
            word = f"slow · {self._fps:.0f} fps"
        elif self._plain:
            word = f"{self._plain} picture"
        else:
            word = "well"
        if word != self.word:
            self.word, self.well = word, word == "well"
            self.setAccessibleName(f"health: {word}")
            self.updateGeometry()
            self.update()

    def _became(self, value: Shown) -> None:
        self._state = str(value)
        self.refresh()

    def _ran(self, value: Shown) -> None:
        self._fps = value if isinstance(value, float) else 0.0
        self.refresh()

    def _looks(self, value: Shown) -> None:
        self._plain = str(value)
        self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        side, high = theme.px(11), self.height()
        dot = QRectF(theme.px(3), (high - side) / 2, side, side)
        colour = theme.DECK_A if self.well else theme.WARNING
        fill(painter, dot.adjusted(-3, -3, 3, 3), theme.faded(colour, 0.2), side)
        if self.well:
            fill(painter, dot, colour, side / 2)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setColor(colour)
            pen.setWidthF(2.5 * theme.scale())
            painter.setPen(pen)
            painter.drawEllipse(dot)
        box = QRectF(theme.px(22), 0, self.width() - theme.px(22), high)
        write(painter, box, self.word, theme.TEXT if self.well else theme.WARNING, 14, theme.MEDIUM)
