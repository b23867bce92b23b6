"""A whole show on the test card, and ways to wait for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.app import Show
from latentjockey.base.clock import SystemClock
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.engine.evaluate import Evaluator
from latentjockey.frames.frame import Frame
from latentjockey.generators.testcard import BLOCKS, Testcard, level, read_layers
from latentjockey.options import Options

Until = Callable[..., bool]


def _until(condition: Callable[[], object], seconds: float = 45.0) -> bool:
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + seconds
    while not (true := bool(condition())) and clock.now() < end:
        rest.wait(0.004)
    return true


@pytest.fixture
def until() -> Until:
    """``until(condition, seconds)``: whether the condition comes true in time."""
    return _until


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence counts late: for tests in which nothing hangs, so that what is silent only waits for a processor. What an
    engine or a shader that is lost comes to is not touched by it."""
    monkeypatch.setattr("latentjockey.host.engine_process._SILENCE_S", 40.0)
    monkeypatch.setattr("latentjockey.host.engine_process._STALLED_S", 10.0)
    monkeypatch.setattr("latentjockey.host.chain_drawing._FIRST_S", 60.0)
    monkeypatch.setattr("latentjockey.host.chain_drawing._SLOWEST_S", 40.0)
    monkeypatch.setattr("latentjockey.host.chain_slots._COMPILING_S", 60.0)


def engines_of(parent: int) -> list[int]:
    """The process ids of all living children of ``parent`` that are engines."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(ppid) == parent and state != "Z" and b"latentjockey.engine" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture
def engines() -> Callable[[int], list[int]]:
    """``engines(pid)``: the engines that a process has."""
    return engines_of


@dataclass
class Stage:
    """What a test does with a show: write, look, wait."""

    show: Show

    def write(self, **controls: Value) -> None:
        """Write controls; ``__`` stands for ``/``: ``mix__crossfade=0.5``."""
        batch = [("/" + name.replace("__", "/"), value) for name, value in controls.items()]
        report = self.show.bay.write(batch, HAND)
        assert not report.refused

    def number(self, address: str) -> float:
        return self.show.bay.number(address)

    def text(self, address: str) -> str:
        return str(self.show.bay.value(address))

    @property
    def pid(self) -> int:
        return int(self.number("/engine/pid"))

    def frame(self) -> Frame:
        """A copy of the picture on stage; there always is one."""
        frame = self.show.stage_feed.acquire()
        assert frame is not None, "the stage is empty"
        with frame:
            return Frame(
                frame.pixels.copy(),
                frame.stamp,
                frame.effective.copy(),
                frame.position.copy(),
                frame.planar,
                frame.held,
            )

    def key(self) -> tuple[int, int]:
        stamp = self.frame().stamp
        return stamp.generation, stamp.number

    def difference(self) -> str:
        """How the stage differs from a fresh picture of what stands in the bay, by its pixels and by what it says."""
        frame, snapshot = self.frame(), self.show.bay.snapshot()
        layout = snapshot.layout
        if frame.held or frame.stamp.epoch != layout.epoch or frame.effective.size != layout.engine_size:
            return f"held {frame.held}, {frame.stamp}"
        changed = np.flatnonzero(frame.effective != snapshot.values[: layout.engine_size])
        if changed.size:
            indices = set(np.searchsorted(layout.offsets, changed, side="right") - 1)
            return f"other values: {[layout.specs[i].address for i in indices]}"
        expected = Evaluator(Testcard(), layout.specs).moment(snapshot, frame.stamp.time).layers
        if not np.allclose(frame.position, expected, atol=1e-5):
            return f"another position: {np.abs(frame.position - expected).max(axis=1)}"
        blocks, levels = read_layers(frame.rgb(), len(expected)), level(frame.position[:, :BLOCKS])
        return "" if np.array_equal(blocks, levels) else f"other pixels: {blocks} for {levels}"

    def shows_what_is_set(self) -> bool:
        """Whether a fresh picture shows what stands in the bay."""
        return not self.difference()

    def messages(self) -> str:
        return "\n".join(m.text for m in self.show.messages.recent())


Play = Callable[..., Stage]


@pytest.fixture
def play() -> Iterator[Play]:
    """``play(**options)`` starts a show on the test card and waits for its first picture."""
    shows: list[Show] = []

    def begin(**options: Any) -> Stage:
        show = Show(Options(**{"model": "testcard", "session": False, "surfaces": False, **options}))
        shows.append(show)
        show.start()
        assert _until(lambda: show.feed.wait_newer((-1, -1), 0.1), 120), "there was no first picture"
        stage = Stage(show)
        assert _until(lambda: stage.text("/engine/state") in ("playing", "fallback")), stage.messages()
        return stage

    yield begin
    for show in shows:
        show.close()
    assert engines_of(os.getpid()) == []
