"""The feed: there is always a picture, and it is the right one, whatever engines and rings do."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.frames.frame import Frame, FrameSource, Stamp
from latentjockey.host.feed import Feed
from latentjockey.host.stage_feed import StageFeed
from latentjockey.link.ring import SLOTS, RingReader, RingWriter, slot_bytes

SIDE = 4


class Engine:
    """A ring with somebody who draws into it: picture ``n`` is grey ``n``, and says ``n`` of itself."""

    def __init__(self, feed: Feed, generation: int) -> None:
        each = slot_bytes(SIDE, SIDE, 1, (1, 1))
        buffer = memoryview(bytearray(SLOTS * each))
        self.writer = RingWriter(buffer, SLOTS, each)
        self.ring = RingReader(buffer, each, self.writer.give)
        self.feed = feed
        self.generation = generation

    def draw(self, number: int) -> Stamp | None:
        stamp = Stamp(self.generation, number, 1, 1, 0.0, 0, 0, 0, 0, 0)
        pixels = np.full((3, SIDE, SIDE), number, np.uint8)
        values, position = np.full(1, float(number)), np.full((1, 1), number, np.float32)
        return self.feed.deliver(self.ring, self.writer.put(pixels, True, stamp, values, position))


def shown(feed: FrameSource) -> tuple[int, int, int, bool]:
    """(generation, number, grey level, held) of what is on stage."""
    frame = feed.acquire()
    assert frame is not None
    with frame:
        return frame.stamp.generation, frame.stamp.number, int(frame.pixels[0, 0, 0]), frame.held


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100.0)


@pytest.fixture
def feed(clock: ManualClock) -> Feed:
    return Feed(clock)


def test_before_the_first_frame_there_is_none(feed: Feed) -> None:
    assert feed.acquire() is None
    assert not feed.wait_newer((-1, -1), 0.0)
    stage = StageFeed(feed, ManualClock())
    stage.blackout(True)
    assert stage.acquire() is None


def test_the_newest_frame_is_shown_and_every_slot_comes_back(feed: Feed) -> None:
    engine = Engine(feed, 1)
    for number in range(3 * SLOTS):
        assert engine.writer.has_free
        engine.draw(number)
        assert shown(feed) == (1, number, number, False)
    assert feed.wait_newer((1, 0), 0.0)
    assert not feed.wait_newer((1, 3 * SLOTS - 1), 0.0)


def test_while_no_engine_delivers_the_last_seconds_play_back_and_forth(feed: Feed, clock: ManualClock) -> None:
    engine = Engine(feed, 1)
    for number in range(90):
        engine.draw(number)
        clock.advance(1 / 30)
    feed.retire(engine.ring)
    assert feed.held
    numbers = []
    for _ in range(150):
        generation, number, grey, held = shown(feed)
        assert (generation, grey, held) == (1, number, True)
        numbers.append(number)
        clock.advance(1 / 30)
    assert numbers[0] == 89
    assert min(numbers) >= 28
    assert max(abs(a - b) for a, b in itertools.pairwise(numbers)) <= 2
    assert len(set(numbers)) > 50
    assert set(numbers[70:110]) & set(numbers[:40]), "and forth again"


def test_a_picture_that_stood_still_goes_on_standing_still(feed: Feed, clock: ManualClock) -> None:
    engine = Engine(feed, 1)
    for number in range(40):
        engine.draw(number)
        clock.advance(1 / 100)
    clock.advance(30.0)
    feed.retire(engine.ring)
    for _ in range(50):
        assert shown(feed) == (1, 39, 39, True)
        clock.advance(0.1)


def test_the_next_engine_ends_the_hold(feed: Feed) -> None:
    first, second = Engine(feed, 1), Engine(feed, 2)
    first.draw(5)
    feed.hold(first.ring)
    assert shown(feed) == (1, 5, 5, True)
    second.draw(0)
    assert shown(feed) == (2, 0, 0, False)
    assert not feed.held


def test_an_engine_that_is_being_replaced_is_not_seen_again(feed: Feed) -> None:
    old, new = Engine(feed, 1), Engine(feed, 2)
    old.draw(7)
    new.draw(0)
    assert old.draw(8) is None
    assert shown(feed) == (2, 0, 0, False)
    feed.retire(old.ring)
    assert shown(feed) == (2, 0, 0, False), "its going changes nothing"
    assert old.draw(9) is None


def test_a_late_frame_of_a_ring_that_went_does_not_end_the_hold(feed: Feed) -> None:
    engine = Engine(feed, 1)
    engine.draw(1)
    feed.retire(engine.ring)
    assert engine.draw(2) is None
    assert shown(feed) == (1, 1, 1, True)


def test_a_spoilt_picture_holds_and_a_whole_one_plays_on(feed: Feed) -> None:
    engine = Engine(feed, 1)
    engine.draw(1)
    feed.hold(engine.ring)
    feed.hold(engine.ring)
    assert shown(feed)[3]
    engine.draw(2)
    assert shown(feed) == (1, 2, 2, False)


def test_a_hold_without_need_ends_without_a_new_frame(feed: Feed) -> None:
    first, second = Engine(feed, 1), Engine(feed, 2)
    first.draw(1)
    feed.hold(first.ring)
    feed.resume(second.ring)
    assert feed.held
    feed.resume(first.ring)
    assert shown(feed) == (1, 1, 1, False)
    feed.retire(first.ring)
    feed.resume(first.ring)
    assert shown(feed) == (1, 1, 1, True), "a ring that went does not come back"


def test_what_is_leased_outlives_its_ring(feed: Feed) -> None:
    engine = Engine(feed, 1)
    engine.draw(6)
    frame = feed.acquire()
    assert frame is not None
    feed.retire(engine.ring)
    assert np.all(frame.pixels == 6)
    frame.release()


def test_freeze_keeps_the_picture_of_its_moment(feed: Feed) -> None:
    engine = Engine(feed, 1)
    engine.draw(1)
    feed.freeze(True)
    engine.draw(2)
    feed.freeze(True)
    assert shown(feed) == (1, 1, 1, False)
    assert not feed.wait_newer((1, 1), 0.0), "nobody need look again"
    feed.retire(engine.ring)
    assert shown(feed) == (1, 1, 1, False)
    feed.freeze(False)
    assert shown(feed)[:2] == (1, 2)
    assert feed.wait_newer((1, 1), 0.0)


def test_freeze_before_the_first_picture_keeps_the_first(feed: Feed) -> None:
    feed.freeze(True)
    engine = Engine(feed, 1)
    for number in (3, 4, 5):
        engine.draw(number)
    assert shown(feed) == (1, 3, 3, False)


def test_blackout_is_black_says_what_is_behind_it_and_is_not_what_freezes(feed: Feed) -> None:
    engine = Engine(feed, 1)
    engine.draw(1)
    stage = StageFeed(feed, ManualClock())
    stage.blackout(True)
    for number in (2, 3):
        engine.draw(number)
        frame = stage.acquire()
        assert frame is not None
        with frame:
            assert not frame.pixels.any()
            assert frame.stamp.number == number
            assert frame.effective.tolist() == [number]
            assert frame.position.tolist() == [[number]]
    stage.freeze(True)
    stage.blackout(False)
    assert shown(stage) == (1, 3, 3, False)


def test_black_has_no_holes_in_a_packed_picture(feed: Feed) -> None:
    each = slot_bytes(SIDE, SIDE, 1, (1, 1))
    buffer = memoryview(bytearray(SLOTS * each))
    writer = RingWriter(buffer, SLOTS, each)
    ring = RingReader(buffer, each, writer.give)
    stamp = Stamp(1, 1, 1, 1, 0.0, 0, 0, 0, 0, 0)
    pixels = np.full((SIDE, SIDE, 4), 200, np.uint8)
    feed.deliver(ring, writer.put(pixels, False, stamp, np.zeros(1), np.zeros((1, 1), np.float32)))
    stage = StageFeed(feed, ManualClock())
    stage.blackout(True)
    frame = stage.acquire()
    assert frame is not None
    assert not frame.pixels[..., :3].any()
    assert np.all(frame.pixels[..., 3] == 255)
    assert not frame.planar


def test_who_waits_is_woken_by_a_frame_and_by_a_hold() -> None:
    feed = Feed(SystemClock())
    engine = Engine(feed, 1)
    seen: list[tuple[int, int]] = []
    ready, done = threading.Event(), threading.Event()

    def watch() -> None:
        after = (-1, -1)
        while len(seen) < 2:
            ready.set()
            assert feed.wait_newer(after, 60.0)
            frame = feed.acquire()
            assert isinstance(frame, Frame)
            with frame:
                after = frame.stamp.generation, frame.stamp.number
            seen.append(after)
        done.set()

    threading.Thread(target=watch, daemon=True).start()
    assert ready.wait(60.0)
    engine.draw(0)
    second = Engine(feed, 2)
    while not seen:
        done.wait(0.001)
    second.draw(0)
    assert done.wait(60.0)
    assert seen == [(1, 0), (2, 0)]
