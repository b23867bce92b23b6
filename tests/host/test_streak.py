"""Failures that follow each other: when another engine is enough, when something is taken back, when a model goes."""

from __future__ import annotations

import pytest

from latentjockey.host.streak import Streak, Verdict, instead_of

RESTART, SUSPECT, FALL_BACK = Verdict.RESTART, Verdict.SUSPECT, Verdict.FALL_BACK


def verdicts(*failures: tuple[float, float | None, bool]) -> list[Verdict]:
    """What is said to failures at a time, after a first frame at a time, meddled with or not."""
    streak = Streak()
    return [streak.failed(now, first, meddled=meddled) for now, first, meddled in failures]


def test_four_failures_soon_after_the_first_frame() -> None:
    failures = [(10.0 * n + 1.0, 10.0 * n, False) for n in range(4)]
    assert verdicts(*failures) == [RESTART, SUSPECT, SUSPECT, FALL_BACK]


def test_one_that_comes_late_begins_a_new_streak() -> None:
    assert verdicts((1.0, 0.0, False), (20.0, 10.0, False), (22.0, 21.0, False)) == [RESTART, RESTART, SUSPECT]


def test_who_kills_from_outside_ends_a_streak() -> None:
    soon = [(n + 0.5, float(n), True) for n in range(6)]
    assert verdicts(*soon) == [RESTART] * 6
    assert verdicts((1.0, 0.5, False), (2.0, 1.5, True), (3.0, 2.5, False)) == [RESTART, RESTART, RESTART]


def test_without_a_first_frame_it_counts_even_when_killed() -> None:
    assert verdicts(*[(float(n), None, True) for n in range(4)]) == [RESTART, SUSPECT, SUSPECT, FALL_BACK]


def test_without_a_first_frame_the_next_start_waits_longer_and_longer() -> None:
    streak = Streak()
    waits = []
    for n in range(9):
        streak.failed(100.0 * n, None, meddled=False)
        waits.append(streak.not_before - 100.0 * n)
    assert waits[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert waits[-1] == pytest.approx(5.0)
    streak.shown()
    streak.failed(2000.0, None, meddled=False)
    assert streak.not_before == pytest.approx(2000.1)
    streak.breathe(3000.0)
    assert streak.not_before == pytest.approx(3005.0)


def test_after_a_control_was_taken_back_an_engine_that_lasts_ends_the_streak() -> None:
    streak = Streak()
    for now in (1.0, 2.0):
        verdict = streak.failed(now, now - 0.1, meddled=False)
    assert verdict is SUSPECT
    assert streak.since == 2.0
    streak.accused()
    assert streak.failed(5.0, 3.0, meddled=False) is RESTART, "it lasted two seconds: this is another trouble"


def test_another_model_begins_anew() -> None:
    streak = Streak()
    for now in (1.0, 2.0, 3.0):
        streak.failed(now, now - 0.1, meddled=False)
    streak.forget()
    assert streak.failed(4.0, 3.9, meddled=False) is RESTART


@pytest.mark.parametrize(
    ("model", "failed", "then"),
    [
        ("moths", {"moths"}, "cppn"),
        ("cppn", {"cppn"}, "testcard"),
        ("testcard", {"cppn", "testcard"}, "testcard"),
        ("moths+eyes", {"moths+eyes"}, "moths"),
        ("moths+eyes", {"moths+eyes", "moths"}, "eyes"),
        ("moths+eyes", {"moths+eyes", "moths", "eyes"}, "cppn"),
    ],
)
def test_what_plays_instead_is_half_of_a_pair_or_a_fallback(model: str, failed: set[str], then: str) -> None:
    assert instead_of(model, failed, ("cppn", "testcard")) == then
