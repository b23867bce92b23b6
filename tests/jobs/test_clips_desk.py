"""How the making of a clip is told, whatever its process does: played by a double."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.clips_desk import ClipsDesk, Making
from latentjockey.jobs.job import Patience
from latentjockey.models.library import Entry

DOUBLE = Path(__file__).with_name("directions_double.py")
LONG_S = 120.0


class Show:
    """A desk whose clips are the double's, and what it said."""

    def __init__(self, way: str, patience: Patience | None = None) -> None:
        self.messages = Messages()
        self.made: list[str] = []
        command = [sys.executable, str(DOUBLE), way]
        self.desk = ClipsDesk(self.messages, SystemClock(), self.made.append, lambda wish: command, patience)

    def until(self, true: Callable[[Making], bool]) -> Making:
        clock, tick = SystemClock(), threading.Event()
        end = clock.now() + LONG_S
        while (making := self.desk.making()) is None or not true(making):
            assert clock.now() < end, making
            tick.wait(0.01)
        return making

    def over(self, wish: ClipWish | None = None) -> Making:
        assert self.desk.start(wish or ClipWish(name="Wave", model="ltx")) == ""
        making = self.until(lambda making: making.over)
        self.desk.close()
        assert [message.text for message in self.messages.recent()] == [making.sentence]
        return making


@pytest.fixture
def show() -> Iterator[Callable[..., Show]]:
    shows: list[Show] = []

    def make(way: str, patience: Patience | None = None) -> Show:
        shows.append(Show(way, patience))
        return shows[-1]

    yield make
    for each in shows:
        each.desk.close()


def test_what_was_made_is_told_with_its_name(show: Callable[..., Show]) -> None:
    one = show("finds")
    making = one.over()
    assert (making.state, making.clip, one.made) == ("finished", "moths", ["moths"])
    assert making.device == "processor"


def test_an_end_without_words_is_a_sentence(show: Callable[..., Show]) -> None:
    assert show("finds_without_a_word").over().sentence == "The clip Wave is made."


def test_so_many_notices_are_passed_on_of_each_clip(show: Callable[..., Show]) -> None:
    one = show("chatters")
    for _ in range(2):
        before = len(one.messages.recent())
        one.made.clear()
        assert one.desk.start(ClipWish(name="Wave", model="ltx")) == ""
        one.until(lambda making: making.over and bool(one.made))
        assert [message.text for message in one.messages.recent()][before:-1] == [f"{n}" for n in range(12)]


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("fails", "Moths brings directions of its own."),
        ("breaks", "The clip Wave broke off (no such number); try again."),
    ],
)
def test_an_end_that_is_none_is_one_sentence_and_makes_nothing(
    show: Callable[..., Show], way: str, sentence: str
) -> None:
    one = show(way)
    making = one.over()
    assert (making.state, making.sentence, one.made) == ("failed", sentence, [])


@pytest.mark.parametrize(("way", "patience"), [("obeys", None), ("is_deaf", Patience(0.05, 0.05, 1.0))])
def test_it_is_given_up_also_where_it_does_not_hear(
    show: Callable[..., Show], way: str, patience: Patience | None
) -> None:
    one = show(way, patience)
    assert one.desk.start(ClipWish(name="Wave", model="ltx")) == ""
    making = one.until(lambda making: making.done == 0.5)
    assert making.words == "looking · about 2 minutes left"
    assert "Wave is being made" in one.desk.start(ClipWish(model="ltx"))
    one.desk.stop()
    making = one.until(lambda making: making.over)
    assert (making.state, making.sentence) == ("stopped", "The clip Wave was given up; nothing of it is kept.")


def test_what_cannot_be_wished_for_starts_nothing(show: Callable[..., Show], tmp_path: Path) -> None:
    one = show("finds")
    assert one.desk.start(ClipWish()) == "Choose a video model, or a film to convert."
    assert one.desk.start(ClipWish(model="x", frames=10**9)).startswith("A clip has")
    assert one.desk.start(ClipWish(model="x", seed=-(10**30))).startswith("A seed is")
    assert one.desk.making() is None
    broken = Entry("wave", "Wave", "own", path=tmp_path)
    assert one.desk.made_of(broken) is None
    one.desk.leave()
    assert one.desk.start(ClipWish(model="x")) == "The show is about to end."


@pytest.mark.parametrize(
    ("wish", "called"),
    [
        (ClipWish(name=" Wave ", model="x"), "Wave"),
        (ClipWish(model="x", prompt="../../etc: a “wave”, at night"), "etc a wave at night"),
        (ClipWish(film="/films/the sea.mp4"), "the sea"),
        (ClipWish(model="x", seed=7), "x 7"),
        (ClipWish(model="x", prompt="//"), "clip"),
    ],
)
def test_a_clip_is_called_by_what_it_is_made_of(wish: ClipWish, called: str) -> None:
    assert wish.called == called
