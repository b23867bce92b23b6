"""A machine sends MIDI clock through a real port, with jitter; cues are pressed at any moment and land on its beats.

Through JACK's dummy driver; skipped where jackd or python-rtmidi is missing.
"""

from __future__ import annotations

import math
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from latentjockey.app import Show
from latentjockey.base.clock import SystemClock
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.frames.frame import Frame
from latentjockey.modulation.transport import transport_of
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.options import Options

MACHINE = "the drum machine"
TEMPI = (60.0, 124.0, 180.0)
PRESSES = 4
JITTER_MS = 1.5
GLIDE_S = 0.1

SENDER = r"""
import random, sys, threading, time
import rtmidi

out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=sys.argv[1])
out.open_virtual_port("out")
jitter, dice, rest = float(sys.argv[2]) * 1e-3, random.Random(1), threading.Event()
print("open", flush=True)
for line in sys.stdin:
    bpm, beats = map(float, line.split())
    period, begin = 60.0 / (24 * bpm), time.perf_counter() + 0.1
    print(begin, flush=True)
    out.send_message([0xFA])
    for n in range(int(beats * 24)):
        due = begin + n * period + abs(dice.gauss(0.0, jitter))
        rest.wait(max(due - time.perf_counter(), 0.0))
        out.send_message([0xF8])
out.delete()
"""


@dataclass(frozen=True)
class Landing:
    """One press: when its glide begins, by how much that misses the machine's beat and the transport's, the last
    picture of the old place and the first of another, in seconds."""

    bpm: float
    since: float
    off_beat: float
    off_own: float
    old: float
    new: float

    @property
    def after(self) -> float:
        return self.new - self.since


class Machine:
    """A process of its own that sends what a drum machine does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SENDER, MACHINE, str(JITTER_MS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "open"

    def play(self, bpm: float, beats: float) -> float:
        """Start it; when its first beat is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{bpm} {beats}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        try:
            self._process.communicate(timeout=10)  # the end of what it reads; killed, it would leave JACK in disorder
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def machine(jack_trouble: str) -> Iterator[Machine]:
    if jack_trouble:
        pytest.skip(jack_trouble)
    machine = Machine()
    yield machine
    machine.end()


@pytest.fixture
def show(machine: Machine) -> Iterator[Show]:
    options = Options(model="cppn", size=(64, 64), osc_in=None, midi=MACHINE, midi_api="jack", session=False,
                      standby=False, sets=(("/mix/even", "0"),))  # fmt: skip
    with Show(options) as show:
        yield show


def until(condition: object, seconds: float = 60.0) -> bool:
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + seconds
    while not condition() and clock.now() < end:  # type: ignore[operator]
        rest.wait(0.002)
    return bool(condition())  # type: ignore[operator]


def write(show: Show, *batch: tuple[str, Value]) -> None:
    assert not show.bay.write(batch, HAND).refused


def position(show: Show) -> tuple[float, np.ndarray]:
    frame: Frame | None = show.feed.acquire()
    assert frame is not None
    with frame:
        return frame.stamp.time, frame.position.copy()


def landed(show: Show, cue: int, bpm: float, first_beat: float) -> Landing:
    """Press a cue and watch every picture until the place moves."""
    old_since = show.bay.number("/deck/a/glide/since")
    _, before = position(show)
    write(show, (f"/deck/a/cue/{cue}/recall", True))
    last = new = math.nan

    def moves() -> bool:
        nonlocal last, new
        time, now = position(show)
        if np.array_equal(now, before):
            last = time
            return False
        new = time
        return True

    assert until(moves)
    since = show.bay.number("/deck/a/glide/since")
    assert since != old_since
    assert until(lambda: position(show)[0] >= since + GLIDE_S), "it arrives"
    beats = (since - first_beat) * bpm / 60.0
    beat = transport_of(show.bay.snapshot()).beat_at(since)
    return Landing(bpm, since, (beats - round(beats)) * 60.0 / bpm, abs(beat - round(beat)) * 60.0 / bpm, last, new)


def pressed(show: Show, machine: Machine) -> list[Landing]:
    """Cues at any moment of a few bars, in each tempo."""
    dice, rest, seen = random.Random(7), threading.Event(), list[Landing]()
    for bpm in TEMPI:
        first_beat = machine.play(bpm, 4 + PRESSES * 2.2)
        assert until(lambda: transport_of(show.bay.snapshot()).beat_at(SystemClock().now()) % 1e3 < 6.0)
        assert until(lambda bpm=bpm: abs(show.bay.number("/transport/bpm") - bpm) < 0.01 * bpm)  # type: ignore[misc]
        rest.wait(60.0 / bpm)
        for n in range(PRESSES):
            rest.wait(dice.uniform(0.12, 0.12 + 0.5 * 60.0 / bpm))
            seen.append(landed(show, 1 + n % 2, bpm, first_beat))
        rest.wait(4 * 60.0 / bpm)
    for one in seen:  # shown with pytest -s, or when it fails
        sys.stderr.write(
            f"{one.bpm:3.0f} bpm: glide {one.off_beat * 1e3:+5.1f} ms off the machine's beat; "
            f"first picture of it {one.after * 1e3:4.1f} ms later, {(one.new - one.old) * 1e3:4.1f} after the last\n"
        )
    return seen


def on_time(seen: list[Landing]) -> bool:
    """Whether most land where they should."""
    late = [one for one in seen if one.old > one.since + 1e-3]  # a picture after the beat that shows the old place
    own, machine = (
        sorted(off)[len(seen) // 2] for off in ((one.off_own for one in seen), (abs(one.off_beat) for one in seen))
    )
    return len(late) <= len(seen) // 4 and own < 0.002 and machine < 1 / 60


def test_cues_land_on_the_beats_of_a_machine(show: Show, machine: Machine) -> None:
    assert until(lambda: show.plugs.midi is not None and show.plugs.midi.state().connected)
    assert until(lambda: show.bay.value("/engine/state") == "playing", 60.0)
    width = show.bay.layout.width("/deck/a/z")
    write(show, *((f"/deck/a/cue/{n}/z", z_from_seed(50 + n, width)) for n in (1, 2)))
    write(show, ("/deck/a/cue/1/filled", True), ("/deck/a/cue/2/filled", True), ("/deck/a/drift/speed", 0.0))
    write(show, ("/deck/a/glide/time", GLIDE_S), ("/transport/quantise", "beat"), ("/transport/source", "midi clock"))
    for _ in range(3):  # where something else has the processors, nobody is on time
        seen = pressed(show, machine)
        assert all(one.after >= 0.0 for one in seen), "never before the beat"
        if on_time(seen):
            return
    pytest.fail("three times, most did not land on the beat")
