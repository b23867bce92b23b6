"""Undo and redo as properties: all the way back is the beginning, all the way forth is the end."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.presets.history import COALESCE, History
from latentjockey.presets.preset import Kept

ADDRESSES = ("/a", "/b", "/c")
MOVES = st.lists(
    st.tuples(
        st.sets(st.sampled_from(ADDRESSES), min_size=1),
        st.integers(0, 4).map(float),
        st.sampled_from(["surface", "osc"]),
        st.sampled_from([0.01, 0.3, COALESCE + 0.01, 5.0]),
    ),
    max_size=30,
)


def play(history: History, moves: list[tuple[set[str], float, str, float]]) -> tuple[dict[str, Kept], dict[str, Kept]]:
    """Feed moves; the state before and after all of them."""
    state: dict[str, Kept] = dict.fromkeys(ADDRESSES, 0.0)
    start, t = dict(state), 0.0
    for addresses, value, source, wait in moves:
        t += wait
        history.push({a: (state[a], value) for a in addresses}, t, source)
        state |= dict.fromkeys(addresses, value)
    return start, state


@given(MOVES)
def test_all_the_way_back_and_forth(moves: list[tuple[set[str], float, str, float]]) -> None:
    history = History()
    start, end = play(history, moves)
    state = dict(end)
    while writes := history.undo():
        state |= dict(writes)
    assert state == start
    assert history.undo() == []
    while writes := history.redo():
        state |= dict(writes)
    assert state == end
    assert history.redo() == []


@given(MOVES, st.lists(st.booleans(), max_size=60))
def test_any_walk_through_the_history_lands_where_it_was(
    moves: list[tuple[set[str], float, str, float]], walk: list[bool]
) -> None:
    history = History()
    _, end = play(history, moves)
    state = dict(end)
    seen = {history.undoable: dict(state)}
    for back in walk:
        state |= dict(history.undo() if back else history.redo())
        assert seen.setdefault(history.undoable, dict(state)) == state
    assert history.undoable + history.redoable == max(seen)


@given(MOVES, st.integers(1, 5))
def test_what_is_forgotten_is_the_oldest(moves: list[tuple[set[str], float, str, float]], limit: int) -> None:
    short, full = History(moves=limit), History()
    play(short, moves)
    play(full, moves)
    assert short.undoable == min(limit, full.undoable)
    for _ in range(short.undoable):
        assert short.undo() == full.undo()


def test_a_gesture_is_one_move() -> None:
    history = History()
    for i in range(100):
        history.push({"/a": (i / 100, (i + 1) / 100)}, i * 0.1, "surface")
    assert history.undoable == 1
    assert history.undo() == [("/a", 0.0)]
    assert history.redo() == [("/a", 1.0)]


def test_a_gesture_that_ends_where_it_began_is_none() -> None:
    history = History()
    history.push({"/a": ("water", "moss")}, 0.0, "surface")
    history.push({"/a": ("moss", "stone")}, 5.0, "surface")
    history.push({"/a": ("stone", "moss")}, 5.2, "surface")
    assert history.undo() == [("/a", "water")], "the first press undoes something"
    assert history.undo() == []
    assert history.redo() == [("/a", "moss")]
    history.push({"/a": ("moss", "stone")}, 9.0, "surface")
    history.push({"/a": ("stone", "moss")}, 9.1, "surface")
    history.push({"/a": ("moss", "fire")}, 9.2, "surface")
    assert history.undo() == [("/a", "moss")], "what goes on beyond its beginning is a gesture again"


def test_another_hand_another_control_or_a_pause_is_another_move() -> None:
    history = History()
    history.push({"/a": (0.0, 1.0)}, 0.0, "surface")
    history.push({"/a": (1.0, 2.0)}, 0.1, "osc")
    history.push({"/b": (0.0, 2.0)}, 0.2, "osc")
    history.push({"/b": (2.0, 3.0)}, 0.2 + COALESCE + 0.001, "osc")
    history.push({"/b": (3.0, 3.0)}, 9.0, "osc")
    assert history.undoable == 4


def test_a_move_after_undo_is_new_and_ends_the_old_future() -> None:
    history = History()
    history.push({"/a": (0.0, 1.0)}, 0.0, "surface")
    history.push({"/b": (0.0, 1.0)}, 0.1, "surface")
    history.undo()
    history.push({"/a": (1.0, 2.0)}, 0.2, "surface")
    assert history.redo() == []
    assert history.undo() == [("/a", 1.0)]


@given(st.integers(1, 30))
@settings(deadline=None)
def test_memory_is_bounded_by_numbers_not_moves(count: int) -> None:
    history = History(numbers=10_000)
    for i in range(count):
        history.push({"/z": (np.full(1000, float(i)), np.full(1000, i + 1.0))}, i * 10.0, "surface")
    assert history.undoable == min(count, 5)
    ((_, value),) = history.undo()
    np.testing.assert_array_equal(np.asarray(value), np.full(1000, float(count - 1)))
