"""Banks and shift: who plays on which page, nothing jumps when pages turn, and a press ends what it began."""

from __future__ import annotations

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
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import NEXT, PREVIOUS, SHIFT, Page, Pages
from latentjockey.mapping.profile import ECHO
from latentjockey.mapping.table import NOTHING, MidiBinding, MidiMap, Mode, Takeover, why_asleep
from latentjockey.mapping.takeover import Knobs

CC, NOTE = MessageKind.CC, MessageKind.NOTE
ME = Source("midi test", Rank.MIDI)
SPECS = (
    ControlSpec("/one", Kind.FLOAT, 0.0, 0.0, 127.0),
    ControlSpec("/two", Kind.FLOAT, 64.0, 0.0, 127.0),
    ControlSpec("/deck/a/hold", Kind.BOOL, False),
    ControlSpec("/deck/b/hold", Kind.BOOL, False),
    ControlSpec("/freeze", Kind.BOOL, False),
    ControlSpec("/black", Kind.BOOL, False),
    ControlSpec("/go", Kind.TRIGGER),
    ControlSpec("/surface/focus", Kind.CHOICE, 0, 0, 1, choices=("a", "b")),
)
TURN = (
    MidiBinding(NOTE, NEXT, 90),
    MidiBinding(NOTE, PREVIOUS, 91),
    MidiBinding(CC, "/midi/bank/C", 92),
    MidiBinding(NOTE, SHIFT, 93),
)


class Rig:
    def __init__(self, *bindings: MidiBinding, banks: tuple[str, ...] = ("A", "B", "C"), front: MidiMap | None = None):
        self.clock = ManualClock(10.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.layers = Layers(front or MidiMap("mine"), MidiMap("m", bindings=(*bindings, *TURN), banks=banks))
        self.pages = Pages()
        self.knobs = Knobs(ME.name)
        self.applier = Applier(self.layers.front, self.layers.back, knobs=self.knobs, pages=self.pages)

    def send(self, kind: MessageKind, number: int, *values: int) -> None:
        for value in values:
            self.clock.advance(1.0)
            self.bay.advance()
            self.bay.write(self.applier.batch([MidiEvent(kind, 1, number, value, self.clock.now())], self.bay), ME)

    def turn(self, *values: int) -> None:
        self.send(CC, 1, *values)

    def press(self, number: int) -> None:
        self.send(NOTE, number, 100, 0)

    def waits(self) -> dict[str, float]:
        found = apart(self.layers, self.knobs, self.bay, self.clock.now(), self.pages.now)
        return {address: round(value, 6) for _, address, value in found}

    def values(self, *addresses: str) -> list[float]:
        return [self.bay.number(address) for address in addresses]


def test_banks_turn_round_and_are_called_by_name() -> None:
    rig = Rig()
    seen = [rig.pages.now.bank]
    for number in (90, 90, 90, 91, 90):
        rig.press(number)
        seen.append(rig.pages.now.bank)
    assert seen == ["A", "B", "C", "A", "C", "A"]
    rig.send(CC, 92, 127, 0)
    assert rig.pages.now == Page("C", False)


def test_a_knob_plays_by_the_bank_of_now_and_nothing_jumps() -> None:
    rig = Rig(MidiBinding(CC, "/one", 1, bank="A"), MidiBinding(CC, "/two", 1, bank="B"))
    rig.turn(0, 30)
    rig.press(90)
    assert rig.values("/one", "/two") == [30.0, 64.0]
    assert rig.waits() == {"/two": 30.0}
    rig.turn(40)
    assert rig.values("/one", "/two") == [30.0, 64.0]
    rig.turn(64, 90)
    assert rig.values("/one", "/two") == [30.0, 90.0]
    rig.press(91)
    assert rig.waits() == {"/one": 90.0}
    rig.turn(91)
    assert rig.values("/one", "/two") == [30.0, 90.0]
    rig.turn(30, 20)
    assert rig.values("/one", "/two") == [20.0, 90.0]


def test_a_knob_that_moved_in_a_bank_where_it_plays_nothing_is_known_to_stand_there() -> None:
    rig = Rig(MidiBinding(CC, "/one", 1, bank="A"))
    rig.turn(0, 30)
    rig.press(90)
    rig.turn(100)
    rig.press(91)
    assert rig.waits() == {"/one": 100.0}
    rig.turn(101, 29)
    assert rig.values("/one") == [29.0]


def test_a_quick_look_into_another_bank_is_no_way_round_the_takeover() -> None:
    """Within the glide after a meeting, for which a knob may else be elsewhere than its control."""
    rig = Rig(MidiBinding(CC, "/one", 1, bank="A"), MidiBinding(CC, "/two", 1, bank="B"))
    clock = rig.clock.now()
    events = [(CC, 1, v) for v in (0, 60, 20)] + [(NOTE, 90, 100), (CC, 1, 50), (NOTE, 91, 100), (CC, 1, 51)]
    batch = rig.applier.batch([MidiEvent(kind, 1, n, v, clock) for kind, n, v in events], rig.bay)
    assert [value for address, value in batch if address == "/one"] == [0.0, 60.0, 20.0]


@pytest.mark.parametrize("takeover", list(Takeover))
def test_turning_pages_alone_writes_nothing(takeover: Takeover) -> None:
    rig = Rig(
        MidiBinding(CC, "/one", 1, bank="A", takeover=takeover),
        MidiBinding(CC, "/two", 1, shift=True, takeover=takeover),
    )
    rig.turn(0, 30)
    revision = rig.bay.revision
    for number in (90, 91, 93, 90, 93):
        rig.press(number)
    assert rig.bay.revision == revision


def test_shift_is_held_while_its_key_is_down() -> None:
    rig = Rig(MidiBinding(CC, "/one", 1, shift=False), MidiBinding(CC, "/two", 1, shift=True))
    rig.turn(0, 30)
    rig.send(NOTE, 93, 100)
    assert rig.pages.now.shift
    rig.turn(64, 70)
    rig.send(NOTE, 93, 0)
    assert not rig.pages.now.shift
    rig.turn(71)
    assert rig.values("/one", "/two") == [30.0, 70.0]


def test_shift_by_a_controller_and_a_shift_that_stays() -> None:
    rig = Rig(MidiBinding(CC, SHIFT, 10), MidiBinding(CC, SHIFT, 11, mode=Mode.TOGGLE))
    for number, values, held in ((10, (127,), True), (10, (0,), False), (11, (127, 0), True), (11, (127, 0), False)):
        rig.send(CC, number, *values)
        assert rig.pages.now.shift is held


def test_a_key_held_across_a_change_of_bank_releases_what_it_pressed() -> None:
    rig = Rig(MidiBinding(NOTE, "/freeze", 1, bank="A"), MidiBinding(NOTE, "/black", 1, bank="B"))
    rig.bay.write([("/black", True)], RECALL)
    rig.send(NOTE, 1, 100)
    rig.press(90)
    assert rig.values("/freeze", "/black") == [1.0, 1.0]
    rig.send(NOTE, 1, 0)
    assert rig.values("/freeze", "/black") == [0.0, 1.0]
    rig.send(NOTE, 1, 100)
    assert rig.values("/freeze", "/black") == [0.0, 1.0]
    rig.send(NOTE, 1, 0)
    assert rig.values("/freeze", "/black") == [0.0, 0.0]


@pytest.mark.parametrize("kind", [NOTE, CC, MessageKind.POLYTOUCH])
def test_shift_and_focus_that_change_in_between_change_nothing_about_it(kind: MessageKind) -> None:
    hold = MidiBinding(kind, "/deck/@/hold", 1, mode=Mode.MOMENTARY, shift=True)
    rig = Rig(hold, MidiBinding(kind, "/black", 1, mode=Mode.MOMENTARY, shift=False))
    rig.send(NOTE, 93, 100)
    rig.send(kind, 1, 100)
    rig.send(NOTE, 93, 0)
    rig.bay.write([("/surface/focus", "b"), ("/black", True)], HAND)
    rig.clock.advance(1.0)
    assert rig.values("/deck/a/hold", "/deck/b/hold") == [1.0, 0.0]
    rig.send(kind, 1, 0)
    assert rig.values("/deck/a/hold", "/deck/b/hold", "/black") == [0.0, 0.0, 1.0]


def test_pressure_plays_to_its_end_where_it_began() -> None:
    touch = MessageKind.AFTERTOUCH
    rig = Rig(MidiBinding(touch, "/one", bank="A"), MidiBinding(touch, "/two", bank="B"))
    rig.send(touch, 0, 10, 90)
    rig.press(90)
    rig.send(touch, 0, 50, 0)
    assert rig.values("/one", "/two") == [0.0, 64.0]
    rig.send(touch, 0, 20)
    assert rig.values("/one", "/two") == [0.0, 20.0]


def test_a_button_that_turns_the_page_on_which_it_stands_is_let_go_there() -> None:
    rig = Rig(MidiBinding(CC, NEXT, 5, bank="A"), MidiBinding(CC, "/go", 5, bank="B"))
    rig.send(CC, 5, 127)
    assert rig.pages.now.bank == "B"
    rig.send(CC, 5, 100, 0)
    assert rig.values("/go") == [0.0]
    rig.send(CC, 5, 127)
    assert rig.values("/go") == [1.0]


def test_a_map_that_changes_while_a_key_is_down_does_not_keep_it_down() -> None:
    rig = Rig(MidiBinding(NOTE, "/freeze", 1))
    rig.send(NOTE, 1, 100)
    rig.applier.use(MidiMap("other", bindings=(MidiBinding(NOTE, "/black", 1),)))
    rig.send(NOTE, 1, 0)
    assert rig.values("/freeze") == [0.0]


def test_what_was_away_holds_no_shift_and_keeps_its_bank() -> None:
    rig = Rig()
    rig.press(90)
    rig.send(NOTE, 93, 100)
    rig.applier.forget()
    assert rig.pages.now == Page("B", False)


def test_other_banks_of_another_map() -> None:
    pages = Pages(("A", "B"))
    pages.turn_to("/midi/bank/B")
    pages.use(("B", "C"))
    assert pages.now.bank == "B"
    pages.use(("X",))
    assert pages.now.bank == "X"
    pages.use(())
    pages.turn_to(NEXT)
    assert pages.now == Page()


@pytest.mark.parametrize(
    ("binding", "why"),
    [
        (MidiBinding(CC, "/one", 1, bank="A"), ""),
        (MidiBinding(CC, "/one", 1, bank="Q"), "the map has no bank Q"),
        (MidiBinding(CC, NEXT, 1), ""),
        (MidiBinding(CC, "/midi/bank/Q", 1), "the map has no bank Q"),
        (MidiBinding(CC, SHIFT, 1), ""),
    ],
)
def test_what_has_no_bank_sleeps(binding: MidiBinding, why: str) -> None:
    assert why_asleep(binding, Layout(1, SPECS), ("A", "B")) == why


def test_without_banks_what_turns_them_sleeps() -> None:
    assert why_asleep(MidiBinding(CC, NEXT, 1), Layout(1, SPECS), ()) == "the map has no banks"


# -- layers ------------------------------------------------------------------------------------------------------------

KNOB = MidiBinding(CC, "/one", 1)


@pytest.mark.parametrize(
    ("learnt", "page", "expected"),
    [
        (Page("A"), Page("A"), "/two"),
        (Page("A"), Page("B"), "/one"),
        (Page("B", True), Page("B", True), "/two"),
        (Page("B", True), Page("B"), "/one"),
        (Page("B", True), Page("A", True), "/one"),
    ],
)
def test_what_is_learnt_on_a_page_is_for_that_page(learnt: Page, page: Page, expected: str) -> None:
    layers = Layers(MidiMap("mine"), MidiMap("m", bindings=(KNOB,), banks=("A", "B")))
    layers = layers.learnt(layers.for_page(MidiBinding(CC, "/two", 1, 1), learnt))
    assert [b.address for b in layers.bindings if layers.hears(b, (CC, 1, 1), page)] == [expected]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans(), st.sampled_from(["/one", "/two"])), max_size=8))
def test_the_newest_learnt_for_a_page_has_it(learnt: list[tuple[str, bool, str]]) -> None:
    """And what was learnt for a message without shift holds with shift too until something else is learnt there."""
    layers = Layers(MidiMap("mine"), MidiMap("m", bindings=(KNOB,), banks=("A", "B", "C")))
    newest: dict[tuple[str, bool], str] = {}
    for bank, shift, address in learnt:
        page = Page(bank, shift)
        if not shift and not any(b.shift for b in layers.bindings if b.rivals(KNOB)):
            newest[bank, True] = address
        newest[bank, shift] = address
        layers = layers.learnt(layers.for_page(MidiBinding(CC, address, 1, 1), page))
    for bank in "ABC":
        for shift in (False, True):
            heard = {b.address for b in layers.bindings if layers.hears(b, (CC, 1, 1), Page(bank, shift))}
            assert heard == {newest.get((bank, shift), "/one")}


def test_what_is_covered_on_all_its_pages_is_not_listed() -> None:
    back = MidiMap("m", bindings=(KNOB,), banks=("A", "B"))
    part = MidiBinding(CC, NOTHING, 1, shift=True)
    rest = MidiBinding(CC, "/two", 1, shift=False)
    assert KNOB in Layers(MidiMap("mine", bindings=(part,)), back).bindings
    assert KNOB not in Layers(MidiMap("mine", bindings=(part, rest)), back).bindings


def test_what_came_with_the_program_tells_what_kind_of_thing_it_is() -> None:
    ring = MidiBinding(CC, "/one", 1, encoding=Encoding.SIGNED_BIT, accelerate=3.0, feedback=(ECHO,))
    layers = Layers(MidiMap("mine"), MidiMap("m", bindings=(ring,)))
    learnt = layers.for_page(MidiBinding(CC, "/two", 1, 1), Page())
    assert (learnt.encoding, learnt.accelerate, learnt.feedback) == (Encoding.SIGNED_BIT, 3.0, (ECHO,))


def test_one_message_in_two_banks_is_no_conflict() -> None:
    rows = [MidiBinding(CC, "/one", 1, bank=bank, shift=shift) for bank in "AB" for shift in (False, True)]
    assert MidiMap("m", bindings=tuple(rows), banks=("A", "B")).conflicts() == ()
    assert len(MidiMap("m", bindings=(*rows, KNOB), banks=("A", "B")).conflicts()) == 1
