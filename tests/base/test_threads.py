"""As many threads as are fastest."""

from __future__ import annotations

from latentjockey.base.threads import AGAIN_S, TRIES, Threads, candidates


def test_all_processors_and_halves_of_them_are_tried() -> None:
    assert candidates(8) == (8, 4, 2, 1)
    assert candidates(8, 2) == (8, 4, 2)
    assert candidates(3, 0) == (3, 1)
    assert candidates(2) == (2, 1)
    assert candidates(1) == (1,)


def test_the_fastest_is_kept_until_it_is_tried_again() -> None:
    used: list[int] = []
    threads = Threads((4, 2, 1), used.append)
    costs = {4: 3.0, 2: 1.0, 1: 2.0}
    for _ in range(3 * TRIES):
        threads.took(costs[threads.now])
    assert threads.now == 2
    costs[4] = 0.5
    threads.took(AGAIN_S + 1.0)
    for _ in range(3 * TRIES):
        threads.took(costs[threads.now])
    assert threads.now == 4
    assert used[0] == 4


def test_what_costs_little_is_left_to_others() -> None:
    threads = Threads((4, 2, 1), lambda _: None, slack=0.1)
    costs = {4: 1.0, 2: 1.05, 1: 1.2}
    for _ in range(3 * TRIES):
        threads.took(costs[threads.now])
    assert threads.now == 2


def test_a_step_that_is_unlike_the_others_is_not_counted() -> None:
    threads = Threads((2, 1), lambda _: None)
    threads.took(0.001, comparable=False)
    for _ in range(TRIES):
        threads.took(2.0)
    for _ in range(TRIES):
        threads.took(1.0)
    assert threads.now == 1


def test_a_count_that_was_given_is_kept() -> None:
    threads = Threads((3,), lambda _: None)
    threads.took(1e6)
    assert threads.now == 3
