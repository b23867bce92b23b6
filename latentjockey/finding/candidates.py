"""Ways that may be worth a dial, from samples and from weights. Pure numpy, float64; any thread.

Principal components after Härkönen et al., "GANSpace: Discovering Interpretable GAN Controls" (2020): of w where a
network has one, else of early features, taken back to z by regression. Closed form after Shen and Zhou, "Closed-Form
Factorization of Latent Semantics in GANs" (2021): the ways that the first thing a layer does to its latent stretches
most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.navigation.arrays import F64

ALIKE = 0.9
"""Two ways whose cosine is larger, either way round, are one."""
_LEAST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """``rows`` (m, dim): what 1 σ along each adds to the latent, σ being how far samples spread along it. ``layers``
    (m, 2): to which of the layer latents, from first to end. ``labels`` name them."""

    rows: F64
    layers: NDArray[np.int64]
    labels: tuple[str, ...]

    def taken(self, chosen: Sequence[int]) -> Candidates:
        """Those with these indices, in their order."""
        index = np.asarray(chosen, np.int64)
        return Candidates(self.rows[index], self.layers[index], tuple(self.labels[i] for i in chosen))


class Spread:
    """The mean and covariance of samples that come in parts."""

    def __init__(self, dim: int) -> None:
        self._count = 0
        self._sum = np.zeros(dim)
        self._squares = np.zeros((dim, dim))
        self._origin: F64 | None = None

    def add(self, samples: F64) -> None:
        """Further samples (n, dim)."""
        if self._origin is None:
            self._origin = samples.mean(axis=0)  # squares of what is far from 0 would swallow the spread
        near = samples - self._origin
        self._count += len(near)
        self._sum += near.sum(axis=0)
        self._squares += near.T @ near

    def mean(self) -> F64:
        """The mean (dim,)."""
        if self._origin is None:
            return self._sum
        return np.asarray(self._origin + self._sum / self._count, np.float64)

    def covariance(self) -> F64:
        """The covariance (dim, dim)."""
        if not self._count:
            return self._squares
        middle = self._sum / self._count
        return np.asarray(self._squares / self._count - np.outer(middle, middle), np.float64)


def principal(covariance: F64, count: int) -> F64:
    """The first ``count`` principal components (k, dim), each one standard deviation long, the largest first. Those
    along which nothing spreads are left out, so that there may be fewer."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    order = np.argsort(-values, kind="stable")[:count]
    order = order[values[order] > _LEAST * max(float(values.max(initial=0.0)), _LEAST)]
    return signed(vectors[:, order].T * np.sqrt(values[order])[:, None])


def regressed(crossed: F64, components: F64) -> F64:
    """Components (k, features) of features as ways of z (k, z_dim), each of length 1: the least squares of z from where
    its features lie along them. ``crossed`` (features, z_dim) is the covariance of features and z; z is white, and
    components are not correlated, so that each is regressed by itself. Those that no z leads along are left out."""
    rows = components @ crossed
    lengths = np.linalg.norm(rows, axis=1)
    there = lengths > _LEAST * max(float(lengths.max(initial=0.0)), _LEAST)
    return signed(rows[there] / lengths[there, None])


def closed_form(matrices: Iterable[F64], count: int) -> F64:
    """The ``count`` ways (k, dim) of length 1 that matrices (out, dim), all heard by one latent, stretch most: the
    eigenvectors of AᵀA with A all of them on top of each other, each row brought to length 1."""
    total: F64 | None = None
    for matrix in matrices:
        wide = np.asarray(matrix, np.float64)
        lengths = np.linalg.norm(wide, axis=1, keepdims=True)
        wide = wide / np.where(lengths > _LEAST, lengths, 1.0)
        total = wide.T @ wide if total is None else total + wide.T @ wide
    if total is None:
        return np.zeros((0, 0))
    values, vectors = np.linalg.eigh(total)
    order = np.argsort(-values, kind="stable")[:count]
    order = order[values[order] > _LEAST * max(float(values.max(initial=0.0)), _LEAST)]
    return signed(vectors[:, order].T)


def as_far_as_spread(rows: F64, covariance: F64) -> F64:
    """Rows (k, dim), each made as long as samples of this covariance spread along it: one σ. Ways along which nothing
    spreads are as long as the others are in the mean, for a way that no sample takes may still show."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    far = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", unit, covariance, unit), 0.0))
    usual = float(np.sqrt(max(np.trace(covariance), 0.0) / max(1, len(covariance))))
    return np.asarray(unit * np.where(far > 1e-3 * usual, far, usual)[:, None], np.float64)


def signed(rows: F64) -> F64:
    """Each row (k, dim) or its opposite, so that its largest component is positive: found again, it is the same."""
    if not rows.size:
        return rows
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], 1)
    return rows * np.where(largest < 0.0, -1.0, 1.0)


def together(parts: Sequence[Candidates]) -> Candidates:
    """All of them in their order, without those that nearly repeat one before: |cos| > 0.9 over all layers, so that the
    same way in a few layers is another than in all."""
    parts = [part for part in parts if part.labels]
    if not parts:
        return Candidates(np.zeros((0, 1)), np.zeros((0, 2), np.int64), ())
    rows = np.concatenate([part.rows for part in parts])
    layers = np.concatenate([part.layers for part in parts])
    labels = tuple(label for part in parts for label in part.labels)
    spans = (layers[:, 1] - layers[:, 0]).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1) * np.sqrt(spans)
    kept: list[int] = []
    for index in np.flatnonzero(lengths > 0.0).tolist():
        common = np.minimum(layers[index, 1], layers[kept, 1]) - np.maximum(layers[index, 0], layers[kept, 0])
        cosines = np.abs(rows[kept] @ rows[index]) * np.maximum(common, 0) / (lengths[kept] * lengths[index])
        if not (cosines > ALIKE).any():
            kept.append(index)
    return Candidates(rows, layers, labels).taken(kept)
