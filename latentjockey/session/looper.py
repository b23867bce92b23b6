"""The gesture looper: hold, move, release, and the movement goes round with the beat, on any control of one number.

Thread ``conductor``: it moves as the source LOOP, which every hand, note and message outranks; commands come by their
events. :meth:`Looper.state` and :meth:`Looper.addresses` may be asked by any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import GHOST, LOOP
from latentjockey.control.spec import Kind
from latentjockey.modulation.gesture import LONGEST, SHORTEST, Gesture, blended, eased, length_for, recorded
from latentjockey.modulation.transport import Transport, grid_of, transport_of

_SPACING_S = 1.0 / 130
_SETTLE_S = 0.3
"""How long a loop takes to find its way after it was turned round, halved, doubled, or the tempo was tapped."""

_CONTINUOUS = (Kind.FLOAT, Kind.VECTOR)
_LOOPABLE = (Kind.FLOAT, Kind.INT, Kind.BOOL, Kind.CHOICE, Kind.VECTOR)
_GIVES_WAY = frozenset({"", LOOP.name, GHOST.name})
"""Who may hold a control that a loop writes to: nobody, or who has less to say."""

State = tuple[float, float, bool]
"""Phase 0..1, length in beats, whether it is being recorded."""


@dataclass(slots=True)
class _Loop:
    """A gesture that goes round since beat ``start``; until a moment after ``since`` it comes from ``origin``."""

    gesture: Gesture
    start: float
    last: float
    origin: float = 0.0
    since: float = -1e9

    def phase(self, beat: float) -> float:
        return (beat - self.start) / self.gesture.beats

    def value(self, beat: float, t: float) -> float:
        value = self.gesture.value_at(self.phase(beat))
        x = (t - self.since) / _SETTLE_S
        return value if self.gesture.steps or x >= 1.0 else blended(self.origin, value, eased(x))

    def settle(self, t: float) -> None:
        """What comes now is elsewhere: go there from where the control was last put."""
        self.origin, self.since = self.last, t


@dataclass(slots=True)
class _Take:
    """What is being recorded, from beat ``start`` on; it was let go and ends at beat ``end``, once there is one."""

    start: float
    end: float = math.inf
    beats: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    touched: list[bool] = field(default_factory=list)

    def add(self, beat: float, value: float, touched: bool) -> None:
        passed = beat - self.start
        self.beats.append(max(passed, self.beats[-1]) if self.beats else max(passed, 0.0))  # a tap may set beats back
        self.values.append(value)
        self.touched.append(touched)


class Looper:
    """A mover of the conductor; ``commands`` are what its addresses do."""

    def __init__(self, bay: Bay, clock: Clock, messages: Messages) -> None:
        self._bay = bay
        self._clock = clock
        self._messages = messages
        self._loops: dict[str, _Loop] = {}
        self._takes: dict[str, _Take] = {}
        self._layout: Layout | None = None
        self._transport: Transport | None = None
        self._wrote = -1.0
        self._shown: Mapping[str, State] = {}

    def commands(self) -> dict[str, Callable[[Event], None]]:
        """What to do for each address of a command."""
        return {
            "/loop/hold": self._hold,
            "/loop/release": self._release,
            "/loop/reverse": lambda event: self._change(event, Gesture.reversed),
            "/loop/halve": lambda event: self._change(event, Gesture.halved),
            "/loop/double": lambda event: self._change(event, Gesture.doubled),
            "/loop/clear": self._clear,
        }

    def state(self, address: str) -> State | None:
        """Where the loop of a control is, or nothing where there is none. Any thread."""
        return self._shown.get(address)

    def addresses(self) -> tuple[str, ...]:
        """The controls that loop or are being recorded, sorted. Any thread."""
        return tuple(sorted(self._shown))

    def loops(self, address: str) -> bool:
        """Whether a loop, or a recording, is on this control or on a component of it. Any thread."""
        return any(a == address or a.startswith(f"{address}/") for a in self._shown)

    def clear(self) -> None:
        """Forget every loop: the controls stay where they are."""
        self._loops.clear()
        self._takes.clear()
        self._shown = {}

    # -- playing ------------------------------------------------------------------------------------------------------

    def move(self, t: float) -> bool:
        """Record what is held, play what loops. Whether there is more to come soon."""
        if not self._loops and not self._takes:
            return False
        with self._bay.alone():  # a hand that comes meanwhile finds the control free or looping, never half
            snapshot = self._bay.snapshot()
            transport = transport_of(snapshot)
            if snapshot.layout is not self._layout or transport != self._transport:
                self._meet(snapshot, t)
            beat = transport.beat_at(t)
            for address in [a for a, take in self._takes.items() if beat >= take.end or not transport.playing]:
                self._finish(address, snapshot, beat, t)
            for address, take in self._takes.items():
                self._hear(address, take, snapshot, beat)
            if t - self._wrote >= _SPACING_S:
                self._wrote = t
                self._play(snapshot, beat, t)
        self._show(beat)
        return transport.playing

    def _meet(self, snapshot: Snapshot, t: float) -> None:
        """Tempo, beat or layout are others now: no loop jumps because of that."""
        transport, before = transport_of(snapshot), self._transport
        self._layout, self._transport = snapshot.layout, transport
        slipped = transport.beat - before.beat_at(transport.since) if before is not None else 0.0
        if abs(slipped) >= 1.0 and abs(slipped - round(slipped)) < 1e-6:  # beats were only counted anew: stay with them
            for loop in self._loops.values():
                loop.start += slipped
            for take in self._takes.values():
                take.start, take.end = take.start + slipped, take.end + slipped
            return
        for address, loop in self._loops.items():
            target = snapshot.layout.resolve(address)
            if target is not None:
                loop.last = float(snapshot.values[target.start])
                loop.settle(t)

    def _play(self, snapshot: Snapshot, beat: float, t: float) -> None:
        writes: list[tuple[str, float]] = []
        for address, loop in self._loops.items():
            target = snapshot.layout.resolve(address)
            if target is None or self._bay.holder(address) not in _GIVES_WAY:  # nothing of a loop ever waits
                continue
            here = float(snapshot.values[target.start])
            if here != loop.last:  # a hand let go, a preset or a cue came: go back from there
                loop.last = here
                loop.settle(t)
            loop.last = loop.value(beat, t)
            if loop.last != here:
                writes.append((address, loop.last))
        if writes:
            self._bay.write(writes, LOOP)

    def _hear(self, address: str, take: _Take, snapshot: Snapshot, beat: float) -> None:
        target = snapshot.layout.resolve(address)
        if target is not None and 0.0 <= beat - take.start <= LONGEST and beat <= take.end:
            touched = self._bay.holder(address) not in _GIVES_WAY
            take.add(beat, float(snapshot.values[target.start]), touched)

    def _show(self, beat: float) -> None:
        shown = {a: (loop.phase(beat) % 1.0, loop.gesture.beats, a in self._takes) for a, loop in self._loops.items()}
        for address, take in self._takes.items():
            if address not in shown:
                passed = max(beat - take.start, 0.0)
                length = take.end - take.start if take.end < math.inf else length_for(passed)
                shown[address] = (min(passed / length, 1.0), length, True)
        self._shown = shown

    # -- commands -----------------------------------------------------------------------------------------------------

    def _hold(self, event: Event) -> None:
        address = self._known(event)
        if address is None or address in self._takes:
            return
        snapshot = self._bay.snapshot()
        transport = transport_of(snapshot)
        if not transport.playing:
            self._say("Loops follow the beat, which stands: press play, then hold.")
            return
        beat = transport.beat_at(event.time)
        loop = self._loops.get(address)
        # over a loop beats count from its beginning, by whole turns, so that what is played lands where it was heard
        start = beat if loop is None else loop.start + math.floor(loop.phase(beat)) * loop.gesture.beats
        grid = grid_of(snapshot)
        if grid and loop is None:
            start = round(beat / grid) * grid  # a little late is meant for the beat that was, too
        take = self._takes[address] = _Take(start)
        self._hear(address, take, snapshot, beat)
        self._show(beat)

    def _release(self, event: Event) -> None:
        address = self._known(event)
        take = self._takes.get(address) if address is not None else None
        if address is None or take is None:
            return
        snapshot = self._bay.snapshot()
        beat = transport_of(snapshot).beat_at(event.time)
        grid = grid_of(snapshot)
        if grid and address not in self._loops:
            take.end = take.start + max(1.0, round((beat - take.start) / grid)) * grid
        if beat >= take.end or take.end == math.inf:
            self._finish(address, snapshot, beat, event.time)
        self._show(beat)

    def _finish(self, address: str, snapshot: Snapshot, beat: float, t: float) -> None:
        """Make a loop of what was recorded, or lay it over the loop there is."""
        take = self._takes.pop(address)
        self._hear(address, take, snapshot, min(beat, take.end))
        length = take.end - take.start if take.end < math.inf else 0.0
        beats, values, touched = np.asarray(take.beats), np.asarray(take.values), np.asarray(take.touched)
        if length:
            beats, values, touched = (
                heard[: np.searchsorted(beats, length, "right")] for heard in (beats, values, touched)
            )
        loop = self._loops.get(address)
        steps = snapshot.layout.spec(address).kind not in _CONTINUOUS
        if loop is not None:
            loop.gesture = loop.gesture.overdubbed(beats, values, touched)
        elif beats.size and np.ptp(values) > 0:
            gesture = recorded(beats, values, steps=steps, length=length)
            loop = self._loops[address] = _Loop(gesture, take.start, float(values[-1]))
        else:
            self._say(f"Nothing moved {address} while it was held, so there is no loop.")
        if loop is not None and values.size:
            loop.last = float(values[-1])
            loop.settle(t)

    def _change(self, event: Event, how: Callable[[Gesture], Gesture]) -> None:
        address = self._known(event)
        if address is None:
            return
        loop = self._loops.get(address)
        if loop is None:
            self._say(f"{address} has no loop: hold it, move it and release it first.")
            return
        changed = how(loop.gesture)
        if changed is loop.gesture:
            self._say(f"The loop of {address} stays: loops last from {SHORTEST:g} to {LONGEST:g} beats.")
        loop.gesture = changed
        loop.settle(event.time)

    def _clear(self, event: Event) -> None:
        if not event.text.strip():
            self.clear()
            return
        address = self._known(event, asleep=True)
        if address is not None:
            self._loops.pop(address, None)
            self._takes.pop(address, None)
            self._shown = {a: state for a, state in self._shown.items() if a != address}

    def _known(self, event: Event, *, asleep: bool = False) -> str | None:
        """The one name of what a command is about; says in a sentence why it cannot loop."""
        given = event.text.strip()
        layout = self._bay.layout
        target = layout.resolve(given)
        if target is None:
            if asleep and given in self._loops:
                return given
            self._say(f"There is no control {given[:80]}, so nothing can loop there.")
            return None
        spec = layout.specs[target.index]
        if spec.kind not in _LOOPABLE or spec.internal:
            self._say(f"{spec.address} cannot loop: it is no number, switch or choice that a hand moves.")
            return None
        if spec.kind is not Kind.VECTOR:
            return spec.address
        if target.stop - target.start == 1:
            return f"{spec.address}/{target.start - layout.offsets[target.index]}"
        self._say(f"{given[:80]} is {target.stop - target.start} numbers: loop one of them, such as {spec.address}/0.")
        return None

    def _say(self, text: str) -> None:
        self._messages.post(self._clock.now(), "loop", text)
