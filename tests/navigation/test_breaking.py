"""The break: nothing at 0, continuous, its own way by seed and layer, alive however far."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.navigation.arrays import FLOAT32_MAX
from latentjockey.navigation.breaking import torn
from latentjockey.navigation.seeds import z_from_seed

ANY = st.floats(allow_nan=False, allow_infinity=False)
LAYERS = np.repeat(z_from_seed(4, 512)[None], 9, axis=0)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(a.astype(np.float64) - b))))


def test_nothing_is_torn_at_zero() -> None:
    for amount in (0.0, -0.0):
        assert np.array_equal(torn(LAYERS, amount, 1), LAYERS)


def test_it_begins_gently_on_both_sides() -> None:
    for amount in (5e-324, -5e-324, 1e-12, -1e-9):
        assert apart(torn(LAYERS, amount, 1), LAYERS) < 1e-6
    small = [apart(torn(LAYERS, amount, 1), LAYERS) for amount in (1e-3, 1e-2, 1e-1)]
    assert small[0] < 0.01
    assert small == sorted(small)


@given(st.floats(-4.0, 4.0), st.integers(0, 9_999))
def test_a_small_move_of_the_knob_is_a_small_move_of_the_picture(amount: float, seed: int) -> None:
    here = torn(LAYERS, amount, seed)
    assert apart(torn(LAYERS, amount + 1e-4, seed), here) < 0.01 * max(1.0, float(np.abs(here).max()))


@given(ANY, st.integers(), st.sampled_from([0.0, 1e-30, 1.0, 1e20, FLOAT32_MAX]))
def test_whatever_comes_stays_finite(amount: float, seed: int, size: float) -> None:
    layers = np.clip(LAYERS.astype(np.float64) * size, -FLOAT32_MAX, FLOAT32_MAX).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = torn(layers, amount, seed)
    assert result.dtype == np.float32
    assert result.shape == layers.shape
    assert np.isfinite(result).all()
    assert result.any() == layers.any()


@given(st.floats(-1.0, 1.0), st.integers(0, 9_999))
def test_up_to_one_a_layer_stays_a_layer(amount: float, seed: int) -> None:
    sizes = np.sqrt(np.mean(np.square(torn(LAYERS, amount, seed)), axis=1)) / np.sqrt(np.mean(np.square(LAYERS[0])))
    assert 0.4 < sizes.min() <= sizes.max() < 6.5


def test_the_same_seed_tears_the_same_way_and_another_another() -> None:
    once = torn(LAYERS, 0.8, 5)
    assert np.array_equal(torn(LAYERS, 0.8, 5), once)
    assert apart(torn(LAYERS, 0.8, 6), once) > 0.5
    assert apart(torn(LAYERS, -0.8, 5), once) > 0.5


def test_these_are_the_numbers_for_ever() -> None:
    """Stills and presets hold the seed, not the latents: another way of tearing would be other pictures."""
    few = torn(np.arange(1.0, 9.0, dtype=np.float32).reshape(2, 4), 0.5, 3)
    first, second = [-0.27197635, 0.52531582, 3.46114492, 6.39697409], [6.56322956, 14.5963497, 9.95972347, 11.3825407]
    assert few == pytest.approx(np.array([first, second]), rel=1e-5)


def test_layers_part_and_the_outer_ones_least() -> None:
    kept = []
    for seed in range(20):
        result = torn(LAYERS, 1.0, seed).astype(np.float64)
        unit = result / np.linalg.norm(result, axis=1, keepdims=True)
        assert (unit @ unit.T)[np.triu_indices(9, 1)].max() < 0.97
        kept.append(unit @ (LAYERS[0] / np.linalg.norm(LAYERS[0])))
    alike = np.mean(kept, axis=0)
    assert min(alike[0], alike[8]) > 0.8
    assert alike[3:6].max() < 0.7


def test_beyond_one_it_goes_on() -> None:
    stops = [torn(LAYERS, amount, 2) for amount in (1.0, 1.5, 2.0, 3.0, 5.0, 9.0)]
    assert all(apart(a, b) > 0.7 for a, b in pairwise(stops))


def test_one_number_a_layer_and_no_layer() -> None:
    assert torn(np.ones((3, 1), np.float32), 2.0, 1).shape == (3, 1)
    assert torn(np.zeros((0, 4), np.float32), 2.0, 1).shape == (0, 4)
