"""Measures the crossfader's travel in spare time: small pictures along the way, one a call, and how different they are.

The result is a curve by which equal travel of the hand gives equal visible change (``latentjockey.navigation.travel``).
It is measured again along itself, because what happens within a step is not known from its ends: after each of a few
passes a more even curve is handed out.
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


class TravelMeter:
    """``step`` makes at most one small picture. It starts again when the ends have changed and a rest has passed."""

    def __init__(self, generator: Generator, evaluator: Evaluator) -> None:
        self._generator = generator
        self._evaluator = evaluator
        self._ends: Ends | None = None
        self._native: Native = {}
        self._pictures: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = []
        self._curve = identity_curve(TRAVEL_POINTS - 1)
        self._passes = PASSES
        self._finished = -np.inf

    @property
    def busy(self) -> bool:
        """Whether a measurement is under way."""
        return self._ends is not None and self._passes < PASSES

    def resting(self, now: float) -> bool:
        """Whether it would not begin yet, whatever has changed."""
        return now - self._finished < _REST_S

    def step(self, snapshot: Snapshot, now: float) -> tuple[float, ...] | None:
        """Make the next small picture; the curve's points (TRAVEL_POINTS,) at the end of each pass."""
        if not self.busy and not self._begin(snapshot, now):
            return None
        ends = self._ends
        if ends is None:
            return None
        positions = np.full(len(ends.a), self._curve[len(self._pictures)])
        layers = self._evaluator.between(ends, positions)
        native = self._evaluator.moment(snapshot, now).native
        result = self._generator.frame(DRAFT, lambda: Moment(layers, native, now))
        if not result.finite:
            self.abandon(now)
            return None
        pixels = result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]
        self._pictures.append(np.ascontiguousarray(pixels))
        if len(self._pictures) < TRAVEL_POINTS:
            return None
        self._curve = travel_curve(visible_distance(np.stack(self._pictures)), self._curve)
        self._pictures = []
        self._passes += 1
        self._finished = now
        return tuple(float(p) for p in self._curve)

    def abandon(self, now: float) -> None:
        """These pictures cannot be made: the curve of before stays."""
        self._ends, self._pictures, self._passes = None, [], PASSES
        self._finished = now

    def _begin(self, snapshot: Snapshot, now: float) -> bool:
        if self.resting(now):
            return False
        ends = self._evaluator.ends(snapshot, now)
        native = self._evaluator.moment(snapshot, now).native
        old = self._ends
        same = old is not None and np.array_equal(old.a, ends.a) and np.array_equal(old.b, ends.b)
        if same and _equal(native, self._native):
            return False
        self._ends, self._native, self._pictures = ends, native, []
        self._curve, self._passes = identity_curve(TRAVEL_POINTS - 1), 0
        return True


def _equal(a: Native, b: Native) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)
