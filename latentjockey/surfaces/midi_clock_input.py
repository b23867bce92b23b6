"""MIDI clock out of the ports: one port leads, the first that sends clock, until it has been silent for two seconds.

Ports are read on the thread ``midi``; :meth:`ClockInput.heard` may be asked by any thread. What is clock is taken out
of what the port gives, so that nothing else sees 24 messages a beat.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from latentjockey.base.clock import Clock
from latentjockey.modulation.midi_clock import ClockReading, MidiClock
from latentjockey.surfaces.midi_ports import MidiPort

SILENT_S = 2.0

_POSITION, _TICK, _START, _CONTINUE, _STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
_REAL_TIME = 0xF8
_LATEST_S = 0.1
_CREEP = 1e-4


class ClockInput:
    """``wake`` is called when the clock starts, stops or is set: whoever follows need not wait for its next look."""

    def __init__(self, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._wake = wake
        self._follower = MidiClock()
        self._name = ""
        self._last = -SILENT_S
        self._heard: tuple[str, ClockReading] | None = None

    def heard(self) -> tuple[str, ClockReading] | None:
        """The port that leads and what follows from its ticks; ``None`` while there never was one."""
        return self._heard

    def ticking(self, now: float) -> bool:
        """Whether a clock comes in."""
        return now - self._last < SILENT_S

    def listening(self, name: str, port: MidiPort) -> MidiPort:
        """The port, with its clock heard and taken out."""
        return _WithoutClock(port, self._clock, lambda status, data, t: self._take(name, status, data, t))

    def _take(self, name: str, status: int, position: int, t: float) -> None:
        if name != self._name:
            if self.ticking(t) or status == _STOP:
                return
            self._name, self._follower = name, MidiClock()
        self._last = t
        before = self._follower.reading
        if status == _TICK:
            self._follower.tick(t)
        elif status == _START:
            self._follower.start()
        elif status == _CONTINUE:
            self._follower.resume()
        elif status == _STOP:
            self._follower.stop()
        elif status == _POSITION:
            self._follower.position(position)
        after = self._follower.reading
        self._heard = (name, after)
        if (before.jumps, before.running) != (after.jumps, after.running):
            self._wake()


class _WithoutClock:
    """A port whose real-time messages go to ``take_clock`` (status, song position, seconds) instead."""

    def __init__(self, port: MidiPort, clock: Clock, take_clock: Callable[[int, int, float], None]) -> None:
        self._port = port
        self._clock = clock
        self._take_clock = take_clock
        self._stamps = _Stamps()
        self._position: list[int] | None = None

    @property
    def waits(self) -> Sequence[float]:
        return self._port.waits

    def take(self) -> list[bytes]:
        messages = self._port.take()
        if not messages:
            return messages
        now = self._clock.now()
        waits = self._port.waits
        times = self._stamps.times(waits, now) if len(waits) == len(messages) else itertools.repeat(now)
        rest = [self._without(message, t) for message, t in zip(messages, times, strict=False)]
        return [message for message in rest if message]

    def close(self) -> None:
        self._port.close()

    def _without(self, message: bytes, t: float) -> bytes:
        for byte in message:
            if byte in (_TICK, _START, _CONTINUE, _STOP):
                self._take_clock(byte, 0, t)
            elif byte < _REAL_TIME:
                self._spell(byte, t)
        return bytes(byte for byte in message if byte < _REAL_TIME)

    def _spell(self, byte: int, t: float) -> None:
        """Put a song position together; other messages may not stand inside it, real-time ones may."""
        if byte & 0x80:
            self._position = [] if byte == _POSITION else None
        elif self._position is not None:
            self._position.append(byte)
            if len(self._position) == 2:
                low, high = self._position
                self._position = None
                self._take_clock(_POSITION, high << 7 | low, t)


class _Stamps:
    """When messages came, by the driver's own count of the time between them.

    That count is finer than the time at which they are asked for, but on a clock of its own: it is laid so that no
    message comes after it was read, and the one that was read soonest sets it; slowly anew, for clocks drift apart.
    """

    def __init__(self) -> None:
        self._driver = 0.0
        self._ahead = 0.0
        self._known = False

    def times(self, waits: Sequence[float], now: float) -> list[float]:
        """The times of messages read at ``now``, each so many seconds after the one before it."""
        counted = list(itertools.accumulate(waits, initial=self._driver))[1:]
        passed = counted[-1] - self._driver
        self._driver = counted[-1]
        soonest = now - self._driver
        if not self._known or soonest > self._ahead + _LATEST_S:
            self._ahead, self._known = soonest, True
        self._ahead = min(self._ahead + _CREEP * passed, soonest)
        return [t + self._ahead for t in counted]
