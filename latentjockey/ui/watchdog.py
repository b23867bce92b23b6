"""Watches the event loop: a timer beats in it, and a thread looks where it stands when a beat stays away.

The timer is of the GUI thread. Thread ``watchdog`` looks when the next beat has been away for too long, about 25 times
a second, and only while the loop stands still takes the GUI thread's stack, so that a stall can be named. What was
found is told on the GUI thread.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer

from latentjockey.base.clock import Clock, busy_seconds, own_seconds
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.ui.application import run
from latentjockey.ui.beats import BEAT_S, KEPT_S, STALL_S, Beats, Stalls

_LOG = logger("surface")
_LOOK_S = 0.02
_LEAST_S = 0.002
_TELL_S = 0.25
_PACKAGE = "latentjockey."


class Watchdog(QObject):
    """``start`` on the GUI thread once the loop is about to run, ``stop`` before it ends."""

    def __init__(self, clock: Clock, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._messages = messages
        self.beats = Beats()
        self._looked = clock.now()
        self._places: Counter[str] = Counter()
        self._logged: set[str] = set()
        self._told: set[str] = set()
        self._gui = threading.get_ident()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to watch. Doing it again does nothing."""
        if self._thread is not None:
            return
        self._gui = threading.get_ident()
        self._stop.clear()
        self.beats.begin(self._clock.now(), busy_seconds(), own_seconds())
        self._timer.start(round(BEAT_S * 1000))
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; what was found stays."""
        self._timer.stop()
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def stalls(self, seconds: float = KEPT_S) -> Stalls:
        """The stalls of the last ``seconds``, at most two minutes."""
        return self.beats.stalls(self._clock.now(), seconds)

    # -- the GUI thread -----------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        stall = self.beats.beat(self._clock.now(), busy_seconds(), own_seconds(), self._looked)
        if stall:
            self._name(stall, self.beats.worked)

    def _name(self, stall: float, worked: float) -> None:
        """Say it once for each place: in the log, or where nobody can have missed it in the messages.

        Of a loop that was kept waiting the place means little: for the player these are all the same.
        """
        found = self._places.most_common(1)
        self._places = Counter()
        place = found[0][0] if found else "a place that was not seen"
        waited = worked < stall / 2
        words = f"The window stood still for {stall * 1000:.0f} ms"
        if place not in self._logged:
            self._logged.add(place)
            _LOG.info("%s in %s, %.0f ms of it at work.", words, place, worked * 1000)
        told = "" if waited else place
        if stall > _TELL_S and told not in self._told:
            self._told.add(told)
            why = "it waited for the processor, the disk or a lock" if waited else f"it was at work in {place}"
            self._messages.post(self._clock.now(), "surface", f"{words}: {why}.")

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        wait = _LOOK_S
        while not self._stop.wait(wait):
            now = self._looked = self._clock.now()
            quiet = now - (self.beats.last or now)
            wait = STALL_S - quiet + _LEAST_S
            if quiet > STALL_S:
                wait = _LOOK_S
                frame = sys._current_frames().get(self._gui)
                if frame is not None:
                    self._places[place_of(frame)] += 1
                del frame


def place_of(frame: FrameType) -> str:
    """The innermost function of ours on a stack, as module and name; where only Qt is at work, that."""
    at: FrameType | None = frame
    while at is not None:
        if at.f_code is run.__code__:
            break
        module = str(at.f_globals.get("__name__", ""))
        if module.startswith(_PACKAGE) and module != __name__:
            return f"{module}.{at.f_code.co_qualname}".removeprefix(_PACKAGE)
        at = at.f_back
    return "Qt or a library"
