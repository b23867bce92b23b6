"""Finds the directions of a generator's z along which its pictures change most, and writes them to a file.

``python -m latentjockey.generators.find_directions cppn -o FILE`` makes a file for
:mod:`latentjockey.models.directions`; ``--measure FILE`` tells how visible the directions in a file are. A process of
its own, with one worker a core; two cores need about two minutes.

The method is that of Wang and Ponce ("The geometry of deep generative image models and its applications", ICLR 2021):
with J the change of the picture with z, JᵀJ says how visible a small step in each direction is; averaged over many
places it has eigenvectors that mean much the same everywhere, and its largest eigenvalues belong to the most visible.
They differentiate a learnt distance of pictures; here J is made of finite differences of small pictures in OKLab, at
several scales, so that a changed scene counts for more than a shifted texture.

The eigenvectors are then put in order by what a step of ``MOVE`` is seen to change, which is what a hand makes: some
directions change everything at the first touch and little after it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.generators.protocol import FrameRequest, Generator, Layers, Moment
from latentjockey.generators.registry import create
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.directions import encode, read
from latentjockey.navigation.arrays import F32, F64, Reals
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.travel import halved, oklab, visible_distance

STEP = 0.7
"""σ; the finite difference: small, and yet more than the rounding to bytes."""
MOVE = 2.0
"""σ; half of what the knob of a direction spans to either side."""
DRAFT = FrameRequest(32, 32, draft=True)
FOUND_FROM, MEASURED_FROM = 20_000, 50_000
"""The first seeds of the places where directions are found, and of others where they are measured."""
_SCALES = 4


@dataclass(frozen=True, slots=True)
class Bench:
    """One process's way to run a job for each of many seeds: ``job(generator, seed)``, in order."""

    model: str
    workers: int

    def each(self, job: partial[F64], seeds: Sequence[int]) -> list[F64]:
        if self.workers == 1:
            generator = create(self.model, "cpu")
            return [job(generator, seed) for seed in seeds]
        with ProcessPoolExecutor(self.workers, get_context("spawn"), _prepare, (self.model,)) as pool:
            return list(pool.map(_run, [job] * len(seeds), seeds))


def visible_directions(bench: Bench, count: int, seeds: Sequence[int]) -> F32:
    """``count`` orthonormal directions (count, z_dim), the most visible first, averaged over the places of ``seeds``.

    Of each direction and its opposite it is the one whose largest component is positive. Raises ValueError where
    nothing is seen to change.
    """
    metric = np.sum(bench.each(partial(visibility), seeds), axis=0)
    if not np.any(metric):
        raise ValueError("Nothing is seen to change: there are no seeds, or the picture does not hear z.")
    vectors = np.linalg.eigh(metric)[1].T[::-1][:count]
    vectors *= np.sign(np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], 1))
    seen_to_change = np.mean(bench.each(partial(effects, directions=vectors, length=MOVE), seeds), axis=0)
    order = np.argsort(-seen_to_change[:-1], kind="stable")
    return vectors[order].astype(np.float32)


def visibility(generator: Generator, seed: int) -> F64:
    """JᵀJ (n, n) at the place of a seed: what is seen of a small step v is vᵀJᵀJv."""
    z = z_from_seed(seed, generator.spec.z_dim)
    around = np.vstack([z, z + STEP * np.eye(z.size)]).astype(np.float32)
    here, *there = (_seen(_draft(generator, layers)) for layers in generator.embed(around))
    change: F64 = np.asarray(np.stack(there) - here, np.float64) / STEP
    return np.asarray(change @ change.T, np.float64)


def effects(generator: Generator, seed: int, directions: Reals, length: float) -> F64:
    """How visible a step of ``length`` σ is at the place of a seed, the mean of both ways: (directions + 1,), the last
    being a random way."""
    z, random = z_from_seed(seed, generator.spec.z_dim), z_from_seed(seed + 10_000, generator.spec.z_dim)
    ways = np.vstack([directions, random / np.linalg.norm(random)])
    around = np.vstack([z, z + length * ways, z - length * ways]).astype(np.float32)
    here, *there = (_draft(generator, layers) for layers in generator.embed(around))
    apart = [visible_distance(np.stack([here, other]))[0] for other in there]
    return np.asarray(np.reshape(apart, (2, -1)).mean(axis=0), np.float64)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="find_directions", description="The most visible directions of a generator.")
    parser.add_argument("model", choices=sorted(BUILTIN))
    parser.add_argument("-o", "--output", type=Path, help="the file to write")
    parser.add_argument("--measure", type=Path, help="a file whose directions are to be measured")
    parser.add_argument("--count", type=int, default=32, help="how many directions")
    parser.add_argument("--seeds", type=int, default=128, help="at how many places")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="at most so many processes")
    asked = parser.parse_args(arguments)
    bench = Bench(asked.model, asked.workers)
    if asked.output is not None:
        found = visible_directions(bench, asked.count, range(FOUND_FROM, FOUND_FROM + asked.seeds))
        asked.output.write_bytes(encode(found))
    if asked.measure is not None:
        _tell(bench, read(asked.measure), range(MEASURED_FROM, MEASURED_FROM + asked.seeds))
    return 0


def _tell(bench: Bench, directions: F32, seeds: Sequence[int]) -> None:
    for length in (1.0, MOVE, 4.0):
        table = np.asarray(bench.each(partial(effects, directions=directions, length=length), seeds))
        *ways, random = table.mean(axis=0)
        *_, first, last, chance = table.std(axis=0)[[0, -2, -1]] / np.sqrt(len(table))
        shown = ", ".join(f"{i}: {ways[i]:.4f}" for i in (0, 1, 3, 7, 15, 31) if i < len(ways))
        sys.stdout.write(f"{length:g} σ: {shown}, random: {random:.4f}; ± {first:.4f}, {last:.4f}, {chance:.4f}\n")


def _draft(generator: Generator, layers: Layers) -> NDArray[np.uint8]:
    """A small picture (h, w, 3) at the default controls."""
    result = generator.frame(DRAFT, lambda: Moment(layers, {}))
    return result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]


def _seen(picture: NDArray[np.uint8]) -> F64:
    """A picture (h, w, 3) as a row of numbers whose squared distance is the mean squared difference in OKLab, over the
    picture and its halvings."""
    level = oklab(picture)[None]
    scales = []
    for _ in range(_SCALES):
        scales.append(level.ravel() / np.sqrt(level.size * _SCALES))
        level = halved(level)
    return np.concatenate(scales)


_worker: list[Generator] = []


def _prepare(model: str) -> None:
    torch.set_num_threads(1)
    _worker[:] = [create(model, "cpu")]


def _run(job: partial[F64], seed: int) -> F64:
    return job(_worker[0], seed)


if __name__ == "__main__":
    sys.exit(main())
