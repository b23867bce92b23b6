"""A clip's place follows from a record, never jumps at a change of pace, and keeps the beat it is locked to."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.modulation.playhead import HOLD, LOOPS, ONCE, ROUND, THERE_AND_BACK, Playhead, folded
from latentjockey.modulation.transport import Transport

REST = Playhead(0.0, 1.0, ROUND, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0)
speeds = st.floats(-8.0, 8.0)
paces = st.builds(
    lambda scrub, speed, loop, beats, lag: replace(REST, scrub=scrub, speed=speed, loop=loop, beats=beats, lag=lag),
    st.floats(-3.0, 3.0), speeds, st.integers(0, len(LOOPS) - 1), st.sampled_from([0.0, 1.0, 4.0, 7.5, -4.0]),
    st.floats(-0.5, 0.5),
)  # fmt: skip
TRANSPORT = Transport(0.0, 0.0, 120.0, True)


def seen(clip: Playhead, t: float) -> float:
    return folded(clip.place(t, TRANSPORT.beat_at(t)), clip.loop)


def apart(a: float, b: float, loop: int) -> float:
    """How far two places lie apart in what is seen."""
    far = abs(a - b)
    return min(far, 1.0 - far) if loop == ROUND else far


@given(paces, paces, st.floats(0.0, 500.0))
def test_no_change_of_pace_loop_or_lock_moves_what_is_seen(old: Playhead, new: Playhead, t: float) -> None:
    new = replace(new, scrub=old.scrub, lag=old.lag)
    changed = new.changed(old, t, TRANSPORT.beat_at(t))
    before, after = seen(old, t), seen(changed, t)
    if ROUND in (old.loop, new.loop) and round(before, 6) in (0.0, 1.0):
        before = after if apart(before, after, ROUND) < 1e-6 else before  # its end is its beginning
    assert after == pytest.approx(before, abs=1e-6)


@given(speeds, st.floats(0.0, 100.0), st.floats(0.01, 10.0))
def test_it_runs_at_its_speed_also_backwards(speed: float, t: float, later: float) -> None:
    clip = replace(REST, speed=speed).changed(REST, t, 0.0)
    assert clip.place(t + later, 0.0) - clip.place(t, 0.0) == pytest.approx(speed * later / 4.0, abs=1e-9)


@given(st.floats(-20.0, 20.0), st.floats(0.0, 100.0))
def test_a_scrub_is_where_it_is_and_it_goes_on_from_there(scrub: float, t: float) -> None:
    clip = replace(REST, scrub=scrub).changed(REST, t, 0.0)
    assert apart(seen(clip, t), folded(scrub or REST.place(t, 0.0), ROUND), ROUND) < 1e-9
    assert clip.place(t + 1.0, 0.0) - clip.place(t, 0.0) == pytest.approx(0.25)


@given(st.floats(0.0, 300.0), st.sampled_from([1.0, 2.0, 4.0, 8.0]), st.sampled_from([0.5, 1.0, 2.0, -1.0]))
def test_locked_it_is_on_the_beats_grid_within_a_length_and_never_runs_against_its_pace(
    t: float, beats: float, speed: float
) -> None:
    old = replace(REST, speed=speed)
    beat = TRANSPORT.beat_at(t)
    clip = replace(old, beats=beats).changed(old, t, beat)
    places = [clip.place(0.0, beat + n * beats / abs(speed) / 64) for n in range(65)]
    steps = [(b - a) * math.copysign(1.0, speed) for a, b in pairwise(places)]
    assert min(steps) > 0.0
    assert max(steps) < 2.0 / 64
    there = beat + 1.5 * beats / abs(speed)
    grid = speed * there / beats
    assert apart(folded(clip.place(0.0, there), ROUND), grid % 1.0, ROUND) < 1e-9


def test_locked_a_tempo_leads_it_and_a_transport_that_stands_stops_it() -> None:
    clip = replace(REST, beats=4.0)
    assert clip.place(99.0, 6.0) == pytest.approx(1.5)
    assert clip.moving(0.0, TRANSPORT)
    assert not clip.moving(0.0, replace(TRANSPORT, playing=False))
    assert replace(clip, scrub=0.25).changed(clip, 3.0, 6.0).place(3.0, 6.0) == pytest.approx(1.75)


@given(st.floats(-1e6, 1e6))
def test_a_place_beyond_the_ends_goes_on_as_its_loop_says(place: float) -> None:
    assert folded(place, ROUND) == pytest.approx(place % 1.0, abs=1e-9)
    assert folded(place, ONCE) == min(max(place, 0.0), 1.0)
    assert folded(place, THERE_AND_BACK) == folded(place, HOLD) == pytest.approx(folded(-place, HOLD), abs=1e-9)
    assert 0.0 <= folded(place, HOLD) <= 1.0


def test_there_and_back_turns_at_both_ends() -> None:
    assert [folded(place, THERE_AND_BACK) for place in (0.0, 0.75, 1.0, 1.25, 2.0, 2.25, -0.25)] == [
        0.0, 0.75, 1.0, 0.75, 0.0, 0.25, 0.25,
    ]  # fmt: skip


def test_once_it_comes_to_its_end_and_rests_and_a_restart_plays_it_again() -> None:
    clip = replace(REST, loop=ONCE)
    assert clip.moving(3.9, TRANSPORT)
    assert not clip.moving(4.1, TRANSPORT)
    again = clip.restarted(10.0, 20.0)
    assert seen(again, 10.0) == 0.0
    assert seen(again, 12.0) == pytest.approx(0.5)
    backwards = replace(clip, speed=-1.0).restarted(10.0, 20.0)
    assert seen(backwards, 10.0) == 1.0
    assert seen(backwards, 12.0) == pytest.approx(0.5)
    assert not backwards.moving(15.0, TRANSPORT)


def test_held_only_a_scrub_moves_it() -> None:
    running = REST.changed(REST, 0.0, 0.0)
    held = replace(running, loop=HOLD).changed(running, 1.0, 2.0)
    assert seen(held, 1.0) == seen(held, 50.0) == pytest.approx(0.25)
    assert not held.moving(5.0, TRANSPORT)
    assert seen(replace(held, scrub=0.6).changed(held, 60.0, 2.0), 70.0) == pytest.approx(0.6)


@given(*[st.floats(allow_nan=False, allow_infinity=False)] * 8)
def test_any_finite_numbers_give_a_place(
    a: float, b: float, c: float, d: float, e: float, f: float, g: float, h: float
) -> None:
    for loop in range(len(LOOPS)):
        clip = Playhead(a, b, loop, c, 4.0, d, e, f, g)
        assert math.isfinite(clip.place(h, c))
        assert 0.0 <= folded(clip.place(h, c), loop) <= 1.0
        assert math.isfinite(clip.changed(replace(clip, speed=1.0, beats=0.0), h, c).place(h, c))
