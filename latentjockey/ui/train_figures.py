"""What the plot of losses draws, as numbers: a logarithmic scale, its figures, and names that do not cover each other.
Pure numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.jobs.curve import smoothed

Numbers = NDArray[np.float64]
Curves = Mapping[str, tuple[Numbers, Numbers]]

MOST_LINES = 5
_LEAST_SPAN = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """A loss: ``raw`` and ``smooth`` are log10 of it (n,) over pictures ``x`` (n,), NaN where it is not above 0."""

    name: str
    x: Numbers
    raw: Numbers
    smooth: Numbers
    last: float


def lines(curves: Curves) -> tuple[Line, ...]:
    """The first ``MOST_LINES`` losses that a logarithmic scale can show."""
    found: list[Line] = []
    for name, (x, y) in curves.items():
        above = y > 0
        if not above.any() or len(found) == MOST_LINES:
            continue
        raw = np.where(above, np.log10(np.where(above, y, 1.0)), np.nan)
        smooth = np.where(above, smoothed(np.where(above, raw, np.nanmean(raw))), np.nan)
        found.append(Line(name, x, raw, smooth, float(y[above][-1])))
    return tuple(found)


def span_of(drawn: Sequence[Line]) -> tuple[float, float]:
    """Lower and upper end of the scale, in powers of ten, with a little room around all but the wildest."""
    values = np.concatenate([line.raw[np.isfinite(line.raw)] for line in drawn]) if drawn else np.zeros(1)
    lo, hi = (float(v) for v in np.percentile(values, (1, 99)))
    middle, half = (lo + hi) / 2, max((hi - lo) / 2 * 1.12, _LEAST_SPAN / 2)
    return middle - half, middle + half


def figures(lo: float, hi: float) -> list[tuple[float, str]]:
    """Round figures between two powers of ten: where, and how they are written. At most about five."""
    for mantissas in ((1, 2, 5), (1, 3), (1,)):
        found = [
            (math.log10(m) + power, f"{m * 10.0**power:g}")
            for power in range(math.floor(lo), math.ceil(hi) + 1)
            for m in mantissas
            if lo <= math.log10(m) + power <= hi
        ]
        if len(found) <= 5:
            break
    step = -(-len(found) // 5) if found else 1
    return found[::step]


def counts(end: float) -> list[tuple[float, str]]:
    """Round numbers of pictures from 0 to ``end``: where, and how they are written."""
    if not end > 0:
        return [(0.0, "0")]
    step = 10.0 ** math.floor(math.log10(end / 2))
    step = next(step * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if end / (step * m) <= 4.0)
    return [(n * step, counted(n * step)) for n in range(int(end / step + 1e-9) + 1)]


def counted(number: float) -> str:
    """A number of pictures, short: 950, 12k, 1.5M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:g}"


def apart(places: Sequence[float], gap: float, lo: float, hi: float) -> list[float]:
    """``places`` moved as little as it takes to lie ``gap`` apart within ``lo`` and ``hi``, in their order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    floor = lo
    for i in order:
        moved[i] = floor = max(moved[i], floor)
        floor += gap
    ceiling = hi
    for i in reversed(order):
        moved[i] = ceiling = min(moved[i], ceiling)
        ceiling -= gap
    return moved
