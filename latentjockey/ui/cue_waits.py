"""Shows on a bank's pads which cue waits, and how many beats are left. GUI thread only; looks only while one waits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from latentjockey.base.clock import Clock, SystemClock
from latentjockey.modulation.transport import transport_of
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.cue_pad import CuePad

LOOK_MS = 33


class CueWaits(QObject):
    """Tells each pad the beats it has left, ``None`` for one that does not wait."""

    def __init__(self, binder: Binder, pads: Sequence[CuePad], parent: QObject, clock: Clock | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._pads = pads
        self._clock = clock or SystemClock()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        binder.watch("/transport/waiting", self._changed)

    def _changed(self, value: Shown) -> None:
        if value:
            self._timer.start()
        else:
            self._timer.stop()
        self.look()

    def look(self) -> None:
        """Tell the pads. The timer calls it."""
        transport = transport_of(self._binder.bay.snapshot())
        now = transport.beat_at(self._clock.now())
        for pad in self._pads:
            beat = self._binder.marks.awaited(pad.playable())
            pad.show_left(None if beat is None else max(beat - now, 0.0))
