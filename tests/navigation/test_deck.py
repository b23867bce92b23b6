"""One deck: gliding and drifting positions, reach and the equaliser."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from latentjockey.navigation.bands import Bands
from latentjockey.navigation.deck import DeckState, deck_z, equalise, glided_z, held, reach
from latentjockey.navigation.movement import Anchor, Glide, reanchor
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.slerp import slerp

any_float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
finite = st.floats(allow_nan=False, allow_infinity=False)
layer_stacks = arrays(np.float32, (4, 3), elements=any_float32)
centres = arrays(np.float32, (3,), elements=any_float32)
BANDS = Bands((0, 1), (1, 3), (3, 4))
SIZE = 512


def drifting(spread: float, rate: float = 1.0) -> DeckState:
    return replace(
        held(z_from_seed(1, SIZE)),
        drift_seed=7,
        drift_anchor=Anchor(0.0, 0.0, rate),
        drift_origin=-5.0,
        drift_spread=spread,
    )


def gliding() -> DeckState:
    return replace(held(z_from_seed(1, SIZE)), glide_from=z_from_seed(2, SIZE), glide=Glide(10.0, 2.0, "smooth"))


def apart(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    """Distance in units of the spread of one component."""
    return float(np.sqrt(np.mean((x.astype(np.float64) - y) ** 2)))


def test_a_held_deck_is_exactly_its_z() -> None:
    state = held(z_from_seed(1, SIZE))
    for t in (-5.0, 0.0, 1e9):
        assert np.array_equal(deck_z(state, t), state.z)


def test_a_glide_leads_from_one_position_to_the_other() -> None:
    state = gliding()
    assert np.array_equal(deck_z(state, 9.0), state.glide_from)
    assert np.array_equal(deck_z(state, 12.0), state.z)
    assert np.array_equal(deck_z(state, 11.0), slerp(state.glide_from, state.z, 0.5))


def test_a_glide_has_no_jumps_even_while_drifting() -> None:
    state = replace(gliding(), drift_seed=3, drift_anchor=Anchor(0.0, 0.0, 0.5), drift_origin=6.0, drift_spread=0.4)
    walk = [deck_z(state, 9.5 + i * 1e-3) for i in range(3000)]
    assert max(apart(x, y) for x, y in itertools.pairwise(walk)) < 5e-3


def test_an_interrupted_glide_goes_on_from_where_it_is() -> None:
    first = gliding()
    t = 10.7
    second = replace(first, glide_from=glided_z(first, t), z=z_from_seed(9, SIZE), glide=Glide(t, 1.0, "ease"))
    assert np.array_equal(deck_z(second, t), deck_z(first, t))


def test_no_spread_is_exactly_no_drift() -> None:
    assert np.array_equal(deck_z(drifting(0.0), 12.3), z_from_seed(1, SIZE))


@pytest.mark.parametrize("spread", [0.01, 0.5, 1.0, 3.0, 50.0, -0.5])
@pytest.mark.parametrize("scale", [1.0, 0.25, 40.0])
def test_the_walk_stays_on_the_shell_of_its_base(spread: float, scale: float) -> None:
    base = drifting(spread)
    state = replace(base, z=base.z * np.float32(scale))
    shell = np.linalg.norm(state.z)
    for t in np.linspace(0.0, 20.0, 40):
        assert np.linalg.norm(deck_z(state, t)) == pytest.approx(shell, rel=0.2)


def test_more_spread_wanders_farther_and_never_stands_still() -> None:
    farther = [apart(deck_z(drifting(s), 3.3), drifting(s).z) for s in (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)]
    assert farther == sorted(farther)
    assert farther[1] == pytest.approx(0.1, rel=0.2)
    moved = [apart(deck_z(drifting(s), 3.3), deck_z(drifting(s), 3.4)) for s in (0.1, 0.5, 1.0, 2.0, 5.0)]
    assert moved == sorted(moved)
    assert moved[0] > 0.01


def test_a_walk_leaves_its_base_gently_and_returns_to_it() -> None:
    state = replace(drifting(1.0), drift_origin=2.0)
    assert np.array_equal(deck_z(state, 2.0), state.z)
    assert apart(deck_z(state, 2.01), state.z) < 0.01
    full = replace(state, drift_origin=-5.0)
    assert np.array_equal(deck_z(state, 3.0), deck_z(full, 3.0))
    assert np.array_equal(deck_z(state, 1.0), deck_z(full, 1.0))


def test_a_change_of_drift_speed_does_not_jump() -> None:
    slow = drifting(0.5, rate=0.1)
    fast = replace(slow, drift_anchor=reanchor(slow.drift_anchor, 1e6, 5.0))
    assert np.array_equal(deck_z(slow, 1e6), deck_z(fast, 1e6))
    assert apart(deck_z(slow, 1e6 + 1.0), deck_z(fast, 1e6 + 1.0)) > 0.1


@given(centres, centres, finite, finite, finite, st.floats(0.0, 1e300), st.integers())
def test_any_finite_deck_has_a_finite_position(
    z: NDArray[np.float32],
    glide_from: NDArray[np.float32],
    t: float,
    rate: float,
    spread: float,
    duration: float,
    seed: int,
) -> None:
    state = DeckState(
        z,
        glide_from,
        Glide(0.0, duration, "linear"),
        seed,
        Anchor(0.0, 0.0, rate),
        -spread,
        spread,
        z,
        1.0,
        1.0,
        (1.0, 1.0, 1.0),
    )
    position = deck_z(state, t)
    assert position.dtype == np.float32
    assert np.isfinite(position).all()


@given(layer_stacks, centres)
def test_a_reach_of_0_is_the_centre_and_of_1_changes_nothing(
    x: NDArray[np.float32], centre: NDArray[np.float32]
) -> None:
    assert np.array_equal(reach(x, centre, 0.0, 5.0), np.broadcast_to(centre, x.shape))
    assert np.array_equal(reach(x, centre, 1.0, 1.0), x)


def test_reach_is_the_product_of_psi_and_overdrive_in_both_directions() -> None:
    x, centre = np.array([[1.0, 2.0]], np.float32), np.array([3.0, 0.0], np.float32)
    assert reach(x, centre, 0.5, 4.0).tolist() == [[-1.0, 4.0]]
    assert reach(x, centre, -1.0, 1.0).tolist() == [[5.0, -2.0]]


@given(layer_stacks, centres, finite, finite)
def test_reach_stays_finite(x: NDArray[np.float32], centre: NDArray[np.float32], psi: float, overdrive: float) -> None:
    assert np.isfinite(reach(x, centre, psi, overdrive)).all()


@given(layer_stacks, centres, st.tuples(finite, finite, finite))
def test_the_equaliser_stays_finite(
    x: NDArray[np.float32], centre: NDArray[np.float32], gains: tuple[float, float, float]
) -> None:
    assert np.isfinite(equalise(x, centre, BANDS, gains)).all()


@given(layer_stacks, layer_stacks)
def test_gain_0_kills_to_the_centre_and_1_is_the_identity(x: NDArray[np.float32], centre: NDArray[np.float32]) -> None:
    assert np.array_equal(equalise(x, centre, BANDS, (0.0, 0.0, 0.0)), centre)
    assert np.array_equal(equalise(x, centre, BANDS, (1.0, 1.0, 1.0)), x)


def test_each_gain_acts_on_its_band_and_negative_gain_mirrors() -> None:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    centre = np.ones((4, 3), np.float32)
    y = equalise(x, centre, BANDS, (-1.0, 0.0, 2.5))
    assert np.array_equal(y[0], 2.0 * centre[0] - x[0])
    assert np.array_equal(y[1:3], centre[1:3])
    assert np.array_equal(y[3], 1.0 + 2.5 * (x[3] - 1.0))


@given(layer_stacks, st.floats(-10.0, 10.0))
def test_the_centre_itself_is_never_moved(centre: NDArray[np.float32], gain: float) -> None:
    assert np.array_equal(equalise(centre, centre, BANDS, (gain, gain, gain)), centre)


def test_bands_for_another_generator_are_refused() -> None:
    with pytest.raises(ValueError, match="for 4 layers and the latents have 5"):
        equalise(np.zeros((5, 3), np.float32), np.zeros(3, np.float32), BANDS, (1.0, 1.0, 1.0))
