"""What was asked for: as the bay would take it, one at a time, and again from the next engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import SystemClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.host.previews import KEPT, Previews, with_writes
from latentjockey.host.seat import Seat
from latentjockey.link.messages import Peeked, Solo
from latentjockey.models.builtin import TESTCARD
from latentjockey.navigation.seeds import seed_from

SPECS = builtin(8, (64, 64), TESTCARD.controls)


def a_bay() -> Bay:
    return Bay(Layout(1, SPECS), SystemClock(), {}, seed_from)


@dataclass
class Room:
    """Takes requests and has pictures by slot."""

    number: int
    asked: list[tuple[int, Any]] = field(default_factory=list)

    def ask(self, ident: int, values: Any, texts: Any) -> None:
        self.asked.append((ident, values))

    def take(self, slot: int) -> Any:
        return np.full((2, 2, 3), slot, np.uint8)


@dataclass
class Engine:
    generation: int


class Chair:
    """As much of a seat as previews need."""

    def __init__(self, generation: int = 1, epoch: int = 1) -> None:
        self.engine = Engine(generation)
        self.generation = generation
        self.epoch = epoch
        self.spare_room: Room | None = Room(-1)
        self.wants: list[bool] = []

    def want_solo(self, on: bool) -> None:
        self.wants.append(on)


class Kept:
    """Previews, and a chair that they are served to."""

    def __init__(self) -> None:
        self.bay = a_bay()
        self.woken = 0
        self.previews = Previews(self.bay, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def serve(self, chair: Chair | None) -> None:
        self.previews.serve(cast(Seat, chair))

    def answer(self, chair: Chair, slot: int, ident: int | None = None) -> None:
        room = chair.spare_room
        assert room is not None
        wanted = room.asked[-1][0] if ident is None else ident
        self.previews.arrived(cast(Seat, chair), Peeked(room.number, wanted, slot))

    def picture(self, key: str) -> int | None:
        found = self.previews.picture(key)
        return None if found is None else int(found[0, 0, 0])


@pytest.fixture
def kept() -> Kept:
    return Kept()


ADDRESSES = [s.address for s in SPECS if s.address != "/deck/a/reach"] + ["/deck/a/z/3", "/deck/b/z/1-4", "/nobody"]
VALUES = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.text(max_size=8), st.booleans(), st.lists(st.floats(), max_size=10)
)


@given(st.lists(st.tuples(st.sampled_from(ADDRESSES), VALUES), max_size=8))
def test_it_is_what_the_bay_would_hold_after_a_recall(writes: list[tuple[str, Any]]) -> None:
    bay = a_bay()
    before = bay.snapshot()
    shown = with_writes(before, writes)
    bay.write([(a, v) for a, v in writes if before.layout.resolve(a) is not None], RECALL)
    expected = bay.snapshot().values[: before.layout.engine_size].copy()
    for deck in "ab":
        target = before.layout.resolve(f"/deck/{deck}/glide/duration")
        assert target is not None
        expected[target.start] = 0.0
    assert np.array_equal(shown, expected)
    assert np.isfinite(shown).all()


def test_one_at_a_time_and_the_newest_under_a_key(kept: Kept) -> None:
    chair = Chair()
    kept.serve(None)
    kept.previews.want("one", [("/deck/a/psi", 0.1)])
    kept.previews.want("two", [("/deck/a/psi", 0.2)])
    kept.previews.want("one", [("/deck/a/psi", 0.3)])
    assert kept.woken == 3
    kept.serve(chair)
    kept.serve(chair)
    room = chair.spare_room
    assert room is not None
    psi = kept.bay.layout.resolve("/deck/a/psi")
    assert psi is not None
    assert [values[psi.start] for _, values in room.asked] == [0.2]
    kept.answer(chair, 5)
    assert (kept.picture("two"), kept.picture("one"), kept.woken) == (5, None, 4)
    kept.serve(chair)
    assert [values[psi.start] for _, values in room.asked] == [0.2, 0.3]
    kept.answer(chair, 6, ident=room.asked[0][0])
    assert kept.picture("two") == 5, "that was answered already"
    kept.answer(chair, -1)
    assert kept.picture("one") is None
    kept.previews.want("two", [])
    kept.serve(chair)
    assert kept.picture("two") == 5, "until the newer one is there"
    kept.answer(chair, 7)
    assert kept.picture("two") == 7


def test_asked_again_of_the_next_engine_and_then_no_more(kept: Kept) -> None:
    chairs = [Chair(n) for n in range(1, 5)]
    kept.previews.want("bad", [])
    kept.previews.want("good", [])
    kept.serve(chairs[0])
    kept.serve(None)
    kept.serve(chairs[1])
    kept.answer(chairs[0], 9)
    assert kept.picture("bad") is None, "from an engine that is gone"
    kept.serve(chairs[2])
    kept.answer(chairs[2], 8)
    assert (kept.picture("bad"), kept.picture("good")) == (None, 8)
    kept.serve(chairs[3])
    assert chairs[3].spare_room is not None
    assert chairs[3].spare_room.asked == []


def test_what_came_meanwhile_under_a_key_is_newer(kept: Kept) -> None:
    first, second = Chair(1), Chair(2)
    kept.previews.want("one", [("/deck/a/psi", 0.1)])
    kept.serve(first)
    kept.previews.want("one", [("/deck/a/psi", 0.2)])
    kept.serve(second)
    psi = kept.bay.layout.resolve("/deck/a/psi")
    assert psi is not None
    assert second.spare_room is not None
    assert [values[psi.start] for _, values in second.spare_room.asked] == [0.2]


def test_while_controls_are_exchanged_it_waits(kept: Kept) -> None:
    old, new = Chair(1, epoch=1), Chair(2, epoch=2)
    kept.bay.install(Layout(2, SPECS))
    kept.previews.want("one", [])
    kept.serve(old)
    assert old.spare_room is not None
    assert old.spare_room.asked == []
    kept.serve(new)
    kept.answer(new, 3)
    assert kept.picture("one") == 3


def test_pictures_and_requests_are_bounded(kept: Kept) -> None:
    chair = Chair()
    for n in range(KEPT + 5):
        kept.previews.want(f"{n}", [])
    for _ in range(KEPT + 5):
        kept.serve(chair)
        kept.answer(chair, 1)
    assert [kept.picture(f"{n}") for n in (0, 4, 5, KEPT + 4)] == [None, None, 1, 1]
    kept.previews.want("last", [])
    kept.serve(chair)
    kept.answer(chair, 1)
    assert (kept.picture("5"), kept.picture("last")) == (None, 1)


def test_pictures_of_a_deck_have_numbers_that_grow_and_none_comes_from_an_old_engine(kept: Kept) -> None:
    old, new = Chair(1), Chair(2)

    def solo(chair: Chair, deck: str, slot: int, ring: int = -1) -> None:
        kept.previews.arrived(cast(Seat, chair), Solo(ring, deck, slot))

    assert kept.previews.solo("a") is None
    seen = []
    for chair, slot in ((old, 1), (old, 2), (new, 3), (old, 4)):
        solo(chair, "a", slot)
        found = kept.previews.solo("a")
        assert found is not None
        seen.append((found[0], int(found[1][0, 0, 0])))
    assert [picture for _, picture in seen] == [1, 2, 3, 3]
    assert seen[0][0] < seen[1][0] < seen[2][0] == seen[3][0]
    solo(new, "a", 9, ring=-2)
    solo(new, "nobody", 9)
    assert kept.previews.solo("a") == kept.previews.solo("a")
    assert kept.previews.solo("nobody") is None
    found = kept.previews.solo("a")
    assert found is not None
    assert found[1][0, 0, 0] == 3


def test_every_engine_that_plays_is_told_whether_anybody_looks(kept: Kept) -> None:
    first, second = Chair(1), Chair(2)
    kept.serve(first)
    kept.previews.want_solo(True)
    kept.previews.want_solo(True)
    assert kept.woken == 1
    kept.serve(first)
    kept.serve(second)
    assert (first.wants, second.wants) == ([False, True], [True])
