"""What may enter a control, and that nothing else gets further than a refusal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import RefusedError, coerce

OSC = Source("osc", Rank.OSC)
FLOAT = ControlSpec("/float", Kind.FLOAT)
GUARDED = ControlSpec("/guarded", Kind.FLOAT, 1.0, guard=(1.0, 5.0))
INT = ControlSpec("/int", Kind.INT, 0)
SEED = ControlSpec("/seed", Kind.INT, 0, unit="seed")
BOOL = ControlSpec("/bool", Kind.BOOL, False)
CHOICE = ControlSpec("/choice", Kind.CHOICE, 0, choices=("one", "two", "7"))
VECTOR = ControlSpec("/vector", Kind.VECTOR, size=4)
FENCED = ControlSpec("/fenced", Kind.VECTOR, size=4, guard=(-1.0, None))
TEXT = ControlSpec("/text", Kind.TEXT, "")
COMMAND = ControlSpec("/command", Kind.COMMAND, "")
TRIGGER = ControlSpec("/trigger", Kind.TRIGGER)
ALL = (FLOAT, GUARDED, INT, SEED, BOOL, CHOICE, VECTOR, FENCED, TEXT, COMMAND, TRIGGER)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def length_of(text: str) -> int:
    return 1000 + len(text)


def one(spec: ControlSpec, value: Any) -> float:
    number = coerce(spec, value, spec.size, length_of)
    assert isinstance(number, float)
    return number


def new_bay() -> Bay:
    return Bay(Layout(1, ALL), ManualClock(), seed_from=length_of)


@given(FINITE)
def test_no_finite_number_is_bent_to_the_nominal_range(number: float) -> None:
    assert one(FLOAT, number) == number
    vector = coerce(VECTOR, [number, -number], 4, length_of)
    assert isinstance(vector, np.ndarray)
    assert vector.tolist() == [number, -number]


@given(FINITE)
def test_guards_hold(number: float) -> None:
    assert one(GUARDED, number) == min(5.0, max(1.0, number))
    fenced = coerce(FENCED, (number,), 4, length_of)
    assert isinstance(fenced, np.ndarray)
    assert fenced.tolist() == [max(-1.0, number)]
    assert one(FENCED, number) == max(-1.0, number)


@given(st.floats(-(2.0**53), 2.0**53))
def test_ints_round_and_leave_their_range(number: float) -> None:
    assert one(INT, number) == round(number)
    assert one(CHOICE, number) == round(number)
    assert one(BOOL, number) == (number != 0)


@pytest.mark.parametrize(
    ("spec", "given_value", "stored"),
    [
        (CHOICE, "two", 1.0),
        (CHOICE, "7", 2.0),  # a choice by that name before the number
        (CHOICE, "1", 1.0),
        (BOOL, "on", 1.0),
        (BOOL, "OFF", 0.0),
        (BOOL, "True", 1.0),
        (BOOL, "0", 0.0),
        (BOOL, True, 1.0),
        (FLOAT, "0.5", 0.5),
        (FLOAT, "-2e3", -2000.0),
        (FLOAT, ["0.5"], 0.5),
        (FLOAT, 3, 3.0),
        (FLOAT, [3], 3.0),
        (FLOAT, range(3, 4), 3.0),
        (FLOAT, np.float32(0.5), 0.5),
        (FLOAT, np.int64(-4), -4.0),
        (FLOAT, np.array(2.5), 2.5),
        (FLOAT, np.array([2.5]), 2.5),
        (INT, np.uint8(200), 200.0),
        (SEED, "77", 77.0),
        (SEED, "harbour", 1007.0),
        (SEED, "nan", 1003.0),
        (SEED, "infinity", 1008.0),
        (SEED, "9" * 30, 1030.0),
        (SEED, "", 1000.0),
    ],
)
def test_what_means_something_is_understood(spec: ControlSpec, given_value: Any, stored: float) -> None:
    assert one(spec, given_value) == stored


@pytest.mark.parametrize("spec", [FLOAT, INT, CHOICE, BOOL, VECTOR])
@pytest.mark.parametrize("text", ["three", "", "0x10", "1,5", "one two"])
def test_words_without_meaning_are_refused_with_a_sentence(spec: ControlSpec, text: str) -> None:
    with pytest.raises(RefusedError, match=f"^{spec.address} "):
        coerce(spec, text, spec.size, length_of)


@given(st.lists(FINITE, min_size=1, max_size=4))
def test_a_shorter_vector_is_a_beginning(numbers: list[float]) -> None:
    bay = new_bay()
    bay.write([("/vector", (9.0, 9.0, 9.0, 9.0))], OSC)
    assert not bay.write([("/vector", numbers)], OSC).refused
    assert np.asarray(bay.value("/vector")).tolist() == (numbers + [9.0] * 4)[:4]


def test_a_slice_takes_no_more_than_it_is_wide() -> None:
    bay = new_bay()
    assert bay.write([("/vector/1-2", [1.0, 2.0, 3.0])], OSC).refused
    assert not bay.write([("/vector/1-2", [1.0, 2.0])], OSC).refused
    assert not bay.write([("/vector/3", 5.0)], OSC).refused
    assert np.asarray(bay.value("/vector")).tolist() == [0.0, 1.0, 2.0, 5.0]


def test_the_bay_keeps_its_own_copy() -> None:
    bay = new_bay()
    mine = np.array([1.0, 2.0, 3.0, 4.0])
    kept = coerce(VECTOR, mine, 4, length_of)
    assert isinstance(kept, np.ndarray)
    assert not np.shares_memory(mine, kept)
    bay.write([("/vector", mine)], OSC)
    mine[:] = 0
    assert np.asarray(bay.value("/vector")).tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), [math.nan], np.array([math.inf])])
@pytest.mark.parametrize("spec", ALL, ids=lambda s: s.kind.value)
def test_nan_and_inf_never_enter_and_are_counted_by_source(spec: ControlSpec, value: Any) -> None:
    bay = new_bay()
    before = bay.snapshot()
    report = bay.write([(spec.address, value)], OSC)
    assert [address for address, _ in report.refused] == [spec.address]
    assert bay.counts.not_finite == {"osc": 1}
    assert bay.snapshot() is before
    assert not bay.drain_events()


def test_one_nan_refuses_its_vector_and_nothing_else() -> None:
    bay = new_bay()
    report = bay.write([("/float", 0.5), ("/vector", [1.0, math.nan]), ("/int", 3), ("/nobody", 1.0)], OSC)
    assert [address for address, _ in report.refused] == ["/vector", "/nobody"]
    assert bay.number("/float") == 0.5
    assert bay.number("/int") == 3
    assert np.asarray(bay.value("/vector")).tolist() == [0.0] * 4
    assert (dict(bay.counts.not_finite), dict(bay.counts.unknown)) == ({"osc": 1}, {"osc": 1})


class Strange:
    """An object that is nothing a control knows."""


ODD: list[Any] = [
    None,
    b"",
    b"1",
    bytearray(b"\x01"),
    memoryview(b"1234"),
    [None],
    [b"1"],
    [[1.0]],
    [[1.0, 2.0], [3.0]],
    [[]],
    {},
    {"a": 1},
    {1.0},
    1j,
    [1j],
    np.array([1j]),
    np.complex64(1),
    10**400,
    [10**400],
    [10**400, 1.0],
    np.array([[1.0, 2.0], [3.0, 4.0]]),
    np.array([None]),
    np.array(["1"], dtype="S1"),
    np.datetime64("2020-01-01"),
    Strange(),
    [Strange(), 1.0],
    Strange,
    {1.0: 2.0}.keys(),
    (x for x in (1.0,)),
]


@pytest.mark.parametrize("spec", ALL, ids=lambda s: s.address[1:])
@pytest.mark.parametrize("value", ODD, ids=lambda v: str(v)[:24])
def test_odd_values_are_refused_and_change_nothing(spec: ControlSpec, value: Any) -> None:
    bay = new_bay()
    before = bay.snapshot()
    report = bay.write([(spec.address, value)], OSC)
    assert len(report.refused) == 1
    assert report.refused[0][1].startswith(spec.address + " ")
    assert bay.counts.unfit == {"osc": 1}
    assert bay.snapshot() is before
    assert not bay.drain_events()


@pytest.mark.parametrize("spec", [FLOAT, INT, BOOL, CHOICE, VECTOR, TEXT], ids=lambda s: s.kind.value)
@pytest.mark.parametrize("value", [[], (), np.array([])], ids=["list", "tuple", "array"])
def test_nothing_at_all_is_refused(spec: ControlSpec, value: Any) -> None:
    assert len(new_bay().write([(spec.address, value)], OSC).refused) == 1


SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=20), st.binary(max_size=8)
)
ANYTHING = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=6) | st.tuples(inner, inner), max_leaves=12)


@given(st.lists(st.tuples(st.sampled_from([s.address for s in ALL]), ANYTHING), max_size=8))
def test_whatever_arrives_no_exception_leaves_write(batch: list[tuple[str, Any]]) -> None:
    bay = new_bay()
    report = bay.write(batch, OSC)
    refused = bay.counts.not_finite["osc"] + bay.counts.unfit["osc"]
    assert refused == len(report.refused)
    assert np.isfinite(bay.snapshot().values).all()
    assert all(isinstance(text, str) for text in bay.snapshot().texts.values())


@pytest.mark.parametrize(
    ("value", "text"), [("harbour", "harbour"), (3, "3"), (3.0, "3"), (0.5, "0.5"), (True, "1"), (["x"], "x"), ("", "")]
)
def test_texts(value: Any, text: str) -> None:
    bay = new_bay()
    assert not bay.write([("/text", value), ("/command", value)], OSC).refused
    assert bay.value("/text") == text
    assert [event.text for event in bay.drain_events()] == [text]


def test_a_text_has_an_end() -> None:
    bay = new_bay()
    assert not bay.write([("/text", "x" * 4096)], OSC).refused
    assert bay.write([("/text", "x" * 4097), ("/command", "x" * 4097)], OSC).refused[0][0] == "/text"
    assert not bay.drain_events()


@pytest.mark.parametrize(
    ("value", "presses"),
    [
        ([], 1),
        ((), 1),
        (1, 1),
        (0.3, 1),
        (True, 1),
        ("go", 1),
        ([1], 1),
        (-1, 1),
        (0, 0),
        (0.0, 0),
        (False, 0),
        ([0], 0),
    ],
)
def test_what_presses_a_trigger(value: Any, presses: int) -> None:
    bay = new_bay()
    assert not bay.write([("/trigger", value)], OSC).refused
    assert bay.number("/trigger") == presses
    assert len(bay.drain_events()) == presses
