"""MIDI clock followed: from ticks at the times they were heard to tempo and beat. Pure; one thread at a time.

The wire carries 24 ticks a beat and no tempo (MIDI 1.0 Detailed Specification 4.2.1, system real time); drivers and
cables put milliseconds of jitter on them, hold some up and bundle them, and rarely lose or double one. So ticks are
measurements of an even grid, filtered by a second-order polynomial filter: its memory grows with each tick, as a
regression over all of them would, until it fades out over about two beats (N. Morrison, *Introduction to Sequential
Smoothing and Prediction*, 1969). What is far from its place counts only when several in a row are: then they say by
medians (P. K. Sen, *Estimates of the Regression Coefficient Based on Kendall's Tau*, 1968) what they are a part of.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

PPQN = 24
"""Ticks a beat."""

LOST_S = 0.5
"""After so long without a tick the clock is lost; its tempo is held."""

SLOWEST, FASTEST = 15.0, 450.0
"""Beats a minute between which ticks are a tempo: somewhat wider than what is promised, 20 to 400."""

_LONGEST, _SHORTEST = (60.0 / (PPQN * bpm) for bpm in (SLOWEST, FASTEST))
_MEMORY = 0.97
_ALPHA, _BETA = 1.0 - _MEMORY**2, (1.0 - _MEMORY) ** 2
_KNOWN = PPQN
"""So many ticks make a tempo that is worth following."""

_LEAST_SPREAD = 0.0004
_FEW = 7
"""Ticks that make a first guess at a tempo."""

_HEEDED, _FAR = 2.5, 4.0
"""Deviations: no residual counts for more than the one, and beyond the other a tick says nothing by itself."""

_ANEW = 14
_ASTRAY = 0.9
_NOTICE = 1.0 / 12.0


class ClockState(enum.Enum):
    """SILENT: never a tick. LISTENING: too few for a tempo. HEARD: there it is. LOST: none for half a second."""

    SILENT = "silent"
    LISTENING = "listening"
    HEARD = "heard"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """``beat`` was at ``time`` (s); from there beats pass at ``bpm`` while ``running``. ``last`` is when the newest
    tick came; ``jumps`` counts starts and song positions: where it differs, the beat was set, not reached."""

    bpm: float = 0.0
    beat: float = 0.0
    time: float = 0.0
    running: bool = False
    last: float = -math.inf
    known: bool = False
    jumps: int = 0

    def beat_at(self, t: float) -> float:
        """The beat at ``t``, counted in fractions from the last start."""
        return self.beat + ((t - self.time) * self.bpm / 60.0 if self.running else 0.0)

    def state(self, now: float) -> ClockState:
        """What can be said of it at ``now``."""
        if self.last == -math.inf:
            return ClockState.SILENT
        if now - self.last > LOST_S:
            return ClockState.LOST
        return ClockState.HEARD if self.known else ClockState.LISTENING


class MidiClock:
    """Tell it what is heard, with its time in seconds, in order; :attr:`reading` is what follows.

    A clock that was never started is taken to run: many machines send ticks all the time and are joined midway.
    """

    def __init__(self) -> None:
        self._index = 0  # of the tick heard last, on a grid that never stops
        self._time = 0.0
        self._period = 0.0
        self._ages = (0, 0)  # ticks that the phase and the period rest on
        self._spread = 0.0
        self._drift = 0.0
        self._last = -math.inf
        self._heard: deque[float] = deque(maxlen=_FEW)
        self._strays = 0
        self._origin = 0
        self._running = True
        self._starting = False
        self._next: int | None = None
        self._jumps = 0
        self._known = False
        self._first = True

    @property
    def reading(self) -> ClockReading:
        """Tempo, beat and state by what was heard so far."""
        if self._last == -math.inf:
            return ClockReading(running=self._running, jumps=self._jumps)
        place = self._next if not self._running and self._next is not None else self._index - self._origin
        bpm = 60.0 / (PPQN * self._period) if self._period else 0.0
        return ClockReading(bpm, place / PPQN, self._time, self._running, self._last, self._known, self._jumps)

    # -- what is heard ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """From the beginning: the next tick is beat 0."""
        self._set(0, runs=True)

    def resume(self) -> None:
        """On from where it was stopped, or from the song position told since: that is the next tick."""
        self._set(self._next if self._next is not None else self._index - self._origin + 1, runs=True)

    def stop(self) -> None:
        """Stand. Ticks may go on; they keep the tempo."""
        if self._running:
            self._next = self._index - self._origin + 1
        self._running = self._starting = False

    def position(self, sixteenths: int) -> None:
        """The song position pointer: where the next tick of the song is, in sixteenths of a bar of four."""
        self._set(sixteenths * (PPQN // 4), runs=self._running or self._starting)

    def tick(self, t: float) -> None:
        """One of 24 ticks a beat, heard at ``t``."""
        self._grid(t)
        self._last = t
        if self._starting:
            assert self._next is not None
            self._origin = self._index - self._next
            self._running, self._starting, self._next = True, False, None
            self._jumps += 1

    def _set(self, place: int, *, runs: bool) -> None:
        self._next = place
        self._starting = runs  # until the tick that it begins with, a running clock goes on counting as it did

    # -- the grid -----------------------------------------------------------------------------------------------------

    def _grid(self, t: float) -> None:
        if self._last == -math.inf:
            self._begin(t, 0)
        elif t - self._last > LOST_S:
            self._begin(t, max(1, round((t - self._time) / self._period)) if self._period else 1)
        else:
            self._index += 1
            self._heard.append(t)
            if self._first:
                self._first_ticks(t)
            else:
                self._next_tick(t)

    def _begin(self, t: float, passed: int) -> None:
        """A new grid from here on; the tempo that there was holds until the first ticks have one."""
        self._index += passed
        self._time = t
        self._first = True
        self._heard.clear()
        self._heard.append(t)

    def _first_ticks(self, t: float) -> None:
        """Tempo and phase of the first few together, by medians: the very first often comes late."""
        self._time = t
        if len(self._heard) < _FEW:
            return
        period, phase, ragged = _line(self._heard)
        if not _SHORTEST < period < _LONGEST:
            return
        same = self._known and abs(period - self._period) < 0.05 * period
        self._lay(self._period if same else period, phase, ragged)
        self._ages = (_FEW, _KNOWN if same else _FEW)

    def _lay(self, period: float, phase: float, ragged: float) -> None:
        """The grid goes through ``phase`` in the middle of the latest ticks."""
        self._period = period
        self._time = phase + (_FEW - 1) / 2 * period
        self._spread = max(3.0 * ragged, 0.03 * period, _LEAST_SPREAD)
        self._ages = (_FEW, _FEW)
        self._drift, self._strays, self._first = 0.0, 0, False

    def _next_tick(self, t: float) -> None:
        expected = self._time + self._period
        late = t - expected
        far = abs(late) > max(_FAR * self._spread, 0.5 * self._period)
        if far and self._starting:
            self._begin(t, 0)  # some machines begin a new grid when they are started
        elif far:
            self._time = expected
            self._stray(t)
        else:
            self._strays = 0
            self._correct(expected, late)

    def _stray(self, t: float) -> None:
        """A tick far from its place. One alone was held up; several in a row are on a grid of their own."""
        self._strays += 1
        if self._strays < _FEW:
            return
        slipped = self._slipped()
        period, phase, ragged = _line(self._heard)
        if slipped:
            self._index += slipped
            self._time += slipped * self._period
            self._strays = 0
        elif _SHORTEST < period < _LONGEST and ragged < 0.2 * period:
            self._lay(period, phase, ragged)
        elif self._strays > PPQN:
            self._begin(t, 0)

    def _slipped(self) -> int:
        """How many ticks were lost, or doubled if negative, where the latest ones are on the grid but for that."""
        off = [(t - self._time) / self._period - n for n, t in enumerate(self._heard, 1 - len(self._heard))]
        places = round(median(off))
        return places if sum(abs(one - places) < 0.2 for one in off) >= len(off) - 2 else 0

    def _correct(self, expected: float, late: float) -> None:
        phase, period = self._ages
        bound = _HEEDED * self._spread
        if phase > _FEW:
            late = min(max(late, -bound), bound)
        self._time = expected + max(_alpha(phase), _ALPHA) * late
        self._period = min(max(self._period + max(_beta(period), _BETA) * late, _SHORTEST), _LONGEST)
        self._ages = (phase + 1, period + 1)
        self._known = self._known or period >= _KNOWN
        # half of what is normal lies within 0.67 of its deviation; what is far off counts no more than what is not near
        step = max(0.5 / phase, 0.02)
        self._spread = max(self._spread * math.exp(step if abs(late) > 0.6745 * self._spread else -step), _LEAST_SPREAD)
        self._drift += _NOTICE * (late / self._spread - self._drift)
        if abs(self._drift) > _ASTRAY and phase > _ANEW:  # the tempo moves: a shorter memory follows
            self._ages = (_ANEW, _ANEW)
            self._drift *= 0.5


def _line(times: Sequence[float]) -> tuple[float, float, float]:
    """The straight line through evenly numbered times, by medians (Theil and Sen): its slope, its middle, and the
    median distance of the times from it."""
    pairs = itertools.combinations(enumerate(times), 2)
    slope = median((later - sooner) / (m - n) for (n, sooner), (m, later) in pairs)
    middle = (len(times) - 1) / 2
    level = [t - (n - middle) * slope for n, t in enumerate(times)]
    phase = median(level)
    return slope, phase, median(abs(one - phase) for one in level)


def _alpha(n: int) -> float:
    """The share of a residual that the phase takes after n measurements, so that it is a regression over all."""
    return 2.0 * (2 * n - 1) / (n * (n + 1))


def _beta(n: int) -> float:
    """The same for the period."""
    return 6.0 / (n * (n + 1))
