"""Numbers that compare a model's pictures with those it learned from. Pure; what each means is in docs/models.md.

Pictures are compared as :func:`looks`: 16×16 averages in OKLab, in which the distance of two is the root of their mean
squared colour difference, 1 being black to white. It knows nothing of edges and texture, and so nothing of sharpness,
which :func:`sharpness` measures by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray

from latentjockey.navigation.travel import oklab

Reals = NDArray[np.floating[Any]]
F32 = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SIDE = 16
COPY = 0.25
"""A sample nearer to a picture than this share of the usual distance is called a copy."""
COLLAPSED = 0.35
"""A class whose samples are less apart than this share of its pictures' distances is called collapsed."""
_AT_ONCE = 256


def looks(pixels: Pixels) -> F32:
    """Pictures uint8 (n, 3, s, s) → (n, 768); the Euclidean distance of two rows is their difference in colour."""
    rows = []
    for start in range(0, len(pixels), _AT_ONCE):
        x = F.adaptive_avg_pool2d(
            torch.from_numpy(np.ascontiguousarray(pixels[start : start + _AT_ONCE])).float(), SIDE
        )
        small = x.round().byte().permute(0, 2, 3, 1).numpy()
        rows.append(oklab(small).reshape(len(small), -1).astype(np.float32) / SIDE)
    return np.concatenate(rows) if rows else np.zeros((0, 3 * SIDE * SIDE), np.float32)


def mirrored(rows: F32) -> F32:
    """The looks of the mirrored pictures."""
    return np.ascontiguousarray(rows.reshape(-1, SIDE, SIDE, 3)[:, :, ::-1]).reshape(rows.shape)


def nearest(rows: F32, among: F32, k: int = 1, own: NDArray[np.int64] | None = None) -> tuple[F32, NDArray[np.int64]]:
    """Distances and indices (n, k) of the nearest of ``among`` (m, D) to ``rows`` (n, D), mirrored or not. ``own`` (n,)
    names one each that does not count: itself."""
    x, y = torch.from_numpy(rows), torch.from_numpy(among)
    apart = torch.minimum(torch.cdist(x, y), torch.cdist(torch.from_numpy(mirrored(rows)), y))
    if own is not None:
        apart[torch.arange(len(x)), torch.from_numpy(own)] = torch.inf
    found = apart.topk(min(k, len(among)), largest=False)
    return found.values.numpy(), found.indices.numpy()


@dataclass(frozen=True, slots=True)
class Copying:
    """``ratio``: the median distance of a sample to the nearest picture, in medians of such distances between
    pictures. ``copies``: the share of samples nearer than ``COPY`` of these, ``alike`` that of pictures, which may be
    near to each other as well. ``sample`` and ``real``: the medians."""

    ratio: float
    copies: float
    alike: float
    sample: float
    real: float


def copying(samples: Reals, reals: Reals) -> Copying:
    """How near samples are to what was learned, given the distances (n,) to the nearest of samples and of pictures."""
    usual = float(np.median(reals))
    mine = float(np.median(samples))
    if usual <= 0.0:  # the pictures are copies of each other
        ratio, copies, alike = (1.0 if mine <= 0.0 else float("inf")), samples <= 0.0, reals <= 0.0
    else:
        ratio, copies, alike = mine / usual, samples < COPY * usual, reals < COPY * usual
    return Copying(ratio, float(np.mean(copies)), float(np.mean(alike)), mine, usual)


def spread(rows: F32) -> float:
    """The mean distance of two different rows."""
    n = len(rows)
    if n < 2:
        return 0.0
    x = torch.from_numpy(rows).double()
    return float(torch.pdist(x).mean())


@dataclass(frozen=True, slots=True)
class Diversity:
    """``ratio``: how far samples of a class are apart, in the distances of its pictures: the median over the classes,
    and each (K,). ``collapsed``: the classes below ``COLLAPSED``."""

    ratio: float
    each: tuple[float, ...]
    collapsed: tuple[int, ...]


def diversity(samples: F32, labels: NDArray[np.int64], reals: F32, real_labels: NDArray[np.int64]) -> Diversity:
    """Of looks of samples (n, D) and pictures (m, D) with their classes."""
    each = []
    for k in np.unique(labels).tolist():
        of_data = spread(reals[real_labels == k])
        of_samples = spread(samples[labels == k])
        each.append(of_samples / of_data if of_data > 0.0 else 1.0)
    collapsed = tuple(int(k) for k, ratio in zip(np.unique(labels), each, strict=True) if ratio < COLLAPSED)
    return Diversity(float(np.median(each)), tuple(each), collapsed)


def wasserstein(a: F32, b: F32, ways: int = 512, seed: int = 0) -> float:
    """How differently two clouds of as many rows (n, D) are distributed: the sliced Wasserstein distance (Rabin et al.,
    2012), the root mean square over ``ways`` random directions of the difference of sorted projections.

    Raises ValueError for clouds of different sizes: more rows look nearer.
    """
    if a.shape != b.shape:
        raise ValueError(f"clouds of {a.shape} and {b.shape} cannot be compared")
    dice = torch.Generator().manual_seed(seed)
    ray = F.normalize(torch.randn(a.shape[1], ways, generator=dice), dim=0)
    mine, other = (torch.from_numpy(rows) @ ray for rows in (a, b))
    return float((mine.sort(0).values - other.sort(0).values).square().mean().sqrt())


def occupied(rows: F32, places: F32) -> int:
    """To how many of ``places`` (m, D) some row (n, D) is nearer than to all others: how many kinds of picture there
    are, at that grain."""
    return len(np.unique(torch.cdist(torch.from_numpy(rows), torch.from_numpy(places)).argmin(1).numpy()))


def sharpness(pixels: Pixels) -> float:
    """The mean difference of neighbouring pixels of pictures uint8 (n, 3, s, s), 1 being black to white."""
    total = [
        0.5 * (np.abs(np.diff(part, axis=2)).mean() + np.abs(np.diff(part, axis=3)).mean())
        for part in (pixels[i : i + 32].astype(np.float32) for i in range(0, len(pixels), 32))
    ]
    return float(np.mean(total)) / 255.0
