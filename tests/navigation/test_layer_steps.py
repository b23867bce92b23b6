"""Steps along directions of layer latents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.navigation.layer_steps import LayerWays, led, stepped

WAYS = LayerWays(np.eye(3, 5, dtype=np.float32) * (1.0, 2.0, 0.5, 1.0, 1.0), np.array([[0, 4], [0, 2], [3, 4]]))
HERE = np.arange(20, dtype=np.float32).reshape(4, 5)
STEPS = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3)


@given(STEPS)
def test_each_step_is_added_to_its_own_layers(steps: list[float]) -> None:
    a, b, c = steps
    expected = HERE.astype(np.float64).copy()
    expected[:, 0] += a
    expected[:2, 1] += 2.0 * b
    expected[3:, 2] += 0.5 * c
    ways = LayerWays(WAYS.rows.astype(np.float32), WAYS.layers)
    np.testing.assert_allclose(stepped(HERE, np.array(steps), ways), expected, rtol=1e-6, atol=1e-6)


@given(STEPS)
def test_going_back_leads_back(steps: list[float]) -> None:
    there = stepped(np.zeros((4, 5), np.float32), np.array(steps), WAYS)
    assert np.abs(stepped(there, -np.array(steps), WAYS)).max() <= 1e-6 * max(1.0, np.abs(there).max())


def test_without_a_step_the_layers_are_the_very_same() -> None:
    assert stepped(HERE, np.zeros(3), WAYS) is HERE


@pytest.mark.parametrize("step", [1e300, -1e300, 4e38])
def test_a_step_beyond_all_numbers_stays_finite(step: float) -> None:
    assert np.isfinite(stepped(HERE, np.full(3, step), WAYS)).all()


def bay(directions: int) -> Bay:
    return Bay(Layout(1, catalogue.builtin(8, (64, 64), (), directions)), ManualClock())


def test_a_deck_is_led_by_its_own_dials() -> None:
    table = bay(3)
    table.write([("/deck/a/dir/1", 3.0)], HAND)
    shown = table.snapshot()
    np.testing.assert_array_equal(led(HERE, shown, "a", WAYS), stepped(HERE, np.array([0.0, 3.0, 0.0]), WAYS))
    assert led(HERE, shown, "b", WAYS) is HERE


@pytest.mark.parametrize("directions", [0, 2])
def test_dials_of_another_model_move_nothing(directions: int) -> None:
    table = bay(directions)
    if directions:
        table.write([("/deck/a/dir/1", 3.0)], HAND)
    assert led(HERE, table.snapshot(), "a", WAYS) is HERE
    assert led(HERE[:, :4], bay(3).snapshot(), "a", WAYS).shape == (4, 4)
    assert led(HERE, table.snapshot(), "a", None) is HERE
