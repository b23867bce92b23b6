"""What the supervisor has to say: readouts in the bay, and sentences among the messages. Thread ``supervisor``."""

from __future__ import annotations

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.source import ENGINE
from latentjockey.control.values import Value
from latentjockey.host.statistics import Statistics

_READOUT_S = 0.2


class Readouts:
    """Writes under ``/engine`` and ``/bank``."""

    def __init__(self, bay: Bay, messages: Messages, clock: Clock) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._last = -1.0

    def write(self, **readouts: Value) -> None:
        """Write readouts by their names under ``/engine``."""
        self._bay.write([(f"/engine/{name}", value) for name, value in readouts.items()], ENGINE)

    def bank(self, ready: str, loading: str, mib: float) -> None:
        """Write which models are at hand, which one is becoming so, and what they take."""
        self._bay.write([("/bank/ready", ready), ("/bank/loading", loading), ("/bank/used_mb", mib)], ENGINE)

    def post(self, text: str) -> None:
        """Tell the player something serious."""
        self._messages.post(self._clock.now(), "engine", text, serious=True)

    def say(self, error: str) -> None:
        """Tell what is wrong, also as ``/engine/error``; nothing when it is over."""
        if error:
            self.post(error)
        self.write(error=error)

    def figures(self, statistics: Statistics) -> None:
        """Write what has changed of the figures, a few times a second."""
        now = self._clock.now()
        if now - self._last < _READOUT_S:
            return
        self._last = now
        figures = statistics.figures(now_ns())
        changed: dict[str, Value] = {
            name: value for name, value in figures.items() if self._bay.number(f"/engine/{name}") != value
        }
        if self._bay.value("/engine/time/cached") != statistics.held:
            changed["time/cached"] = statistics.held
        if changed:
            self.write(**changed)
