"""Small pictures: their size and shape, and how an engine makes them, spoken to message by message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.platform import SharedBlock, create_shared
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.evaluate import Evaluator
from latentjockey.engine.picture import OneModel
from latentjockey.engine.previews import Previews, alone, made_small, on_stage_alone, small_size
from latentjockey.generators.protocol import FrameResult
from latentjockey.generators.testcard import BLOCKS, Testcard, level, marks, read_layers, read_marks
from latentjockey.link import messages as m
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.ring import SMALL_SIDE, SMALL_SLOTS, RingReader, small_slot_bytes
from latentjockey.models.builtin import TESTCARD, WORDS

STAGE = (192, 192)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_the_longer_side_is_always_the_same(width: int, height: int) -> None:
    small = small_size(width, height)
    assert max(small) == SMALL_SIDE
    for side, wanted in zip(small, (width, height), strict=True):
        assert side == 1 or abs(side - wanted * SMALL_SIDE / max(width, height)) <= 0.5


@given(st.integers(1, 400), st.integers(1, 400), st.booleans())
def test_made_small_it_has_the_colours_and_the_shape(width: int, height: int, planar: bool) -> None:
    plain = np.full((3, height, width) if planar else (height, width, 4), 77, np.uint8)
    small = made_small(FrameResult(plain, True, planar)).pixels
    assert (small == 77).all()
    size = (small.shape[2], small.shape[1]) if planar else (small.shape[1], small.shape[0])
    assert size == (small_size(width, height) if max(width, height) > SMALL_SIDE else (width, height))


def test_made_small_it_is_not_turned_or_mirrored() -> None:
    large = np.zeros((3, 200, 400), np.uint8)
    large[0, :100, :200], large[1, 100:, :200], large[2, :100, 200:] = 250, 250, 250
    small = made_small(FrameResult(large, True)).pixels
    assert small.shape == (3, 48, 96)
    assert (small[0, :24, :48] == 250).all()
    assert (small[1, 24:, :48] == 250).all()
    assert (small[2, :24, 48:] == 250).all()
    assert small.sum() == 3 * 250 * 24 * 48


class Room:
    """An engine's previews, and the memory that a show would give them."""

    def __init__(self) -> None:
        self.layout = Layout(1, builtin(TESTCARD.z_dim, STAGE, TESTCARD.controls))
        self.layout = Layout(1, self.layout.engine_specs())
        self.values = self.layout.defaults()
        self.texts: dict[str, str] = {}
        self.said: list[Any] = []
        self.rgb: dict[str, Any] = {}
        each = small_slot_bytes()
        self.memory = [create_shared(SMALL_SLOTS * each), create_shared(block_bytes(self.layout.size))]
        self.writer = BlockWriter(self.memory[1].buffer, 1, self.layout.size)
        self.reader = RingReader(self.memory[0].buffer, each, lambda slot: self.previews.give(-1, slot))
        self.card = Testcard()
        pictures, asked = self.memory
        spare = m.Spare(-1, pictures.handle, SMALL_SLOTS, each, asked.handle, asked.size)
        self.previews = Previews(OneModel(self.card, self.layout.specs), self.layout, spare, 0.001, self.said.append)

    def set(self, address: str, value: Any) -> None:
        target = self.layout.resolve(address)
        assert target is not None
        self.values[target.start : target.stop] = value

    def snapshot(self) -> Snapshot:
        return Snapshot(self.layout, 1, 0, self.values.copy(), self.texts)

    def solos(self, at: float, spare: float = np.inf) -> str:
        """The decks that are drawn one after the other at a time; the newest picture of each is in ``rgb``."""
        self.said.clear()
        snapshot = self.snapshot()
        while self.previews.solo(snapshot, STAGE, at, spare):
            assert len(self.said) < 9, "it does not end"
        for message in self.said:
            self.rgb[message.deck] = self.take(message.slot)
        return "".join(message.deck for message in self.said)

    def take(self, slot: int) -> Any:
        self.reader.ready(slot)
        frame = self.reader.acquire()
        assert frame is not None
        with frame:
            return frame.rgb()

    def close(self) -> None:
        self.reader.close()
        self.writer.close()
        self.previews.close()
        for block in self.memory:
            block.close()


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.close()


def test_only_when_somebody_looks_and_only_what_has_changed(room: Room) -> None:
    assert room.solos(1.0) == ""
    room.previews.want_solo(True)
    assert sorted(room.solos(2.0)) == ["a", "b"]
    assert room.solos(3.0) == ""
    room.set("/deck/b/psi", 2.0)
    assert room.solos(4.0) == "b"
    room.set("/deck/a/z", 1.0)
    assert room.solos(5.0) == "a"
    for address, value in (
        ("/mix/crossfade", 0.3), ("/mix/offset/fine", 1.0), ("/engine/fps_cap", 9.0), ("/echo/amount", 1.0),
    ):  # fmt: skip
        room.set(address, value)
        assert room.solos(6.0) == "", address
    room.set("/gen/rehearse", 0.0)
    room.set("/break/amount", 0.5)
    assert sorted(room.solos(7.0)) == ["a", "b"], "what is of no deck is of both"
    room.previews.want_solo(False)
    room.set("/deck/a/psi", 0.5)
    assert room.solos(8.0) == ""


def test_not_more_often_than_ten_a_second_and_then_the_newest(room: Room) -> None:
    room.previews.want_solo(True)
    assert sorted(room.solos(1.0)) == ["a", "b"]
    for n in range(9):
        room.set("/deck/a/z", n * 0.1)
        assert room.solos(1.0 + n * 0.01) == ""
    assert room.previews.until(room.snapshot(), STAGE, 1.08) == pytest.approx(0.02)
    assert room.solos(1.11) == "a"
    assert (read_layers(room.rgb["a"], 3) == level(np.array([0.8]))).all()


def test_a_glide_is_followed_until_after_its_end(room: Room) -> None:
    room.set("/deck/b/glide/since", 10.0)
    room.set("/deck/b/glide/duration", 1.0)
    room.set("/deck/b/z", 2.0)
    room.previews.want_solo(True)
    drawn = [n / 10 for n in range(100, 140) if "b" in room.solos(n / 10 + 1e-6)]
    assert drawn == [n / 10 for n in range(100, 111)]
    assert room.said == []


def test_the_frame_that_shows_one_deck_alone_is_its_picture(room: Room) -> None:
    room.previews.want_solo(True)
    room.set("/deck/a/z", 1.5)
    snapshot = room.snapshot()
    assert on_stage_alone(snapshot) == "a"
    assert room.solos(1.0, spare=0.01) == "b", "deck A has its frame soon"
    frame = np.full((3, 192, 192), 33, np.uint8)
    room.said.clear()
    room.previews.staged(FrameResult(frame, True), snapshot, STAGE, 1.1)
    assert [message.deck for message in room.said] == ["a"]
    assert (room.take(room.said[0].slot) == 33).all()
    assert room.solos(2.0) == ""
    room.set("/mix/crossfade", 1.0)
    assert on_stage_alone(room.snapshot()) == "b"
    for address, value in (("/mix/offset/coarse", 0.1), ("/echo/amount", 0.2), ("/mix/crossfade", 0.5)):
        before = room.snapshot()
        room.set(address, value)
        assert on_stage_alone(room.snapshot()) is None, address
        room.values = before.values.copy()


@given(st.floats(-3, 3), st.floats(-2, 2), st.sampled_from("ab"))
def test_alone_is_the_end_of_the_crossfader(crossfade: float, offset: float, deck: str) -> None:
    layout = Layout(1, Layout(1, builtin(TESTCARD.z_dim, STAGE, TESTCARD.controls)).engine_specs())
    values = layout.defaults()
    for address, value in (("/mix/crossfade", crossfade), ("/mix/offset/middle", offset), ("/deck/a/z", 1.0)):
        target = layout.resolve(address)
        assert target is not None
        values[target.start : target.stop] = value
    snapshot = Snapshot(layout, 1, 0, values, {})
    evaluator = Evaluator(Testcard(), layout.specs)
    ends = evaluator.ends(snapshot, 0.0)
    shown = evaluator.moment(alone(snapshot, deck), 0.0).layers
    assert np.array_equal(shown, ends.a if deck == "a" else ends.b)
    assert snapshot.number("/mix/crossfade") == crossfade, "the snapshot itself is as it was"


def test_what_is_asked_for_is_answered_once_with_a_picture_or_none(room: Room) -> None:
    assert not room.previews.peek(STAGE, 1.0, np.inf), "nothing was asked for"
    other = room.values.copy()
    target = room.layout.resolve("/deck/a/z")
    assert target is not None
    other[target.start : target.stop] = -1.0
    room.writer.write(other, 7, 0)
    room.previews.ask(m.Peek(7))
    assert room.previews.until(room.snapshot(), STAGE, 1.0) == 0.0
    assert room.previews.peek(STAGE, 1.0, np.inf)
    assert not room.previews.peek(STAGE, 1.0, np.inf)
    (answer,) = room.said
    assert answer == m.Peeked(-1, 7, answer.slot)
    assert (read_layers(room.take(answer.slot), 3)[:, :BLOCKS] == level(np.array([-1.0]))).all()
    room.previews.ask(m.Peek(8))  # and nothing of that number was written
    assert room.previews.peek(STAGE, 2.0, np.inf)
    assert room.said[1:] == [m.Peeked(-1, 8, -1)]


def test_what_is_asked_for_has_the_texts_that_it_came_with(room: Room) -> None:
    room.texts = {WORDS: "on stage"}
    room.writer.write(room.values, 7, 0)
    room.previews.ask(m.Peek(7, {WORDS: "a moth"}))
    assert room.previews.peek(STAGE, 1.0, np.inf)
    (answer,) = room.said
    assert np.array_equal(read_marks(room.take(answer.slot)), marks("a moth"))


def test_a_deck_is_drawn_again_when_a_text_changes(room: Room) -> None:
    room.previews.want_solo(True)
    room.texts = {WORDS: "a moth"}
    assert sorted(room.solos(1.0)) == ["a", "b"]
    assert np.array_equal(read_marks(room.rgb["b"]), marks("a moth"))
    assert room.solos(2.0) == ""
    room.texts = {WORDS: "two moths"}
    assert sorted(room.solos(3.0)) == ["a", "b"]
    assert np.array_equal(read_marks(room.rgb["a"]), marks("two moths"))


def test_no_slot_is_written_that_the_show_has(room: Room) -> None:
    room.previews.want_solo(True)
    for n in range(9):
        room.set("/deck/a/z", float(n))
        room.previews.solo(room.snapshot(), STAGE, float(n), np.inf)
    assert len(room.said) == SMALL_SLOTS
    assert len({message.slot for message in room.said}) == SMALL_SLOTS
    assert room.previews.until(room.snapshot(), STAGE, 20.0) == np.inf, "a slot that comes back will wake it"
    room.previews.give(0, room.said[0].slot)
    assert not room.previews.solo(room.snapshot(), STAGE, 20.0, np.inf), "that was a slot of another ring"
    room.previews.give(-1, room.said[0].slot)
    assert room.previews.solo(room.snapshot(), STAGE, 20.0, np.inf)


@pytest.mark.parametrize("failure", [1, 5])
def test_what_fails_is_dropped_until_it_changes(room: Room, failure: float) -> None:
    room.previews.want_solo(True)
    room.set("/gen/rehearse", failure)
    assert room.solos(1.0) == ""
    assert room.solos(2.0) == ""
    room.set("/gen/rehearse", 0.0)
    assert sorted(room.solos(3.0)) == ["a", "b"]


def test_a_lack_of_memory_is_waited_out(room: Room) -> None:
    room.previews.want_solo(True)
    made = room.card.frame
    room.card.frame = _no_memory  # type: ignore[method-assign]
    assert room.solos(1.0) == ""
    room.card.frame = made  # type: ignore[method-assign]
    assert room.solos(1.5) == "", "it rests"
    assert sorted(room.solos(2.5)) == ["a", "b"], "though nothing has changed"


def test_another_shape_of_the_stage_is_another_picture(room: Room) -> None:
    room.previews.want_solo(True)
    assert sorted(room.solos(1.0)) == ["a", "b"]
    wide = replace(room.snapshot())
    assert room.previews.solo(wide, (400, 100), 2.0, np.inf)
    assert room.take(room.said[-1].slot).shape == (24, 96, 3)


def _no_memory(request: object, latch: object) -> FrameResult:
    raise MemoryError("none left")


def test_memory_that_is_gone_is_an_error() -> None:
    layout = Layout(1, Layout(1, builtin(TESTCARD.z_dim, STAGE)).engine_specs())
    card = Testcard()
    block: SharedBlock = create_shared(100)
    handle = block.handle
    block.close()
    spare = m.Spare(-1, handle, SMALL_SLOTS, small_slot_bytes(), handle, 100)
    with pytest.raises(OSError, match="No such file"):
        Previews(OneModel(card, layout.specs), layout, spare, 0.001, lambda message: None)
