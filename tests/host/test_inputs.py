"""Pictures that come in, read by real processes: what is asked for, what is said, and what happens when they end."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.host.inputs import Inputs, found_text
from latentjockey.link.input_messages import Found
from tests.inputs.films import film

_LONG_S = 90.0


class Screen:
    """A bay, inputs, and what they hand on."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.bay = Bay(Layout(1, builtin(4, (32, 32))), clock)
        self.messages = Messages()
        self.seen: queue.SimpleQueue[NDArray[np.uint8] | None] = queue.SimpleQueue()
        self.inputs = Inputs(self.bay, self.messages, clock, self.seen.put, lambda: None)
        self.inputs.start()

    def ask(self, **values: Value) -> None:
        self.bay.write([(f"/input/{name}", value) for name, value in values.items()], HAND)
        self.inputs.look()

    def next(self) -> NDArray[np.uint8]:
        """The next picture that is handed on; what is forgotten before it does not count."""
        while True:
            found = self.seen.get(timeout=_LONG_S)
            if found is not None:
                return found

    def wait(self, until: Callable[[], bool]) -> None:
        rest, left = threading.Event(), _LONG_S
        while not until():
            assert left > 0.0, self.state
            rest.wait(0.02)
            left -= 0.02

    @property
    def state(self) -> str:
        return str(self.bay.value("/input/state"))

    def pid(self) -> int:
        assert self.inputs._process is not None
        return self.inputs._process.pid


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.inputs.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(film(tmp_path_factory.mktemp("films") / "film.mp4"))


def test_a_film_comes_in_and_ends_with_its_source(screen: Screen, path: str) -> None:
    assert screen.inputs._process is None, "nothing runs while nothing is asked for"
    screen.ask(source="video", file=path)
    pictures = [screen.next() for _ in range(4)]
    assert {picture.shape for picture in pictures} == {(3, 16, 32)}
    assert len({int(picture.mean()) for picture in pictures}) == 4
    screen.wait(lambda: screen.state == "coming in: film.mp4 · 32×16 · 10 fps")
    assert screen.inputs.newest is not None
    pid = screen.pid()
    screen.ask(source="none")
    screen.wait(lambda: screen.state == "off" and screen.inputs._process is None)
    assert not alive(pid)
    assert screen.inputs.newest is None


def test_what_is_missing_is_said_once_and_taken_when_it_is_there(screen: Screen, tmp_path: Path) -> None:
    late = tmp_path / "late.png"
    screen.ask(source="image", file=str(late))
    screen.wait(lambda: screen.state.startswith("late.png is not there"))
    Image.new("RGB", (20, 10), (10, 200, 30)).save(late)
    assert np.abs(screen.next().mean((1, 2)) - (10, 200, 30)).max() < 3
    screen.wait(lambda: screen.state == "coming in: late.png · 20×10")
    said = [message.text for message in screen.messages.recent() if message.category == "input"]
    assert len(said) == 1


def test_a_process_that_is_killed_leaves_its_last_picture_and_comes_back(screen: Screen, path: str) -> None:
    screen.ask(source="video", file=path, speed=3.0)
    screen.next()
    first = screen.pid()
    os.kill(first, signal.SIGKILL)
    screen.wait(lambda: screen.state.startswith("What reads the input stopped"))
    assert screen.inputs.newest is not None
    screen.wait(lambda: screen.inputs._process is not None and screen.pid() != first)
    while not screen.seen.empty():
        assert screen.seen.get() is not None, "nothing is forgotten meanwhile"
    screen.next()
    screen.wait(lambda: screen.state.startswith("coming in"))


def test_another_source_that_cannot_be_read_does_not_show_the_one_before(screen: Screen, path: str) -> None:
    screen.ask(source="video", file=path)
    screen.next()
    screen.ask(source="camera", device="/dev/video987")
    screen.wait(lambda: "/dev/video987" in screen.state)
    assert screen.inputs.newest is None
    screen.ask(source="camera", device="test")
    assert screen.next().shape[0] == 3
    screen.wait(lambda: screen.state.startswith("coming in: test"))


def test_what_is_not_chosen_yet_starts_nothing(screen: Screen) -> None:
    for source, thing in (("camera", "camera"), ("video", "file"), ("image", "file")):
        screen.ask(source=source)
        screen.wait(lambda thing=thing: screen.state == f"waiting: choose a {thing}")
        assert screen.inputs._process is None
    assert not screen.messages.recent()


def test_a_process_that_hangs_is_ended(screen: Screen, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentjockey.host.input_process._SILENT_S", 1.5)
    screen.ask(source="video", file=path)
    screen.next()
    first = screen.pid()
    screen.wait(lambda: screen.state.startswith("coming in"))
    os.kill(first, signal.SIGSTOP)
    screen.wait(lambda: "hung" in screen.state)
    screen.wait(lambda: not alive(first))


def test_what_was_found_is_told_by_line() -> None:
    found = Found((("/dev/video0", "Front"),), ("STUDIO (cam)",))
    assert found_text(Found((), ())) == "nothing"
    assert found_text(found) == "camera\t/dev/video0\tFront\nndi\tSTUDIO (cam)\tSTUDIO (cam)"
