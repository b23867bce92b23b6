"""Steps along a model's directions on top of a deck's place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.models.directions import orthonormal
from latentjockey.navigation.arrays import FLOAT32_MAX
from latentjockey.navigation.deck import shifted
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.state import base_place, full_place

Z, K = 24, 4
WAYS = orthonormal(np.random.default_rng(1).standard_normal((K, Z)))
ANY = st.floats(allow_nan=False, allow_infinity=False)


def bay(directions: int = K) -> Bay:
    made = Bay(Layout(1, builtin(Z, (64, 64), directions=directions)), ManualClock(1.0))
    made.write([("/deck/a/z", z_from_seed(3, Z))], HAND)
    return made


@given(st.lists(ANY, min_size=K, max_size=K), st.sampled_from([0.0, 1.0, FLOAT32_MAX]))
def test_any_finite_step_leads_to_a_finite_place(steps: list[float], size: float) -> None:
    z = np.full(Z, size, np.float32)
    there = shifted(z, np.array(steps), WAYS)
    assert there.dtype == np.float32
    assert np.isfinite(there).all()


@given(st.lists(st.floats(-50, 50), min_size=K, max_size=K))
def test_a_step_is_as_long_as_it_says_and_leads_back(steps: list[float]) -> None:
    z = z_from_seed(1, Z)
    there = shifted(z, np.array(steps), WAYS)
    assert np.allclose(WAYS @ (there - z), steps, atol=1e-4)
    assert np.allclose(shifted(there, -np.array(steps), WAYS), z, atol=1e-4)


def test_no_step_changes_no_bit() -> None:
    z = z_from_seed(1, Z)
    assert shifted(z, np.zeros(K), WAYS) is z


def test_a_component_of_dir_moves_the_place_along_its_row() -> None:
    held = bay()
    held.write([("/deck/a/dir/2", 1.5)], HAND)
    snapshot = held.snapshot()
    base, full = base_place(snapshot, "a", 9.0), full_place(snapshot, "a", 9.0, WAYS)
    assert np.array_equal(base, z_from_seed(3, Z))
    assert np.allclose(full - base, 1.5 * WAYS[2], atol=1e-6)
    assert np.array_equal(full_place(snapshot, "b", 9.0, WAYS), base_place(snapshot, "b", 9.0))


def test_directions_of_another_model_move_nothing() -> None:
    held = bay()
    held.write([("/deck/a/dir/2", 1.5)], HAND)
    for other in (None, WAYS[:2], orthonormal(np.eye(K, Z + 1))):
        assert np.array_equal(full_place(held.snapshot(), "a", 9.0, other), z_from_seed(3, Z))
    assert np.array_equal(full_place(bay(0).snapshot(), "a", 9.0, WAYS), z_from_seed(3, Z))
