"""An engine as a child: whatever it writes, however it ends or hangs, the show notices and goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentjockey.base.clock import SystemClock, now_ns
from latentjockey.base.platform import Family
from latentjockey.host.engine_process import EngineProcess
from latentjockey.link.messages import Beat, Hello, Load, Problem, ToShow

PREFACE = """
import os, struct, sys, threading, time
from latentjockey.link.messages import *
send = lambda m: os.write(1, pack(m))
"""


class Actor(Family):
    """Starts a script instead of an engine."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self._script = script

    def start(self, arguments: list[str], environment: dict[str, str], *, yielding: int = 0) -> subprocess.Popen[bytes]:
        return super().start([sys.executable, "-c", PREFACE + self._script], environment)


class Heard:
    """What an engine said, and that it ended."""

    def __init__(self) -> None:
        self.messages: list[ToShow] = []
        self.something = threading.Event()
        self.ended = threading.Event()

    def __call__(self, engine: EngineProcess, message: ToShow | None) -> None:
        if message is None:
            self.ended.set()
        else:
            self.messages.append(message)
            self.something.set()


Act = Callable[[str], tuple[EngineProcess, Heard]]


@pytest.fixture
def act() -> Iterator[Act]:
    engines: list[EngineProcess] = []

    def begin(script: str) -> tuple[EngineProcess, Heard]:
        heard = Heard()
        engines.append(EngineProcess(1, Actor(script), None, heard))
        return engines[-1], heard

    yield begin
    for engine in engines:
        engine.close()
        assert not engine.alive


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time."""
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + seconds
    while not (true := condition()) and clock.now() < end:
        rest.wait(0.005)
    return true


def test_it_says_hello_and_leaves(act: Act) -> None:
    engine, heard = act("send(Hello(os.getpid()))")
    assert heard.ended.wait(60.0)
    assert heard.messages == [Hello(engine.pid)]
    assert engine.wait(60.0)
    assert engine.obituary() == "it left"
    assert not engine.meddled


@pytest.mark.parametrize(
    "garbage",
    [
        "os.write(1, b'hello, I am a library and I print\\n' * 100)",
        "os.write(1, struct.pack('<I', 5) + b'\\xff' * 5)",
        "os.write(1, struct.pack('<I', 2**32 - 1))",
        "os.write(1, bytes(range(255, 0, -1)) * 40)",
    ],
)
def test_garbage_ends_it_and_nothing_else(act: Act, garbage: str) -> None:
    engine, heard = act(f"send(Hello(1)); {garbage}; time.sleep(60)")
    assert heard.ended.wait(60.0)
    assert engine.wait(60.0)
    assert "nobody understands" in engine.obituary()
    assert not engine.meddled, "it is the engine's own fault"


def test_a_handler_that_cannot_use_a_message_ends_the_engine(act: Act) -> None:
    def refuse(engine: EngineProcess, message: ToShow | None) -> None:
        if message is None:
            ended.set()
        else:
            raise ValueError("there is no slot 77")

    ended = threading.Event()
    engine = EngineProcess(1, Actor("send(Ready(1, 77)); time.sleep(60)"), None, refuse)
    try:
        assert ended.wait(60.0)
        assert engine.wait(60.0)
        assert "no slot 77" in engine.obituary()
    finally:
        engine.close()


def test_one_that_does_not_read_is_ended_and_nobody_waits_long(act: Act) -> None:
    engine, heard = act("send(Hello(1)); time.sleep(60)")
    assert heard.something.wait(60.0)
    for _ in range(100_000):
        engine.send(Load("x" * 200, 1, 1))
        if not engine.alive:
            break
    assert heard.ended.wait(60.0)
    engine.send(Load("x", 1, 1))  # to nobody: no harm


def test_a_large_message_arrives_whole(act: Act) -> None:
    engine, heard = act("m = read_to_engine(sys.stdin.buffer); send(Problem(str(len(m.model)), False)); time.sleep(60)")
    engine.send(Load("x" * 400_000, 1, 1))
    assert heard.something.wait(60.0)
    assert heard.messages == [Problem("400000", False)]


def test_silence_and_overtime_count_as_hanging(act: Act) -> None:
    engine, heard = act(
        "send(Hello(1)); send(Beat('rendering', time.perf_counter_ns(), 0.5)); send(Hello(2)); time.sleep(60)"
    )
    assert until(lambda: len(heard.messages) == 2)
    assert engine.phase == "rendering"
    now = now_ns()
    engine.hear(Beat("rendering", now, 0.5))  # of now: how long ago the process said it depends on the machine
    assert engine.hung(now) is None
    assert not engine.stalled(now, woken=False)
    assert engine.stalled(now + 200_000_000, woken=False), "a third of its time"
    assert "rendering took over 0.5 s" in str(engine.hung(now + 700_000_000))
    assert "silent for" in str(engine.hung(now + 10**10))
    engine.forgive(now + 10**11)
    assert engine.hung(now + 10**11 + 1000) is None, "the show itself was asleep"
    engine.hear(Beat("rendering", now, 0.5))
    assert engine.hung(now + 10**11 + 2000) is None, "what it said meanwhile is old, and newer words are to come"
    assert "silent for" in str(engine.hung(now + 10**11 + 3 * 10**9)), "but there were none"


def test_one_that_sleeps_owes_no_picture(act: Act) -> None:
    engine, heard = act("send(Beat('idle', time.perf_counter_ns(), 1e9)); send(Hello(2)); time.sleep(60)")
    assert heard.something.wait(60.0)
    later = now_ns() + 900_000_000
    assert not engine.stalled(later, woken=False)
    assert engine.stalled(later, woken=True), "until it is woken"


def test_last_words(act: Act) -> None:
    engine, heard = act(
        "sys.stderr.write('Traceback\\nValueError: too much\\n' + 'x' * 9000 + '\\nthe end\\n'); sys.exit(3)"
    )
    assert heard.ended.wait(60.0)
    assert engine.wait(60.0)
    assert until(lambda: engine.obituary() == "the end")
    other, heard = act("send(Problem('RuntimeError: no', True)); sys.stderr.write('noise\\n'); sys.exit(1)")
    assert heard.ended.wait(60.0)
    assert other.wait(60.0)
    assert until(lambda: other.obituary() == "RuntimeError: no")


def test_killed_from_outside_is_told_apart(act: Act) -> None:
    engine, heard = act("send(Hello(1)); time.sleep(60)")
    assert heard.something.wait(60.0)
    os.kill(engine.pid, 9)
    assert heard.ended.wait(60.0)
    assert engine.wait(60.0)
    assert engine.meddled
    assert engine.obituary() == "killed by signal 9"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_it_started_itself_goes_with_it(act: Act) -> None:
    engine, heard = act(
        "import subprocess\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "send(Hello(p.pid)); time.sleep(60)"
    )
    assert heard.something.wait(60.0)
    hello = heard.messages[0]
    assert isinstance(hello, Hello)
    before = set(os.listdir("/proc/self/fd"))
    engine.close()
    assert until(lambda: _gone(hello.pid))
    assert len(before) - len(os.listdir("/proc/self/fd")) == 3, "and its three pipes are closed"


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")
    except OSError:
        return True
