"""Pictures with what is known of them, to compare a model's with: those it learned from, and others of their kind.

A recipe is drawn again, so its labels are known; a data set is read. One thread; drawing takes tens of milliseconds a
picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.data.dataset import Dataset, open_dataset
from latentjockey.recipes.made import place
from latentjockey.recipes.recipe import Recipe
from latentjockey.recipes.registry import RECIPES, recipe
from latentjockey.training.dataset_feed import sized
from latentjockey.training.feeder import FIRST_SEED

Pixels = NDArray[np.uint8]
Parts = Mapping[str, NDArray[np.float32]]
Told = Callable[[int, int], None]
"""Hears how many pictures of how many are there."""

_AT_ONCE = 32
_ABSENT = frozenset({"", "-", "no", "none", "absent"})
_FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures uint8 (n, 3, size, size) with classes (n,) and named numbers (n,), NaN where a picture has none."""

    pixels: Pixels
    labels: NDArray[np.int64]
    parts: Parts = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pixels)

    def taken(self, indices: NDArray[np.integer[Any]]) -> Gallery:
        """Those at ``indices`` (m,)."""
        parts = {name: values[indices] for name, values in self.parts.items()}
        return Gallery(self.pixels[indices], self.labels[indices], parts)


@dataclass(frozen=True, slots=True)
class Reals:
    """``learned`` are pictures that the model learned from. ``fresh`` are others: of a recipe it never saw them
    (``unseen``), of a data set it did, and they are merely kept apart here."""

    classes: tuple[str, ...]
    learned: Gallery
    fresh: Gallery
    unseen: bool


def _silent(done: int, of: int) -> None:
    pass


def reals(data: str, size: int, learned: int, fresh: int, seed: int = 0, told: Told = _silent) -> Reals:
    """Up to so many pictures of ``data``, a recipe's name, a folder or a packed file. ``seed`` is that of the run.

    Raises StageError for what is no data.
    """
    if data in RECIPES:
        drawer = recipe(data)
        seen = drawn(drawer, (seed << 40) + FIRST_SEED, learned, size, told)
        return Reals(tuple(drawer.classes), seen, drawn(drawer, 0, min(fresh, FIRST_SEED), size, told), True)
    dataset = open_dataset(place(data))
    order = np.random.default_rng(seed).permutation(len(dataset))
    apart = max(1, min(fresh, len(order) // 5))
    first, rest = order[:apart], order[apart : apart + learned]
    if not len(rest):
        raise StageError(f"{dataset.name} has too few pictures to keep some apart.")
    return Reals(dataset.classes, read(dataset, rest, size, told), read(dataset, first, size, told), False)


def has_parts(data: str) -> bool:
    """Whether more than the class is told of its pictures. Raises StageError for what is no data."""
    return data in RECIPES or bool(open_dataset(place(data)).parts)


def drawn(drawer: Recipe, first: int, n: int, size: int, told: Told = _silent) -> Gallery:
    """``n`` pictures of a recipe from seed ``first`` on, kinds in turns, with their parts."""
    seeds = torch.arange(first, first + n)
    kinds = torch.arange(n) % len(drawer.classes)
    pixels = np.empty((n, 3, size, size), np.uint8)
    for start in range(0, n, _AT_ONCE):
        part = slice(start, min(n, start + _AT_ONCE))
        pixels[part] = drawer.draw(seeds[part], kinds[part], size, "cpu").numpy()
        told(part.stop, n)
    parts = {name: values.numpy().astype(np.float32) for name, values in drawer.parts(seeds, kinds).items()}
    return Gallery(pixels, kinds.numpy(), parts)


def read(dataset: Dataset, indices: NDArray[np.integer[Any]], size: int, told: Told = _silent) -> Gallery:
    """The pictures of a data set at ``indices``, at ``size`` px, with their parts as numbers."""
    pixels = np.empty((len(indices), 3, size, size), np.uint8)
    for start in range(0, len(indices), _AT_ONCE):
        part = slice(start, min(len(indices), start + _AT_ONCE))
        pixels[part] = sized(dataset.read(indices[part]), size)
        told(part.stop, len(indices))
    parts = numbers(dataset.parts, dataset.part_values)
    return Gallery(
        pixels, dataset.labels[indices].astype(np.int64), {n: values[indices] for n, values in parts.items()}
    )


def aligned(found: Reals, classes: tuple[str, ...]) -> Reals:
    """Real pictures with the classes of a model, in its order; those of other classes are left out. Of a model without
    classes all are of one. Raises StageError where a class has no pictures."""
    if not classes:
        return Reals(("all",), _one(found.learned), _one(found.fresh), found.unseen)
    for name in classes:
        if name not in found.classes:
            raise StageError(f"The model's class {name!r} is not in the data: is it what the model learned from?")
    place = np.array([classes.index(name) if name in classes else -1 for name in found.classes])
    sides = []
    for side in (found.learned, found.fresh):
        labels = place[side.labels]
        kept = side.taken(np.flatnonzero(labels >= 0))
        sides.append(Gallery(kept.pixels, labels[labels >= 0], kept.parts))
        if not len(sides[-1]):
            raise StageError("The data holds no pictures of the model's classes.")
    return Reals(classes, sides[0], sides[1], found.unseen)


def _one(side: Gallery) -> Gallery:
    return Gallery(side.pixels, np.zeros_like(side.labels), side.parts)


def numbers(parts: Mapping[str, NDArray[Any]], words: Mapping[str, tuple[str, ...]]) -> dict[str, NDArray[np.float32]]:
    """Parts as numbers. A category that can be absent becomes whether it is there; one of two to four words becomes one
    number a word; others say too little each and are left out."""
    found: dict[str, NDArray[np.float32]] = {}
    for name, values in parts.items():
        known = words.get(name, ())
        if not known:
            found[name] = values.astype(np.float32)
            continue
        absent = [k for k, word in enumerate(known) if word.strip().casefold() in _ABSENT]
        if absent:
            found[name] = (~np.isin(values, absent)).astype(np.float32)
        elif 2 <= len(known) <= _FEW_WORDS:
            for k, word in enumerate(known):
                found[f"{name} {word}"] = (values == k).astype(np.float32)
    return found
