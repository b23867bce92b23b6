"""The stage's feed: the engine's own frames or those with effects, and never one older than what was shown."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.frames.frame import Frame, FrameSource, Stamp
from latentjockey.host.feed import Feed
from latentjockey.host.stage_feed import Original, StageFeed, original
from latentjockey.link.ring import SLOTS, RingReader, RingWriter, slot_bytes

SIDE = 4
NO_VALUES, NO_POSITION = np.zeros(0), np.zeros((0, 0), np.float32)


class Ring:
    """A ring with somebody who writes grey pictures into it."""

    def __init__(self) -> None:
        each = slot_bytes(SIDE, SIDE, 1, (1, 1))
        buffer = memoryview(bytearray(SLOTS * each))
        self.writer = RingWriter(buffer, SLOTS, each)
        self.reader = RingReader(buffer, each, self.writer.give)


class Engine(Ring):
    """Picture ``n`` is grey ``n`` and says ``n`` of itself."""

    def __init__(self, feed: Feed, generation: int = 1) -> None:
        super().__init__()
        self._feed = feed
        self._generation = generation

    def draw(self, number: int) -> None:
        stamp = Stamp(self._generation, number, 3, 7, number / 60, 11, 12, 13, 14, 15)
        pixels = np.full((3, SIDE, SIDE), number, np.uint8)
        values, position = np.full(1, float(number)), np.full((1, 1), number, np.float32)
        self._feed.deliver(self.reader, self.writer.put(pixels, True, stamp, values, position))


class Shaders(Ring):
    """Draws 100 brighter what it took from the stage."""

    def __init__(self, stage: StageFeed) -> None:
        super().__init__()
        self.stage = stage

    def take(self) -> tuple[int, Original]:
        frame = self.stage.take()
        assert frame is not None
        with frame:
            return int(frame.pixels[0, 0, 0]), original(frame)

    def give(self, taken: tuple[int, Original]) -> bool:
        pixels = np.full((SIDE, SIDE, 4), taken[0] + 100, np.uint8)
        slot = self.writer.put(pixels, False, taken[1].stamp, NO_VALUES, NO_POSITION)
        return self.stage.deliver(self.reader, slot, taken[1])


def shown(stage: FrameSource) -> tuple[int, int]:
    """(grey level, number of the engine's picture) of what is on stage."""
    frame = stage.acquire()
    assert frame is not None
    with frame:
        return int(frame.pixels[0, 0, 0]), frame.origin.number


def key(stage: FrameSource) -> tuple[int, int]:
    frame = stage.acquire()
    assert frame is not None
    with frame:
        return frame.stamp.generation, frame.stamp.number


@pytest.fixture
def feed() -> Feed:
    return Feed(ManualClock(100.0))


@pytest.fixture
def stage(feed: Feed) -> StageFeed:
    return StageFeed(feed, ManualClock(100.0))


@pytest.fixture
def engine(feed: Feed) -> Engine:
    return Engine(feed)


@pytest.fixture
def shaders(stage: StageFeed) -> Shaders:
    return Shaders(stage)


def test_before_the_first_frame_there_is_none(stage: StageFeed) -> None:
    assert stage.acquire() is None
    assert stage.take() is None
    assert stage.shown() == (-1, -1)
    assert not stage.wait_newer((-1, -1), 0.0)
    stage.blackout(True)
    assert stage.acquire() is None


def test_without_effects_frames_pass_through_untouched(stage: StageFeed, feed: Feed, engine: Engine) -> None:
    for number in range(3 * SLOTS):
        engine.draw(number)
        over, under = stage.acquire(), feed.acquire()
        assert over is not None
        assert under is not None
        with over, under:
            assert (over.stamp, over.source) == (under.stamp, None)
            assert over.pixels.__array_interface__["data"] == under.pixels.__array_interface__["data"]
        assert stage.shown() == feed.shown() == key(stage)
        assert not stage.wait_newer(key(stage), 0.0)


def test_a_drawn_picture_says_what_the_engines_says_and_is_told_from_it(engine: Engine, shaders: Shaders) -> None:
    engine.draw(5)
    plain = key(shaders.stage)
    assert shaders.give(shaders.take())
    frame = shaders.stage.acquire()
    assert frame is not None
    with frame:
        assert not frame.planar
        assert np.all(frame.pixels == 105)
        assert (frame.effective.tolist(), frame.position.tolist()) == ([5.0], [[5.0]])
        source = frame.origin
        assert (source.generation, source.number) == (1, 5)
        kept = replace(frame.stamp, generation=1, number=5, published_ns=source.published_ns)
        assert kept == source
        assert frame.stamp.published_ns > source.published_ns
    assert key(shaders.stage) != plain
    assert shaders.stage.wait_newer(plain, 0.0)
    assert not shaders.stage.wait_newer(key(shaders.stage), 0.0)


def test_the_same_picture_drawn_again_is_a_new_one(engine: Engine, shaders: Shaders) -> None:
    engine.draw(5)
    taken = shaders.take()
    keys = set()
    for _ in range(3 * SLOTS):
        assert shaders.give(taken)
        keys.add(key(shaders.stage))
        assert shown(shaders.stage) == (105, 5)
    assert len(keys) == 3 * SLOTS


def test_nothing_older_is_shown_when_effects_come_and_go(engine: Engine, shaders: Shaders) -> None:
    stage = shaders.stage
    engine.draw(1)
    taken = shaders.take()
    engine.draw(2)
    assert shown(stage) == (1, 1), "what was taken stays until it comes back"
    shaders.give(taken)
    assert shown(stage) == (101, 1)
    taken = shaders.take()
    engine.draw(3)
    assert shown(stage) == (101, 1)
    stage.plain()
    assert shown(stage) == (3, 3)
    assert not shaders.give(taken), "it comes too late"
    assert shown(stage) == (3, 3)
    assert shaders.give(shaders.take())
    assert shown(stage) == (103, 3)


def test_who_does_not_deliver_is_given_up(engine: Engine, shaders: Shaders) -> None:
    engine.draw(1)
    shaders.take()
    engine.draw(2)
    shaders.stage.plain()
    assert shown(shaders.stage) == (2, 2)


def test_every_slot_comes_back_whatever_is_shown(engine: Engine, shaders: Shaders) -> None:
    for number in range(4 * SLOTS):
        engine.draw(number)
        assert engine.writer.has_free
        assert shaders.writer.has_free
        taken = shaders.take()
        if number % 5 == 0:
            shaders.stage.plain()
        shaders.give(taken)
        shown(shaders.stage)


def test_freeze_keeps_the_drawn_picture_of_its_moment(engine: Engine, shaders: Shaders) -> None:
    stage = shaders.stage
    engine.draw(1)
    shaders.give(shaders.take())
    taken = shaders.take()
    stage.freeze(True)
    assert stage.stands
    frozen = key(stage)
    engine.draw(2)
    shaders.give(taken)
    stage.freeze(True)
    assert shown(stage) == (101, 1)
    assert not stage.wait_newer(frozen, 0.0), "nobody need look again"
    stage.plain()
    assert shown(stage) == (101, 1), "also when the effects go"
    stage.freeze(False)
    assert shown(stage) == (2, 2)
    assert stage.wait_newer(frozen, 0.0)


def test_freeze_before_the_first_picture_keeps_the_first(stage: StageFeed, engine: Engine) -> None:
    stage.freeze(True)
    for number in (3, 4):
        engine.draw(number)
        assert shown(stage) == (3, 3)


def test_blackout_lets_nothing_through_and_says_what_is_behind_it(engine: Engine, shaders: Shaders) -> None:
    stage = shaders.stage
    engine.draw(1)
    shaders.give(shaders.take())
    behind = key(stage)
    stage.blackout(True)
    frame = stage.acquire()
    assert frame is not None
    with frame:
        assert not frame.pixels[..., :3].any()
        assert np.all(frame.pixels[..., 3] == 255)
        assert frame.origin.number == 1
        assert frame.effective.tolist() == [1.0]
    taken = shaders.take()
    assert taken[0] == 1, "effects go on with the picture, not with black"
    stage.blackout(False)
    assert key(stage) == behind
    assert shown(stage) == (101, 1)


def test_replayed_pictures_are_drawn_on_and_stay_replayed(feed: Feed, engine: Engine, shaders: Shaders) -> None:
    engine.draw(1)
    feed.retire(engine.reader)
    assert shaders.stage.held
    shaders.give(shaders.take())
    frame = shaders.stage.acquire()
    assert frame is not None
    with frame:
        assert frame.held
        assert int(frame.pixels[0, 0, 0]) == 101


def test_a_ring_that_went_shows_the_engines_picture(engine: Engine, shaders: Shaders) -> None:
    engine.draw(1)
    taken = shaders.take()
    shaders.give(taken)
    leased = shaders.stage.acquire()
    assert leased is not None
    shaders.reader.close()
    assert shown(shaders.stage) == (1, 1)
    assert not shaders.give(taken)
    assert np.all(leased.pixels[..., 0] == 101), "what is leased outlives its ring"
    leased.release()


def test_who_waits_is_woken_by_a_drawn_picture() -> None:
    feed = Feed(SystemClock())
    stage = StageFeed(feed, SystemClock())
    engine, shaders = Engine(feed), Shaders(stage)
    engine.draw(1)
    before = key(stage)
    ready, seen = threading.Event(), threading.Event()
    found: list[Frame | None] = []

    def watch() -> None:
        ready.set()
        if stage.wait_newer(before, 60.0):
            found.append(stage.acquire())
        seen.set()

    threading.Thread(target=watch, daemon=True).start()
    assert ready.wait(60.0)
    shaders.give(shaders.take())
    assert seen.wait(60.0)
    assert found[0] is not None
    assert found[0].source is not None
    found[0].release()
