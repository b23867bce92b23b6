"""The measured travel on the real coordinate network: equal steps of the hand, nearly equal change of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.travel import YARDSTICKS, Fader
from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.navigation.travel import identity_curve


@pytest.mark.parametrize("seeds", [(1, 2), (5, 14), (31, 77)])
def test_equal_travel_is_nearly_equal_change(seeds: tuple[int, int]) -> None:
    fader = Fader(*seeds)
    plain = fader.pictures(identity_curve(TRAVEL_POINTS - 1), 40, 96)
    even = fader.pictures(fader.measured(), 40, 96)
    for name, yardstick in YARDSTICKS.items():
        before, after = yardstick(plain), yardstick(even)
        spread_before, spread_after = (float(d.std() / d.mean()) for d in (before, after))
        assert spread_after < 0.2, name
        assert spread_after < 0.6 * spread_before, name
        assert after.max() / after.min() < before.max() / before.min(), name


def test_the_curve_rises_from_end_to_end() -> None:
    curve = Fader(3, 9).measured()
    assert curve.shape == (TRAVEL_POINTS,)
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    assert (np.diff(curve) > 0.0).all()
