"""The transport: beats as a record, and the tempo of taps. Pure; any thread. Seconds, and beats a minute."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from latentjockey.control.snapshot import Snapshot

GRIDS = (0.0, 1.0, 4.0, 8.0, 16.0)
"""Beats between the moments that each choice of ``/transport/quantise`` lets things happen at; 0 is any time."""

_SLOWEST_TAP_S = 2.0
_TAPS = 8


@dataclass(frozen=True, slots=True)
class Transport:
    """``beat`` was reached at ``since``; from there beats pass at ``bpm``, if playing."""

    beat: float
    since: float
    bpm: float
    playing: bool

    def beat_at(self, t: float) -> float:
        """The beat at ``t``, counted in fractions."""
        return self.beat + ((t - self.since) * self.bpm / 60.0 if self.playing else 0.0)

    def time_of(self, beat: float) -> float:
        """When ``beat`` is reached, or was. Only for a transport that plays."""
        return self.since + (beat - self.beat) * 60.0 / self.bpm

    def changed(self, t: float, bpm: float, playing: bool) -> Transport:
        """The transport with another tempo or state from ``t`` on; the beat does not jump."""
        return Transport(self.beat_at(t), t, bpm, playing)


def transport_of(snapshot: Snapshot) -> Transport:
    """The transport's record. Raises KeyError for a layout without one."""
    return Transport(
        snapshot.number("/transport/beat"),
        snapshot.number("/transport/since"),
        snapshot.number("/transport/bpm"),
        bool(snapshot.number("/transport/playing")),
    )


def grid_of(snapshot: Snapshot) -> float:
    """Beats between the moments that quantised things wait for; 0 where nothing waits, or no beats pass."""
    if not snapshot.number("/transport/playing"):
        return 0.0
    return GRIDS[int(snapshot.number("/transport/quantise")) % len(GRIDS)]


def tapped_bpm(taps: Sequence[float]) -> float | None:
    """The tempo of taps at these times, oldest first; ``None`` for fewer than two that belong together.

    The median of up to seven intervals; a pause of two seconds begins anew, intervals over 30 % off are left out.
    """
    run: list[float] = []
    for tap in taps[-_TAPS:]:
        if run and not 0.0 < tap - run[-1] <= _SLOWEST_TAP_S:
            run = []
        run.append(tap)
    intervals = [b - a for a, b in itertools.pairwise(run)]
    if not intervals:
        return None
    middle = median_low(intervals)  # one of them: at least itself is near it
    good = [i for i in intervals if abs(i - middle) <= 0.3 * middle]
    return 60.0 / (sum(good) / len(good))
