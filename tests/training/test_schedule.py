"""Where a run stands is a function of what was seen and spent."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.training.config import Plan, Stage, plan_from_json, stages_from, stages_to
from latentjockey.training.schedule import (
    Spent,
    adversarial_at,
    in_words,
    keep_at,
    left_s,
    progress,
    rate_at,
    seed_of,
    stage_at,
    still_at,
)

PLAN = Plan(name="x", data="y", size=128, stages=(Stage(64, 3.0), Stage(128, 1.0)), minutes=None, images=1000)


def test_a_plan_survives_its_plain_object_and_what_a_newer_version_adds() -> None:
    plain = json.loads(json.dumps({**PLAN.to_json(), "of_tomorrow": [1, 2]}))
    assert plan_from_json(plain) == PLAN


@pytest.mark.parametrize(
    "wrong",
    [{"stages": (Stage(64, 1.0),)}, {"stages": (Stage(128, 1.0), Stage(128, 1.0))}, {"stages": (Stage(128, 0.0),)},
     {"size": 100, "stages": (Stage(100, 1.0),)}, {"batch": 0}, {"images": None}, {"augment": "much"}],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    fields = {name: getattr(PLAN, name) for name in Plan.__dataclass_fields__}
    with pytest.raises(ValueError, match=r"\w"):
        Plan(**{**fields, **wrong})


def test_stages_double_up_to_the_size_that_is_wanted() -> None:
    assert [s.size for s in stages_to(256)] == [64, 128, 256]
    assert sum(s.share for s in stages_to(256)) == pytest.approx(1.0)
    assert stages_to(32) == (Stage(32, 1.0),)
    assert stages_to(256, (2.0, 1.0)) == (Stage(128, 2.0), Stage(256, 1.0))
    assert [s.size for s in stages_from(128, 256)] == [128, 256]


def test_stages_take_their_shares_of_the_budget() -> None:
    assert [stage_at(PLAN, share) for share in (0.0, 0.74, 0.75, 1.0, 3.0)] == [0, 0, 1, 1, 1]


def test_the_budget_that_is_spent_first_ends_it() -> None:
    both = Plan(name="x", data="y", minutes=10.0, images=1000)
    assert progress(both, Spent(images=500, seconds=60.0)) == pytest.approx(0.5)
    assert progress(both, Spent(images=100, seconds=540.0)) == pytest.approx(0.9)
    assert left_s(both, Spent(images=500, seconds=60.0), 5.0) == pytest.approx(100.0)
    assert left_s(PLAN, Spent(), 0.0) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_rate_falls_to_a_tenth_once_it_is_warm(a: float, b: float) -> None:
    early, late = sorted((a, b))
    assert rate_at(PLAN, late, 10**6) <= rate_at(PLAN, early, 10**6) + 1e-12
    assert 0.1 * PLAN.rate - 1e-12 <= rate_at(PLAN, late, 10**6) <= PLAN.rate
    assert rate_at(PLAN, early, 0) < 0.1 * PLAN.rate


def test_the_critic_waits_for_its_share_and_for_a_model_that_is_held_still() -> None:
    assert not adversarial_at(PLAN, 0.19)
    assert adversarial_at(PLAN, 0.2)
    tuned = Plan(name="x", data="y", start="model", frozen=0.3)
    assert still_at(tuned, 0.29)
    assert not adversarial_at(tuned, 0.29)
    assert adversarial_at(tuned, 0.3)
    assert not still_at(PLAN, 0.0)


def test_averages_keep_half_after_as_many_pictures_as_planned() -> None:
    assert keep_at(PLAN, 10**6, 50) ** (PLAN.ema_images / 50) == pytest.approx(0.5)
    assert keep_at(PLAN, 0, 50) < keep_at(PLAN, 10**6, 50)


def test_a_short_fine_tuning_shows_what_it_learned_and_not_what_it_began_with() -> None:
    tuned = Plan(name="x", data="y", start="model")
    of_the_beginning = math.prod(keep_at(tuned, images, tuned.batch) for images in range(0, 9000, tuned.batch))
    assert of_the_beginning < 1e-3


@given(st.lists(st.integers(0, 2**47), min_size=1, max_size=5))
def test_seeds_are_whole_numbers_that_torch_takes(numbers: list[int]) -> None:
    assert 0 <= seed_of(*numbers) < 2**63
    assert seed_of(*numbers) == seed_of(*numbers)
    assert seed_of(*numbers, 1) != seed_of(*numbers, 2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "less than a minute"), (70, "about a minute"), (600, "about 10 minutes"), (3 * 3600, "about 3.0 hours"),
     (40 * 3600, "about 40 hours")],
)  # fmt: skip
def test_a_span_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
