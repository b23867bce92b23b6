"""Batches of a data set: read once into memory where it fits, otherwise as they are wanted. One thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.data.dataset import Dataset
from latentjockey.models.card import Source
from latentjockey.training.feeder import Pictures, turns
from latentjockey.training.schedule import seed_of

_CHOICE = 1
_MOST_BYTES = 3_000_000_000
_AT_ONCE = 64


class DatasetFeed:
    """The pictures of ``dataset``, each class as often as the others. ``notice`` hears of each that cannot be read."""

    def __init__(self, dataset: Dataset, *, seed: int, notice: Callable[[str], None], rank: int = 0) -> None:
        self._dataset, self._seed, self._notice, self._rank = dataset, seed, notice, rank
        self._of_class = [np.flatnonzero(dataset.labels == k) for k in range(len(dataset.classes))]
        self._size, self._told = 0, 0
        self._held: Pictures | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        return self._dataset.classes

    @property
    def sources(self) -> tuple[Source, ...]:
        return self._dataset.sources

    @property
    def count(self) -> int:
        return len(self._dataset)

    def begin(self, size: int, images: int) -> None:
        self._size, self._held = size, None
        if len(self._dataset) * 3 * size * size <= _MOST_BYTES:
            held = np.empty((len(self._dataset), 3, size, size), np.uint8)
            for start in range(0, len(held), _AT_ONCE):
                indices = np.arange(start, min(start + _AT_ONCE, len(held)))
                held[indices] = self._read(indices)
            self._held = held

    def batch(self, step: int, images: int, n: int) -> tuple[Tensor, Tensor]:
        classes = turns(step, n, len(self._of_class))
        chance = np.random.default_rng(seed_of(self._seed, step, self._rank, _CHOICE))
        dice = chance.random(n)
        chosen = [self._of_class[k][int(d * len(self._of_class[k]))] for k, d in zip(classes, dice, strict=True)]
        return torch.from_numpy(self._pictures(np.array(chosen))), torch.from_numpy(classes)

    def some(self, k: int, n: int) -> Iterator[Tensor]:
        indices = self._of_class[k][:n]
        for start in range(0, len(indices), _AT_ONCE):
            yield torch.from_numpy(self._pictures(indices[start : start + _AT_ONCE]))

    def close(self) -> None:
        self._held = None

    def _pictures(self, indices: NDArray[np.int64]) -> Pictures:
        return self._read(indices) if self._held is None else self._held[indices]

    def _read(self, indices: NDArray[np.int64]) -> Pictures:
        pictures = self._dataset.read(indices)
        for sentence in self._dataset.skipped[self._told :]:
            self._notice(sentence)
            self._told += 1
        return sized(pictures, self._size)


def sized(pictures: Pictures, size: int) -> Pictures:
    """Square pictures (n, 3, s, s) at ``size`` px: areas are averaged on the way down, cubic on the way up."""
    if pictures.shape[2] == size:
        return pictures
    x = torch.from_numpy(pictures).float()
    smaller = size < pictures.shape[2]
    x = F.interpolate(x, (size, size), mode="area" if smaller else "bicubic")
    return x.round().clamp(0, 255).byte().numpy()
