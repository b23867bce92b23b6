"""The ghost's score: the same for the same seed and beat, never a jump, always something moving."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.modulation.gesture import BAR
from latentjockey.modulation.score import PHRASE, crossfade, levels, presses

seeds = st.integers(0, 10_000)
beats = st.floats(-1e5, 1e5)


@given(seeds, beats, st.booleans())
def test_it_is_a_function_of_seed_and_beat(seed: int, beat: float, rehearsal: bool) -> None:
    assert levels(seed, beat, rehearsal=rehearsal) == levels(seed, beat, rehearsal=rehearsal)


@given(seeds, beats)
def test_no_level_jumps(seed: int, beat: float) -> None:
    step = 1 / 48
    before, after = levels(seed, beat, rehearsal=True), levels(seed, beat + step, rehearsal=True)
    # the quickest there is: an inversion of 2.1 within three quarters of a bar, two at once, and eased
    for address, value in before.items():
        fastest = 20.0 if address == "/gen/hue" else 5.0
        assert abs(after[address] - value) <= fastest * step, address


@given(seeds, st.integers(-1000, 1000))
def test_crossfades_land_on_the_bar_and_rest_within_reason(seed: int, phrase: int) -> None:
    landing = phrase * PHRASE * BAR
    assert abs(crossfade(seed, landing - 0.02) - crossfade(seed, landing)) < 1e-3
    assert 0.0 <= crossfade(seed, landing) <= 1.0


def test_in_a_few_minutes_all_of_it_is_played() -> None:
    span = np.arange(0.0, 200 * BAR, 0.25)
    played = [levels(3, beat) for beat in span]
    reach = [max(p["/deck/a/reach"], p["/deck/b/reach"]) for p in played]
    assert max(reach) > 2.0
    assert min(p[f"/deck/{d}/eq/{b}"] for p in played for d in "ab" for b in ("coarse", "middle", "fine")) < -0.3
    assert max(p["/break/amount"] for p in played) > 0.25
    assert max(p["/echo/amount"] for p in played) > 0.5
    assert sum(p["/break/amount"] == 0 for p in played) > len(played) / 2
    assert {p["/mix/crossfade"] > 0.5 for p in played} == {True, False}


def test_cues_come_every_few_bars_in_order_and_none_twice() -> None:
    once = list(presses(5, 0, 400))
    assert 60 < len(once) < 240
    assert once == [p for cut in range(0, 400, 7) for p in presses(5, cut, min(cut + 7, 400))]
    assert {p.kind for p in once} == {"cue"}
    assert {p.deck for p in once} == {"a", "b"}


def test_a_rehearsal_presses_more_of_the_surface() -> None:
    kinds = {p.kind for p in presses(1, 0, 300, rehearsal=True)}
    assert kinds == {"cue", "mutate", "randomise", "breed", "preset", "loop", "focus", "view"}


@given(seeds, st.integers(-500, 500))
def test_something_always_moves(seed: int, bar: int) -> None:
    here, there = levels(seed, bar * BAR), levels(seed, bar * BAR + 2.0)
    assert sum(abs(there[a] - here[a]) for a in here) > 0.05
