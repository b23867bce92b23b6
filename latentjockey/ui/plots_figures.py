"""What the plots say in numbers, and the arrays that they draw. Pure numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.frames.trace import FrameTrace

Numbers = NDArray[np.float64]

DISPLAY_HZ = 60.0
NEAR_S = 10.0
FAR_S = 120.0
BIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Summary:
    """``p50``, ``p99`` and ``worst`` in ms, NaN where nothing came; ``missed`` and ``due`` are pictures."""

    p50: float
    p99: float
    worst: float
    missed: int = 0
    due: int = 0

    @property
    def missed_percent(self) -> float:
        return 100.0 * self.missed / self.due if self.due else 0.0


def period_ms(cap: float) -> float:
    """How far apart pictures are due, when at most ``cap`` a second are made: no display is expected over 60 Hz; 0 is
    no cap."""
    return 1000.0 / (cap if 0 < cap < DISPLAY_HZ else DISPLAY_HZ)


def summary(values: Numbers, missed: Numbers | None = None) -> Summary:
    """Nearest-rank percentiles of ``values`` (n,), and of pictures how many were ``missed`` (n,) before each."""
    lost = 0 if missed is None else round(float(missed.sum()))
    if not len(values):
        return Summary(math.nan, math.nan, math.nan, lost, lost)
    ordered = np.sort(values)
    ranks = [min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1) for share in (0.5, 0.99)]
    p50, p99 = (float(ordered[rank]) for rank in ranks)
    return Summary(p50, p99, float(ordered[-1]), lost, len(values) + lost)


def reach(values: Numbers, least: float) -> float:
    """Where an axis of times should end: at one of 1, 2, 5 · 10ⁿ above nearly all of ``values``, at least ``least``."""
    top = max(least, 1.25 * summary(values).p99 if len(values) else least)
    step = 10.0 ** math.floor(math.log10(top))
    return next(step * m for m in (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0) if step * m >= top - 1e-9)


def count_reach(most: float) -> float:
    """Where an axis of counts should end: at one of 5, 10, 20, 50, ... that is not under ``most``."""
    step = 1.0
    while step * 10 < most:
        step *= 10
    return next(step * m for m in (5.0, 10.0) if step * m >= most) if step * 2 < most else max(5.0, step * 2)


def round_steps(span: float) -> int:
    """Into how many steps an axis that ends where :func:`reach` says divides in round figures."""
    mantissa = round(span / 10.0 ** math.floor(math.log10(span)), 6)
    return {1.0: 5, 1.2: 4, 1.5: 3, 2.0: 4, 3.0: 3, 5.0: 5, 7.5: 3}.get(mantissa, 4)


def histogram(values: Numbers, end: float, bins: int) -> tuple[Numbers, Numbers]:
    """Edges (bins + 1,) from 0 to ``end``, and the share 0..1 of ``values`` in each (bins,); the last holds all that
    is beyond."""
    edges = np.linspace(0.0, end, bins + 1)
    if not len(values):
        return edges, np.zeros(bins)
    counts, _ = np.histogram(np.minimum(values, end), edges)
    return edges, counts / len(values)


def by_moment(age_s: Numbers, weight: Numbers) -> tuple[Numbers, Numbers]:
    """Sums of ``weight`` (n,) in steps of ``BIN_S`` over the last ``FAR_S``: the middle of each in seconds, negative
    for the past, oldest first, and the sum."""
    edges = np.arange(-FAR_S, BIN_S / 2, BIN_S)
    sums, _ = np.histogram(-age_s, edges, weights=weight)
    return (edges[:-1] + edges[1:]) / 2, sums.astype(np.float64)


def intervals(trace: FrameTrace, seconds: float) -> tuple[Numbers, Numbers]:
    """The line of intervals: seconds, negative for the past, and ms; NaN breaks it after a rest."""
    near = trace.within(seconds)
    return -near.age_s, near.interval_ms
