"""Gestures: loops without a seam, and what is done to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.modulation.gesture import GRAIN, LONGEST, SEAM, SHORTEST, Gesture, blended, length_for, recorded

finite = st.floats(allow_nan=False, allow_infinity=False)
tame = st.floats(-50.0, 50.0)


Take = tuple[np.ndarray, np.ndarray]


def takes(values: st.SearchStrategy[float] = tame, least: float = 0.0) -> st.SearchStrategy[Take]:
    """Beats that rise from 0, and as many values."""

    def made(steps: list[tuple[float, float]]) -> Take:
        beats = np.cumsum([0.0] + [step for step, _ in steps[1:]])
        return beats, np.array([value for _, value in steps])

    return st.lists(st.tuples(st.floats(least, 0.7), values), min_size=1, max_size=40).map(made)


def steepest(gesture: Gesture) -> float:
    """The largest step from one value to the next, over the seam too."""
    return float(np.abs(np.diff(gesture.values, append=gesture.values[0])).max())


@pytest.mark.parametrize(
    ("beats", "length"),
    [(0.0, 1), (0.3, 1), (1.0, 1), (1.01, 2), (2.5, 4), (4.0, 4), (4.1, 8), (9.0, 16), (17.0, 32), (5000.0, LONGEST)],
)
def test_a_loop_is_as_long_as_the_bars_that_hold_it(beats: float, length: float) -> None:
    assert length_for(beats) == length


def test_a_gesture_is_heard_where_it_was_played_and_its_end_stays() -> None:
    beats = np.linspace(0.0, 2.4, 200)
    gesture = recorded(beats, np.sin(beats))
    assert gesture.beats == 4.0
    for beat in (0.1, 1.0, 2.0, 2.3):
        assert gesture.value_at(beat / 4) == pytest.approx(np.sin(beat), abs=1e-3)
    assert gesture.value_at(3.2 / 4) == pytest.approx(np.sin(2.4), abs=1e-3)


@given(takes(least=1e-3))
def test_the_seam_is_no_steeper_than_the_way_back_has_to_be(take: Take) -> None:
    beats, values = take
    gesture = recorded(beats, values)
    heard = np.interp(np.arange(gesture.values.size) / GRAIN, beats, values)
    played = float(np.abs(np.diff(heard)).max())
    back = 1.5 * np.ptp(values) / (min(SEAM, gesture.beats / 4) * GRAIN)
    assert steepest(gesture) <= played + back + 1e-9
    assert gesture.values.min() >= values.min() - 1e-9
    assert gesture.values.max() <= values.max() + 1e-9


@given(takes(), st.floats(-20, 20), st.floats(0, 0.01))
def test_a_loop_never_jumps(take: Take, phase: float, step: float) -> None:
    gesture = recorded(*take)
    moved = abs(gesture.value_at(phase + step) - gesture.value_at(phase))
    assert moved <= steepest(gesture) * (step * gesture.values.size + 1) + 1e-9
    assert gesture.value_at(phase) == pytest.approx(gesture.value_at(phase + 1), abs=1e-6)


@given(takes(finite), st.floats(-1e6, 1e6))
def test_no_finite_movement_gives_anything_else(take: Take, phase: float) -> None:
    gesture = recorded(*take)
    assert np.isfinite(gesture.values).all()
    assert np.isfinite(gesture.value_at(phase))


@given(takes())
def test_backwards_twice_is_as_it_was(take: Take) -> None:
    gesture = recorded(*take)
    assert np.array_equal(gesture.reversed().reversed().values, gesture.values)
    n = gesture.values.size
    for place in (0, 1, n // 3, n - 1):
        assert gesture.reversed().value_at(place / n) == pytest.approx(gesture.value_at(-place / n), abs=1e-6)


def test_halved_and_doubled_are_the_same_movement_in_another_time_within_bounds() -> None:
    gesture = recorded(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert gesture.halved().beats == 0.5
    assert gesture.halved().doubled().beats == 1.0
    assert gesture.halved().values is gesture.values
    shortest = Gesture(SHORTEST, gesture.values)
    assert shortest.halved() is shortest
    longest = Gesture(LONGEST, gesture.values)
    assert longest.doubled() is longest


@given(takes(), st.floats(0, 3.9), st.floats(0.02, 3.0), tame)
def test_an_overdub_replaces_the_touched_time_alone(take: Take, since: float, span: float, level: float) -> None:
    gesture = Gesture(4.0, recorded(*take).values[:GRAIN])
    beats = np.linspace(since - 0.5, since + span + 0.5, 400)
    touched = (beats >= since) & (beats <= since + span)
    dubbed = gesture.overdubbed(beats, np.full(beats.size, level), touched)
    n = gesture.values.size
    at = np.arange(n) / n * 4.0
    inside = ((at >= since) & (at <= since + span)) | (at + 4.0 <= since + span)
    assert np.array_equal(dubbed.values[~inside], gesture.values[~inside])
    if span > 2.5:
        middle = (since + span / 2) / 4.0
        assert dubbed.value_at(middle) == pytest.approx(level, abs=1e-3)


def test_an_overdub_is_led_in_and_out() -> None:
    gesture = Gesture(4.0, np.zeros(4 * GRAIN))
    beats = np.linspace(0.9, 3.1, 500)
    dubbed = gesture.overdubbed(beats, np.ones(500), (beats >= 1.0) & (beats <= 3.0))
    assert dubbed.value_at(0.5) == pytest.approx(1.0)
    assert steepest(dubbed) <= 1.6 / (SEAM * GRAIN)


def test_of_several_turns_the_last_touched_one_stays() -> None:
    gesture = Gesture(1.0, np.zeros(GRAIN))
    beats = np.linspace(0.0, 4.0, 2000)
    values = np.floor(beats) + 1.0
    dubbed = gesture.overdubbed(beats, values, beats <= 2.6)
    assert dubbed.value_at(0.05) == pytest.approx(3.0)
    assert dubbed.value_at(0.8) == pytest.approx(2.0)


def test_where_nothing_was_touched_nothing_changes() -> None:
    gesture = recorded(np.array([0.0, 0.5, 1.0]), np.array([0.0, 3.0, 1.0]))
    beats = np.linspace(0.0, 3.0, 50)
    assert np.array_equal(gesture.overdubbed(beats, beats, np.zeros(50, bool)).values, gesture.values)


def test_switches_have_no_between() -> None:
    beats = np.linspace(0, 2, 100)
    gesture = recorded(beats, (beats > 0.7).astype(float), steps=True)
    assert set(np.unique(gesture.values)) == {0.0, 1.0}
    assert {gesture.value_at(p) for p in np.linspace(0, 1, 999)} == {0.0, 1.0}
    dubbed = gesture.overdubbed(beats, np.zeros(100), beats > 1.0)
    assert set(np.unique(dubbed.values)) == {0.0, 1.0}


@settings(max_examples=200)
@given(finite, finite, st.floats(0, 1))
def test_a_blend_lies_between_its_ends(a: float, b: float, x: float) -> None:
    value = blended(a, b, x)
    slack = 1e-12 * max(abs(a), abs(b))
    assert min(a, b) - slack <= value <= max(a, b) + slack
    assert (blended(a, b, 0.0), blended(a, b, 1.0)) == (a, b)
