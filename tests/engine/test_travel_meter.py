"""The measured travel on the real coordinate network: equal steps of the hand, nearly equal change of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.travel import YARDSTICKS, Fader
from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.control.source import COMMAND_LINE
from latentjockey.engine.travel import TravelMeter
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


def test_a_hand_in_motion_is_waited_for_and_the_crossfader_is_not() -> None:
    fader = Fader(1, 2)
    meter = TravelMeter(fader.generator, fader.evaluator)
    bay = fader.bay
    meter.step(bay.snapshot(), 0.0)
    assert meter.busy
    assert not meter.resting(0.0)
    bay.write([("/mix/crossfade", 0.3)], COMMAND_LINE)  # the ends are the same
    meter.step(bay.snapshot(), 0.01)
    assert not meter.resting(0.01)
    bay.write([("/deck/a/psi", 1.2)], COMMAND_LINE)
    assert meter.step(bay.snapshot(), 0.02) is None
    assert meter.resting(0.02)
    assert not meter.resting(0.5)
    points = None
    while points is None:
        points = meter.step(bay.snapshot(), 0.5)
    assert not meter.busy
    assert meter.resting(0.5)
    assert meter.step(bay.snapshot(), 2.0) is None  # nothing has changed since
    assert not meter.busy


def test_decks_that_move_by_themselves_are_measured_as_they_go() -> None:
    fader = Fader(1, 2)
    meter = TravelMeter(fader.generator, fader.evaluator)
    fader.bay.write([("/deck/a/drift/speed", 0.5)], COMMAND_LINE)
    assert meter.step(fader.bay.snapshot(), 0.0) is None
    assert meter.busy
    assert not meter.resting(0.0)
    while meter.busy:
        meter.step(fader.bay.snapshot(), 0.1)
    assert meter.step(fader.bay.snapshot(), 5.0) is None
    assert meter.busy
