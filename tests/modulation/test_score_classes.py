"""The classes in the ghost's score: slow, few at once, 1 in sum, every class in its turn, now and then far out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.modulation.gesture import BAR
from latentjockey.modulation.score_classes import CHORD, FARTHEST, chord, class_levels

seeds, decks = st.integers(0, 10_000), st.sampled_from("ab")
beats, many = st.floats(-1e5, 1e5), st.integers(2, 12)


def whole(seed: int, deck: str, beat: float, count: int) -> np.ndarray:
    weights = np.zeros(count)
    for index, weight in class_levels(seed, deck, beat, count).items():
        weights[index] = weight
    return weights


@given(seeds, decks, beats, many)
def test_weights_are_one_in_sum_and_within_reason(seed: int, deck: str, beat: float, count: int) -> None:
    weights = whole(seed, deck, beat, count)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.max() <= FARTHEST + 1e-9
    assert weights.min() >= 1.0 - FARTHEST - 1e-9


@given(seeds, decks, beats, many)
def test_no_weight_jumps_and_none_hurries(seed: int, deck: str, beat: float, count: int) -> None:
    step = 1 / 48
    moved = whole(seed, deck, beat + step, count) - whole(seed, deck, beat, count)
    # from one end to the other within five bars, eased
    assert np.abs(moved).max() <= 1.5 * (2 * FARTHEST - 1) / (5 * BAR) * step + 1e-9


@given(seeds, decks, st.integers(-500, 500), many)
def test_a_chord_is_of_three_classes_at_most(seed: int, deck: str, n: int, count: int) -> None:
    assert 1 <= len(chord(seed, deck, n, count)) <= 3


def test_every_class_has_its_turn_and_some_chords_go_far_out() -> None:
    chords = [chord(3, "a", n, 8) for n in range(8 * 12)]
    leads = [max(weights, key=weights.__getitem__) for weights in chords]
    assert set(leads) == set(range(8))
    far = sum(min(weights.values()) < 0 for weights in chords)
    assert 0.05 * len(chords) < far < 0.3 * len(chords)
    assert {len(weights) for weights in chords} == {1, 2, 3}


def test_decks_ask_for_different_things_and_a_turn_is_slow() -> None:
    span = np.arange(0, 40 * CHORD * BAR, 2.0)
    a, b = (np.array([whole(7, deck, beat, 8) for beat in span]) for deck in "ab")
    assert np.abs(a - b).max(axis=1).mean() > 0.3
    still = np.abs(np.diff(a, axis=0)).max(axis=1) == 0
    assert 0.2 < still.mean() < 0.7, "it rests as often as it turns"
