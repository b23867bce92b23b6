"""The truth table of jump, pickup and scale: each way in which a knob and its control can stand apart, in each mode."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.table import MidiBinding, MidiMap, Takeover
from latentjockey.mapping.takeover import Knobs, scaled

CC = MessageKind.CC
ME = Source("midi test", Rank.MIDI)
JUMP, PICKUP, SCALE = Takeover.JUMP, Takeover.PICKUP, Takeover.SCALE
SPECS = (
    ControlSpec("/plain", Kind.FLOAT, 0.0, 0.0, 127.0),
    ControlSpec("/log", Kind.FLOAT, 1.0, 1.0, 100.0, taper=Taper.LOG),
    ControlSpec("/guarded", Kind.FLOAT, 64.0, 0.0, 127.0, guard=(None, 100.0)),
    ControlSpec("/choice", Kind.CHOICE, 0, 0, 4, choices=("v", "w", "x", "y", "z")),
)


class Rig:
    """Knobs CC 1 and CC 2 on one control; values of the knobs are those of the control."""

    def __init__(self, takeover: Takeover, address: str = "/plain", **ends: float) -> None:
        self.clock = ManualClock(10.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.address = address
        bindings = tuple(MidiBinding(CC, address, n, takeover=takeover, **ends) for n in (1, 2))  # type: ignore[arg-type]
        self.applier = Applier(MidiMap("m", bindings=bindings), knobs=Knobs(ME.name))

    def turn(self, *values: int, knob: int = 1, wait: float = 0.02) -> list[float]:
        for value in values:
            self.clock.advance(wait)
            batch = self.applier.batch([MidiEvent(CC, 1, knob, value, self.clock.now())], self.bay)
            self.bay.write(batch, ME)
            self.clock.advance(1.0)
            self.bay.advance()
        return [self.value]

    def put(self, value: float, by: Source = RECALL) -> None:
        self.bay.write([(self.address, value)], by)
        self.clock.advance(1.0)
        self.bay.advance()

    @property
    def value(self) -> float:
        return round(self.bay.number(self.address), 6)


@dataclass(frozen=True)
class Case:
    """A knob that was heard at ``knob`` while the control stands at ``control``, then goes ``way``."""

    knob: int
    control: float
    way: tuple[int, ...]
    jump: float
    pickup: float
    scale: float
    ends: tuple[float, float] = (0.0, 127.0)


CASES = {
    "towards it, on the same side": Case(20, 60.0, (40,), 40, 60, 60 + 20 * 67 / 107),
    "away from it": Case(60, 80.0, (40,), 40, 80, 80 - 20 * 80 / 60),
    "reaches it": Case(20, 60.0, (59,), 59, 59, 60 + 39 * 67 / 107),
    "crosses it in small steps": Case(20, 60.0, (40, 59, 62, 70), 70, 70, 60 + 50 * 67 / 107),
    "jumps across it": Case(20, 60.0, (100,), 100, 100, 60 + 80 * 67 / 107),
    "jumps across it downwards": Case(100, 60.0, (20,), 20, 20, 60 - 80 * 60 / 100),
    "exactly on it": Case(60, 60.0, (61,), 61, 61, 61),
    "comes near and turns back": Case(20, 60.0, (50, 20), 20, 60, 60 + 30 * 67 / 107 - 30 * (60 + 30 * 67 / 107) / 50),
    "to the top end": Case(20, 60.0, (127,), 127, 127, 127),
    "to the bottom end": Case(100, 60.0, (0,), 0, 0, 0),
    "control above the travel, knob up": Case(60, 200.0, (127,), 127, 200, 200),
    "control above the travel, knob down": Case(60, 200.0, (30,), 30, 200, 100),
    "control above the travel, knob to the end": Case(60, 200.0, (0,), 0, 200, 0),
    "control below the travel, knob down": Case(60, -50.0, (30,), 30, -50, -50),
    "control below the travel, knob up": Case(27, -50.0, (77,), 77, -50, -50 + 50 * 177 / 100),
    "range turned round, towards it": Case(20, 60.0, (40,), 87, 60, 60 - 20 * 60 / 107, (127.0, 0.0)),
    "range turned round, across": Case(20, 60.0, (100,), 27, 27, 60 - 80 * 60 / 107, (127.0, 0.0)),
    "beyond nominal ends": Case(
        0, 0.0, (64,), 64 / 127 * 400 - 200, 64 / 127 * 400 - 200, 64 / 127 * 200, (-200.0, 200.0)
    ),
    "a travel without length": Case(20, 60.0, (40,), 7, 60, 60, (7.0, 7.0)),
}  # fmt: skip


@pytest.mark.parametrize("takeover", [JUMP, PICKUP, SCALE])
@pytest.mark.parametrize("name", CASES)
def test_the_truth_table(name: str, takeover: Takeover) -> None:
    case = CASES[name]
    rig = Rig(takeover, lo=case.ends[0], hi=case.ends[1])
    rig.turn(case.knob)
    rig.put(case.control)
    expected = {JUMP: case.jump, PICKUP: case.pickup, SCALE: case.scale}[takeover]
    assert rig.turn(*case.way) == [pytest.approx(expected, abs=1e-5)]


@pytest.mark.parametrize(("takeover", "expected"), [(JUMP, 40.0), (PICKUP, 60.0), (SCALE, 60.0)])
def test_a_knob_that_was_never_heard(takeover: Takeover, expected: float) -> None:
    rig = Rig(takeover)
    rig.put(60.0)
    assert rig.turn(40) == [expected]
    assert rig.turn(60) == [60.0 if takeover is not SCALE else pytest.approx(60 + 20 * 67 / 87)]


@pytest.mark.parametrize(("takeover", "expected"), [(JUMP, 50.0), (PICKUP, 60.0), (SCALE, 60 + 40 * 67 / 117)])
def test_after_it_was_away_a_knob_is_heard_anew(takeover: Takeover, expected: float) -> None:
    rig = Rig(takeover)
    rig.turn(0, 60)
    rig.applier.forget()
    assert rig.turn(10) == [10.0 if takeover is JUMP else 60.0]
    assert rig.turn(50) == [pytest.approx(expected)]


@pytest.mark.parametrize(("takeover", "expected"), [(JUMP, 202.0), (PICKUP, 100.0), (SCALE, 102.0)])
def test_a_range_that_was_widened(takeover: Takeover, expected: float) -> None:
    rig = Rig(takeover)
    rig.turn(0, 100)
    rig.bay.set_range("/plain", 0.0, 254.0)
    (value,) = rig.turn(101)
    assert value == pytest.approx(expected if takeover is not SCALE else 100 + 154 / 27, abs=1e-6)


@pytest.mark.parametrize(("takeover", "after_two"), [(JUMP, 90.0), (PICKUP, 30.0), (SCALE, 30 + 10 * 97 / 47)])
def test_two_knobs_on_one_control(takeover: Takeover, after_two: float) -> None:
    rig = Rig(takeover)
    rig.turn(80, knob=2)
    rig.put(0.0)
    rig.turn(0, knob=1)
    rig.turn(30, knob=1)
    assert rig.value == 30.0
    (value,) = rig.turn(90, knob=2)
    assert value == pytest.approx(after_two)
    before = rig.value
    (value,) = rig.turn(31, knob=1)
    assert value == 31.0 if takeover in (JUMP, PICKUP) else before < value < before + 2.0


def test_a_knob_whose_control_the_other_took_away_has_lost_it_at_once() -> None:
    """Also within the glide that follows a meeting."""
    rig = Rig(PICKUP)
    for knob, values in ((2, (0,)), (1, (0, 40, 80)), (2, (90, 79, 30))):
        for value in values:
            event = MidiEvent(CC, 1, knob, value, rig.clock.advance(0.01) or rig.clock.now())
            rig.bay.write(rig.applier.batch([event], rig.bay), ME)
    assert rig.value == 30.0
    event = MidiEvent(CC, 1, 1, 81, rig.clock.now())
    assert rig.applier.batch([event], rig.bay) == []


def test_a_recall_within_the_glide_after_a_meeting_is_not_taken_for_it() -> None:
    rig = Rig(PICKUP)
    for value in (0, 40, 100):
        rig.clock.advance(0.01)
        rig.bay.write(rig.applier.batch([MidiEvent(CC, 1, 1, value, rig.clock.now())], rig.bay), ME)
    rig.bay.write([("/plain", 50.0)], RECALL)  # within the way that the knob went
    rig.clock.advance(0.01)
    assert rig.applier.batch([MidiEvent(CC, 1, 1, 101, rig.clock.now())], rig.bay) == []


@pytest.mark.parametrize("takeover", [PICKUP, SCALE])
def test_while_a_hand_holds_the_control_nothing_moves_it(takeover: Takeover) -> None:
    rig = Rig(takeover)
    rig.turn(0, 50)
    rig.bay.touch("/plain", HAND)
    assert rig.turn(60, 70) == [50.0]
    rig.bay.release("/plain", HAND)
    rig.clock.advance(1.0)
    assert rig.turn(75) == [50.0 if takeover is PICKUP else pytest.approx(50 + 5 * 77 / 57)]


def test_scaling_follows_through_the_glide_after_a_hand() -> None:
    rig = Rig(SCALE)
    rig.turn(20)
    rig.put(60.0, HAND)
    for value in range(24, 128, 4):  # 26 messages in 0.26 s, while the bay still glides
        rig.clock.advance(0.01)
        rig.bay.write(rig.applier.batch([MidiEvent(CC, 1, 1, value, rig.clock.now())], rig.bay), ME)
        rig.bay.advance()
    rig.clock.advance(1.0)
    rig.bay.advance()
    assert rig.value == pytest.approx(60 + 104 * 67 / 107, abs=1.5)
    assert rig.turn(127) == [pytest.approx(127.0)]


def test_scaling_goes_on_through_whole_numbers_and_guards() -> None:
    rig = Rig(SCALE, "/choice", lo=0.0, hi=4.0)
    rig.turn(127)
    rig.put(2.0)
    seen = []
    for value in range(126, -1, -1):
        seen += rig.turn(value)
    assert sorted(set(seen)) == [0.0, 1.0, 2.0]
    assert seen == sorted(seen, reverse=True)
    rig = Rig(SCALE, "/guarded", lo=0.0, hi=127.0)
    rig.turn(0)
    rig.put(64.0)
    assert rig.turn(*range(1, 128)) == [100.0]
    assert rig.turn(0) == [0.0]


@given(
    st.lists(st.tuples(st.sampled_from("kkkkr"), st.integers(0, 127)), min_size=2, max_size=20),
    st.sampled_from([("/plain", 0.0, 127.0), ("/plain", 127.0, 0.0), ("/plain", 40.0, 80.0), ("/log", 1.0, 100.0)]),
)
def test_scaling_never_goes_against_the_hand_and_ends_together(
    moves: list[tuple[str, int]], travel: tuple[str, float, float]
) -> None:
    address, lo, hi = travel
    rig = Rig(SCALE, address, lo=lo, hi=hi)
    last: int | None = None
    for who, value in moves:
        before = rig.value
        if who == "r":
            rig.put(1.0 + value)
            continue
        rig.turn(value)
        if last is not None:
            way = (value - last) * (1 if lo < hi else -1)
            assert (rig.value - before) * way >= -1e-4 or abs(rig.value - before) <= 2.0 * abs(hi - lo) / 127
        last = value
    if last is None:
        return
    inside = min(lo, hi) <= rig.value <= max(lo, hi)
    rig.turn(0, 127)
    assert not inside or rig.value == pytest.approx(hi, rel=0.13)


@given(st.floats(-3, 3), st.sampled_from([n / 16383 for n in range(0, 16384, 43)]), st.floats(0, 1))
def test_scaled_places(place: float, before: float, position: float) -> None:
    went = scaled(place, before, position)
    assert (went - place) * (position - before) >= -1e-9
    if 0 <= place <= 1:
        assert -1e-9 <= went <= 1 + 1e-9
        assert scaled(place, before, 0.0) == pytest.approx(0.0 if before > 0 else place, abs=1e-9)
        assert scaled(place, before, 1.0) == pytest.approx(1.0 if before < 1 else place, abs=1e-9)
