"""Who leads the beat: taps and hands, or a MIDI clock that is followed. Thread ``conductor``.

Only from here is the transport anchored anew. A followed clock is never copied jump by jump: while the two differ by
little the transport runs a trifle faster or slower until they agree, so that everything that is a function of the beat
goes on without a seam. It is set at once where the other side sets it (start, song position), or is far off.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.names import SOURCES
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR
from latentjockey.control.values import Value
from latentjockey.modulation.gesture import BAR
from latentjockey.modulation.midi_clock import ClockReading, ClockState
from latentjockey.modulation.transport import Transport, tapped_bpm, transport_of

Writes = list[tuple[str, Value]]
Clocks = Callable[[], tuple[str, ClockReading] | None]
"""The MIDI clock that comes in, and from where; ``None`` while there never was one. Must not wait."""

FARTHEST = 0.125
"""Beats: what is farther off than this is set, not steered."""

_INTERNAL, _CLOCK = range(len(SOURCES))
_LOOK_S = 0.1
_STEER_S = 0.8
_STEEPEST = 0.05
_NEAR_S = 0.001
_ALIKE = 5e-4


class Tempo:
    """A mover of the conductor, and what presses and hands on the tempo do, as writes."""

    def __init__(self, bay: Bay, messages: Messages, clocks: Clocks = lambda: None) -> None:
        self._bay = bay
        self._messages = messages
        self._clocks = clocks
        self._taps: list[float] = []
        self._leads = ""
        self._hinted: set[str] = set()
        self._looked = -math.inf
        self._followed: tuple[str, int, bool] | None = None
        self._moved_by = 0.0
        self._left: tuple[Value, bool] = (0.0, False)

    # -- presses and hands --------------------------------------------------------------------------------------------

    def tapped(self, event: Event) -> Writes:
        """What a tap does: the tempo of the last taps, on the beat; the first of the bar while a clock is followed."""
        snapshot = self._bay.snapshot()
        if snapshot.number("/transport/source") == _CLOCK:
            return self.downbeat(event.time)
        self._taps = [*self._taps[-7:], event.time]
        bpm = tapped_bpm(self._taps)
        if bpm is None:
            return []
        self._leads = "taps"
        beat = round(transport_of(snapshot).beat_at(event.time))  # a tap is on the beat
        return [("/transport/bpm", bpm), *_anchor(float(beat), event.time), ("/transport/follows", self._leads)]

    def downbeat(self, t: float) -> Writes:
        """The beat nearest to ``t`` becomes the first of a bar; tempo and phase stay."""
        transport = transport_of(self._bay.snapshot())
        bar = int(BAR)
        shift = -(round(transport.beat_at(t)) % bar)
        if shift < -bar // 2:
            shift += bar
        self._moved_by += shift
        return _anchor(transport.beat + shift, transport.since) if shift else []

    def by_hand(self, before: Snapshot, after: Snapshot, t: float) -> Writes:
        """A hand set tempo or play: the beat does not jump, and whoever was followed is not any more."""
        playing = bool(after.number("/transport/playing"))
        new = transport_of(before).changed(t, after.number("/transport/bpm"), playing)
        writes: Writes = _anchor(new.beat, new.since)
        if after.number("/transport/source") == _CLOCK:
            self._say(t, "A hand has the tempo now; set its source to midi clock to follow again.")
            writes.append(("/transport/source", _INTERNAL))
        self._leads = ""
        return writes

    # -- following ----------------------------------------------------------------------------------------------------

    def move(self, t: float) -> bool:
        """Look who leads, and follow. Between two looks beats pass as recorded, so nothing here is ever in a hurry."""
        heard = self._clocks()
        with self._bay.alone():  # a hand on the tempo is seen before or after, never half
            snapshot = self._bay.snapshot()
            writes = self._hears(snapshot, heard, t)
            if snapshot.number("/transport/source") == _CLOCK:
                writes += self._follow(snapshot, heard, t)
            else:
                self._followed = None
                if self._leads.startswith("midi"):
                    self._leads = ""
            if snapshot.text("/transport/follows") != self._leads:
                writes.append(("/transport/follows", self._leads))
            if writes:
                self._bay.write(writes, CONDUCTOR)
        return False

    def _hears(self, snapshot: Snapshot, heard: tuple[str, ClockReading] | None, t: float) -> Writes:
        name = heard[0] if heard is not None and heard[1].state(t) is ClockState.HEARD else ""
        if name and name not in self._hinted:
            self._hinted.add(name)
            if snapshot.number("/transport/source") == _INTERNAL:
                self._say(t, f"MIDI clock comes from {name}: set the tempo's source to midi clock to follow it.")
        return [("/transport/hears", name)] if snapshot.text("/transport/hears") != name else []

    def _follow(self, snapshot: Snapshot, heard: tuple[str, ClockReading] | None, t: float) -> Writes:
        transport = transport_of(snapshot)
        if heard is None or heard[1].state(t) is not ClockState.HEARD:
            lost = heard is not None and heard[1].state(t) is ClockState.LOST
            self._leads = "midi clock lost" if lost else ""
            return self._held(transport, heard, t)
        name, clock = heard
        self._leads = f"midi clock from {name}"
        now = (name, clock.jumps, clock.running)
        begun = now != self._followed
        if begun:
            if self._followed is None or now[:2] != self._followed[:2]:
                # one that was joined midway has no bar of its own: beats go on as they are counted here
                self._moved_by = 0.0 if clock.jumps else round(transport.beat_at(t) - clock.beat_at(t))
            self._followed = now
        left = transport.bpm, transport.playing
        if not begun and left != self._left:  # somebody else moved it just now: hear first who that was
            self._left = left
            return []
        if not begun and t - self._looked < _LOOK_S:
            return []
        self._looked = t
        writes = self._after(snapshot, transport, clock, t)
        self._left = next((v for a, v in writes if a == "/transport/bpm"), transport.bpm), clock.running
        return writes

    def _after(self, snapshot: Snapshot, transport: Transport, clock: ClockReading, t: float) -> Writes:
        """What brings the transport to where the clock is."""
        there = clock.beat_at(t + snapshot.number("/transport/offset_ms") * 1e-3) + self._moved_by
        ahead = there - transport.beat_at(t)
        if transport.playing != clock.running or abs(ahead) > FARTHEST:
            return [("/transport/bpm", clock.bpm), ("/transport/playing", clock.running), *_anchor(there, t)]
        return self._steered(transport, clock, ahead * 60.0 / clock.bpm, t)

    def _steered(self, transport: Transport, clock: ClockReading, ahead_s: float, t: float) -> Writes:
        """A tempo near the clock's that makes up for ``ahead_s`` in about ``_STEER_S``."""
        missing = math.copysign(max(abs(ahead_s) - _NEAR_S, 0.0), ahead_s)
        bpm = clock.bpm * (1.0 + min(max(missing / _STEER_S, -_STEEPEST), _STEEPEST))
        if abs(bpm - transport.bpm) <= _ALIKE * transport.bpm:
            return []
        new = transport.changed(t, bpm, transport.playing)
        return [("/transport/bpm", bpm), *_anchor(new.beat, new.since)]

    def _held(self, transport: Transport, heard: tuple[str, ClockReading] | None, t: float) -> Writes:
        """Nobody to follow: on at the tempo heard last."""
        if heard is None or not heard[1].known or abs(heard[1].bpm - transport.bpm) <= _ALIKE * transport.bpm:
            return []
        new = transport.changed(t, heard[1].bpm, transport.playing)
        return [("/transport/bpm", new.bpm), *_anchor(new.beat, new.since)]

    def _say(self, t: float, text: str) -> None:
        self._messages.post(t, "tempo", text)


def _anchor(beat: float, since: float) -> Writes:
    return [("/transport/beat", beat), ("/transport/since", since)]
