"""Four dots that count the beats of the bar. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QMouseEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import Clock
from latentjockey.control.bay import Bay
from latentjockey.modulation.transport import transport_of
from latentjockey.ui import theme
from latentjockey.ui.painted import Painted, fill

BEATS = 4
_LOOK_MS = 25


class BeatDots(Painted):
    """The lit one is the beat of now; the first of a bar is larger. Dark while the transport stands. ``press`` is what
    a click does: it makes the nearest beat the first of a bar."""

    def __init__(
        self, bay: Bay, clock: Clock, press: Callable[[], None] = lambda: None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._press = press
        self._bay = bay
        self._clock = clock
        self.beat: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setToolTip("the beat of the bar; click on the one; space taps the tempo")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(72), theme.px(26))

    def look(self) -> None:
        """Repaint when another beat has begun. The timer calls it."""
        transport = transport_of(self._bay.snapshot())
        beat = int(transport.beat_at(self._clock.now()) // 1 % BEATS) if transport.playing else None
        if beat != self.beat:
            self.beat = beat
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._press()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        wide, thick, gap = theme.px(14), theme.px(5), theme.px(5)
        top = (self.height() - thick) / 2
        for n in range(BEATS):
            colour = theme.TEXT if n == self.beat else theme.TRACK
            grown = theme.px(1) if n == self.beat == 0 else 0
            box = QRectF(n * (wide + gap), top, wide, thick).adjusted(0, -grown, 0, grown)
            fill(painter, box, colour, box.height() / 2)
