"""The drift: repeatable, smooth, even, and as typical between its knots as on them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.navigation.drift import drift

phases = st.floats(-1e6, 1e6)


def test_the_walk_is_the_same_for_ever() -> None:
    assert drift(1, 0.3, 512)[:3].tolist() == pytest.approx([1.83183467, 1.69742846, -0.417833179], rel=1e-5)
    assert drift(-5, -1e9 - 0.25, 512)[:3].tolist() == pytest.approx([0.765111804, -1.01042295, -0.230466589], rel=1e-5)


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 9))
def test_any_seed_any_phase_any_size(seed: int, phase: float, size: int) -> None:
    noise = drift(seed, phase, size)
    assert noise.shape == (size,)
    assert noise.dtype == np.float32
    assert np.isfinite(noise).all()


def test_access_in_any_order_gives_the_same_walk() -> None:
    order = np.random.default_rng(0).permutation(200)
    forwards = [drift(3, i * 0.17, 64) for i in range(200)]
    shuffled = {int(i): drift(3, int(i) * 0.17, 64) for i in order}
    assert all(np.array_equal(forwards[i], shuffled[i]) for i in range(200))


def test_large_vectors_take_the_same_walk_as_their_beginning() -> None:
    assert np.array_equal(drift(3, 1.23, 9000)[:512], drift(3, 1.23, 512))


@given(st.integers(0, 100), phases)
def test_a_small_step_is_a_small_change(seed: int, phase: float) -> None:
    change = drift(seed, phase + 1e-4, 256).astype(np.float64) - drift(seed, phase, 256)
    assert np.abs(change).max() < 3e-3  # 30 σ per unit of phase; a jump between knots would be of order 1


@pytest.mark.parametrize("knot", [-3.0, -0.5, 0.0, 0.5, 7.0])
def test_value_and_velocity_are_continuous_across_knots(knot: float) -> None:
    h = 1e-3
    x = {i: drift(8, knot + i * h, 512).astype(np.float64) for i in (-2, -1, 0, 1, 2)}
    before, after = (x[-1] - x[-2]) / h, (x[2] - x[1]) / h
    assert np.abs(x[1] - x[-1]).max() < 0.05
    # Three steps of acceleration (tens of σ per unit²); a corner would differ by whole σ per unit.
    assert np.abs(after - before).max() < 0.3


@pytest.mark.parametrize("phase", [0.0, 0.13, 0.25, 0.5, -0.4, 1e9 + 0.3])
def test_variance_is_one_at_every_phase(phase: float) -> None:
    noise = drift(4, phase, 100_000).astype(np.float64)
    assert noise.std() == pytest.approx(1.0, abs=0.02)
    assert abs(noise.mean()) < 0.02


def test_one_unit_of_phase_is_a_new_place() -> None:
    def alike(lag: float) -> float:
        return float(np.mean([np.mean(drift(6, p, 8192) * drift(6, p + lag, 8192)) for p in (0.0, 3.3, 9.6)]))

    assert alike(0.1) > 0.9
    assert abs(alike(1.0)) < 0.1
    assert abs(alike(2.0)) < 0.05


def test_speed_is_even() -> None:
    walk = np.stack([drift(2, p, 512) for p in np.arange(0.0, 3.0, 0.01)]).astype(np.float64)
    speed = np.linalg.norm(np.diff(walk, axis=0), axis=1)
    assert speed.max() / speed.min() < 1.2


def test_seeds_walk_different_ways() -> None:
    walks = np.stack([drift(seed, 0.7, 4096) for seed in (0, 1, 2, -1)])
    assert np.abs(np.corrcoef(walks) - np.eye(4)).max() < 0.08
