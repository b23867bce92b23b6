"""MIDI bytes to events: truth tables, and properties over any bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.mapping.event import NUMBERLESS_KINDS, MessageKind, MidiEvent
from latentjockey.mapping.table import Listening
from latentjockey.surfaces.midi_decode import PAIR_WAIT, MidiDecoder

CC, CC14, NRPN, RPN, NOTE = (
    MessageKind.CC,
    MessageKind.CC14,
    MessageKind.NRPN,
    MessageKind.RPN,
    MessageKind.NOTE,
)
PLAIN = Listening()
PAIRED = Listening(pairs=frozenset({(1, 7)}))
PARAMETERS = Listening(parameters=frozenset({1}))
Short = tuple[MessageKind, int, int, int]


def short(events: list[MidiEvent]) -> list[Short]:
    return [(e.kind, e.channel, e.number, e.value) for e in events]


def decode(listening: Listening, *portions: bytes) -> list[Short]:
    """Everything that comes of the portions, 1 ms apart, and of the wait after the last."""
    decoder = MidiDecoder(listening)
    events: list[MidiEvent] = []
    for i, portion in enumerate(portions):
        events += decoder.feed(portion, i * 0.001)
    return short(events + decoder.due(10.0))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("b0 15 40", [(CC, 1, 21, 64)]),
        ("bf 7f 00", [(CC, 16, 127, 0)]),
        ("90 3c 64", [(NOTE, 1, 60, 100)]),
        ("90 3c 00", [(NOTE, 1, 60, 0)]),
        ("80 3c 64", [(NOTE, 1, 60, 0)]),
        ("e2 00 40", [(MessageKind.PITCHBEND, 3, 0, 8192)]),
        ("e2 7f 7f", [(MessageKind.PITCHBEND, 3, 0, 16383)]),
        ("c0 05", [(MessageKind.PROGRAM, 1, 5, 5)]),
        ("d0 63", [(MessageKind.AFTERTOUCH, 1, 0, 99)]),
        ("a0 3c 07", [(MessageKind.POLYTOUCH, 1, 60, 7)]),
        ("b0 01 02 03 04", [(CC, 1, 1, 2), (CC, 1, 3, 4)]),  # running status
        (
            "c0 01 02 03",
            [(MessageKind.PROGRAM, 1, 1, 1), (MessageKind.PROGRAM, 1, 2, 2), (MessageKind.PROGRAM, 1, 3, 3)],
        ),
        ("b0 f8 01 fe 02 ff", [(CC, 1, 1, 2)]),  # real time inside a message
        ("f0 01 02 f8 03 f7 b0 01 02", [(CC, 1, 1, 2)]),  # system exclusive
        ("f0 01 02 b0 01 02", [(CC, 1, 1, 2)]),  # cut off by the next message
        ("b0 01 02 f0 05 06 f7 03 04", [(CC, 1, 1, 2)]),  # it ends running status: what follows belongs to nobody
        ("b0 f2 01 02 03", []),
        ("01 02 03", []),
        ("b0 01 90 3c 64", [(NOTE, 1, 60, 100)]),  # an unfinished message is dropped
        ("b0 06 01 b0 62 05 b0 26 07", [(CC, 1, 6, 1), (CC, 1, 98, 5), (CC, 1, 38, 7)]),  # nobody asked for NRPN
    ],
)
def test_plain_messages(data: str, expected: list[Short]) -> None:
    assert decode(PLAIN, bytes.fromhex(data)) == expected
    assert decode(PLAIN, *[bytes([b]) for b in bytes.fromhex(data)]) == expected


@pytest.mark.parametrize(
    ("portions", "expected"),
    [
        (["b0 07 40", "b0 27 01"], [(CC14, 1, 7, 64 << 7 | 1)]),
        (["b0 07 40 27 01"], [(CC14, 1, 7, 64 << 7 | 1)]),
        (["b0 07 40", "b0 27 01", "b0 27 02"], [(CC14, 1, 7, 8193), (CC14, 1, 7, 8194)]),  # the fine half alone
        (["b0 27 01"], []),  # of which the coarse half is not known
        (["b0 07 7f"], [(CC14, 1, 7, 16383)]),  # seven bits reach both ends
        (["b0 07 00"], [(CC14, 1, 7, 0)]),
        (["b0 07 01", "b0 07 02 27 03"], [(CC14, 1, 7, 129), (CC14, 1, 7, 259)]),
        (["b1 07 40", "b1 27 01"], [(CC, 2, 7, 64), (CC, 2, 39, 1)]),  # another channel is not paired
        (["b0 08 40", "b0 28 01"], [(CC, 1, 8, 64), (CC, 1, 40, 1)]),
    ],
)
def test_fourteen_bit_controllers(portions: list[str], expected: list[Short]) -> None:
    assert decode(PAIRED, *map(bytes.fromhex, portions)) == expected


SELECT = "b0 63 02 62 03 "  # NRPN 2:3 = 259
SELECT_RPN = "b0 65 00 64 01 "


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SELECT + "06 40 26 01", [(NRPN, 1, 259, 8193)]),
        (SELECT + "06 7f", [(NRPN, 1, 259, 16383)]),
        (SELECT + "06 40 26 01 06 41 26 02", [(NRPN, 1, 259, 8193), (NRPN, 1, 259, 65 << 7 | 2)]),
        (SELECT + "26 05", []),
        (SELECT + "06 40 26 01 26 05", [(NRPN, 1, 259, 8193), (NRPN, 1, 259, 8197)]),
        (SELECT_RPN + "06 02 26 00", [(RPN, 1, 1, 256)]),
        (SELECT + "60 00 61 00", [(NRPN, 1, 259, 1), (NRPN, 1, 259, -1)]),
        (SELECT + "06 01 60 00", [(NRPN, 1, 259, 129), (NRPN, 1, 259, 1)]),  # what waits goes first
        (SELECT + "06 01 63 04 62 05 06 02 26 03", [(NRPN, 1, 259, 129), (NRPN, 1, 4 << 7 | 5, 259)]),
        (SELECT + "63 7f 62 7f 06 40", [(CC, 1, 6, 64)]),  # null: nothing is selected
        (SELECT + "65 7f 64 7f 06 40 26 01", [(CC, 1, 6, 64), (CC, 1, 38, 1)]),
        ("b0 63 02 06 40", [(CC, 1, 6, 64)]),  # half a selection
        ("b0 63 02 64 03 06 40", [(CC, 1, 6, 64)]),  # halves of different kinds
        ("b0 60 01", [(CC, 1, 96, 1)]),
        ("b1 63 02 06 40", [(CC, 2, 99, 2), (CC, 2, 6, 64)]),  # another channel has no parameters
        (SELECT + "07 09", [(CC, 1, 7, 9)]),
    ],
)
def test_parameters(data: str, expected: list[Short]) -> None:
    assert decode(PARAMETERS, bytes.fromhex(data)) == expected


def test_steps_are_marked_as_steps() -> None:
    events = MidiDecoder(PARAMETERS).feed(bytes.fromhex(SELECT + "60 00"), 0.0)
    assert [e.relative for e in events] == [True]
    assert events[0].words() == "NRPN 259 ch 1 = +1"


def test_a_coarse_half_waits_its_time_and_no_longer() -> None:
    decoder = MidiDecoder(PAIRED)
    assert decoder.deadline() is None
    assert decoder.feed(bytes.fromhex("b0 07 40"), 100.0) == []
    deadline = decoder.deadline()
    assert deadline == 100.0 + PAIR_WAIT
    assert decoder.due(100.0 + 0.9 * PAIR_WAIT) == []
    (event,) = decoder.due(deadline)
    assert (event.value, event.time) == (64 << 7 | 64, 100.0)
    assert decoder.deadline() is None
    assert short(decoder.feed(bytes.fromhex("b0 27 01"), 101.0)) == [
        (CC14, 1, 7, 8193)
    ]  # late, but it mends the number


def test_what_is_due_comes_before_what_arrives() -> None:
    decoder = MidiDecoder(PAIRED)
    decoder.feed(bytes.fromhex("b0 07 40"), 0.0)
    assert [e.kind for e in decoder.feed(bytes.fromhex("90 3c 64"), 1.0)] == [CC14, NOTE]


@given(st.integers(0, 31), st.integers(0, 16383), st.integers(1, 16), st.booleans())
def test_fourteen_bits_round_trip(number: int, value: int, channel: int, running: bool) -> None:
    status = 0xAF + channel
    data = [status, number, value >> 7, *([] if running else [status]), number + 32, value & 127]
    assert decode(Listening(pairs=frozenset({(channel, number)})), bytes(data)) == [(CC14, channel, number, value)]


@given(st.integers(0, 16382), st.integers(0, 16383), st.booleans())
def test_parameters_round_trip(number: int, value: int, registered: bool) -> None:
    msb, lsb = (101, 100) if registered else (99, 98)
    data = bytes([0xB0, msb, number >> 7, lsb, number & 127, 6, value >> 7, 38, value & 127])
    assert decode(PARAMETERS, data) == [(RPN if registered else NRPN, 1, number, value)]


TELLING = [0xB0, 0xB1, 6, 38, 96, 97, 98, 99, 100, 101, 127, 0, 7, 39, 0xF8, 0xF0]
BUSY = st.lists(st.binary(max_size=12) | st.lists(st.sampled_from(TELLING)).map(bytes), max_size=20)


@given(
    BUSY, st.sets(st.tuples(st.integers(1, 16), st.integers(0, 31))), st.sets(st.integers(1, 16)), st.floats(0, 0.01)
)
def test_any_bytes_make_only_events_that_can_be(
    portions: list[bytes], pairs: set[tuple[int, int]], parameters: set[int], gap: float
) -> None:
    decoder = MidiDecoder(Listening(frozenset(pairs), frozenset(parameters)))
    events: list[MidiEvent] = []
    for i, portion in enumerate(portions):
        events += decoder.feed(portion, i * gap)
    events += decoder.due(1e9)
    assert decoder.deadline() is None
    for event in events:
        assert 1 <= event.channel <= 16
        assert 0 <= event.number <= 16383
        assert event.number == 0 or event.kind not in NUMBERLESS_KINDS
        assert (event.value in (1, -1)) if event.relative else (0 <= event.value <= event.span)
        assert event.relative or 0.0 <= event.position <= 1.0
        assert event.words()


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_portions_do_not_matter(data: bytes, cuts: list[int]) -> None:
    listening = Listening(frozenset((c, n) for c in range(1, 17) for n in range(0, 32, 2)), frozenset({1, 3}))
    whole = MidiDecoder(listening)
    parts = MidiDecoder(listening)
    edges = [0, *sorted(cuts), len(data)]
    got = [e for a, b in itertools.pairwise(edges) for e in parts.feed(data[a:b], 0.0)]
    assert got + parts.due(1.0) == whole.feed(data, 0.0) + whole.due(1.0)


def test_words() -> None:
    assert MidiEvent(CC, 1, 21, 64, 0.0).words() == "CC 21 ch 1 = 64"
    assert MidiEvent(MessageKind.PITCHBEND, 2, 0, 8192, 0.0).words() == "pitch bend ch 2 = 8192"
    assert MidiEvent(MessageKind.PROGRAM, 16, 4, 4, 0.0).words() == "program 4 ch 16"
