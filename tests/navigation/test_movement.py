"""Glides and anchors: continuous, bounded where they should be, and never jumping when speed changes."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.navigation.movement import CURVES, Anchor, Glide, glide_fraction, phase_at, reanchor

finite = st.floats(allow_nan=False, allow_infinity=False)
moderate = st.floats(-1e4, 1e4)
curves = st.sampled_from(sorted(CURVES))


@given(st.builds(Glide, finite, finite, curves), finite)
def test_a_fraction_always_lies_between_0_and_1(glide: Glide, t: float) -> None:
    assert 0.0 <= glide_fraction(glide, t) <= 1.0


@given(moderate, st.floats(1e-3, 1e4), curves)
def test_a_glide_rests_before_and_after(start: float, duration: float, curve: str) -> None:
    glide = Glide(start, duration, curve)
    assert glide_fraction(glide, start - 1.0) == 0.0
    assert glide_fraction(glide, start) == 0.0
    assert glide_fraction(glide, start + duration + 1.0) == 1.0


@pytest.mark.parametrize("curve", CURVES)
def test_a_glide_rises_without_jumps(curve: str) -> None:
    glide = Glide(10.0, 2.0, curve)
    fractions = [glide_fraction(glide, 9.5 + i * 1e-3) for i in range(3001)]
    steps = [b - a for a, b in itertools.pairwise(fractions)]
    assert min(steps) >= 0.0
    assert max(steps) <= 3.0 * 1e-3 / 2.0 + 1e-12  # no curve is steeper than 3


@pytest.mark.parametrize(("curve", "half"), [("linear", 0.5), ("smooth", 0.5), ("ease", 0.875)])
def test_the_curves_differ_half_way(curve: str, half: float) -> None:
    assert glide_fraction(Glide(0.0, 4.0, curve), 2.0) == half


@pytest.mark.parametrize("duration", [0.0, -1.0])
@pytest.mark.parametrize("t", [-1e9, 4.999, 5.0, 1e9])
def test_a_glide_without_duration_is_done_at_any_time(duration: float, t: float) -> None:
    assert glide_fraction(Glide(5.0, duration, "smooth"), t) == 1.0


def test_an_unknown_curve_is_named() -> None:
    with pytest.raises(ValueError, match="no glide curve 'bounce'"):
        Glide(0.0, 1.0, "bounce")


@given(st.builds(Anchor, finite, finite, finite), finite, finite)
def test_phases_stay_finite(anchor: Anchor, t: float, rate: float) -> None:
    assert math.isfinite(phase_at(anchor, t))
    assert math.isfinite(phase_at(reanchor(anchor, t, rate), t))


@given(st.builds(Anchor, moderate, moderate, moderate), moderate, moderate)
def test_changing_speed_never_jumps(anchor: Anchor, t: float, rate: float) -> None:
    after = reanchor(anchor, t, rate)
    assert phase_at(after, t) == phase_at(anchor, t)
    assert after.rate == rate
    assert phase_at(after, t + 2.0) == pytest.approx(phase_at(anchor, t) + 2.0 * rate, rel=1e-9, abs=1e-3)


@given(st.builds(Anchor, moderate, moderate, moderate), moderate, moderate)
def test_reanchoring_at_the_same_speed_changes_nothing(anchor: Anchor, t: float, later: float) -> None:
    again = phase_at(reanchor(anchor, t, anchor.rate), later)
    assert again == pytest.approx(phase_at(anchor, later), rel=1e-9, abs=1e-6)
