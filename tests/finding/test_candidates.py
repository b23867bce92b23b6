"""Ways worth a dial, on networks whose ways are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.finding.candidates import (
    ALIKE,
    Candidates,
    Spread,
    as_far_as_spread,
    closed_form,
    principal,
    regressed,
    signed,
    together,
)

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def turned(seed: int, n: int) -> Matrix:
    """Rows at right angles, of length 1."""
    made: Matrix = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    return made


def some(rows: Matrix, layers: list[tuple[int, int]] | None = None, word: str = "a") -> Candidates:
    spans = np.asarray(layers or [(0, 4)] * len(rows), np.int64)
    return Candidates(np.asarray(rows, np.float64), spans, tuple(f"{word} {i}" for i in range(len(rows))))


@given(st.integers(0, 2**16), st.integers(2, 12))
def test_principal_components_are_those_that_the_samples_were_made_of(seed: int, n: int) -> None:
    ways = signed(turned(seed, n))
    far = np.linspace(3.0, 1.0, n)
    found = principal((ways.T * far**2) @ ways, n)
    np.testing.assert_allclose(found, ways * far[:, None], atol=1e-6)


@given(st.integers(0, 2**16), st.integers(1, 7), st.floats(-1e4, 1e4))
def test_samples_in_parts_spread_as_they_do_together_however_far_from_zero(seed: int, parts: int, far: float) -> None:
    samples = np.random.default_rng(seed).standard_normal((60, 3)) * (1.0, 2.0, 0.1) + far
    spread = Spread(3)
    for part in np.array_split(samples, parts):
        spread.add(part)
    np.testing.assert_allclose(spread.covariance(), np.cov(samples.T, bias=True), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(spread.mean(), samples.mean(axis=0), rtol=1e-9, atol=1e-9)


def test_ways_along_which_nothing_spreads_are_no_components() -> None:
    found = principal(np.diag([4.0, 0.0, 1.0, 0.0]), 4)
    np.testing.assert_allclose(found, [[2, 0, 0, 0], [0, 0, 1, 0]])
    assert principal(np.zeros((3, 3)), 3).shape == (0, 3)


@given(st.integers(0, 2**16), st.integers(2, 10))
def test_closed_form_finds_what_a_matrix_stretches_most(seed: int, n: int) -> None:
    """Rows of length 1 along axes at right angles, the first axis in most of them."""
    ways = signed(turned(seed, n))
    rows = np.concatenate([np.repeat(ways[i : i + 1], n - i, axis=0) for i in range(n)])
    loud = np.random.default_rng(seed).uniform(0.1, 9.0, len(rows))[:, None]
    np.testing.assert_allclose(closed_form([rows * loud], n), ways, atol=1e-6)
    half = len(rows) // 2
    np.testing.assert_allclose(closed_form([rows[:half], rows[half:]], n), ways, atol=1e-6)


def test_closed_form_of_nothing_is_nothing() -> None:
    assert closed_form([], 3).size == 0
    assert closed_form([np.zeros((4, 5))], 3).shape == (0, 5)


@given(st.integers(0, 2**16))
def test_components_of_linear_features_lead_back_to_the_ways_of_z_that_made_them(seed: int) -> None:
    """Features A z with A of singular values 3, 2, 1: its right vectors, whatever features it has."""
    right, left = signed(turned(seed, 3)), turned(seed + 1, 8)[:3]
    a = left.T @ np.diag([3.0, 2.0, 1.0]) @ right
    found = regressed(a, principal(a @ a.T, 3))
    np.testing.assert_allclose(found, right, atol=1e-6)


def test_a_feature_that_no_z_moves_gives_no_way() -> None:
    crossed = np.array([[1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(regressed(crossed, np.eye(2)), [[1.0, 0.0]])


@given(st.integers(0, 2**16), st.integers(2, 8))
def test_ways_become_as_long_as_samples_spread_along_them(seed: int, n: int) -> None:
    root = np.random.default_rng(seed).standard_normal((n, n))
    ways = turned(seed, n) * 7.0
    far = as_far_as_spread(ways, root @ root.T)
    np.testing.assert_allclose(np.linalg.norm(far, axis=1), np.linalg.norm((ways / 7.0) @ root, axis=1), rtol=1e-2)


def test_a_way_that_no_sample_takes_is_as_long_as_the_others() -> None:
    far = as_far_as_spread(np.eye(2), np.diag([8.0, 0.0]))
    np.testing.assert_allclose(np.linalg.norm(far, axis=1), [np.sqrt(8.0), 2.0])


@settings(max_examples=40)
@given(st.integers(0, 2**16), st.integers(2, 30))
def test_of_all_that_are_kept_no_two_are_alike_and_all_that_went_repeat_one_before(seed: int, n: int) -> None:
    dice = np.random.default_rng(seed)
    rows = dice.standard_normal((n, 3)) * dice.uniform(0.1, 9.0, (n, 1))
    kept = together([some(rows)])
    unit = kept.rows / np.linalg.norm(kept.rows, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T) - np.eye(len(unit))
    assert cosines.max() <= ALIKE + 1e-12
    whole = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    indices = [int(label.split()[1]) for label in kept.labels]
    for index in set(range(n)) - set(indices):
        earlier = [i for i in indices if i < index]
        assert np.abs(whole[earlier] @ whole[index]).max() > ALIKE


def test_the_opposite_is_the_same_and_the_same_in_other_layers_is_another() -> None:
    rows = np.array([[1.0, 0.0], [-2.0, 0.01], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    layers = [(0, 4), (0, 4), (0, 2), (2, 4), (0, 4)]
    assert together([some(rows, layers)]).labels == ("a 0", "a 2", "a 3")


def test_what_comes_first_stays() -> None:
    both = together([some(np.eye(2), word="PCA"), some(np.eye(2)[:1], word="SeFa"), some(np.zeros((0, 2)))])
    assert both.labels == ("PCA 0", "PCA 1")
    assert together([some(np.zeros((0, 2)))]).labels == ()


@pytest.mark.parametrize("rows", [np.array([[1.0, -3.0], [2.0, 1.0]]), np.zeros((1, 2)), np.zeros((0, 0))])
def test_a_way_and_its_opposite_are_told_as_one(rows: Matrix) -> None:
    np.testing.assert_array_equal(signed(rows), signed(-rows))
    assert (signed(rows).max(axis=1, initial=0.0) >= -signed(rows).min(axis=1, initial=0.0)).all()
