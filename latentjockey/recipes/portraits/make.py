"""Makes the data set: portraits in groups, each put together and rendered by a process of its own, packed in order.

The file depends on seed, count and size alone, not on how many processes made it. Blocks; one thread.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from latentjockey.data.packed import PackedWriter
from latentjockey.data.pictures import encode
from latentjockey.recipes.portraits import node
from latentjockey.recipes.portraits.labels import NO_DIRECTIONS, columns, labels
from latentjockey.recipes.portraits.node import MakeError
from latentjockey.recipes.portraits.picture import document, render
from latentjockey.recipes.portraits.styles import CLASSES, SOURCES, STYLES
from latentjockey.recipes.portraits.traits import StyleParts, portrait

GROUP = 200
MOST, SMALLEST, LARGEST = 1_000_000, 16, 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. ``quality`` 1..100 keeps pictures lossy and small, None as they are."""

    count: int
    size: int
    seed: int
    quality: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST:
            raise MakeError(f"A data set has 1 to {MOST} portraits, not {self.count}.")
        if not SMALLEST <= self.size <= LARGEST:
            raise MakeError(f"Portraits are {SMALLEST} to {LARGEST} pixels wide, not {self.size}.")
        if self.seed < 0:
            raise MakeError("A seed is a whole number from 0.")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise MakeError("A quality is 1 to 100.")


Made = tuple[int, bytes, dict[str, float]]
"""A portrait's number, its encoded picture, its labels."""


def make(order: Order, out: Path, processes: int, told: Callable[[int], None] = lambda done: None) -> None:
    """Write the data set to ``out``; ``told`` hears how many are done. The file appears when it is whole.

    Raises MakeError in one sentence where Node.js or resvg_py is missing, OSError as the file system does.
    """
    if importlib.util.find_spec("resvg_py") is None:
        raise MakeError(
            "Portraits are rendered by resvg_py, which is not installed: pip install 'latentjockey[portraits]'."
        )
    folder = node.install()
    parts = node.describe(folder)
    known = columns(parts)
    writer = PackedWriter(out, order.size, CLASSES, SOURCES, known, name="portraits", quality=order.quality)
    with writer:
        writer.report = {"seed": order.seed, "no directions": sorted(NO_DIRECTIONS)}
        for index, data, values in _all(order, folder, parts, known, processes):
            style = index % len(STYLES)
            writer.add_encoded(data, style, style, f"{STYLES[style].name}/{index:06d}", values)
            told(index + 1)


def group(
    order: Order, folder: Path, parts: Mapping[str, StyleParts], known: Mapping[str, tuple[str, ...]], numbers: range
) -> list[Made]:
    """The portraits of these numbers. Runs in a process of its own."""
    portraits = [portrait(order.seed, i, parts) for i in numbers]
    made: list[Made] = []
    for one, drawing in zip(portraits, node.draw(folder, portraits, parts), strict=True):
        pixels = render(document(one, drawing.body, order.size), order.size)
        made.append((one.index, encode(pixels, order.quality), labels(one, drawing, known)))
    return made


def _all(
    order: Order,
    folder: Path,
    parts: Mapping[str, StyleParts],
    known: Mapping[str, tuple[str, ...]],
    processes: int,
) -> Iterator[Made]:
    work = partial(group, order, folder, parts, known)
    groups = [range(first, min(first + GROUP, order.count)) for first in range(0, order.count, GROUP)]
    if processes < 2 or len(groups) < 2:
        for numbers in groups:
            yield from work(numbers)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(groups))) as pool:
        for made in pool.imap(work, groups):
            yield from made
