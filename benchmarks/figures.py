"""Rows of the table, and the few statistics that they are made of."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``met`` is ``None`` where there is no goal or it cannot be judged here."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        return {True: "yes", False: "no", None: ""}[self.met]


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the median and the nearest-rank 99th percentile of ``n`` values, in their own unit."""

    n: int
    least: float
    p50: float
    p99: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """What ``values`` are like; all NaN for none."""
    if not values:
        return Spread(0, math.nan, math.nan, math.nan, math.nan)
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, math.ceil(0.99 * len(ordered)) - 1)]
    return Spread(len(ordered), ordered[0], statistics.median(ordered), last, ordered[-1])


def number(value: float) -> str:
    """Three significant digits, without exponents; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def p50_p99(values: Sequence[float], unit: str) -> str:
    """``p50 1.23, p99 4.56 ms``"""
    s = spread(values)
    return f"p50 {number(s.p50)}, p99 {number(s.p99)} {unit}"


def median_least(values: Sequence[float], unit: str) -> str:
    """``median 1.23, least 1.11 µs``"""
    s = spread(values)
    return f"median {number(s.p50)}, least {number(s.least)} {unit}"
