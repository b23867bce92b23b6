"""Measures the crossfader's travel in spare time: small pictures along the way, one a call, and how different they are.

The result is a curve by which equal travel of the hand gives equal visible change (``latentjockey.navigation.travel``).
It is measured again along itself, because what happens within a step is not known from its ends; after a few passes it
is handed out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.evaluate import Ends, Evaluator
from latentjockey.generators.protocol import FrameRequest, Generator, Moment
from latentjockey.navigation.travel import identity_curve, travel_curve, visible_distance

Native = Mapping[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]]
DRAFT = FrameRequest(48, 48, draft=True)
"""The small pictures."""
PASSES = 3
_REST_S = 0.5
_QUIET_S = 0.3


class TravelMeter:
    """``step`` makes at most one small picture. It starts again when the ends have changed and a rest has passed; where
    a hand changed them, when they have been left alone for a moment, so that a hand in motion finds the engine free."""

    def __init__(self, generator: Generator, evaluator: Evaluator) -> None:
        self._generator = generator
        self._evaluator = evaluator
        self._ends: Ends | None = None
        self._native: Native = {}
        self._words: Mapping[str, str] = {}
        self._values: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None
        self._picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None = None
        self._distances: list[float] = []
        self._curve = identity_curve(TRAVEL_POINTS - 1)
        self._passes = PASSES
        self._not_before = -np.inf

    @property
    def busy(self) -> bool:
        """Whether a measurement is under way."""
        return self._ends is not None and self._passes < PASSES

    def resting(self, now: float) -> bool:
        """Whether it would not begin yet, whatever has changed."""
        return now < self._not_before

    def step(self, snapshot: Snapshot, now: float) -> tuple[float, ...] | None:
        """Make the next small picture, unless it is resting. At the end of the last pass: the curve's points
        (TRAVEL_POINTS,)."""
        if not self._follow(snapshot, now):
            return None
        ends = self._ends
        if ends is None:
            return None
        made = 0 if self._picture is None else len(self._distances) + 1
        layers = self._evaluator.between(ends, np.full(len(ends.a), self._curve[made]))
        result = self._generator.frame(DRAFT, lambda: Moment(layers, self._native, now, words=self._words))
        if not result.finite:
            self.abandon(now)
            return None
        pixels = result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]
        before, self._picture = self._picture, np.ascontiguousarray(pixels)
        if before is not None:  # one at a time: all at once would keep the next frame waiting
            self._distances.append(float(visible_distance(np.stack([before, self._picture]))[0]))
        return None if len(self._distances) < TRAVEL_POINTS - 1 else self._pass(now)

    def abandon(self, now: float) -> None:
        """These pictures cannot be made: the curve of before stays."""
        self._ends, self._passes = None, PASSES
        self._not_before = now + _REST_S

    def _pass(self, now: float) -> tuple[float, ...] | None:
        self._curve = travel_curve(np.array(self._distances), self._curve)
        self._picture, self._distances = None, []
        self._passes += 1
        if self._passes < PASSES:
            return None
        self._not_before = now + _REST_S
        return tuple(float(p) for p in self._curve)

    def _follow(self, snapshot: Snapshot, now: float) -> bool:
        """Whether there is something to measure now: goes on with it, begins, or waits for the ends to come to rest."""
        moving = self._evaluator.moving(snapshot, now)
        if snapshot.values is self._values and not moving:
            return self.busy
        self._values = snapshot.values
        if self.busy and moving:
            return True
        ends = self._evaluator.ends(snapshot, now)
        moment = self._evaluator.moment(snapshot, now)
        old = self._ends
        same = old is not None and np.array_equal(old.a, ends.a) and np.array_equal(old.b, ends.b)
        if same and moment.words == self._words and _equal(moment.native, self._native):
            return self.busy
        fresh = old is None
        self._ends, self._native, self._words = ends, moment.native, moment.words
        self._picture, self._distances = None, []
        self._curve, self._passes = identity_curve(TRAVEL_POINTS - 1), 0
        if not moving and not fresh:
            self._not_before = now + _QUIET_S
        return moving or fresh


def _equal(a: Native, b: Native) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)
