"""The effects' side of the show, with processes that only act: they say no, crash on every picture, or never start."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.platform import Family
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.frames.chain import Chain, ChainProgram
from latentjockey.frames.frame import Stamp
from latentjockey.host import effects_rings
from latentjockey.host.effects import Effects
from latentjockey.host.feed import Feed
from latentjockey.host.stage_feed import StageFeed
from latentjockey.link.ring import SLOTS, RingReader, RingWriter, slot_bytes

SIDE = 8
ONE, TWO = ChainProgram(1, "one", "source 1"), ChainProgram(2, "two", "source 2")

PREFACE = """
import os, sys
from latentjockey.link.effects_messages import *
stream = os.fdopen(0, "rb")
send = lambda m: os.write(1, pack(m))
def answer(draw):
    while (m := read_to_effects(stream)) is not None:
        if isinstance(m, Put):
            send(Compiled(m.ident))
        elif isinstance(m, Draw):
            draw(m)
"""
NO_OPENGL = "send(Unable('There is no OpenGL in this play.'))"
CRASHES = """
def crash(m):
    sys.stderr.write('the driver fell over\\n')
    sys.exit(3)
send(Up(1, 'a stage')); answer(crash)
"""


class Actors(Family):
    """Starts a script instead of the effects process, and counts."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self._script = script
        self.started = 0

    def start(self, arguments: list[str], environment: dict[str, str], *, yielding: int = 0) -> subprocess.Popen[bytes]:
        self.started += 1
        if not self._script:
            raise OSError("no more processes")
        return super().start([sys.executable, "-c", PREFACE + self._script], environment)


class Theatre:
    """A bay, a feed with one grey picture, and effects that a script plays."""

    def __init__(self, script: str) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(4, (SIDE, SIDE))), clock)
        self.messages = Messages()
        self.feed = Feed(clock)
        self.stage = StageFeed(self.feed, clock)
        self.family = Actors(script)
        self.effects = Effects(self.bay, self.stage, self.messages, clock, family=self.family)
        each = slot_bytes(SIDE, SIDE, 1, (1, 1))
        buffer = memoryview(bytearray(SLOTS * each))
        self._writer = RingWriter(buffer, SLOTS, each)
        self._ring = RingReader(buffer, each, self._writer.give)
        self._number = 0
        self.draw()

    def draw(self) -> None:
        """The engine's next picture."""
        self._number += 1
        stamp = Stamp(1, self._number, 1, 1, 0.0, 0, 0, 0, 0, 0)
        pixels = np.full((3, SIDE, SIDE), self._number % 256, np.uint8)
        slot = self._writer.put(pixels, True, stamp, np.zeros(1), np.zeros((1, 1), np.float32))
        self.feed.deliver(self._ring, slot)

    def write(self, *batch: tuple[str, Value]) -> None:
        report = self.bay.write(batch, HAND)
        assert not report.refused
        self.effects.changed(self.bay.snapshot())

    def states(self) -> list[str]:
        return [status.state for status in self.effects.status()[:3]]

    def said(self) -> str:
        return "\n".join(m.text for m in self.messages.recent())

    def plain(self) -> bool:
        frame = self.stage.acquire()
        assert frame is not None
        with frame:
            return frame.source is None and frame.stamp.number == self._number


@pytest.fixture
def theatre() -> Iterator[Callable[[str], Theatre]]:
    open_ones: list[Theatre] = []

    def begin(script: str) -> Theatre:
        open_ones.append(Theatre(script))
        return open_ones[-1]

    yield begin
    for one in open_ones:
        one.effects.close()
    assert "effects" not in {thread.name for thread in threading.enumerate()}


def until(condition: Callable[[], bool]) -> bool:
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + 60.0
    while not (true := condition()) and clock.now() < end:
        rest.wait(0.004)
    return true


def test_an_empty_chain_starts_nothing(theatre: Callable[[str], Theatre]) -> None:
    here = theatre(NO_OPENGL)
    here.effects.use(Chain(()))
    here.write(("/fx/1/on", True))
    assert here.family.started == 0
    assert here.states() == ["empty", "empty", "empty"]
    assert "effects" not in {thread.name for thread in threading.enumerate()}


def test_without_opengl_effects_are_left_out_and_it_is_said_once(theatre: Callable[[str], Theatre]) -> None:
    here = theatre(NO_OPENGL)
    here.effects.use(Chain((ONE, TWO)))
    here.write(("/fx/1/on", True), ("/fx/2/on", True))
    assert until(lambda: here.bay.value("/fx/state") == "no OpenGL")
    assert here.states() == ["bypassed", "bypassed", "empty"]
    here.draw()
    assert here.plain()
    here.effects.use(Chain((ONE,)))
    assert until(lambda: here.states() == ["bypassed", "empty", "empty"])
    here.effects.use(Chain((ONE, ChainProgram(2, "other", "source 3"))))
    assert until(lambda: here.states() == ["bypassed", "bypassed", "empty"])
    assert here.family.started == 1
    assert here.said().count("no OpenGL in this play") == 1


def test_crashes_leave_out_the_newest_and_then_all_and_each_may_be_tried_again(
    theatre: Callable[[str], Theatre],
) -> None:
    here = theatre(CRASHES)
    here.effects.use(Chain((ONE, TWO)))
    here.write(("/fx/1/on", True), ("/fx/2/on", True))
    assert until(lambda: here.states() == ["bypassed", "bypassed", "empty"]), here.said()
    assert here.family.started == 2
    first, second = [m.text for m in here.messages.recent()]
    assert "(the driver fell over) after /fx/2 changed last: two is left out" in first
    assert "again: all of them are left out" in second
    here.draw()
    assert here.plain()
    assert until(lambda: here.bay.value("/fx/state") == "off")
    here.write(("/fx/1/on", False))
    here.write(("/fx/1/on", True))
    assert until(lambda: here.family.started == 3 and here.states()[0] == "bypassed")
    assert until(lambda: "after /fx/1 changed last: one is left out" in here.said())
    assert here.plain()


def test_where_no_process_can_be_started_it_is_said_and_plain_pictures_play(
    theatre: Callable[[str], Theatre],
) -> None:
    here = theatre("")
    here.effects.use(Chain((ONE,)))
    here.write(("/fx/1/on", True))
    assert until(lambda: "No process for effects can be started (no more processes)" in here.said())
    here.draw()
    assert here.plain()


def test_a_size_without_room_is_refused_in_a_sentence(
    theatre: Callable[[str], Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_rings, "shared_memory_free", lambda: 4096)
    here = theatre(CRASHES)
    here.effects.use(Chain((ONE,)))
    here.write(("/fx/1/on", True))
    assert until(lambda: "more than is free: choose a smaller size" in here.said()), here.said()
    for _ in range(3):
        here.draw()
        assert until(here.plain)
    assert until(lambda: here.states()[0] == "playing")
    assert here.said().count("more than is free") == 1
