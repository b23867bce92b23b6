"""The inputs process's main loop, with a port and sources that a test plays."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import pytest

from latentjockey.base.platform import create_shared
from latentjockey.inputs.loop import Inputs
from latentjockey.inputs.source import InputError
from latentjockey.link.input_messages import Alive, Back, Came, Leave, Open, Opened, Room, Speed, Trouble
from latentjockey.link.ring import RingReader, slot_bytes

SIDE, SLOTS = 16, 2
EACH = slot_bytes(2 * SIDE, 2 * SIDE, 0, (0, 0))


class Port:
    """Gives what a test has to say each time that the loop would wait; leaves at the end."""

    def __init__(self) -> None:
        self.says: deque[Any] = deque()
        self.heard: list[Any] = []
        self.waits: list[float] = []
        self._given = True

    def receive(self) -> Any:
        if self._given:
            self._given = False
            said = self.says.popleft() if self.says else Leave()
            return said() if callable(said) else said
        return None

    def wait(self, timeout: float) -> None:
        self.waits.append(timeout)
        self._given = True

    def send(self, message: Any) -> None:
        if not isinstance(message, Alive):
            self.heard.append(message)

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]


@dataclass
class Source:
    """Gives a picture, brighter each time that it is asked."""

    live: bool = False
    words: str = "a source"
    rest: float = 0.01
    asked: int = 0
    lasts: float = math.inf
    closed: bool = False
    speeds: list[float] = field(default_factory=list)

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        self.asked += 1
        if self.asked > self.lasts:
            raise InputError("The source is gone.")
        pixels = np.full((SIDE, SIDE, 3), 10 * self.asked, np.uint8)
        return av.VideoFrame.from_ndarray(pixels, "rgb24"), self.rest

    def use_speed(self, speed: float) -> None:
        self.speeds.append(speed)

    def close(self) -> None:
        self.closed = True


class Show:
    """The show's end: it opens, and takes what comes."""

    def __init__(self, **how: Any) -> None:
        self.port = Port()
        self.sources: list[Source] = []
        self.memory = create_shared(SLOTS * EACH)
        self.reader = RingReader(self.memory.buffer, EACH, lambda slot: None)
        self._how = how
        self.port.says += [Room(1, self.memory.handle, SLOTS, EACH)]

    def run(self) -> None:
        Inputs(self.port, {"video": self._make, "image": self._make}).run()  # type: ignore[arg-type]

    def _make(self, asked: Open) -> Source:
        self.sources.append(Source(**self._how))
        return self.sources[-1]

    def nothing(self, times: int) -> None:
        """Let the loop go round."""
        self.port.says += [Speed(1.0)] * times


@pytest.fixture
def show_of() -> Iterator[Callable[..., Show]]:
    made: list[Show] = []

    def make(**how: Any) -> Show:
        made.append(Show(**how))
        return made[-1]

    yield make
    for show in made:
        show.reader.close()
        show.memory.close()


def test_who_is_not_live_is_not_read_while_nobody_takes_its_pictures(show_of: Callable[..., Show]) -> None:
    show = show_of()
    show.port.says += [Open(1, "video", "a", SIDE, SIDE)]
    show.nothing(6)
    show.run()
    assert show.sources[0].asked == SLOTS
    assert [message.slot for message in show.port.of(Came)] == [1, 0]
    assert show.sources[0].closed


def test_who_is_live_is_drained_and_the_newest_handed_on(show_of: Callable[..., Show]) -> None:
    show = show_of(live=True)
    show.port.says += [Open(1, "video", "a", SIDE, SIDE)]
    show.nothing(6)
    show.port.says += [lambda: Back(1, show.port.of(Came)[0].slot)]
    show.run()
    came = show.port.of(Came)
    assert len(came) == SLOTS + 1
    show.reader.ready(came[-1].slot)
    frame = show.reader.acquire()
    assert frame is not None
    with frame:
        assert abs(int(frame.pixels.mean()) - 10 * show.sources[0].asked) < 12
    assert show.sources[0].asked >= 7


def test_another_size_of_a_film_goes_on_and_of_a_still_begins_anew(show_of: Callable[..., Show]) -> None:
    show = show_of()
    show.port.says += [Open(n + 1, "video", "a", SIDE * (n + 1), SIDE) for n in range(2)]
    show.port.says += [Open(3, "video", "b", SIDE, SIDE), Open(4, "image", "b", SIDE, SIDE)]
    show.port.says += [Open(5, "image", "b", 2 * SIDE, SIDE)]
    show.run()
    assert len(show.sources) == 4
    assert [message.ident for message in show.port.of(Opened)] == [1, 2, 3, 4, 5]
    assert all(source.closed for source in show.sources)


def test_what_ends_is_told_once_and_the_loop_rests(show_of: Callable[..., Show]) -> None:
    show = show_of(lasts=1)
    show.port.says += [Speed(-2.0), Open(7, "video", "a", SIDE, SIDE)]
    show.nothing(4)
    show.run()
    assert show.port.of(Trouble) == [Trouble(7, "The source is gone.")]
    assert show.sources[0].speeds[0] == -2.0
    assert show.sources[0].closed
    assert show.port.waits[-1] == 1.0, "it only says that it is alive"
