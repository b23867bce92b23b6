"""MIDI clock followed through jitter: how far tempo and beat are from what was sent. Simulated, the same each time."""

from __future__ import annotations

import math
import random

from benchmarks.figures import Row, number, spread
from latentjockey.modulation.midi_clock import PPQN, MidiClock

_TEMPI = (60, 90, 120, 140, 180)
_JITTER = (0.001, 0.003)
_GRAIN = 0.001
_AFTER = 8
"""Beats that it is given to settle: two bars."""

_RUNS = 20
_BEATS = 136
_PHASE_GOAL_MS = 1000.0 / 60.0


def run(quick: bool) -> list[Row]:
    """A row for each tempo and jitter."""
    return [_row(bpm, sd, 4 if quick else _RUNS) for sd in _JITTER for bpm in _TEMPI]


def _row(bpm: int, sd: float, runs: int) -> Row:
    tempo: list[float] = []
    phase: list[float] = []
    slips = 0
    for seed in range(runs):
        off_tempo, off_phase = _errors(bpm, sd, seed)
        if spread(off_phase).p50 > 0.5 * 60e3 / (PPQN * bpm):  # a tick was counted that was not, or not one that was
            slips += 1
        else:
            tempo += off_tempo
            phase += off_phase
    t, p = spread(tempo), spread(phase)
    what = f"{bpm} bpm, jitter of {sd * 1e3:.0f} ms"
    words = f"tempo p50 {number(t.p50)}, p99 {number(t.p99)} bpm; beat p50 {number(p.p50)}, p99 {number(p.p99)} ms"
    notes = [f"{runs} runs of {_BEATS // 4} bars, after the first two"] if (bpm, sd) == (_TEMPI[0], _JITTER[0]) else []
    if slips:
        notes.append(f"{slips} of {runs} runs are a tick off, and left out")
    return Row(what, words, "beat p99 < 1 frame", p.p99 < _PHASE_GOAL_MS and not slips, "; ".join(notes))


def _errors(bpm: int, sd: float, seed: int) -> tuple[list[float], list[float]]:
    """The errors of tempo (bpm) and of the beat (ms) at each tick: gaussian jitter, read on a grid of a millisecond."""
    dice = random.Random(seed)
    period = 60.0 / (PPQN * bpm)
    sent = [n * period for n in range(_BEATS * PPQN)]
    heard = sorted((math.ceil((t + dice.gauss(0.0, sd)) / _GRAIN) * _GRAIN, n) for n, t in enumerate(sent))
    clock = MidiClock()
    clock.start()
    tempo: list[float] = []
    phase: list[float] = []
    for late, n in heard:
        clock.tick(late)
        if n >= _AFTER * PPQN:
            reading = clock.reading
            tempo.append(abs(reading.bpm - bpm))
            phase.append(abs(reading.beat_at(sent[n]) - n / PPQN) * 60e3 / bpm)
    return tempo, phase
