"""A gesture: the movement of one control as a closed loop of beats. Pure; any thread.

A gesture is a ring of evenly spaced values. Between them it is a straight line (or stands, for controls without a
between), and the last one leads back to the first, so there is no seam to hear. Blends are weighted ends, never
differences: two finite values may be farther apart than the largest number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

BAR = 4.0
"""Beats."""

GRAIN = 96
"""Values a beat: half a hundredth of a second at 120 beats a minute."""

SEAM = 0.5
"""Beats within which a loop is led back to its beginning, and an overdub into what was there; less in short ones."""

SHORTEST, LONGEST = 0.125, 1024.0
"""Beats that a loop may last."""


def length_for(beats: float) -> float:
    """The loop that holds a gesture of so many beats: 1, 2 or 4 beats, then 2, 4, 8 ... bars, up to ``LONGEST``."""
    length = 1.0
    while length < beats and length < LONGEST:
        length *= 2.0
    return length


def eased(x: float) -> float:
    """From 0 to 1, at rest at both ends; stays beyond them. Smoothstep."""
    s = min(max(x, 0.0), 1.0)
    return s * s * (3.0 - 2.0 * s)


def blended(a: float, b: float, x: float) -> float:
    """``a`` at 0, ``b`` at 1, exactly, and between them between; no finite ends overflow."""
    return b if x >= 1.0 else a if x <= 0.0 else (1.0 - x) * a + x * b


@dataclass(frozen=True, slots=True, eq=False)
class Gesture:
    """``values`` float64 (n,), n ≥ 1, read-only and spread evenly over ``beats``; ``steps`` marks values without a
    between, as of switches and whole numbers."""

    beats: float
    values: F64
    steps: bool = False

    def value_at(self, phase: float) -> float:
        """The value at ``phase``, in turns of the loop: any number, 0.25 and 3.25 are the same place."""
        n = self.values.size
        place = (phase % 1.0) * n
        first = min(int(place), n - 1)
        here = float(self.values[first])
        return here if self.steps else blended(here, float(self.values[(first + 1) % n]), place - first)

    def reversed(self) -> Gesture:
        """The same movement backwards: what was at a phase is at its negative. Twice is the gesture itself."""
        return replace(self, values=_kept(np.roll(self.values[::-1], 1)))

    def halved(self) -> Gesture:
        """The same movement in half the time; ``SHORTEST`` ones stay."""
        return self if self.beats / 2 < SHORTEST else replace(self, beats=self.beats / 2)

    def doubled(self) -> Gesture:
        """The same movement in twice the time; ``LONGEST`` ones stay."""
        return self if self.beats * 2 > LONGEST else replace(self, beats=self.beats * 2)

    def overdubbed(self, beats: F64, values: F64, touched: NDArray[np.bool_]) -> Gesture:
        """The gesture with what was played over it.

        ``beats`` (m,) rise, from the loop's beginning on, through as many turns as were played; ``values`` (m,) were
        heard at them; ``touched`` (m,) says where a hand was on the control. Only that time is replaced, and led into
        what was there at its edges; where several turns were touched the last one stays.
        """
        if beats.size < 2:
            return self
        n = self.values.size
        begin, end = _edges(beats, touched)
        new = self.values.copy()
        for turn in range(math.floor(beats[0] / self.beats), math.floor(beats[-1] / self.beats) + 1):
            at = (turn + np.arange(n) / n) * self.beats
            after = np.clip(np.searchsorted(beats, at, side="right"), 1, beats.size - 1)
            inside = touched[after - 1] & touched[after] & (at >= beats[0]) & (at <= beats[-1])
            heard = _read(beats, values, at, after, self.steps)
            if self.steps:
                new = np.where(inside, heard, new)
                continue
            lead = np.maximum(np.minimum(SEAM, (end[after] - begin[after]) / 2), 1e-9)
            x = np.clip(np.minimum(at - begin[after], end[after] - at) / lead, 0.0, 1.0)
            weight = np.where(inside, x * x * (3.0 - 2.0 * x), 0.0)
            new = (1.0 - weight) * new + weight * heard
        return replace(self, values=_kept(np.where(np.isfinite(new), new, self.values)))


def recorded(beats: F64, values: F64, *, steps: bool = False, length: float = 0.0) -> Gesture:
    """The loop of a movement heard as ``values`` (m,) at ``beats`` (m,), m ≥ 1, rising from 0 on.

    It lasts ``length`` beats, or by itself what :func:`length_for` says. Where the loop is longer than the movement,
    the last value stays; at its end it is led back to the first.
    """
    length = min(max(length, SHORTEST), LONGEST) if length else length_for(float(beats[-1]))
    n = round(length * GRAIN)
    at = np.arange(n) / n * length
    after = np.clip(np.searchsorted(beats, at, side="right"), 1, max(beats.size - 1, 1))
    line = np.full(n, values[0]) if beats.size < 2 else _read(beats, values, at, after, steps)
    if not steps:
        seam = min(SEAM, length / 4)
        x = np.clip((at - (length - seam)) / seam, 0.0, 1.0)
        back = x * x * (3.0 - 2.0 * x)
        line = (1.0 - back) * line + back * line[0]
    return Gesture(length, _kept(line), steps)


def _read(beats: F64, values: F64, at: F64, after: NDArray[np.intp], steps: bool) -> F64:
    """The heard values at ``at``; ``after`` are the indices of the first beats beyond. Constant outside."""
    left, right = beats[after - 1], beats[after]
    x = np.clip((at - left) / np.maximum(right - left, 1e-12), 0.0, 1.0)
    if steps:
        x = np.floor(x)
    line: F64 = (1.0 - x) * values[after - 1] + x * values[after]
    return line


def _edges(beats: F64, touched: NDArray[np.bool_]) -> tuple[F64, F64]:
    """For each beat, when the run of equally touched ones that it belongs to began and ended: (m,), (m,)."""
    turns = np.flatnonzero(np.diff(touched)) + 1
    firsts = np.concatenate([[0], turns])
    lasts = np.concatenate([turns - 1, [touched.size - 1]])
    counts = lasts - firsts + 1
    return np.repeat(beats[firsts], counts), np.repeat(beats[lasts], counts)


def _kept(values: F64) -> F64:
    values = np.ascontiguousarray(values, np.float64)
    values.setflags(write=False)
    return values
