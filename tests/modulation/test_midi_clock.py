"""MIDI clock: tempo and beat through jitter, lost, doubled and bundled ticks, ramps, jumps, starts and silence."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.modulation.midi_clock import LOST_S, PPQN, ClockReading, ClockState, MidiClock

BEGIN = 10.0
TWO_BARS = 8.0
"""Beats."""


def ticks(tempo: Callable[[float], float], seconds: float) -> Iterator[tuple[float, float]]:
    """(time, beat) of each tick of a tempo that is a function of the time since the beginning."""
    time, n = 0.0, 0
    while time < seconds:
        yield BEGIN + time, n / PPQN
        step = 60.0 / (PPQN * tempo(time))
        time += 60.0 / (PPQN * tempo(time + step / 2))  # the tempo half way: exact enough for a ramp
        n += 1


def steady(bpm: float) -> Callable[[float], float]:
    return lambda t: bpm


def on_the_wire(
    given: Iterator[tuple[float, float]],
    sd: float,
    *,
    seed: int = 1,
    grain: float = 0.001,
) -> list[tuple[float, float, float]]:
    """(when heard, when sent, beat): jitter of ``sd`` (s), read each ``grain``."""
    dice = random.Random(seed)
    heard: list[tuple[float, float, float]] = []
    for sent, beat in given:
        late = sent + dice.gauss(0.0, sd)
        heard.append((math.ceil(late / grain) * grain if grain else late, sent, beat))
    return sorted(heard)


def followed(heard: list[tuple[float, float, float]]) -> list[tuple[float, float, ClockReading]]:
    """(when sent, beat, what is known just after hearing it)."""
    clock = MidiClock()
    clock.start()
    out = []
    for late, sent, beat in heard:
        clock.tick(late)
        out.append((sent, beat, clock.reading))
    return out


def errors(
    heard: list[tuple[float, float, float]], bpm: float, after: float = TWO_BARS
) -> tuple[list[float], list[float]]:
    """Of tempo (bpm) and phase (s), sorted."""
    tempo, phase = [], []
    for sent, beat, reading in followed(heard):
        if beat >= after:
            tempo.append(abs(reading.bpm - bpm))
            phase.append(abs(reading.beat_at(sent) - beat) * 60.0 / bpm)
    return sorted(tempo), sorted(phase)


def share(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@pytest.mark.parametrize("bpm", [60.0, 90.0, 120.0, 140.0, 180.0])
@pytest.mark.parametrize("sd", [0.0, 0.001, 0.003])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tempo_and_phase_through_jitter(bpm: float, sd: float, seed: int) -> None:
    heard = on_the_wire(ticks(steady(bpm), 240.0 * 60.0 / bpm), sd, seed=seed)
    tempo, phase = errors(heard, bpm)
    assert share(tempo, 0.99) < 0.02 + 60.0 * (bpm / 120.0) ** 2 * sd
    assert share(phase, 0.5) < 0.0006 + 0.2 * sd  # half a millisecond is the reading's grain
    assert share(phase, 0.99) < 0.0008 + 0.7 * sd


@pytest.mark.parametrize("bpm", [20.0, 240.0, 400.0])
def test_from_20_to_400(bpm: float) -> None:
    tempo, phase = errors(on_the_wire(ticks(steady(bpm), 120.0 * 60.0 / bpm), 0.001), bpm)
    assert tempo[-1] < 0.005 * bpm
    assert phase[-1] < 0.002


@settings(max_examples=40, deadline=None)
@given(st.floats(60.0, 180.0), st.integers(0, 10_000))
def test_lost_and_doubled_and_bundled_ticks_cost_no_beat(bpm: float, seed: int) -> None:
    dice = random.Random(seed)
    heard: list[tuple[float, float, float]] = []
    trouble, held = dice.randrange(30, 60), 0.0
    for n, (late, sent, beat) in enumerate(on_the_wire(ticks(steady(bpm), 120.0 * 60.0 / bpm), 0.0005, seed=seed)):
        kind = ""
        if n == trouble:
            trouble += dice.randrange(15, 50)
            kind = dice.choice(["lost", "doubled", "bundled"])
        if kind == "bundled":
            held = late + dice.uniform(0.0, 0.12)
        if kind != "lost":
            heard.append((max(late, held), sent, beat))
        if kind == "doubled":
            heard.append((max(late, held) + 0.001, sent, beat))
    _, phase = errors(heard, bpm)
    assert phase[-1] < 0.005
    assert share(phase, 0.5) < 0.0012


def test_a_clock_that_stumbles_while_it_starts() -> None:
    """The first ticks come bundled, held up by what there is to do at a start."""
    first = BEGIN + 0.045
    heard = [(max(late, first), sent, beat) for late, sent, beat in on_the_wire(ticks(steady(124.0), 20.0), 0.001)]
    _, phase = errors(heard, 124.0, after=2.0)
    assert phase[-1] < 0.006


@pytest.mark.parametrize("sd", [0.0, 0.001])
@pytest.mark.parametrize("pair", [(120.0, 180.0), (140.0, 70.0), (100.0, 104.0)])
def test_a_ramp_over_eight_seconds_is_kept_up_with(sd: float, pair: tuple[float, float]) -> None:
    first, last = pair

    def tempo(t: float) -> float:
        return first + (last - first) * min(max((t - 8.0) / 8.0, 0.0), 1.0)

    seen = followed(on_the_wire(ticks(tempo, 30.0), sd, grain=0.0))
    off = [abs(reading.beat_at(sent) - beat) * 60.0 / tempo(sent - BEGIN) for sent, beat, reading in seen if beat > 8.0]
    assert max(off) < 0.025
    assert off[-1] < 0.003
    assert seen[-1][2].bpm == pytest.approx(last, abs=0.5)


@pytest.mark.parametrize("sd", [0.0, 0.0005])
@pytest.mark.parametrize("pair", [(120.0, 140.0), (90.0, 180.0), (174.0, 87.0), (120.0, 121.0), (128.0, 100.0)])
def test_a_jump_of_tempo_costs_no_beat(sd: float, pair: tuple[float, float]) -> None:
    seen = followed(on_the_wire(ticks(lambda t: pair[0] if t < 10.0 else pair[1], 20.0), sd, grain=0.0))
    at_once = next(i for i, (sent, _, _) in enumerate(seen) if sent > BEGIN + 10.0)
    settled = seen[at_once + 2 * PPQN :]
    assert all(abs(reading.bpm - pair[1]) < 0.01 * pair[1] for _, _, reading in settled)
    assert max(abs(reading.beat_at(sent) - beat) * 60.0 / pair[1] for sent, beat, reading in settled) < 0.006


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 0.2), max_size=150), st.lists(st.integers(0, 5), max_size=150))
def test_whatever_comes_there_is_a_tempo_or_none(waits: list[float], kinds: list[int]) -> None:
    clock, now = MidiClock(), 0.0
    for wait, kind in zip(waits, kinds, strict=False):
        now += wait
        if kind < 2:
            clock.tick(now)
        else:
            (clock.start, clock.resume, clock.stop, lambda: clock.position(37))[kind - 2]()
        reading = clock.reading
        assert math.isfinite(reading.beat_at(now + 1.0))
        assert reading.bpm == 0.0 or 15.0 <= reading.bpm <= 450.0


def test_silence_holds_the_tempo_and_says_lost() -> None:
    clock = MidiClock()
    assert clock.reading.state(0.0) is ClockState.SILENT
    for n in range(96):
        clock.tick(n * 0.02)
        assert clock.reading.state(n * 0.02) is (ClockState.HEARD if n >= PPQN else ClockState.LISTENING)
    last = 95 * 0.02
    assert clock.reading.state(last + LOST_S - 0.01) is ClockState.HEARD
    assert clock.reading.state(last + LOST_S + 0.01) is ClockState.LOST
    assert clock.reading.bpm == pytest.approx(125.0)
    assert clock.reading.beat_at(last + 2.0) == pytest.approx((last + 2.0) * 125.0 / 60.0 - 0.0, abs=0.01)


def test_after_a_silence_it_goes_on_where_it_would_be() -> None:
    clock = MidiClock()
    times = [n * 0.02 for n in range(400) if not 100 <= n < 200]
    for t in times:
        clock.tick(t)
    assert clock.reading.beat_at(times[-1]) == pytest.approx(399 / PPQN, abs=1e-6)
    assert clock.reading.state(times[-1]) is ClockState.HEARD


def test_start_is_beat_0_at_the_next_tick_and_stop_stands() -> None:
    clock = MidiClock()
    for n in range(60):
        clock.tick(n * 0.02)
    clock.start()
    assert clock.reading.beat_at(60 * 0.02) == pytest.approx(60 / PPQN), "until the tick it goes on"
    jumps = clock.reading.jumps
    clock.tick(60 * 0.02)
    assert clock.reading.beat_at(60 * 0.02) == pytest.approx(0.0, abs=1e-9)
    assert clock.reading.jumps == jumps + 1
    for n in range(61, 85):
        clock.tick(n * 0.02)
    clock.stop()
    for n in range(85, 120):
        clock.tick(n * 0.02)
    assert not clock.reading.running
    assert clock.reading.beat_at(99.0) == pytest.approx(25 / PPQN)
    assert clock.reading.bpm == pytest.approx(125.0)
    clock.resume()
    clock.tick(120 * 0.02)
    assert clock.reading.running
    assert clock.reading.beat_at(120 * 0.02) == pytest.approx(25 / PPQN)


def test_a_song_position_is_where_it_goes_on() -> None:
    clock = MidiClock()
    for n in range(60):
        clock.tick(n * 0.02)
    clock.stop()
    clock.position(18)
    assert clock.reading.beat_at(5.0) == 4.5
    clock.resume()
    clock.tick(60 * 0.02)
    assert clock.reading.beat_at(60 * 0.02) == pytest.approx(4.5)


def test_a_machine_that_begins_a_new_grid_when_it_is_started() -> None:
    clock = MidiClock()
    for n in range(60):
        clock.tick(n * 0.02)
    clock.start()
    begin = 59 * 0.02 + 0.031
    for n in range(5):
        clock.tick(begin + n * 0.02)
    assert clock.reading.beat_at(begin) == pytest.approx(0.0, abs=0.002)
    assert clock.reading.bpm == pytest.approx(125.0, abs=0.5)
    assert clock.reading.state(begin + 0.08) is ClockState.HEARD
