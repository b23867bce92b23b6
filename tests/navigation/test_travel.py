"""The crossfader's travel: rising, exact at its ends, and evening out what is seen."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.navigation.travel import blend_curves, identity_curve, travel, travel_curve, visible_distance

distance_rows = st.lists(st.floats(0.0, 1e300), min_size=1, max_size=24).map(np.array)


@given(distance_rows)
def test_a_curve_rises_from_0_to_1(distances: NDArray[np.float64]) -> None:
    curve = travel_curve(distances)
    assert curve.shape == (len(distances) + 1,)
    assert curve[0] == 0.0
    assert curve[-1] == 1.0
    assert (np.diff(curve) > 0.0).all()
    assert np.diff(curve).max() * len(distances) < 50.0 + 1e-6  # never faster than 1 / regularity


@given(distance_rows, st.floats(-2.0, 3.0), st.floats(-2.0, 3.0))
def test_travel_is_monotone_with_exact_ends(distances: NDArray[np.float64], x: float, y: float) -> None:
    curve = travel_curve(distances)
    low, high = sorted((x, y))
    assert travel(curve, low) <= travel(curve, high) + 1e-12
    assert travel(curve, 0.0) == 0.0
    assert travel(curve, 1.0) == 1.0
    assert (0.0 <= travel(curve, x) <= 1.0 + 1e-12) == (0.0 <= x <= 1.0)


@given(distance_rows)
def test_travel_passes_through_the_curve_without_jumps(distances: NDArray[np.float64]) -> None:
    curve = travel_curve(distances)
    k = len(distances)
    assert [travel(curve, i / k) for i in range(k + 1)] == pytest.approx(curve.tolist(), abs=1e-12)
    fine = np.array([travel(curve, x) for x in np.linspace(-0.1, 1.1, 1201)])
    assert np.abs(np.diff(fine)).max() < 1e-3 * 31.0  # three times the steepest chord, Fritsch-Carlson's bound


@pytest.mark.parametrize("x", [-7.5, -1e300, 0.0, 1.0, 1.25, 1e300])
def test_travel_goes_on_with_slope_1_outside(x: float) -> None:
    assert travel(travel_curve(np.array([1.0, 9.0])), x) == x


@pytest.mark.parametrize("distances", [np.zeros(8), np.full(8, 3.0), np.full(8, 1e308), np.full(8, 1e-310)])
def test_even_or_invisible_change_is_the_identity(distances: NDArray[np.float64]) -> None:
    assert travel_curve(distances) == pytest.approx(identity_curve(8), abs=1e-12)
    assert travel(travel_curve(distances), 0.3) == pytest.approx(0.3)


@pytest.mark.parametrize("bad", [np.array([]), np.array([1.0, -1.0]), np.array([np.nan]), np.array([np.inf])])
def test_impossible_distances_are_refused(bad: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="finite numbers, none below zero"):
        travel_curve(bad)


def seen_up_to(t: float) -> float:
    """A path that is seen to change five times as fast in its middle as at its ends."""
    return 0.25 * t + 0.75 * (1.0 / (1.0 + np.exp(-12.0 * (t - 0.5))) - 0.00247) / 0.99506


def unevenness(parameters: list[float]) -> float:
    steps = np.diff([seen_up_to(t) for t in parameters])
    return float(steps.max() / steps.min())


def test_a_path_of_uneven_speed_becomes_even() -> None:
    knots = identity_curve(16)
    distances = np.diff([seen_up_to(float(t)) for t in knots])
    steps = np.linspace(0.0, 1.0, 33).tolist()
    before = unevenness(steps)
    exact = unevenness([travel(travel_curve(distances, regularity=1e-9), x) for x in steps])
    regular = unevenness([travel(travel_curve(distances), x) for x in steps])
    assert before > 8.0
    assert exact < 1.25
    assert regular < 1.4  # the price of the share of evenness that tames flat stretches


def wavy(t: float) -> float:
    """A path that is seen to hurry and linger three times, faster than eight steps can follow."""
    return t + 0.03 * float(np.sin(2 * np.pi * 3 * t))


def test_measuring_again_along_the_curve_makes_it_more_even() -> None:
    curve, spreads = identity_curve(8), []
    for _ in range(4):
        distances = np.array([abs(wavy(float(b)) - wavy(float(a))) for a, b in pairwise(curve)])
        spreads.append(float(distances.std() / distances.mean()))
        curve = travel_curve(distances, curve)
    assert spreads[-1] < 0.1 * spreads[0]


def test_distances_along_a_curve_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="8 distances do not lie between the points of a curve of 5"):
        travel_curve(np.ones(8), identity_curve(4))


@given(distance_rows, distance_rows, st.floats(-1.0, 2.0))
def test_blended_curves_rise_too(a: NDArray[np.float64], b: NDArray[np.float64], f: float) -> None:
    size = min(len(a), len(b))
    one, other = travel_curve(a[:size]), travel_curve(b[:size])
    blend = blend_curves(one, other, f)
    assert (np.diff(blend) > 0.0).all()
    assert np.array_equal(blend_curves(one, other, 0.0), one)
    assert np.array_equal(blend_curves(one, other, 1.0), other)


def test_curves_of_different_lengths_are_not_blended() -> None:
    with pytest.raises(ValueError, match="Curves of 3 and 5 points"):
        blend_curves(identity_curve(2), identity_curve(4), 0.5)


def plain(*colours: tuple[int, int, int], size: tuple[int, int] = (16, 24)) -> NDArray[np.uint8]:
    return np.stack([np.full((*size, 3), colour, np.uint8) for colour in colours])


def test_equal_pictures_are_no_distance_and_black_to_white_is_1() -> None:
    seen = visible_distance(plain((0, 0, 0), (0, 0, 0), (255, 255, 255), (0, 0, 0)))
    assert seen == pytest.approx([0.0, 1.0, 1.0], abs=1e-6)


def test_distances_are_half_those_of_oklab_and_half_those_of_the_pixels() -> None:
    # OKLab of sRGB red is L 0.628, a 0.225, b 0.126 (published with the space); of white 1, 0, 0.
    seen = visible_distance(plain((255, 255, 255), (255, 0, 0)))
    assert seen[0] == pytest.approx(0.5 * (np.sqrt(0.372**2 + 0.225**2 + 0.126**2) + 2 / 3), abs=2e-3)


def test_a_grey_ramp_is_seen_as_nearly_even() -> None:
    seen = visible_distance(plain(*[(v, v, v) for v in range(32, 256, 32)]))
    assert seen.max() / seen.min() < 1.3


def test_fine_texture_counts_less_than_the_same_change_over_areas() -> None:
    rows, columns = np.indices((64, 64))
    fine = ((rows + columns) % 2 * 255).astype(np.uint8)
    coarse = ((rows // 32 + columns // 32) % 2 * 255).astype(np.uint8)
    pictures = [np.repeat(p[..., None], 3, axis=-1) for p in (fine, 255 - fine, coarse, 255 - coarse)]
    textured, _, areas = visible_distance(np.stack(pictures))
    assert 0.0 < textured < 0.8 * areas


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 5), (33, 17)])
def test_any_picture_size_is_measured(size: tuple[int, int]) -> None:
    seen = visible_distance(plain((0, 0, 0), (255, 255, 255), (10, 20, 30), size=size))
    assert seen.shape == (2,)
    assert seen[0] == pytest.approx(1.0, abs=1e-6)
