"""Soft takeover: the truth table of a knob and its control, through a real bay; nothing ever jumps."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.apart import apart
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import Page
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode, Takeover
from latentjockey.mapping.takeover import NEAR, Knobs, here

CC = MessageKind.CC
ME = Source("midi test", Rank.MIDI)
OTHER = Source("midi other", Rank.MIDI)
OSC = Source("osc test", Rank.OSC)
SPECS = (
    ControlSpec("/plain", Kind.FLOAT, 0.0, 0.0, 127.0),
    ControlSpec("/guarded", Kind.FLOAT, 64.0, 0.0, 127.0, guard=(10.0, 100.0)),
    ControlSpec("/choice", Kind.CHOICE, 0, 0, 2, choices=("x", "y", "z")),
    ControlSpec("/switch", Kind.BOOL, False),
    ControlSpec("/deck/a/reach", Kind.FLOAT, 20.0, 0.0, 127.0),
    ControlSpec("/deck/b/reach", Kind.FLOAT, 90.0, 0.0, 127.0),
    ControlSpec("/surface/focus", Kind.CHOICE, 0, 0, 1, choices=("a", "b")),
)


@dataclass
class Rig:
    """One knob, CC 1, on one control; values 0..127 of the knob are those of the control."""

    binding: MidiBinding = field(default_factory=lambda: MidiBinding(CC, "/plain", 1))

    def __post_init__(self) -> None:
        self.clock = ManualClock(10.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.layers = Layers(MidiMap("mine", bindings=(self.binding,)), MidiMap("nothing"))
        self.applier = Applier(self.layers.front, self.layers.back, knobs=Knobs(ME.name))
        self.address = self.binding.address

    def turn(self, *values: int) -> list[float]:
        """The values that the knob writes on its way, one message each, 20 ms apart."""
        written: list[float] = []
        for value in values:
            self.clock.advance(0.02)
            number = 0 if self.binding.kind is MessageKind.PITCHBEND else 1
            batch = self.applier.batch([MidiEvent(self.binding.kind, 1, number, value, self.clock.now())], self.bay)
            self.bay.write(batch, ME)
            self.bay.advance()
            written += [round(float(v), 6) for _, v in batch]  # type: ignore[arg-type]
        return written

    def put(self, value: float, by: Source = RECALL) -> None:
        self.bay.write([(self.address, value)], by)

    def later(self, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)
        self.bay.advance()

    def waits(self) -> dict[str, float]:
        return {
            address: round(stands, 6)
            for _, address, stands in apart(self.layers, self.applier.knobs, self.bay, self.clock.now(), Page())
        }


@pytest.mark.parametrize(
    ("stands_at", "heard", "written"),
    [
        (40.0, (40,), [40]),  # never heard: plays only from where the control stands
        (40.0, (41,), [41]),
        (40.0, (42,), []),
        (0.0, (5,), []),  # also at its default
        (0.0, (5, 4, 1, 7), [1, 7]),  # reaches it
        (40.0, (20, 30, 39, 45), [39, 45]),  # reaches it from below
        (40.0, (60, 50, 41, 30), [41, 30]),  # and from above
        (40.0, (20, 60, 70), [60, 70]),  # crosses it between two messages
        (40.0, (60, 20, 10), [20, 10]),
        (40.0, (20, 30, 20, 30), []),  # comes near and turns back
        (40.0, (38, 38, 38), []),
        (300.0, (0, 64, 127), []),  # beyond the end of the travel
        (-5.0, (127, 64, 0), []),
        (127.5, (127, 120), [127, 120]),  # but not by a hair
    ],
)
def test_the_truth_table_of_meeting(stands_at: float, heard: tuple[int, ...], written: list[float]) -> None:
    rig = Rig()
    rig.put(stands_at)
    assert rig.turn(*heard) == pytest.approx(written)


def test_a_knob_that_plays_goes_on_playing() -> None:
    rig = Rig()
    assert len(rig.turn(0, 127, 3, 99, 98)) == 5
    rig.later(60.0)
    assert rig.turn(20) == [20]


@pytest.mark.parametrize("by", [RECALL, HAND, OSC, OTHER, Source("ghost", Rank.GHOST)])
def test_whoever_moves_the_control_the_knob_waits_and_meets_it(by: Source) -> None:
    rig = Rig()
    rig.turn(0, 50)
    rig.later()
    rig.put(100.0, by)
    rig.later()  # a hand lets go, what ranks lower has glided there
    assert rig.waits() == {"/plain": 50.0}
    assert rig.turn(51, 60) == []
    assert rig.waits() == {"/plain": 60.0}
    before = rig.bay.number("/plain")
    assert rig.turn(90, 101) == [101]
    assert abs(rig.bay.number("/plain") - before) <= 1.5
    assert rig.waits() == {}


def test_after_a_hand_the_control_glides_behind_a_knob_that_has_met_it_and_the_knob_stays_in_touch() -> None:
    rig = Rig()
    rig.turn(0, 20)
    rig.put(40.0, HAND)
    rig.later()
    assert len(rig.turn(*range(21, 100, 4))) > 13  # crosses at 41 and goes on, while the bay glides for 0.3 s
    rig.later(0.4)
    assert rig.bay.number("/plain") == 97.0
    assert rig.turn(98) == [98]


def test_a_recall_in_the_middle_of_that_glide_is_no_part_of_it() -> None:
    rig = Rig()
    rig.turn(0, 20)
    rig.put(40.0, HAND)
    rig.later()
    rig.turn(30, 41, 45)
    rig.put(120.0)
    assert rig.turn(46, 47) == []


def test_a_hand_that_holds_without_moving_makes_the_knob_wait() -> None:
    rig = Rig()
    rig.turn(0, 50)
    rig.bay.touch("/plain", HAND)
    assert rig.turn(60, 70) == []
    rig.bay.release("/plain", HAND)
    rig.later()
    assert rig.bay.number("/plain") == 50.0, "nothing was kept for later"
    assert rig.turn(75) == []
    assert rig.turn(49, 48) == [49, 48]


def test_a_range_that_was_widened_moves_the_place_where_they_meet() -> None:
    rig = Rig()
    rig.turn(0, 100)
    rig.later()
    rig.bay.set_range("/plain", 0.0, 254.0)
    assert rig.waits() == {"/plain": 200.0}
    assert rig.turn(99) == []
    assert rig.turn(51, 49) == [102, 98]


def test_the_focus_that_goes_to_the_other_deck_makes_the_knob_wait_there() -> None:
    rig = Rig(MidiBinding(CC, "/deck/@/reach", 1))
    assert rig.turn(20, 30) == [20, 30]
    rig.bay.write([("/surface/focus", "b")], HAND)
    assert rig.waits() == {"/deck/b/reach": 30.0}
    assert rig.turn(40) == []
    assert rig.bay.number("/deck/a/reach") == 30.0
    assert rig.turn(91, 95) == [91, 95]
    assert rig.bay.number("/deck/b/reach") == 95.0
    rig.bay.write([("/surface/focus", "a")], HAND)
    assert rig.turn(96) == []
    assert rig.waits() == {"/deck/a/reach": 96.0}
    assert rig.turn(30) == [30]


def test_coming_back_to_a_deck_with_the_knob_untouched_goes_on() -> None:
    rig = Rig(MidiBinding(CC, "/deck/@/reach", 1))
    rig.turn(20, 30)
    for deck in ("b", "a"):
        rig.bay.write([("/surface/focus", deck)], HAND)
    assert rig.turn(31) == [31]


def test_jump_takes_the_control_along() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, takeover=Takeover.JUMP))
    assert rig.turn(90) == [90]
    rig.put(10.0)
    assert rig.turn(91) == [91]
    assert rig.waits() == {}


def test_a_pitch_bend_was_at_rest_before_it_is_first_heard() -> None:
    rig = Rig(MidiBinding(MessageKind.PITCHBEND, "/plain", lo=-64.0, hi=64.0))
    assert rig.turn(16383, 8192) == [64.0, 0.0]
    rig.later()
    rig.put(32.0)
    assert rig.turn(9000, 8192) == []
    assert rig.turn(16000, 8192) != []


def test_a_travel_turned_round_meets_all_the_same() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, lo=127.0, hi=0.0))
    rig.put(100.0)
    assert rig.turn(20, 30) == [97.0]


def test_whole_numbers_are_met_anywhere_in_their_share_of_the_travel() -> None:
    rig = Rig(MidiBinding(CC, "/choice", 1))
    assert rig.turn(25) == [pytest.approx(0.393701)]
    rig.put(2.0)
    assert rig.turn(26, 70) == []
    assert len(rig.turn(100, 127)) == 2


def test_a_guard_is_met_from_anywhere_beyond_it() -> None:
    rig = Rig(MidiBinding(CC, "/guarded", 1))
    assert rig.turn(60, 120, 126) == [120, 126]
    assert rig.bay.number("/guarded") == 100.0
    assert rig.turn(110, 90) == [110, 90]


def test_a_switch_has_no_way_between_its_sides() -> None:
    rig = Rig(MidiBinding(CC, "/switch", 1))
    assert rig.turn(127, 0) == [1.0, 0.0]
    assert rig.waits() == {}


@pytest.mark.parametrize("mode", [Mode.MOMENTARY, Mode.TOGGLE, Mode.TRIGGER])
def test_buttons_do_not_wait(mode: Mode) -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1, mode=mode))
    rig.put(50.0)
    assert rig.turn(127) == [127.0]


def test_a_device_that_was_away_is_heard_anew() -> None:
    rig = Rig()
    rig.turn(0, 50)
    rig.applier.forget()
    assert rig.waits() == {}
    assert rig.turn(100) == []
    assert rig.turn(40) == [40]


def test_channels_are_other_knobs() -> None:
    rig = Rig()
    rig.turn(0, 50)
    event = MidiEvent(CC, 2, 1, 100, rig.clock.now())
    assert rig.applier.batch([event], rig.bay) == []


def test_one_batch_is_met_as_one_message_after_the_other() -> None:
    rig = Rig()
    events = [MidiEvent(CC, 1, 1, value, 10.0) for value in (10, 0, 50, 60)]
    assert [v for _, v in rig.applier.batch(events, rig.bay)] == pytest.approx([0.0, 50.0, 60.0])


@given(
    st.lists(st.tuples(st.sampled_from("kkkrhf"), st.integers(0, 127)), min_size=1, max_size=40),
    st.booleans(),
)
def test_no_message_ever_takes_the_control_further_than_the_knob_went(moves: list[tuple[str, int]], odd: bool) -> None:
    """But for 1.5 steps of 128; whatever hands and recalls do between."""
    rig = Rig(MidiBinding(CC, "/deck/@/reach", 1, lo=127.0 if odd else 0.0, hi=0.0 if odd else 127.0))
    last: int | None = None
    for who, value in moves:
        rig.address = f"/deck/{'ab'[int(rig.bay.number('/surface/focus'))]}/reach"
        before = rig.bay.number(rig.address)
        if who == "k":
            rig.turn(value)
            rig.later()  # what glides after a hand has arrived
            went = abs(value - (value if last is None else last))
            assert abs(rig.bay.number(rig.address) - before) <= went + 1.5
            last = value
        elif who == "f":
            rig.bay.write([("/surface/focus", value % 2)], HAND)
        else:
            rig.put(float(value), HAND if who == "h" else RECALL)
            rig.later()


def test_where_a_knob_meets_a_value() -> None:
    at = here(SPECS[0], 63.5, (0.0, 127.0))
    assert (at.low, at.middle, at.high) == pytest.approx((0.5 - NEAR, 0.5, 0.5 + NEAR))
    assert at.reached(0.4, 0.6)
    assert not at.reached(0.4, 0.45)
