"""Whose turn it is in spare time, played through on a clock of its own."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.engine.turns import Turns


class Played:
    """An engine that moves for ``seconds``: frames of ``frame`` seconds, at most ``cap`` a second."""

    def __init__(self, frame: float, small: float, cap: float, decks: str = "ab", seconds: float = 20.0) -> None:
        self.drawn: Counter[str] = Counter()
        self.frames = 0
        self.spent = self.late = 0.0
        turns, now, due = Turns(small), frame, 1.0 / cap if cap else 0.0  # the first frame has been made
        while now < seconds:
            spare = due - now if now < due else 0.0
            deck = turns.solo(decks, now, spare)
            what = deck or ("asked" if turns.asked(now, spare) else None)
            if what is not None:
                turns.drawn(deck, now, small, spare)
                self.drawn[what] += 1
                self.spent += small
                self.late += small if spare <= 0.0 else max(small - spare, 0.0)
                now += small
            elif now < due:
                now = due
            else:
                due = now + 1.0 / cap if cap else now
                now += frame
                self.frames += 1
        self.seconds = now


def test_where_there_is_time_decks_have_ten_a_second_and_frames_are_not_late() -> None:
    played = Played(frame=0.004, small=0.003, cap=60.0)
    assert played.late == 0.0
    for deck in "ab":
        assert 9.0 <= played.drawn[deck] / played.seconds <= 10.5
    assert played.drawn["asked"] > played.drawn["a"], "what is asked for has the rest"


@pytest.mark.parametrize("frame", [0.005, 0.02, 0.06, 0.09])
def test_where_there_is_none_each_deck_has_five_a_second(frame: float) -> None:
    played = Played(frame=frame, small=0.006, cap=0.0)
    for deck in "ab":
        assert 5.0 <= played.drawn[deck] / played.seconds <= 6.0
    assert played.drawn["asked"] / played.seconds <= 2.1
    assert played.spent / played.seconds < 0.1


def test_of_slow_frames_each_deck_gets_every_other() -> None:
    played = Played(frame=0.3, small=0.006, cap=0.0)
    assert played.drawn["a"] + played.drawn["b"] == pytest.approx(played.frames, abs=2)


@given(st.floats(1e-3, 0.3), st.floats(1e-4, 0.5))
def test_no_more_than_a_tenth_is_taken_from_frames(frame: float, small: float) -> None:
    played = Played(frame=frame, small=small, cap=0.0, seconds=20.0)
    assert played.spent <= 0.1 * played.seconds + small


@given(st.floats(1e-3, 0.05), st.floats(1e-4, 0.03), st.floats(5.0, 240.0))
def test_no_deck_starves_the_other(frame: float, small: float, cap: float) -> None:
    played = Played(frame=frame, small=small, cap=cap, seconds=5.0)
    fewer, more = sorted(played.drawn[deck] for deck in "ab")
    assert fewer >= 0.4 * more > 0.0


def test_a_small_picture_that_does_not_fit_waits_until_a_frame_is_due() -> None:
    turns = Turns(0.01)
    assert turns.solo("a", 1.0, 0.005) is None
    assert turns.solo("a", 1.0, 0.0) == "a"
    assert turns.solo("a", 1.0, 0.05) == "a"


def test_after_a_lack_of_memory_it_rests() -> None:
    turns = Turns(0.001)
    turns.rest(5.0)
    assert turns.solo("ab", 5.5, math.inf) is None
    assert not turns.asked(5.5, math.inf)
    assert turns.until("a", True, 5.5) == pytest.approx(0.5)
    assert turns.solo("ab", 6.5, math.inf) is not None


def test_it_says_how_long_one_may_sleep() -> None:
    turns = Turns(0.001)
    assert turns.until("", False, 3.0) == math.inf
    assert turns.until("a", False, 3.0) == 0.0
    turns.drawn("a", 3.0, 0.001, math.inf)
    assert turns.until("a", False, 3.02) == pytest.approx(0.08)
    assert turns.until("a", True, 3.02) == 0.0


def test_one_slow_picture_is_soon_forgotten() -> None:
    turns = Turns(0.002)
    turns.drawn("a", 0.0, 0.2, math.inf)
    assert turns.solo("b", 1.0, 0.01) is None, "it might be slow again"
    for n in range(20):
        turns.drawn("a", 1.0 + n, 0.002, math.inf)
    assert turns.solo("b", 30.0, 0.01) == "b"
