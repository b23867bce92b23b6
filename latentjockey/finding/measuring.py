"""Looks at what steps change: small pictures of a model at places, and how far they are apart. One thread.

The distance is that of :func:`latentjockey.navigation.travel.visible_distance`, colour differences in OKLab at several
scales. Classes take turns, so that no direction is judged by one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import now_ns
from latentjockey.finding.candidates import Candidates
from latentjockey.finding.probes import Probe
from latentjockey.generators.protocol import Classes, FrameRequest, Layers, Moment
from latentjockey.models.found_directions import W
from latentjockey.navigation.arrays import F64, to_float32
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.travel import halved, oklab, visible_distance

SMALL = FrameRequest(48, 48, draft=True)
MOVE = 2.0
"""σ; how far steps go when ways are put in order: half of what a dial spans to either side."""
STEP = 0.5
"""σ; the finite difference of the visible method."""
RANDOM_WAYS = 4
_SCALES = 4


@dataclass(slots=True, eq=False)
class Counter:
    """How many pictures were drawn, and of how many; told with each, so that the work can be stopped there."""

    told: Callable[[int], None]
    drawn: int = 0

    def one(self) -> None:
        self.drawn += 1
        self.told(self.drawn)


class Bench:
    """Draws and compares for one model. ``spread`` (dim, dim) is the covariance of its latents."""

    def __init__(self, probe: Probe, spread: F64, counter: Counter) -> None:
        self._probe = probe
        self._counter = counter
        values, vectors = np.linalg.eigh((spread + spread.T) / 2)
        self._root = vectors * np.sqrt(np.maximum(values, 0.0))

    def seconds_a_picture(self) -> float:
        """How long one picture takes, once the first is made. Each is of another place: what a generator keeps of the
        last one is no help then."""
        places = [self._place(seed) for seed in range(4)]
        self._picture(places[0])
        took = []
        for at in places[1:]:
            start = now_ns()
            self._picture(at)
            took.append(now_ns() - start)
        return max(1e-5, min(took) / 1e9)

    def changes(self, ways: Candidates, steps: F64, seeds: range) -> F64:
        """What a step of ``steps`` (k,) σ along each way is seen to change, both ways, averaged over the places of
        ``seeds``: (k,)."""
        total = np.zeros(len(ways.labels))
        for seed in seeds:
            at = self._place(seed)
            here = self._picture(at)
            for index in range(len(total)):
                row, layers = ways.rows[index] * steps[index], ways.layers[index]
                total[index] += sum(
                    _apart(here, self._picture(self._moved(at, sign * row, layers))) for sign in (1, -1)
                )
        return total / max(1, 2 * len(seeds))

    def random(self, step: float, seeds: range) -> float:
        """The same of random ways, in all layers, as samples spread: the mean of a few."""
        dice = np.random.default_rng(seeds.start)
        rows = dice.standard_normal((RANDOM_WAYS, self._probe.dim))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        layers = np.tile(np.array([0, self._probe.generator.spec.num_ws], np.int64), (len(rows), 1))
        ways = Candidates(rows @ self._root.T, layers, ("",) * len(rows))
        return float(self.changes(ways, np.full(len(rows), step), seeds).mean())

    def visible(self, span: Candidates, count: int, seeds: range) -> F64:
        """The ``count`` ways in ``span`` of which a small step shows most, averaged over places, as combinations
        (count, m) of its rows, each of length 1. Wang and Ponce, "The geometry of deep generative image models and its
        applications" (2021): with J the change of the picture, the eigenvectors of JᵀJ."""
        m = len(span.labels)
        metric = np.zeros((m, m))
        for seed in seeds:
            at = self._place(seed)
            here = _seen(self._picture(at))
            rows = (self._moved(at, STEP * row, layers) for row, layers in zip(span.rows, span.layers, strict=True))
            change = (np.stack([_seen(self._picture(row)) for row in rows]) - here) / STEP
            metric += change @ change.T
        vectors = np.linalg.eigh(metric)[1].T[::-1][:count]
        return np.asarray(vectors, np.float64)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _place(self, seed: int) -> tuple[F64, Classes | None]:
        """What steps are added to at the place of a seed, and its class weights: layer latents, or z in one row."""
        spec = self._probe.generator.spec
        z, kinds = z_from_seed(seed, spec.z_dim), len(spec.classes)
        classes = np.eye(1, kinds, seed % kinds, dtype=np.float32) if kinds else None
        if self._probe.space != W:
            return np.asarray(z[None], np.float64), classes
        return np.asarray(self._probe.generator.embed(z[None], classes)[0], np.float64), classes

    def _moved(self, at: tuple[F64, Classes | None], row: F64, layers: NDArray[np.int64]) -> tuple[F64, Classes | None]:
        latents, classes = at[0].copy(), at[1]
        if self._probe.space == W:
            latents[layers[0] : layers[1]] += row
        else:
            latents += row
        return latents, classes

    def _picture(self, at: tuple[F64, Classes | None]) -> NDArray[np.uint8]:
        """A small picture (h, w, 3) at the default controls."""
        latents, classes = at
        layers: Layers = to_float32(latents)
        if self._probe.space != W:
            layers = self._probe.generator.embed(layers, classes)[0]
        result = self._probe.generator.frame(SMALL, lambda: Moment(layers, {}))
        self._counter.one()
        return result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]


def _apart(here: NDArray[np.uint8], there: NDArray[np.uint8]) -> float:
    return float(visible_distance(np.stack([here, there]))[0])


def _seen(picture: NDArray[np.uint8]) -> F64:
    """A picture as a row of numbers whose squared distance is the mean squared difference in OKLab, over the picture
    and its halvings."""
    level = oklab(picture)[None]
    scales = []
    for _ in range(_SCALES):
        scales.append(level.ravel() / np.sqrt(level.size * _SCALES))
        level = halved(level)
    return np.concatenate(scales)
