"""Fewer steps, then smaller pictures, rather than fewer pictures than wished."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from latentjockey.engine.pace import Effort, Pace, ladder, paced_word

WISH = Effort(4, 512, 512)
Cost = Callable[[Effort], float]

wishes = st.builds(Effort, st.integers(1, 16), st.integers(64, 1024), st.integers(64, 1024))
floors = st.floats(0.5, 240.0)


def play(pace: Pace, cost: Cost, pictures: int, wish: Effort = WISH, floor: float = 10.0) -> list[Effort]:
    """What is played for so many pictures."""
    played = []
    for _ in range(pictures):
        played.append(pace.effort(wish, floor))
        pace.took(cost(played[-1]))
    return played


def by_steps(per_step: float, rest: float = 0.0) -> Cost:
    """A model of fixed size: what it costs depends on steps alone."""
    return lambda effort: rest + per_step * effort.steps


def by_weight(at_whole: float) -> Cost:
    return lambda effort: at_whole * effort.weight / WISH.weight


def test_without_a_floor_all_that_is_asked_for_is_played() -> None:
    assert set(play(Pace(), by_steps(10.0), 100, floor=0.0)) == {WISH}
    assert set(play(Pace(), by_steps(10.0), 100, floor=-5.0)) == {WISH}


def test_what_is_fast_enough_is_left_alone() -> None:
    assert set(play(Pace(), by_steps(0.024), 500)) == {WISH}


def test_steps_are_taken_away_first_and_no_more_than_need_be() -> None:
    played = play(Pace(), by_steps(0.045), 200)
    assert played[-1] == Effort(2, 512, 512)
    assert {effort.size for effort in played} == {(512, 512)}
    assert paced_word(played[-1], WISH) == "2 of 4 steps"


def test_then_pictures_become_smaller_where_that_helps() -> None:
    played = play(Pace(), by_weight(1.5), 300)[-1]
    assert played.steps == 1
    assert played.size == (256, 256)
    assert paced_word(played, WISH) == "1 of 4 steps, 256×256"


def test_smaller_pictures_that_cost_as_much_are_given_up() -> None:
    played = play(Pace(), by_steps(0.2), 400)
    assert any(effort.size != WISH.size for effort in played), "it was tried"
    assert played[-1] == Effort(1, 512, 512)
    assert all(effort.size == WISH.size for effort in played[-200:]), "and not again and again"


def test_it_returns_when_there_is_time_again() -> None:
    pace = Pace()
    assert play(pace, by_steps(0.09), 100)[-1].steps == 1
    assert play(pace, by_steps(0.01), 100)[-1] == WISH


def test_a_new_wish_is_heard_and_begins_about_as_heavy() -> None:
    pace = Pace()
    play(pace, by_steps(0.045), 100)
    assert pace.effort(Effort(8, 512, 512), 10.0).steps == 2
    assert pace.effort(Effort(1, 512, 512), 10.0) == Effort(1, 512, 512)
    assert pace.effort(WISH, 0.0) == WISH
    assert pace.effort(WISH, 10.0) == WISH, "a floor that is set anew judges anew"


@given(wishes)
def test_every_rung_is_lighter_and_the_last_ones_have_a_step(wish: Effort) -> None:
    rungs = ladder(wish)
    assert rungs[0] == wish
    assert all(a.weight > b.weight for a, b in pairwise(rungs))
    assert rungs[-1].steps == 1
    assert all(min(rung.size) >= 64 for rung in rungs)


@given(wishes, floors, st.floats(1e-4, 2.0), st.floats(0.0, 0.5))
def test_it_comes_to_rest_where_the_floor_is_kept_or_nothing_is_left(
    wish: Effort, floor: float, whole: float, rest: float
) -> None:
    def cost(effort: Effort) -> float:
        return rest + whole * effort.weight / wish.weight

    pace = Pace()
    played = play(pace, cost, 900, wish, floor)
    assert len(set(played[-300:])) == 1, "nothing swings"
    assert cost(played[-1]) <= 1.0 / floor or pace.lowest


@given(st.floats(1.05, 2.5), st.floats(0.05, 1.0))
def test_a_cost_that_grows_faster_is_tried_ever_more_rarely(power: float, whole: float) -> None:
    played = play(Pace(), lambda e: whole * (e.weight / WISH.weight) ** power, 4_000)
    changes = [k for k, (a, b) in enumerate(pairwise(played)) if a != b]
    assert len([k for k in changes if k > 2_000]) <= 4


@given(st.lists(st.floats(1e-6, 100.0), max_size=200), floors)
def test_any_times_lead_to_a_rung_of_the_ladder(times: list[float], floor: float) -> None:
    pace = Pace()
    for seconds in times:
        assert pace.effort(WISH, floor) in ladder(WISH)
        pace.took(seconds)
