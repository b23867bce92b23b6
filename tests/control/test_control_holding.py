"""The rules of precedence, one by one, on a clock that moves only when told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.holding import LET_GO, PICK_UP
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind

SPECS = (
    ControlSpec("/x", Kind.FLOAT),
    ControlSpec("/y", Kind.FLOAT),
    ControlSpec("/n", Kind.INT, 0),
    ControlSpec("/v", Kind.VECTOR, size=8),
    ControlSpec("/go", Kind.TRIGGER),
)
SCRIPT = Source("script", Rank.SCRIPT)
OSC = Source("osc one", Rank.OSC, streams=True)
OTHER = Source("osc two", Rank.OSC, streams=True)
MIDI = Source("fader", Rank.MIDI)
TICK = 1 / 240


class Stand:
    """A bay with its clock, and the conductor's tick."""

    def __init__(self) -> None:
        self.clock = ManualClock(100.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)

    def write(self, address: str, value: float | list[float], source: Source) -> None:
        assert not self.bay.write([(address, value)], source).refused

    def wait(self, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> list[float]:
        """Let time pass in ticks; the values of /x after each."""
        seen = []
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)
            meanwhile()
            self.bay.advance()
            seen.append(self.x)
        return seen

    @property
    def x(self) -> float:
        return self.bay.number("/x")

    @property
    def v(self) -> list[float]:
        return np.asarray(self.bay.value("/v")).tolist()


@pytest.fixture
def stand() -> Stand:
    return Stand()


# -- rule 1: streams that repeat -------------------------------------------------------------------------------------


def test_a_repeating_stream_neither_locks_nor_snatches(stand: Stand) -> None:
    stand.write("/x", 0.3, OSC)
    stand.wait(1.0, lambda: stand.write("/x", 0.3, OSC))
    assert stand.bay.holder("/x") == ""
    stand.write("/x", 0.8, HAND)
    assert stand.x == 0.8
    seen = stand.wait(3.0, lambda: stand.write("/x", 0.3, OSC))
    assert set(seen) == {0.8}
    assert not stand.bay.advance()


def test_a_repeat_changes_no_revision(stand: Stand) -> None:
    stand.write("/x", 0.3, OSC)
    stand.write("/v", [1.0, 2.0], OSC)
    before = stand.bay.snapshot()
    stand.write("/x", 0.3, OSC)
    stand.write("/v", [1.0, 2.0], OSC)
    assert stand.bay.snapshot() is before


def test_the_same_value_after_a_pause_is_meant(stand: Stand) -> None:
    stand.write("/x", 0.3, OSC)
    stand.write("/x", 0.8, RECALL)
    stand.wait(LET_GO + TICK)
    stand.write("/x", 0.3, OSC)
    assert stand.x == 0.3


def test_a_source_that_does_not_stream_means_each_write(stand: Stand) -> None:
    stand.write("/x", 0.3, MIDI)
    stand.write("/x", 0.8, RECALL)
    stand.write("/x", 0.3, MIDI)
    assert stand.x == 0.3


def test_repeats_are_known_by_sender_and_by_address(stand: Stand) -> None:
    stand.write("/x", 0.3, OSC)
    stand.write("/x", 0.4, OTHER)
    stand.write("/y", 0.3, OSC)
    stand.write("/x", 0.3, OTHER)
    assert (stand.x, stand.bay.number("/y")) == (0.3, 0.3)


def test_a_new_epoch_does_not_turn_repeats_into_writes(stand: Stand) -> None:
    stand.write("/x", 0.3, OSC)
    stand.write("/v", [1.0, 2.0], OSC)
    stand.write("/x", 0.8, RECALL)
    stand.write("/v", [0.0, 0.0], RECALL)
    stand.bay.install(Layout(2, (ControlSpec("/new", Kind.VECTOR, size=3), *SPECS)))
    stand.write("/x", 0.3, OSC)
    stand.write("/v", [1.0, 2.0], OSC)
    assert (stand.x, stand.v[:2]) == (0.8, [0.0, 0.0])


# -- rule 2: who holds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("low", [SCRIPT, OSC, MIDI])
@pytest.mark.parametrize("high", [SCRIPT, OSC, MIDI, HAND])
def test_a_lower_rank_waits_and_an_equal_or_higher_one_wins(stand: Stand, low: Source, high: Source) -> None:
    if high.rank < low.rank:
        low, high = high, low
    stand.write("/n", 1, high)
    assert stand.bay.holder("/n") == high.name
    stand.write("/n", 2, low)
    assert stand.bay.number("/n") == (2 if low.rank == high.rank else 1)
    stand.write("/n", 3, high)
    assert stand.bay.number("/n") == 3


@pytest.mark.parametrize("low", [SCRIPT, OSC, MIDI])
def test_who_waited_is_let_in_after_the_hold(stand: Stand, low: Source) -> None:
    stand.write("/n", 1, HAND)
    stand.write("/n", 2, low)
    stand.wait(LET_GO - 2 * TICK)
    assert stand.bay.number("/n") == 1
    stand.wait(4 * TICK)
    assert stand.bay.number("/n") == 2
    assert stand.bay.holder("/n") == low.name
    assert not stand.bay.advance()


def test_a_stream_that_repeats_while_it_waits_is_let_in(stand: Stand) -> None:
    stand.write("/n", 1, HAND)
    stand.write("/n", 2, OSC)
    stand.wait(LET_GO + 2 * TICK, lambda: stand.write("/n", 2, OSC))
    assert stand.bay.number("/n") == 2


def test_the_newest_of_what_waits_is_let_in_also_when_the_holder_goes_on_moving(stand: Stand) -> None:
    stand.write("/n", 1, HAND)
    stand.write("/n", 2, OSC)
    stand.write("/n", 3, OSC)
    stand.wait(0.1)
    stand.write("/n", 4, HAND)
    stand.wait(LET_GO - 2 * TICK)
    assert stand.bay.number("/n") == 4
    stand.wait(4 * TICK)
    assert stand.bay.number("/n") == 3


def test_a_writer_who_came_later_is_not_overtaken_by_one_who_waited(stand: Stand) -> None:
    stand.write("/v/3", 1.0, HAND)
    stand.write("/v", [2.0] * 8, OSC)
    stand.clock.advance(LET_GO + TICK)
    stand.write("/v/3", 3.0, OSC)
    stand.wait(1.0)
    assert stand.v == [2.0] * 3 + [3.0] + [2.0] * 4


def test_a_touch_holds_through_writes_and_silence_until_release(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.write("/x", 0.8, HAND)
    stand.write("/x", 0.1, OSC)
    assert set(stand.wait(5.0)) == {0.8}
    assert stand.bay.holder("/x") == "surface"
    stand.bay.release("/x", HAND)
    assert set(stand.wait(LET_GO - 2 * TICK)) == {0.8}
    stand.wait(PICK_UP + 4 * TICK)
    assert stand.x == 0.1


def test_a_touched_vector_stays_touched_when_it_is_written_whole(stand: Stand) -> None:
    stand.bay.touch("/v", HAND)
    stand.write("/v", [1.0] * 8, HAND)
    stand.wait(1.0)
    stand.write("/v/0-1", [2.0] * 2, HAND)
    stand.write("/v", [3.0] * 8, OSC)
    stand.wait(1.0)
    assert stand.v == [2.0] * 2 + [1.0] * 6


def test_nobody_lower_takes_a_touch_or_a_release_away(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.bay.touch("/x", OSC)
    stand.bay.release("/x", OSC)
    stand.wait(1.0)
    assert stand.bay.holder("/x") == "surface"
    stand.bay.release("/x", HAND)
    stand.wait(LET_GO + TICK)
    assert stand.bay.holder("/x") == ""


def test_touching_what_does_not_exist_or_holds_text_is_harmless(stand: Stand) -> None:
    stand.bay.touch("/nobody", HAND)
    stand.bay.release("/nobody", HAND)
    assert stand.bay.holder("/nobody") == ""


def test_two_senders_of_one_rank_follow_each_other_at_once(stand: Stand) -> None:
    stand.write("/x", 0.2, OSC)
    stand.write("/x", 0.9, OTHER)
    assert (stand.x, stand.bay.holder("/x")) == (0.9, "osc two")
    stand.wait(0.1, lambda: stand.write("/x", 0.2, OSC))
    assert stand.x == 0.9, "the first only repeats"
    stand.write("/x", 0.21, OSC)
    assert stand.x == 0.21


def test_an_installed_epoch_keeps_the_touch(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.bay.install(Layout(2, (ControlSpec("/new", Kind.VECTOR, size=3), *SPECS)))
    stand.write("/x", 0.9, OSC)
    assert stand.x == 0
    assert stand.bay.holder("/x") == "surface"
    stand.bay.release("/x", HAND)
    stand.wait(LET_GO + PICK_UP + 2 * TICK)
    assert stand.x == 0.9


def test_who_waits_or_glides_arrives_in_the_next_epoch(stand: Stand) -> None:
    stand.bay.touch("/n", HAND)
    stand.write("/n", 5, OSC)
    stand.write("/x", 0.8, HAND)
    stand.wait(1.0)
    stand.write("/x", 0.1, OSC)
    stand.wait(PICK_UP / 2)
    half = stand.x
    stand.bay.install(Layout(2, (ControlSpec("/new", Kind.VECTOR, size=3), *SPECS)))
    assert stand.x == half
    stand.bay.release("/n", HAND)
    stand.wait(PICK_UP)
    assert (stand.x, stand.bay.number("/n")) == (0.1, 5.0)


def test_a_control_of_another_kind_under_an_old_address_is_nobodys(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.bay.install(Layout(2, (ControlSpec("/x", Kind.INT, 0), *SPECS[1:])))
    assert stand.bay.holder("/x") == ""


# -- vectors ---------------------------------------------------------------------------------------------------------


def test_a_hand_on_one_component_leaves_the_others_free(stand: Stand) -> None:
    stand.bay.touch("/v/3", HAND)
    stand.write("/v/3", 1.0, HAND)
    stand.write("/v/5", 5.0, OSC)
    assert stand.v == [0, 0, 0, 1, 0, 5, 0, 0]
    stand.write("/v", [7.0] * 8, OSC)
    assert stand.v == [7, 7, 7, 1, 7, 7, 7, 7]
    assert stand.bay.holder("/v/5") == "osc one"
    assert stand.bay.holder("/v") == "surface"
    stand.wait(1.0)
    stand.bay.release("/v/3", HAND)
    stand.wait(LET_GO + PICK_UP + 2 * TICK)
    assert stand.v == [7.0] * 8


def test_a_component_may_be_moved_while_the_rest_of_the_vector_glides(stand: Stand) -> None:
    stand.write("/v", [1.0] * 8, HAND)
    stand.wait(1.0)
    stand.write("/v", [2.0] * 8, OSC)
    stand.wait(PICK_UP / 2)
    stand.write("/v/5", 9.0, HAND)
    stand.wait(PICK_UP)
    assert stand.v == [2.0] * 5 + [9.0] + [2.0] * 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["write", "write", "write", "touch", "release", "wait"]),
            st.integers(0, 3),
            st.sampled_from([SCRIPT, OSC, MIDI, HAND, RECALL]),
            st.integers(0, 5),
        ),
        max_size=25,
    )
)
def test_a_vector_of_one_component_after_the_other_is_as_many_floats(
    moves: list[tuple[str, int, Source, int]],
) -> None:
    """The short way for one number and the long way for many decide alike."""
    clock = ManualClock()
    specs = (*(ControlSpec(f"/f{i}", Kind.FLOAT) for i in range(4)), ControlSpec("/v", Kind.VECTOR, size=4))
    bay = Bay(Layout(1, specs), clock)
    for what, i, source, amount in moves:
        if what == "write":
            bay.write([(f"/f{i}", amount * 0.1)], source)
            bay.write([(f"/v/{i}-{i}", [amount * 0.1])], source)
        elif what == "wait":
            clock.advance(amount * 0.07)
            bay.advance()
        else:
            act = bay.touch if what == "touch" else bay.release
            act(f"/f{i}", source)
            act(f"/v/{i}", source)
        values = bay.snapshot().values
        assert values[:4].tolist() == values[4:].tolist()
        assert [bay.holder(f"/f{k}") for k in range(4)] == [bay.holder(f"/v/{k}") for k in range(4)]


# -- rule 3: soft pick-up --------------------------------------------------------------------------------------------


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_a_pick_up_glides_from_where_it_is_and_arrives(begin: float, end: float) -> None:
    stand = Stand()
    stand.write("/x", begin, HAND)
    stand.wait(1.0)
    stand.write("/x", end, OSC)
    assert stand.x == begin
    seen = [begin, *stand.wait(PICK_UP + TICK)]
    assert seen[-1] == end
    steepest = 1.5 * abs(end - begin) * TICK / PICK_UP  # the smoothstep's slope is 1.5 at most
    rounding = 1e-12 * max(abs(begin), abs(end)) + 1e-300
    assert np.abs(np.diff(seen)).max() <= steepest * 1.001 + rounding
    assert min(begin, end) <= min(seen)
    assert max(seen) <= max(begin, end)
    assert not stand.bay.advance()


def test_a_pick_up_between_the_largest_numbers_stays_finite(stand: Stand) -> None:
    stand.write("/x", 1.7e308, HAND)
    stand.wait(1.0)
    stand.write("/x", -1.7e308, OSC)
    assert np.isfinite(stand.wait(PICK_UP + TICK)).all()
    assert stand.x == -1.7e308


def test_a_stream_that_moves_on_while_it_picks_up_is_met(stand: Stand) -> None:
    stand.write("/x", 0.8, HAND)
    stand.wait(LET_GO + TICK)
    sent = [0.2]

    def move() -> None:
        sent[0] += 0.001
        stand.write("/x", sent[0], OSC)

    seen = [stand.x, *stand.wait(PICK_UP + 0.2, move)]
    assert max(np.abs(np.diff(seen))) < 1.5 * 0.6 * TICK / PICK_UP + 0.001
    assert stand.x == sent[0]
    assert stand.bay.holder("/x") == "osc one"
    stand.write("/x", 9.0, SCRIPT)
    assert stand.x == sent[0], "who picks up holds while it moves"


def test_only_a_lower_rank_picks_up_softly_and_only_once(stand: Stand) -> None:
    stand.write("/x", 0.8, MIDI)
    stand.wait(1.0)
    stand.write("/x", 0.1, HAND)
    assert stand.x == 0.1
    stand.wait(1.0)
    stand.write("/x", 0.9, OSC)
    stand.wait(PICK_UP + TICK)
    stand.write("/x", 0.3, OSC)
    assert stand.x == 0.3


def test_what_has_no_between_does_not_glide(stand: Stand) -> None:
    stand.write("/n", 8, HAND)
    stand.wait(1.0)
    stand.write("/n", 1, OSC)
    assert stand.bay.number("/n") == 1


@pytest.mark.parametrize("grab", [lambda s: s.bay.touch("/x", HAND), lambda s: s.write("/x", 0.5, HAND)])
def test_a_hand_ends_a_pick_up(stand: Stand, grab: Callable[[Stand], None]) -> None:
    stand.write("/x", 0.8, HAND)
    stand.wait(1.0)
    stand.write("/x", 0.1, OSC)
    stand.wait(PICK_UP / 2)
    grab(stand)
    caught = stand.x
    assert 0.1 < caught < 0.8
    assert set(stand.wait(0.2)) == {caught}


# -- rule 4: recalls and the conductor -------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", [SCRIPT, OSC, MIDI, HAND])
def test_a_recall_passes_holds_and_nothing_comes_after_it(stand: Stand, holder: Source) -> None:
    stand.write("/x", 0.8, holder)
    stand.write("/x", 0.2, SCRIPT)
    stand.write("/x", 0.5, RECALL)
    assert stand.x == 0.5
    assert stand.bay.holder("/x") == ""
    assert set(stand.wait(2.0)) == {0.5}


def test_a_recall_ends_a_pick_up(stand: Stand) -> None:
    stand.write("/x", 0.8, HAND)
    stand.wait(1.0)
    stand.write("/x", 0.1, OSC)
    stand.wait(PICK_UP / 2)
    stand.write("/x", 0.5, RECALL)
    assert set(stand.wait(2.0)) == {0.5}


def test_a_recall_leaves_what_is_touched_and_moves_the_rest(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.bay.touch("/v/2", HAND)
    stand.bay.write([("/x", 0.5), ("/y", 0.5), ("/v", [1.0] * 8)], RECALL)
    assert (stand.x, stand.bay.number("/y")) == (0.0, 0.5)
    assert stand.v == [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_the_conductor_passes_everything(stand: Stand) -> None:
    stand.bay.touch("/x", HAND)
    stand.write("/x", 0.7, CONDUCTOR)
    assert stand.x == 0.7
    assert stand.bay.holder("/x") == "surface"


# -- triggers --------------------------------------------------------------------------------------------------------


def test_who_never_releases_presses_each_time(stand: Stand) -> None:
    for _ in range(3):
        stand.write("/go", 1, OSC)
    assert stand.bay.number("/go") == 3


def test_a_gate_presses_on_the_way_up(stand: Stand) -> None:
    for value in (0, 1, 1, 1, 0, 0, 1, 1):
        stand.write("/go", value, OSC)
    assert stand.bay.number("/go") == 2
    stand.write("/go", 1, OTHER)
    assert stand.bay.number("/go") == 3, "another sender is not this gate"


def test_a_held_gate_stays_held_in_a_new_epoch(stand: Stand) -> None:
    stand.write("/go", 0, OSC)
    stand.write("/go", 1, OSC)
    stand.bay.install(Layout(2, (ControlSpec("/new", Kind.VECTOR, size=3), *SPECS)))
    stand.write("/go", 1, OSC)
    assert stand.bay.number("/go") == 1


def test_two_faders_of_unequal_rank_on_one_vector_both_arrive(stand: Stand) -> None:
    stand.bay.touch("/v", HAND)
    stand.write("/v/0-3", [1.0] * 4, MIDI)
    stand.write("/v/2-5", [2.0] * 4, OSC)
    stand.bay.release("/v", HAND)
    stand.wait(LET_GO + PICK_UP + 4 * TICK)
    assert stand.v == [1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0]


def test_a_whole_said_again_after_a_part_is_no_repeat(stand: Stand) -> None:
    whole = [float(i) for i in range(8)]
    stand.write("/v", whole, OSC)
    stand.write("/v/2", 50.0, OSC)
    stand.write("/v", whole, OSC)
    assert stand.v == whole
    stand.write("/v/2", 50.0, OSC)
    assert stand.v[2] == 50.0
    stand.write("/v", [9.0] * 8, OTHER)
    stand.write("/v/2", 50.0, OSC)
    assert stand.v == [9.0] * 8, "what another sender did does not make a repeat a write"
