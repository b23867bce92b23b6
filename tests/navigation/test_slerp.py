"""slerp and lerp: the ends, both directions, beyond the ends, and the inputs that break textbook versions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from latentjockey.navigation.arrays import FLOAT32_MAX
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.slerp import lerp, slerp

Vector = NDArray[np.float32]

any_float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
any_t = st.floats(allow_nan=False, allow_infinity=False)


def vectors(size: int = 5) -> st.SearchStrategy[Vector]:
    return arrays(np.float32, size, elements=any_float32)


seeds = st.integers(0, 10_000)


def length(x: Vector) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(x.astype(np.float64), axis=-1))


@given(vectors(), vectors(), any_t)
def test_finite_in_finite_out(a: Vector, b: Vector, t: float) -> None:
    for way in (slerp, lerp):
        result = way(a, b, t)
        assert result.dtype == np.float32
        assert np.isfinite(result).all()


@given(vectors(), vectors())
def test_the_ends_are_exact(a: Vector, b: Vector) -> None:
    for way in (slerp, lerp):
        assert np.array_equal(way(a, b, 0.0), a)
        assert np.array_equal(way(a, b, 1.0), b)


@given(seeds, seeds, st.floats(-3.0, 4.0), st.floats(-3.0, 3.0))
def test_both_directions_are_one_path(seed_a: int, seed_b: int, t: float, power: float) -> None:
    a, b = z_from_seed(seed_a, 64), z_from_seed(seed_b + 20_000, 64) * np.float32(10.0**power)
    scale = max(length(a), length(b))
    for way in (slerp, lerp):
        assert np.abs(way(a, b, t) - way(b, a, 1.0 - t)).max() <= 1e-5 * scale


@given(seeds, seeds, st.floats(-3.0, 4.0), st.floats(0.5, 2.0))
def test_length_runs_linearly(seed_a: int, seed_b: int, t: float, ratio: float) -> None:
    a, b = z_from_seed(seed_a, 64), z_from_seed(seed_b + 20_000, 64) * np.float32(ratio)
    expected = abs(length(a) + t * (length(b) - length(a)))
    assert length(slerp(a, b, t)) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@given(seeds, st.floats(-2.0, 3.0))
def test_the_angle_grows_evenly_and_goes_on_beyond_the_ends(seed: int, t: float) -> None:
    a, b = z_from_seed(seed, 64), z_from_seed(seed + 20_000, 64)
    here, there = slerp(a, b, t).astype(np.float64), slerp(a, b, t + 0.25).astype(np.float64)
    whole = np.arccos(np.dot(a, b) / (length(a) * length(b)))
    step = np.arccos(np.clip(np.dot(here, there) / (length(here) * length(there)), -1.0, 1.0))
    assert step == pytest.approx(0.25 * whole, rel=1e-3)


@given(seeds, st.floats(0.1, 10.0), st.floats(-3.0, 4.0))
def test_parallel_vectors_go_straight(seed: int, ratio: float, t: float) -> None:
    a = z_from_seed(seed, 32)
    b = a * np.float32(ratio)
    scale = max(1.0, abs(t)) * max(length(a), length(b))
    assert np.abs(slerp(a, b, t) - lerp(a, b, t)).max() <= 1e-4 * scale


@given(seeds, any_t)
def test_nothing_moves_between_equal_positions(seed: int, t: float) -> None:
    a = z_from_seed(seed, 32)
    assert np.array_equal(slerp(a, a, t), a)
    assert np.array_equal(lerp(a, a, t), a)


@given(seeds, st.floats(-3.0, 4.0))
def test_zero_vectors_borrow_the_other_direction(seed: int, t: float) -> None:
    a, zero = z_from_seed(seed, 32), np.zeros(32, np.float32)
    assert np.allclose(slerp(zero, a, t), t * a, rtol=1e-5)
    assert np.allclose(slerp(a, zero, t), (1.0 - t) * a, rtol=1e-5)
    assert not slerp(zero, zero, t).any()


@given(seeds, st.floats(-1.0, 2.0), st.integers(2, 40))
def test_opposite_vectors_take_one_fixed_half_circle(seed: int, t: float, size: int) -> None:
    a = z_from_seed(seed, size)
    there, back = slerp(a, -a, t), slerp(-a, a, 1.0 - t)
    assert np.allclose(there, back, atol=1e-5 * length(a))
    assert length(there) == pytest.approx(length(a), rel=1e-5)
    along = np.dot(there.astype(np.float64), a) / (length(a) * length(a))
    assert along == pytest.approx(np.cos(np.pi * t), abs=1e-5)


def test_opposite_numbers_in_one_dimension_pass_through_zero() -> None:
    one = np.ones(1, np.float32)
    assert slerp(one, -one, 0.5) == pytest.approx(0.0, abs=1e-7)
    assert slerp(one, -one, 0.25) == pytest.approx(np.cos(np.pi / 4))


@pytest.mark.parametrize("scale", [1e-45, 1e-38, 1e-30, 1e30, 1e37])
def test_scale_does_not_matter(scale: float) -> None:
    a, b = np.array([3.0, 4.0], np.float32), np.array([-4.0, 3.0], np.float32)
    by = np.float32(scale)
    scaled = slerp(a * by, b * by, 0.5).astype(np.float64) / float(by)
    coarseness = 2.0**-149 / float(by)  # what float32 can still tell apart down there
    assert np.allclose(scaled, slerp(a, b, 0.5), rtol=1e-6, atol=coarseness)


def test_what_runs_over_float32_stops_at_its_end() -> None:
    big = np.full(3, 1e38, np.float32)
    assert np.array_equal(lerp(-big, big, 1e5), np.full(3, FLOAT32_MAX, np.float32))
    assert np.array_equal(lerp(big, -big, 1e5), np.full(3, -FLOAT32_MAX, np.float32))


def test_leading_axes_and_t_broadcast() -> None:
    a = np.stack([z_from_seed(i, 8) for i in range(6)]).reshape(2, 3, 8)
    b = z_from_seed(9, 8)
    t = np.array([0.0, 0.5, 1.0])
    for way in (slerp, lerp):
        rows = way(a, b, t)
        assert rows.shape == (2, 3, 8)
        for i, j in np.ndindex(2, 3):
            assert np.allclose(rows[i, j], way(a[i, j], b, float(t[j])), rtol=1e-6)


def test_degenerate_rows_do_not_disturb_their_neighbours() -> None:
    a = z_from_seed(1, 16)
    zero = np.zeros_like(a)
    ends_a = np.stack([a, a, a, zero, z_from_seed(2, 16)])
    ends_b = np.stack([-a, a, zero, zero, z_from_seed(3, 16)])
    rows = slerp(ends_a, ends_b, 0.3)
    for row, start, end in zip(rows, ends_a, ends_b, strict=True):
        assert np.allclose(row, slerp(start, end, 0.3), rtol=1e-6)
