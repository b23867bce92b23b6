"""Beats are continuous whatever the tempo does; taps give the tempo they have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.modulation.transport import Transport, tapped_bpm

tempo = st.floats(1.0, 500.0)


@given(tempo, tempo, st.booleans(), st.floats(0, 1e5))
def test_a_change_of_tempo_does_not_jump(bpm: float, other: float, playing: bool, t: float) -> None:
    transport = Transport(3.0, 1.0, bpm, True)
    changed = transport.changed(t, other, playing)
    assert changed.beat_at(t) == pytest.approx(transport.beat_at(t))
    assert changed.beat_at(t + 60.0) - changed.beat_at(t) == pytest.approx(other if playing else 0.0, abs=1e-6)


@given(st.floats(40.0, 240.0), st.integers(2, 20), st.floats(0, 1e4))
def test_even_taps_give_their_tempo(bpm: float, count: int, start: float) -> None:
    taps = [start + i * 60.0 / bpm for i in range(count)]
    assert tapped_bpm(taps) == pytest.approx(bpm, rel=1e-6)


@given(st.lists(st.floats(0, 3.0), max_size=12))
def test_any_taps_give_a_tempo_or_none(waits: list[float]) -> None:
    taps = [sum(waits[:i]) for i in range(len(waits))]
    bpm = tapped_bpm(taps)
    assert bpm is None or bpm > 0


def test_a_slip_is_left_out_and_a_pause_begins_anew() -> None:
    assert tapped_bpm([0.0, 0.5, 1.0, 1.5, 2.3, 2.8]) == pytest.approx(120.0)
    assert tapped_bpm([0.0, 0.5, 10.0, 11.0]) == pytest.approx(60.0)
    assert tapped_bpm([0.0, 0.3, 1.3]) == pytest.approx(200.0)
    assert tapped_bpm([0.0, 5.0]) is None
    assert tapped_bpm([]) is None
