"""The frame ring: newest wins, a leased slot is never written, every token comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from latentjockey.base.platform import create_shared
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.frames.stages import Stages
from latentjockey.link.ring import SLOTS, RingReader, RingWriter, slot_bytes

WIDTH, HEIGHT = 5, 3


def stamp(number: int) -> Stamp:
    return Stamp(7, number, 2, 3, 1.5, 4, 5, 6, 8, 9, Stages((0.5, 1.5, 2.0, 0.25), number % 16, number % 200))


def pixels(number: int, planar: bool) -> np.ndarray:
    shape = (3, HEIGHT, WIDTH) if planar else (HEIGHT, WIDTH, 4)
    return np.full(shape, number % 256, np.uint8)


class Ring(RuleBasedStateMachine):
    @initialize()
    def make(self) -> None:
        each = slot_bytes(WIDTH, HEIGHT, 4, (2, 3))
        buffer = memoryview(bytearray(SLOTS * each))
        self.writer = RingWriter(buffer, SLOTS, each)
        self.reader = RingReader(buffer, each, self.writer.give)
        self.number = 0
        self.leases: list[Frame] = []

    @precondition(lambda self: self.writer.has_free)
    @rule(planar=st.booleans())
    def publish(self, planar: bool) -> None:
        self.number += 1
        effective = np.full(4, float(self.number))
        position = np.full((2, 3), self.number, np.float32)
        slot = self.writer.put(pixels(self.number, planar), planar, stamp(self.number), effective, position)
        published = self.reader.ready(slot)
        assert published.published_ns > 9
        assert replace(published, published_ns=9) == stamp(self.number)

    @rule()
    def lease(self) -> None:
        frame = self.reader.acquire()
        if self.number == 0:
            assert frame is None
            return
        assert frame is not None
        assert frame.stamp.number == self.number
        self.leases.append(frame)

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 100))
    def release(self, which: int) -> None:
        frame = self.leases.pop(which % len(self.leases))
        frame.release()
        frame.release()

    @invariant()
    def a_lease_keeps_its_picture(self) -> None:
        for frame in getattr(self, "leases", []):
            assert np.all(frame.pixels == frame.stamp.number % 256)
            assert np.all(frame.effective == frame.stamp.number)
            assert np.all(frame.position == frame.stamp.number)

    def teardown(self) -> None:
        for frame in getattr(self, "leases", []):
            frame.release()
        if getattr(self, "number", 0):
            assert len(self.writer._free) == SLOTS - 1, "all but the newest are free again"


TestRing = Ring.TestCase
TestRing.settings = settings(max_examples=40, stateful_step_count=40)


@pytest.mark.parametrize("planar", [True, False])
def test_a_frame_arrives_as_it_was(planar: bool) -> None:
    each = slot_bytes(WIDTH, HEIGHT, 4, (2, 3))
    buffer = memoryview(bytearray(SLOTS * each))
    writer = RingWriter(buffer, SLOTS, each)
    reader = RingReader(buffer, each, writer.give)
    picture = np.arange(60, dtype=np.uint8)[: 45 if planar else 60].reshape((3, 3, 5) if planar else (3, 5, 4))
    assert writer.fits(slot_bytes(WIDTH, HEIGHT, 4, (2, 3)))
    reader.ready(writer.put(picture, planar, stamp(1), np.arange(4.0), np.ones((2, 3), np.float32)))
    with reader.acquire() as frame:  # type: ignore[union-attr]
        assert np.array_equal(frame.pixels, picture)
        assert frame.planar is planar
        assert frame.size == (WIDTH, HEIGHT)
        assert not frame.pixels.flags.writeable
        copied = frame.copy()
        assert np.array_equal(frame.rgb(), picture.transpose(1, 2, 0) if planar else picture[..., :3])
    assert np.array_equal(copied.pixels, picture)


def test_a_larger_picture_does_not_fit() -> None:
    each = slot_bytes(8, 8, 4, (2, 3))
    writer = RingWriter(memoryview(bytearray(each)), 1, each)
    assert not writer.fits(slot_bytes(400, 400, 4, (2, 3)))
    with pytest.raises(ValueError, match="does not fit"):
        writer.put(np.zeros((3, 400, 400), np.uint8), True, stamp(1), np.zeros(4), np.zeros((2, 3), np.float32))
    assert writer.has_free


def test_a_closed_ring_gives_nothing_but_what_is_leased_stays() -> None:
    each = slot_bytes(WIDTH, HEIGHT, 4, (2, 3))
    freed: list[int] = []
    memory = create_shared(SLOTS * each)
    writer = RingWriter(memory.buffer, SLOTS, each)
    reader = RingReader(memory.buffer, each, freed.append)
    reader.ready(writer.put(pixels(9, True), True, stamp(1), np.zeros(4), np.zeros((2, 3), np.float32)))
    frame = reader.acquire()
    assert frame is not None
    reader.close()
    writer.close()
    memory.close()
    assert reader.closed
    assert reader.acquire() is None
    assert np.all(frame.pixels == 9)
    frame.release()
    assert freed == [], "nobody is there to take a slot back"


@pytest.mark.parametrize("slot", [-1, SLOTS, 1 << 40])
def test_a_slot_that_is_none_is_refused(slot: int) -> None:
    each = slot_bytes(WIDTH, HEIGHT, 4, (2, 3))
    reader = RingReader(memoryview(bytearray(SLOTS * each)), each, lambda slot: None)
    with pytest.raises(ValueError, match="no slot"):
        reader.ready(slot)


@given(st.binary(min_size=128, max_size=128))
def test_whatever_lies_in_a_slot_is_a_frame_inside_it_or_refused(garbage: bytes) -> None:
    each = slot_bytes(WIDTH, HEIGHT, 4, (2, 3))
    buffer = memoryview(bytearray(SLOTS * each))
    buffer[: len(garbage)] = garbage
    reader = RingReader(buffer, each, lambda slot: None)
    try:
        reader.ready(0)
    except ValueError:
        assert reader.acquire() is None
    else:
        with reader.acquire() as frame:  # type: ignore[union-attr]
            assert frame.pixels.nbytes + frame.effective.nbytes + frame.position.nbytes < each
