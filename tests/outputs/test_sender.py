"""One way out on its thread: the newest picture, at most so often, alive while nothing moves, back after a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.frames.sink import MemorySink
from latentjockey.outputs import sender as sender_module
from latentjockey.outputs.sender import Progress, Sender, Wish, sending_words

NAP = threading.Event()


def frame_of(shade: int, number: int, size: tuple[int, int] = (32, 24)) -> Frame:
    stamp = Stamp(1, number, 1, number, 0.0, 0, 0, 0, 0, 0)
    pixels: Pixels = np.full((3, size[1], size[0]), shade, np.uint8)
    return Frame(pixels, stamp, np.zeros(1), np.zeros((1, 1), np.float32))


class Stage:
    """A source whose newest frame is the one that was put last; counts what is leased, and the most at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self.number = 0
        self.leased = 0

    def put(self, shade: int, size: tuple[int, int] = (32, 24), number: int | None = None) -> None:
        with self._changed:
            self.number = self.number + 1 if number is None else number
            self._newest = frame_of(shade, self.number, size)
            self._changed.notify_all()

    def acquire(self) -> Frame | None:
        with self._changed:
            newest = self._newest
            if newest is None:
                return None
            self.leased += 1
            return Frame(
                newest.pixels, newest.stamp, newest.effective, newest.position, newest.planar, False, self._give
            )

    def _give(self) -> None:
        with self._changed:
            self.leased -= 1

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: (1, self.number) != after and self._newest is not None, timeout)


class Cable(MemorySink):
    """A double that can be made to refuse, to raise and to hang."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(keep=100_000)
        self.stage = stage
        self.broken: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.leased_while_sending = 0

    def send(self, picture: Pixels) -> None:
        self.leased_while_sending = max(self.leased_while_sending, self.stage.leased)
        self.gate.wait()
        if self.broken is not None:
            raise self.broken
        super().send(picture)

    @property
    def shades(self) -> list[int]:
        return [int(p[p.shape[0] // 2, p.shape[1] // 2, 0]) for p in self.pictures]


def until(condition: Callable[[], object]) -> None:
    for _ in range(24_000):
        if condition():
            return
        NAP.wait(0.0025)
    raise AssertionError("waited 60 s in vain")


class Bench:
    def __init__(self, wish: Wish) -> None:
        self.clock, self.stage, self.said = SystemClock(), Stage(), list[str]()
        self.cable = Cable(self.stage)
        self.sender = Sender("ndi", self.cable, self.stage, self.clock, wish, self.said.append)

    def start(self) -> Bench:
        self.sender.start()
        return self

    @property
    def progress(self) -> Progress:
        return self.sender.progress()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(sender_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(sender_module, "_JOIN_S", 60.0)
    monkeypatch.setattr(sender_module, "_STUCK_S", 60.0)
    made = Bench(Wish(fps=0.0))
    yield made
    made.cable.gate.set()
    assert made.sender.close()
    assert made.stage.leased == 0


def test_the_newest_picture_goes_out_and_every_change_of_it(bench: Bench) -> None:
    bench.start()
    until(lambda: bench.progress.words == "waiting for the first picture")
    for shade in range(10, 60, 10):
        bench.stage.put(shade)
        until(lambda shade=shade: bench.cable.shades[-1:] == [shade])  # type: ignore[misc]
    assert bench.cable.opened == [("latentjockey", 32, 24, 60.0)]
    until(lambda: bench.progress.sent == 5)
    assert bench.progress.sending
    assert bench.progress.size == (32, 24)
    until(lambda: bench.progress.send_ms > 0)


def test_nothing_is_leased_while_a_picture_is_being_sent(bench: Bench) -> None:
    bench.start()
    for shade in range(20):
        bench.stage.put(shade)
        until(lambda shade=shade: bench.cable.shades[-1:] == [shade])  # type: ignore[misc]
    assert bench.cable.leased_while_sending == 0


def test_a_slow_cable_drops_pictures_and_never_queues_them(bench: Bench) -> None:
    bench.start()
    bench.stage.put(1)
    until(lambda: bench.cable.shades == [1])
    bench.cable.gate.clear()
    bench.stage.put(2)
    until(lambda: bench.progress.stuck_since is not None)
    for shade in range(3, 100):
        bench.stage.put(shade)
    bench.cable.gate.set()
    until(lambda: bench.cable.shades[-1] == 99)
    assert bench.cable.shades == [1, 2, 99]
    until(lambda: bench.progress.skipped == 96)


def test_it_sends_at_most_so_often(bench: Bench) -> None:
    bench.sender.use(Wish(fps=20.0))
    bench.start()
    begin = bench.clock.now()
    for _ in range(40_000):
        bench.stage.put(bench.stage.number % 250)
        if bench.cable.sent >= 12:
            break
        NAP.wait(0.0005)
    took = bench.clock.now() - begin
    assert bench.cable.sent >= 12
    assert bench.cable.sent <= took * 20.0 + 2
    until(lambda: bench.progress.skipped > 0)


def test_a_picture_that_stands_still_is_kept_alive_and_not_sent_anew(bench: Bench) -> None:
    bench.start()
    bench.stage.put(7)
    until(lambda: bench.cable.kept_alive >= 2)
    assert bench.cable.sent == 1
    assert set(bench.cable.shades) == {7}


def test_it_is_kept_alive_also_between_pictures_that_come_seldom(bench: Bench) -> None:
    bench.sender.use(Wish(fps=0.05))
    bench.start()
    bench.stage.put(7)
    until(lambda: bench.cable.sent == 1)
    bench.stage.put(8)  # due in ten seconds at the earliest
    until(lambda: bench.cable.kept_alive >= 2)
    assert set(bench.cable.shades) == {7}


def test_a_black_stage_with_the_stamp_of_before_is_another_picture(bench: Bench) -> None:
    bench.start()
    bench.stage.put(200)
    until(lambda: bench.cable.shades[-1:] == [200])
    bench.stage.put(0, number=bench.stage.number)
    until(lambda: bench.cable.shades[-1:] == [0])


def test_the_size_follows_the_stage_or_the_wish(bench: Bench) -> None:
    bench.start()
    bench.stage.put(50)
    until(lambda: bench.cable.shades[-1:] == [50])
    bench.stage.put(60, (64, 64))
    until(lambda: bench.cable.shades[-1:] == [60])
    bench.sender.use(Wish("night set", 160, 90, 0.0, "crop"))
    until(lambda: bench.cable.pictures[-1].shape == (90, 160, 4))
    assert bench.cable.shades[-1] == 60
    assert [(title, w, h) for title, w, h, _ in bench.cable.opened] == [
        ("latentjockey", 32, 24), ("latentjockey", 64, 64), ("night set", 160, 90),
    ]  # fmt: skip
    assert bench.cable.closed == 2


@pytest.mark.parametrize("error", [StageError("The device is gone."), OSError("broken pipe"), RuntimeError("objc")])
def test_what_fails_is_closed_said_once_and_comes_back(bench: Bench, error: Exception) -> None:
    bench.start()
    bench.stage.put(1)
    until(lambda: bench.cable.sent == 1)
    bench.cable.broken = error
    bench.stage.put(2)
    until(lambda: len(bench.cable.opened) >= 4)  # tried again and again
    until(lambda: bench.said == [f"memory: failed: {_told(error)}."])
    assert bench.progress.words == f"failed: {_told(error)}"
    assert not bench.progress.sending
    bench.cable.broken = None
    until(lambda: bench.cable.shades[-1] == 2)
    until(lambda: bench.progress.sending)


def _told(error: Exception) -> str:
    return "The device is gone" if isinstance(error, StageError) else repr(error)


def test_what_is_missing_is_said_until_it_is_there(bench: Bench) -> None:
    bench.cable.trouble = "no library: pip install it"
    bench.start()
    bench.stage.put(5)
    until(lambda: bench.progress.words == "no library: pip install it")
    assert not bench.progress.sending
    assert bench.cable.opened == []
    bench.cable.trouble = ""
    until(lambda: bench.cable.shades == [5])
    assert bench.said == ["memory: no library: pip install it."]


def test_a_cable_that_hangs_is_named_and_holds_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "_STUCK_S", 0.05)
    monkeypatch.setattr(sender_module, "_JOIN_S", 0.05)
    bench.start()
    bench.cable.gate.clear()
    bench.stage.put(1)
    until(lambda: bench.progress.words.startswith("failed: memory has not answered"))
    assert not bench.progress.sending
    assert not bench.sender.close()
    monkeypatch.setattr(sender_module, "_JOIN_S", 60.0)
    bench.cable.gate.set()
    until(lambda: not bench.sender.alive)
    assert not bench.cable.is_open
    assert bench.progress.words == "off"


def test_ending_closes_the_cable(bench: Bench) -> None:
    bench.start()
    bench.stage.put(1)
    until(lambda: bench.cable.sent == 1)
    assert bench.sender.close()
    assert not bench.cable.is_open
    assert bench.progress == replace(
        bench.progress, words="off", sending=False, size=(0, 0), receivers=None, stuck_since=None
    )


@pytest.mark.parametrize(
    ("fps", "receivers", "words"),
    [
        (60.0, 2, "sending 512×256 at 60 fps, 2 receivers"),
        (59.6, 1, "sending 512×256 at 60 fps, 1 receiver"),
        (30.0, 0, "sending 512×256 at 30 fps, no receiver yet"),
        (30.0, None, "sending 512×256 at 30 fps"),
        (0.0, 1, "sending 512×256, a still picture, 1 receiver"),
    ],
)
def test_how_it_goes_in_words(fps: float, receivers: int | None, words: str) -> None:
    assert sending_words((512, 256), fps, receivers) == words
