"""Equal turns, equal change: how long a step has to be so that as much is seen of it as of all others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.finding import evening

POWERS = st.lists(st.floats(0.3, 1.2), min_size=1, max_size=8)


@given(POWERS, st.integers(0, 2**16), st.floats(0.02, 0.2))
def test_changes_that_grow_as_powers_are_made_alike_at_once(powers: list[float], seed: int, wanted: float) -> None:
    p = np.asarray(powers)
    dice = np.random.default_rng(seed)
    truth = dice.uniform(0.3, 3.0, len(p))  # the length at which ``wanted`` is seen
    seen = wanted * (1.0 / truth) ** p
    found = evening.power(seen, wanted * (2.0 / truth) ** p, 2.0)
    np.testing.assert_allclose(found, p, rtol=1e-6)
    np.testing.assert_allclose(evening.lengths(np.ones(len(p)), seen, wanted, found), truth, rtol=1e-6)


@given(st.lists(st.floats(0.0, 1e3), min_size=1, max_size=8), st.floats(0.0, 10.0))
def test_a_dial_stays_within_what_a_dial_may_be(effects: list[float], wanted: float) -> None:
    seen = np.asarray(effects)
    steps = evening.lengths(np.ones(len(seen)), seen, wanted, np.ones(len(seen)))
    assert np.isfinite(steps).all()
    assert ((steps >= evening.SHORTEST) & (steps <= evening.LONGEST)).all()


def test_what_shows_nothing_goes_as_far_as_a_dial_may_and_is_dead() -> None:
    effects = np.array([0.1, 0.02, 0.0])
    lives = evening.alive(effects, 0.1)
    assert lives.tolist() == [True, False, False]
    assert evening.target(effects, lives) == pytest.approx(0.1)
    steps = evening.lengths(np.ones(3), effects, 0.1, np.ones(3))
    assert steps.tolist() == [1.0, evening.LONGEST, evening.LONGEST]


def test_where_nothing_shows_at_all_nothing_is_changed() -> None:
    none = np.zeros(3)
    assert not evening.alive(none, 0.0).any()
    assert evening.target(none, evening.alive(none, 0.0)) == 0.0
    assert evening.lengths(np.ones(3), none, 0.0, evening.power(none, none, 2.0)).tolist() == [1.0] * 3


def test_a_power_that_cannot_be_told_is_one() -> None:
    told = evening.power(np.array([0.1, 0.0, 0.1]), np.array([0.2, 0.2, 0.2]), np.array([1.0, 2.0, 2.0]))
    assert told.tolist() == [1.0, 1.0, 1.0]
