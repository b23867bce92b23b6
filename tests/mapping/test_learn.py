"""Which message is meant: keys at once, knobs when they move, pairs whole, jitter never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.learn import FORGET, Mover, binding_for
from latentjockey.mapping.table import Mode

CC, CC14, NRPN, NOTE = MessageKind.CC, MessageKind.CC14, MessageKind.NRPN, MessageKind.NOTE
LAYOUT = Layout(1, builtin(8, (64, 64)))


def cc(number: int, *values: int, channel: int = 1, time: float = 0.0) -> list[MidiEvent]:
    return [MidiEvent(CC, channel, number, value, time) for value in values]


def pair(number: int, *values: int) -> list[MidiEvent]:
    """What a 14-bit knob sends: a coarse and a fine half each time."""
    halves = ((value >> 7, value & 127) for value in values)
    return [e for coarse, fine in halves for e in (*cc(number, coarse), *cc(number + 32, fine))]


def won(events: list[MidiEvent], *, knobs_only: bool = False) -> MidiEvent | None:
    mover = Mover(knobs_only=knobs_only)
    return next((found for e in events if (found := mover.hear(e)) is not None), None)


@pytest.mark.parametrize(
    ("events", "meant"),
    [
        (cc(21, 40, 41, 42), None),
        (cc(21, 40, 41, 42, 43), (CC, 1, 21)),
        (cc(21, 40, 37), (CC, 1, 21)),
        (cc(21, 40, 41, 40, 41, 40, 41), None),
        (cc(9, 60, 61, 60) + cc(21, 10) + cc(9, 61, 60) + cc(21, 14), (CC, 1, 21)),
        (cc(21, 40) + cc(21, 80, channel=2), None),
        (cc(40, 127), None),
        (cc(40, 127, 0), (CC, 1, 40)),
        (cc(7, 3) + cc(7, 90, time=FORGET + 0.1), None),
        (cc(7, 3) + cc(7, 4, time=FORGET - 0.1) + cc(7, 9, time=2 * FORGET - 0.3), (CC, 1, 7)),
        (cc(123, 0, 127, 0), None),
        ([MidiEvent(NOTE, 10, 36, 100, 0.0)], (NOTE, 10, 36)),
        ([MidiEvent(NOTE, 10, 36, 0, 0.0)], None),
        ([MidiEvent(MessageKind.PROGRAM, 1, 5, 5, 0.0)], (MessageKind.PROGRAM, 1, 5)),
        ([MidiEvent(MessageKind.AFTERTOUCH, 1, 0, v, 0.0) for v in (0, 60, 127)], None),
        ([MidiEvent(MessageKind.POLYTOUCH, 1, 36, v, 0.0) for v in (0, 60, 127)], None),
        ([MidiEvent(MessageKind.PITCHBEND, 1, 0, 8192, 0.0)], None),
        ([MidiEvent(MessageKind.PITCHBEND, 1, 0, 9000, 0.0)], (MessageKind.PITCHBEND, 1, 0)),
        ([MidiEvent(NRPN, 1, 300, v, 0.0) for v in (100, 200, 300)], None),
        ([MidiEvent(NRPN, 1, 300, v, 0.0) for v in (100, 200, 500)], (NRPN, 1, 300)),
        ([MidiEvent(NRPN, 1, 300, 1, 0.0, relative=True)] * 3, (NRPN, 1, 300)),
        (pair(3, 5000, 5040, 5090, 5200, 5300, 5500, 5800), (CC14, 1, 3)),
        (pair(3, 5000, 9000, 13000), (CC14, 1, 3)),
        (pair(3, 5000, 5001, 5002, 5001, 5000, 5002), None),
        (cc(3, 10, 11) + cc(35, 90) + cc(3, 14), (CC, 1, 3)),
        (cc(35, 10, 20), (CC, 1, 35)),
    ],
)
def test_what_is_meant(events: list[MidiEvent], meant: tuple[MessageKind, int, int] | None) -> None:
    found = won(events)
    assert (None if found is None else found.key) == meant


def test_a_pair_wins_with_its_whole_value() -> None:
    found = won(pair(3, 5000, 9000, 13000))
    assert found is not None
    assert (found.kind, found.value) == (CC14, 13000)


@pytest.mark.parametrize(
    ("events", "takes"),
    [
        (cc(21, 40, 41, 42, 43), True),
        (cc(64, 0, 127, 0, 127, 0, 127), False),
        (cc(21, 0, 127), False),
        (cc(21, 0, 64, 127), True),
        ([MidiEvent(NOTE, 1, 36, 100, 0.0)], False),
        ([MidiEvent(MessageKind.PROGRAM, 1, 5, 5, 0.0)], False),
    ],
)
def test_only_knobs_where_only_knobs_are_asked_for(events: list[MidiEvent], takes: bool) -> None:
    assert (won(events, knobs_only=True) is not None) is takes


@given(st.lists(st.tuples(st.integers(0, 31), st.booleans()), max_size=200))
def test_a_table_of_worn_knobs_never_wins(noise: list[tuple[int, bool]]) -> None:
    assert won([cc(number, 60 + up)[0] for number, up in noise]) is None


@given(
    st.lists(
        st.builds(
            MidiEvent, st.sampled_from(MessageKind), st.integers(1, 16), st.integers(0, 127), st.integers(0, 127),
            st.floats(0, 1e6), st.booleans(),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_whatever_comes_gives_a_binding_or_nothing(events: list[MidiEvent]) -> None:
    mover = Mover()
    for event in events:
        if event.relative and event.kind is not NRPN:
            continue
        found = mover.hear(event)
        if found is not None and (found.kind is not CC14 or found.number < 32):
            assert binding_for(found, "/deck/a/psi", LAYOUT).address == "/deck/a/psi"


def test_a_pad_learnt_for_a_switch_or_a_choice_goes_to_its_other_side() -> None:
    pad = MidiEvent(NOTE, 10, 36, 100, 0.0)
    assert binding_for(pad, "/stage/freeze", LAYOUT).natural_mode is Mode.TOGGLE
    assert binding_for(pad, "/surface/focus", LAYOUT).natural_mode is Mode.TOGGLE
    assert binding_for(pad, "/deck/a/randomise", LAYOUT).mode is None
    assert binding_for(pad, "/deck/@/reach", LAYOUT).channel == 10


@pytest.mark.parametrize(
    ("events", "value", "encoding", "sure"),
    [
        (cc(21, 1, 1, 1), None, None, False),  # a knob that stands still says as much
        (cc(21, 1, 1, 1, 1), 1, Encoding.TWOS_COMPLEMENT, False),
        (cc(21, 127, 127, 127, 127), -1, Encoding.TWOS_COMPLEMENT, True),
        (cc(21, 65, 65, 65, 65), 1, Encoding.BINARY_OFFSET, False),
        (cc(21, 63, 63, 63, 63), -1, Encoding.BINARY_OFFSET, True),
        (cc(21, 1, 127, 1, 1, 1, 1), 1, Encoding.TWOS_COMPLEMENT, True),
        (cc(21, 1, 65, 1, 65, 65, 65, 65), -1, Encoding.SIGNED_BIT, True),
        (cc(21, 65, 63, 66, 65, 65, 65, 65), 1, Encoding.BINARY_OFFSET, True),
        (cc(21, 2, 1, 3, 1, 1, 1, 1), 1, Encoding.TWOS_COMPLEMENT, False),
    ],
)
@pytest.mark.parametrize("knobs_only", [False, True])
def test_an_endless_encoder_is_known_by_its_single_steps(
    events: list[MidiEvent], value: int | None, encoding: Encoding | None, sure: bool, knobs_only: bool
) -> None:
    mover = Mover(knobs_only=knobs_only)
    found = [won for event in events if (won := mover.hear(event)) is not None]
    assert [(e.value, e.relative) for e in found] == ([] if value is None else [(value, True)])
    if found:
        assert mover.encoding(found[0].key) == (encoding, sure)


def test_a_button_that_says_only_when_it_is_pressed_is_no_encoder() -> None:
    presses = [MidiEvent(CC, 1, 40, 127, 0.2 * n) for n in range(12)]
    assert won(presses) is None


def test_a_knob_that_is_turned_through_what_could_be_steps_is_a_knob() -> None:
    for values in (range(12), range(12, 0, -1), range(61, 72), range(127, 110, -1)):
        found = won(cc(21, *values))
        assert found is not None
        assert not found.relative
