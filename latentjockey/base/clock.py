"""The only reader of the machine's clock. Everything else takes time as an argument.

``perf_counter_ns`` is monotonic and shared by all processes of one machine on Linux, macOS and Windows,
so that stamps made in the engine can be compared with stamps made in the show process.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A source of seconds since some fixed moment, never going back."""

    def now(self) -> float: ...


class SystemClock:
    """The machine's monotonic clock, in seconds."""

    def now(self) -> float:
        return time.perf_counter_ns() * 1e-9


class ManualClock:
    """A clock that moves only when told: the double for tests and offline rendering."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


def now_ns() -> int:
    """Monotonic nanoseconds, comparable between the processes of this machine."""
    return time.perf_counter_ns()


def busy_seconds() -> float:
    """Processor time that this process has used, all threads together: it stands still while the machine sleeps."""
    return time.process_time()


def own_seconds() -> float:
    """Processor time that the calling thread has used."""
    return time.thread_time()


def wall_clock() -> str:
    """Local date and time as ``2026-01-31T20-15-07``: for file names and journals, never for measuring."""
    return time.strftime("%Y-%m-%dT%H-%M-%S")


def wall_seconds() -> float:
    """Seconds since 1970, as the machine's calendar has it: to read time stamps of others, never for measuring."""
    return time.time()


def calendar() -> tuple[float, float, float, float]:
    """Local year, month, day and seconds since midnight, as shaders ask for them; never for measuring."""
    seconds = time.time()
    now = time.localtime(seconds)
    within = now.tm_hour * 3600.0 + now.tm_min * 60.0 + now.tm_sec + seconds % 1.0
    return float(now.tm_year), float(now.tm_mon), float(now.tm_mday), within


def time_of_day(seconds: float) -> str:
    """Local time of a moment of :func:`wall_seconds`, as ``20:15:07``."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))
