"""Bands, and the mixer that places every layer between deck A and deck B."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from latentjockey.navigation.bands import Bands
from latentjockey.navigation.mixer import How, band_positions, mix
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.travel import travel, travel_curve

finite = st.floats(allow_nan=False, allow_infinity=False)
layer_stacks = arrays(np.float32, (4, 3), elements=st.floats(width=32, allow_nan=False, allow_infinity=False))
HOWS: tuple[How, ...] = ("slerp", "lerp")
BANDS = Bands((0, 1), (1, 3), (3, 4))


@given(st.integers(0, 200))
def test_split_tiles_the_layers_as_evenly_as_possible(num_ws: int) -> None:
    bands = Bands.split(num_ws)
    sizes = [end - start for start, end in (bands.coarse, bands.middle, bands.fine)]
    assert sum(sizes) == bands.num_ws == num_ws
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    "ranges",
    [
        ((1, 2), (2, 3), (3, 4)),
        ((0, 2), (3, 4), (4, 5)),
        ((0, 2), (1, 4), (4, 5)),
        ((0, 2), (2, 1), (1, 5)),
        ((0, -1), (-1, 0), (0, 1)),
    ],
)
def test_gaps_and_overlaps_are_refused(ranges: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="tile the layers"):
        Bands(*ranges)


def test_expand_gives_each_layer_its_band() -> None:
    assert BANDS.expand((1.0, -2.0, 3.5)).tolist() == [1.0, -2.0, -2.0, 3.5]
    assert Bands((0, 0), (0, 0), (0, 2)).expand((1.0, 2.0, 3.0)).tolist() == [3.0, 3.0]
    with pytest.raises(ValueError, match="three values"):
        BANDS.expand((1.0, 2.0))


@pytest.mark.parametrize("how", HOWS)
def test_mixing_is_exact_at_both_ends_layer_by_layer(how: How) -> None:
    a = np.stack([z_from_seed(i, 64) for i in range(4)])
    b = np.stack([z_from_seed(i + 10, 64) for i in range(4)])
    assert np.array_equal(mix(a, b, np.zeros(4), how), a)
    assert np.array_equal(mix(a, b, np.ones(4), how), b)
    mixed = mix(a, b, np.array([0.0, 1.0, 0.5, 1.5]), how)
    assert np.array_equal(mixed[0], a[0])
    assert np.array_equal(mixed[1], b[1])
    assert not np.allclose(mixed[2], a[2], atol=0.1)
    assert not np.allclose(mixed[3], b[3], atol=0.1)


def test_class_weights_beside_z_go_straight_while_it_goes_round() -> None:
    a, b = (np.concatenate((z_from_seed(seed, 16), np.eye(1, 3, seed)[0]))[None].astype(np.float32) for seed in (0, 1))
    mixed = mix(a, b, np.array([0.25]), "slerp", 3)
    assert np.array_equal(mixed[:, :16], mix(a[:, :16], b[:, :16], np.array([0.25]), "slerp"))
    assert mixed[0, 16:] == pytest.approx([0.75, 0.25, 0.0])
    assert np.array_equal(mix(a, b, np.array([0.25]), "lerp", 3), mix(a, b, np.array([0.25]), "lerp"))


def test_slerp_keeps_the_length_that_lerp_loses() -> None:
    a, b = z_from_seed(1, 512)[None], z_from_seed(2, 512)[None]
    half = np.array([0.5])
    assert np.linalg.norm(mix(a, b, half, "slerp")) == pytest.approx(np.sqrt(512), rel=0.1)
    assert np.linalg.norm(mix(a, b, half, "lerp")) == pytest.approx(np.sqrt(256), rel=0.1)


@given(layer_stacks, layer_stacks, finite, st.tuples(finite, finite, finite), st.sampled_from(HOWS))
def test_any_finite_mix_is_finite(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    crossfade: float,
    offsets: tuple[float, float, float],
    how: How,
) -> None:
    positions = band_positions(crossfade, offsets, BANDS, None)
    assert np.isfinite(positions).all()
    assert np.isfinite(mix(a, b, positions, how)).all()


@given(st.floats(-2.0, 3.0), st.tuples(*[st.floats(-3.0, 3.0)] * 3))
def test_positions_are_the_travelled_crossfade_plus_the_offset_of_the_band(
    crossfade: float, offsets: tuple[float, float, float]
) -> None:
    curve = travel_curve(np.array([1.0, 5.0, 2.0, 0.5]))
    for shape, at in ((None, crossfade), (curve, travel(curve, crossfade))):
        positions = band_positions(crossfade, offsets, BANDS, shape)
        assert positions.shape == (4,)
        expected = [at + offsets[0], at + offsets[1], at + offsets[1], at + offsets[2]]
        assert positions.tolist() == pytest.approx(expected)
