"""Endless encoders: what each value means in each encoding, how fast turns go further, and which encoding it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.encoder import FAST, FINE, SLOW, WINDOW, Encoding, Turning, guess, speed_up, steps
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.page import SHIFT
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode

CC = MessageKind.CC
TWOS, SIGNED, OFFSET = Encoding.TWOS_COMPLEMENT, Encoding.SIGNED_BIT, Encoding.BINARY_OFFSET
SPECS = (
    ControlSpec("/plain", Kind.FLOAT, 0.0, 0.0, 127.0),
    ControlSpec("/count", Kind.INT, 2, 0, 10),
    ControlSpec("/switch", Kind.BOOL, False),
    ControlSpec("/go", Kind.TRIGGER),
)
ME = Source("midi test", Rank.MIDI)


@pytest.mark.parametrize(
    ("value", "twos", "signed", "offset"),
    [
        (0, 0, 0, -64),
        (1, 1, 1, -63),
        (2, 2, 2, -62),
        (63, 63, 63, -1),
        (64, -64, 0, 0),
        (65, -63, -1, 1),
        (66, -62, -2, 2),
        (126, -2, -62, 62),
        (127, -1, -63, 63),
    ],
)
def test_the_truth_table_of_the_encodings(value: int, twos: int, signed: int, offset: int) -> None:
    assert [steps(encoding, value) for encoding in (TWOS, SIGNED, OFFSET)] == [twos, signed, offset]


@given(st.sampled_from(Encoding), st.integers(-63, 63))
def test_each_step_has_a_value_in_each_encoding(encoding: Encoding, moved: int) -> None:
    assert moved in {steps(encoding, value) for value in range(128)}


@pytest.mark.parametrize(
    ("values", "encoding", "sure"),
    [
        ([1], TWOS, False),
        ([1, 127], TWOS, True),
        ([127], TWOS, True),
        ([1, 65], SIGNED, True),
        ([65], OFFSET, False),
        ([63], OFFSET, True),
        ([63, 65], OFFSET, True),
        ([66, 2], SIGNED, True),
        ([], None, False),
        ([0], None, False),
        ([1, 63], None, False),
        ([30], None, False),
    ],
)
def test_which_encoding_it_is(values: list[int], encoding: Encoding | None, sure: bool) -> None:
    assert guess(values) == (encoding, sure)


class Rig:
    def __init__(self, *bindings: MidiBinding) -> None:
        self.clock = ManualClock(10.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.applier = Applier(MidiMap("m", bindings=bindings))

    def turn(self, *values: int, every: float = 0.2, kind: MessageKind = CC, number: int = 1) -> None:
        for value in values:
            self.clock.advance(every)
            batch = self.applier.batch([MidiEvent(kind, 1, number, value, self.clock.now())], self.bay)
            self.bay.write(batch, ME)


@pytest.mark.parametrize(("encoding", "up", "down"), [(TWOS, 3, 125), (SIGNED, 3, 67), (OFFSET, 67, 61)])
def test_steps_go_on_from_where_the_control_stands(encoding: Encoding, up: int, down: int) -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, encoding=encoding))
    rig.bay.write([("/plain", 50.0)], RECALL)
    rig.turn(up)
    assert rig.bay.number("/plain") == pytest.approx(53.0)
    rig.bay.write([("/plain", 300.0)], RECALL)  # beyond nominal: nothing waits, nothing is cut
    rig.turn(down)
    assert rig.bay.number("/plain") == pytest.approx(297.0)


def test_a_value_that_is_no_step_writes_nothing() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, encoding=SIGNED))
    revision = rig.bay.revision
    rig.turn(0, 64)
    assert rig.bay.revision == revision


def test_a_range_of_its_own_and_one_turned_round() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, encoding=TWOS, lo=0.0, hi=-254.0))
    rig.turn(10)
    assert rig.bay.number("/plain") == pytest.approx(-20.0)


def test_whole_numbers_swallow_no_step() -> None:
    rig = Rig(MidiBinding(CC, "/count", 1, encoding=TWOS))
    rig.turn(*([1] * 13))  # 13/127 of 10
    assert rig.bay.number("/count") == 3.0
    rig.turn(*([127] * 13))
    assert rig.bay.number("/count") == 2.0


def test_a_switch_and_a_press() -> None:
    toggle = MidiBinding(CC, "/switch", 1, mode=Mode.TOGGLE, encoding=TWOS)
    rig = Rig(toggle, MidiBinding(CC, "/go", 1, encoding=TWOS))
    rig.turn(1, 127, 1)
    assert rig.bay.number("/switch") == 0.0
    assert rig.bay.number("/go") == 2.0


@pytest.mark.parametrize(
    ("speed", "worth"), [(0.0, 1.0), (SLOW, 1.0), ((SLOW + FAST) / 2, 3.0), (FAST, 5.0), (10 * FAST, 5.0)]
)
def test_the_curve_of_acceleration(speed: float, worth: float) -> None:
    assert speed_up(speed, 4.0) == pytest.approx(worth)
    assert speed_up(speed, 0.0) == 1.0


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30).map(sorted), st.floats(0.0, 100.0))
def test_faster_is_never_worth_less(speeds: list[float], accelerate: float) -> None:
    worths = [speed_up(200 * speed, accelerate) for speed in speeds]
    assert all(a <= b + 1e-9 for a, b in pairwise(worths))
    assert worths[0] >= 1.0
    assert worths[-1] <= 1.0 + accelerate + 1e-9


@pytest.mark.parametrize(
    ("gap", "accelerate", "went"),
    [
        (0.2, 4.0, 20.0),  # slow: nothing is sped up
        (0.005, 0.0, 20.0),  # fast, without acceleration
        (0.005, None, 20.0),
    ],
)
def test_a_turn_of_twenty_steps(gap: float, accelerate: float | None, went: float) -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, encoding=TWOS, accelerate=accelerate))
    rig.turn(*([1] * 20), every=gap)
    assert rig.bay.number("/plain") == pytest.approx(went)


def test_a_fast_turn_goes_further_and_a_turn_back_begins_slowly() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, encoding=TWOS, accelerate=4.0))
    rig.turn(*([1] * 40), every=0.005)
    went = rig.bay.number("/plain")
    assert 100.0 < went < 5 * 40.0
    rig.turn(127, every=0.005)
    assert rig.bay.number("/plain") == pytest.approx(went - 1.0)


def test_speed_is_told_by_the_gaps_alone() -> None:
    turning = Turning()
    assert turning.speed(1, 0.0) == pytest.approx(1 / WINDOW)
    assert turning.speed(1, 0.01) == pytest.approx(2 / WINDOW)
    assert turning.speed(3, 0.02) == pytest.approx(5 / WINDOW)
    assert turning.speed(1, 0.03 + WINDOW) == pytest.approx(1 / WINDOW)


def test_shift_makes_steps_fine_unless_it_means_something_else() -> None:
    shift = MidiBinding(MessageKind.NOTE, SHIFT, 60)
    rig = Rig(
        MidiBinding(CC, "/plain", 1, encoding=TWOS),
        MidiBinding(CC, "/plain", 2, encoding=TWOS, shift=True),
        shift,
    )
    rig.turn(100, kind=MessageKind.NOTE, number=60)
    rig.turn(10)
    assert rig.bay.number("/plain") == pytest.approx(10 * FINE)
    rig.turn(10, number=2)
    assert rig.bay.number("/plain") == pytest.approx(10 * FINE + 10)
    rig.turn(0, kind=MessageKind.NOTE, number=60)
    rig.turn(10, number=2)
    rig.turn(10)
    assert rig.bay.number("/plain") == pytest.approx(10 * FINE + 20)
