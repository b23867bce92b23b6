"""MIDI clock followed: from ticks at the times they were heard to tempo and beat. Pure; one thread at a time.

The wire carries 24 ticks a beat and no tempo (MIDI 1.0 Detailed Specification 4.2.1, system real time); drivers and
cables put milliseconds of jitter on them, and now and then lose, double or bundle some. So ticks are measurements of an
even grid, filtered by a second-order polynomial filter: its memory grows with each tick, as a regression over all of
them would, until it fades out over about two beats (N. Morrison, *Introduction to Sequential Smoothing and Prediction*,
1969). Which place of the grid a tick means is decided by likelihood: lost and doubled ticks are rare, jitter is not.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections import deque
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
_RARE = 9.0
"""How unlikely it is that a tick is lost or doubled: minus the logarithm of one in eight thousand."""

_STRAYS = 4.0
_WINDOW, _SAME, _FIRST = 24, 5, 6
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
        self._heard: deque[tuple[float, int]] = deque(maxlen=_WINDOW + 1)
        self._origin = 0
        self._running = True
        self._next: int | None = None
        self._jumps = 0

    @property
    def reading(self) -> ClockReading:
        """Tempo, beat and state by what was heard so far."""
        if self._last == -math.inf:
            return ClockReading(running=self._running, jumps=self._jumps)
        place = self._next if not self._running and self._next is not None else self._index - self._origin
        bpm = 60.0 / (PPQN * self._period) if self._period else 0.0
        known = self._ages[1] >= _KNOWN
        return ClockReading(bpm, place / PPQN, self._time, self._running, self._last, known, self._jumps)

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

    _starting = False

    def _set(self, place: int, *, runs: bool) -> None:
        self._next = place
        self._starting = runs
        # until the tick that it begins with, a running clock goes on counting as it did

    # -- the grid -----------------------------------------------------------------------------------------------------

    def _grid(self, t: float) -> None:
        if self._last == -math.inf:
            self._begin(t, 0)
        elif not self._period:
            self._first_tempo(t)
        elif t - self._last > LOST_S:
            self._begin(t, max(1, round((t - self._time) / self._period)))
        else:
            self._next_tick(t)

    def _begin(self, t: float, passed: int) -> None:
        """A grid from here on, at the tempo there was."""
        self._index += passed
        self._time = t
        self._ages = (1, min(self._ages[1], _KNOWN) if self._period else 1)
        self._drift = 0.0
        self._heard.clear()
        self._heard.append((t, self._index))

    def _first_tempo(self, t: float) -> None:
        """A tempo from the first few intervals together: one alone says little where ticks come early and late."""
        self._index += 1
        self._heard.append((t, self._index))
        if len(self._heard) <= _FIRST:
            return
        times = [heard for heard, _ in self._heard]
        intervals = [b - a for a, b in itertools.pairwise(times)]
        usual = median(i for i in intervals if i >= 0.1 * median(intervals))
        counted = _FIRST
        if min(intervals) < 0.1 * usual:  # doubled ticks, or bundled ones: the time that passed tells
            by_time = (times[-1] - times[0]) / usual
            counted = max(1, round(by_time)) if abs(by_time - _FIRST) > 0.7 else _FIRST
            self._index += counted - _FIRST
        period = (times[-1] - times[0]) / counted
        if not _SHORTEST < period < _LONGEST:
            self._heard.popleft()
            return
        off = [heard - times[0] - n * period for n, heard in enumerate(times)]  # against an even grid from the first on
        middle = sum(off) / len(off)
        ragged = math.sqrt(sum((e - middle) ** 2 for e in off) / len(off)) if counted == _FIRST else 0.2 * period
        self._period = period
        self._time = times[-1] + (middle if counted == _FIRST else 0.0)
        self._spread = max(2.0 * ragged, 0.03 * period, _LEAST_SPREAD)
        self._ages = (_FIRST, _FIRST)
        self._heard.clear()
        self._heard.append((t, self._index))

    def _next_tick(self, t: float) -> None:
        steps = self._steps(t)
        self._heard.append((t, self._index + steps))
        if self._jumped():
            return
        if steps == 0:  # doubled
            return
        expected = self._time + steps * self._period
        late = t - expected
        if self._starting and abs(late) > max(_STRAYS * self._spread, 0.2 * self._period):
            self._begin(t, steps)  # some machines begin a new grid when they are started
            return
        self._index += steps
        self._correct(expected, late)

    def _steps(self, t: float) -> int:
        """How many places of the grid on this tick is: 1, or what is likelier by more than lost ticks are rare."""
        near = max(0, round((t - self._time) / self._period))
        waited = (t - self._last) / self._period
        if near == 1 or 0.6 <= waited <= 1.4:  # so long after the last one it is the next, if late or early
            return 1
        as_next, as_near = (t - self._time - steps * self._period for steps in (1, near))
        return near if as_next**2 - as_near**2 > 2.0 * _RARE * self._spread**2 else 1

    def _correct(self, expected: float, late: float) -> None:
        phase, period = self._ages
        bound = _STRAYS * self._spread
        if phase > 6:
            late = min(max(late, -bound), bound)
        self._time = expected + max(_alpha(phase), _ALPHA) * late
        self._period = min(max(self._period + max(_beta(period), _BETA) * late, _SHORTEST), _LONGEST)
        self._ages = (phase + 1, period + 1)
        weight = 1.0 / min(phase, 64)
        usual = min(abs(late), 2.5 * self._spread)
        self._spread = max(math.sqrt((1.0 - weight) * self._spread**2 + weight * usual**2), _LEAST_SPREAD)
        self._drift += _NOTICE * (late / self._spread - self._drift)
        if abs(self._drift) > _ASTRAY and phase > _ANEW:  # the tempo moves: a shorter memory follows
            self._ages = (_ANEW, _ANEW)
            self._drift *= 0.5

    def _jumped(self) -> bool:
        """Whether the tempo became another all at once; then the grid goes on with it, no tick of it lost."""
        if len(self._heard) <= _SAME or self._ages[1] <= _FIRST:
            return False
        times = [t for t, _ in self._heard]
        intervals = [b - a for a, b in itertools.pairwise(times)]
        newest = intervals[-_SAME:]
        middle, mean = median(newest), sum(newest) / _SAME
        even = min(6.0 * self._spread, 0.4 * middle)
        sure = max(3.0 * self._spread, 0.06 * self._period)
        other = min(abs(middle - self._period), abs(mean - self._period)) > sure
        one_way = (middle > self._period) == (mean > self._period)
        if not (other and one_way and max(abs(i - middle) for i in newest) <= even and _SHORTEST < middle < _LONGEST):
            return False
        run = _run(intervals, middle, self._period)
        self._index = self._heard[-1 - run][1] + run  # until then ticks were on the old grid
        self._period = mean
        self._time = times[-1]
        self._ages = (_SAME, _SAME)
        self._drift = 0.0
        self._heard.clear()
        self._heard.append((times[-1], self._index))
        return True


def _run(intervals: list[float], new: float, old: float) -> int:
    """How many of the latest intervals are of the new tempo; a single one that is not may be jitter."""
    run = 0
    for n, interval in enumerate(reversed(intervals), 1):
        if abs(interval - new) < abs(interval - old):
            run = n
        elif n > run + 1:
            break
    return run


def _alpha(n: int) -> float:
    """The share of a residual that the phase takes after n measurements, so that it is a regression over all."""
    return 2.0 * (2 * n - 1) / (n * (n + 1))


def _beta(n: int) -> float:
    """The same for the period."""
    return 6.0 / (n * (n + 1))
