"""A number over time with bounded memory: the whole run at whatever detail fits. Pure numpy; one thread at a time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

MOST = 1024

Numbers = NDArray[np.float64]


class Curve:
    """Points in order of x. When there are ``most``, neighbours are merged into their means, and from then on each
    point stands for twice as many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._x: list[float] = []
        self._y: list[float] = []
        self._stride = 1
        self._waiting: list[tuple[float, float]] = []

    def add(self, x: float, y: float) -> None:
        """A further point; one that is no number is left out."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        self._waiting.append((x, y))
        if len(self._waiting) < self._stride:
            return
        xs, ys = zip(*self._waiting, strict=True)
        self._x.append(sum(xs) / len(xs))
        self._y.append(sum(ys) / len(ys))
        self._waiting.clear()
        if len(self._x) >= self._most:
            self._merge()

    def points(self) -> tuple[Numbers, Numbers]:
        """x and y (n,), n < ``most``."""
        return np.array(self._x, np.float64), np.array(self._y, np.float64)

    def _merge(self) -> None:
        x, y = self.points()
        pairs = len(x) // 2
        self._x = x[: 2 * pairs].reshape(pairs, 2).mean(1).tolist()
        self._y = y[: 2 * pairs].reshape(pairs, 2).mean(1).tolist()
        self._stride *= 2


def smoothed(y: Numbers, reach: float = 0.06) -> Numbers:
    """``y`` (n,) as a line that the eye can follow: a weighted mean over neighbours, ``reach`` of the whole to each
    side; at the ends over those that are there."""
    n = len(y)
    half = max(1, round(reach * n))
    if n < 3:
        return y.copy()
    weights = 1.0 - np.abs(np.arange(-half, half + 1)) / (half + 1)
    total = np.convolve(y, weights, "full")[half : half + n]
    present = np.convolve(np.ones(n), weights, "full")[half : half + n]
    return np.asarray(total / present, np.float64)
