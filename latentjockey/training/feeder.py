"""Where batches come from: a data set in memory, or pictures of a recipe, drawn in processes beside the training.

What a batch holds depends on the run's seed, the step and the pictures seen so far, never on how fast anything was
drawn; so a run that goes on after a break sees what it would have seen.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.platform import cores
from latentjockey.models.card import Source
from latentjockey.training.schedule import seed_of

Pictures = NDArray[np.uint8]

FIRST_SEED = 1_000_000
"""The recipes' pictures below this number are never trained on: they are for looking at, and for measuring."""
_CHUNK = 32
_AHEAD = 2
_BEGINNING = 0.125
_WHILE_FILLING = 4
_MOST_BYTES = 1_500_000_000
_CHOICE = 1


class Feed(Protocol):
    """Pictures of classes. ``count`` is how many different ones there are, 0 for endless."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def sources(self) -> tuple[Source, ...]: ...

    @property
    def count(self) -> int: ...

    def begin(self, size: int, images: int) -> None:
        """Get ready to give pictures of ``size`` px, after ``images`` were seen at this size."""
        ...

    def batch(self, step: int, images: int, n: int) -> tuple[Tensor, Tensor]:
        """Pictures uint8 (n, 3, size, size) and classes int64 (n,), classes in turn. ``images`` were seen at this size
        before it."""
        ...

    def some(self, k: int, n: int) -> Iterator[Tensor]:
        """Up to ``n`` pictures of class ``k`` as uint8 (m, 3, size, size), all different."""
        ...

    def close(self) -> None: ...


class Drawer(Protocol):
    """What of a recipe is needed here; see :class:`latentjockey.recipes.recipe.Recipe`."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def sources(self) -> tuple[Source, ...]: ...

    def draw(self, seeds: Tensor, kinds: Tensor, size: int, device: torch.device | str) -> Tensor: ...


def turns(step: int, n: int, classes: int) -> NDArray[np.int64]:
    """The classes of a batch: all in turn, going on where the batch before stopped."""
    return (np.arange(n) + step * n) % classes


class RecipeFeed:
    """A pool of a recipe's pictures, all of it in memory or in a file of the run's folder.

    It begins with an eighth of the pool. One more arrives with each 4 pictures seen until it is full; then one is
    replaced with each ``turnover``. The r-th arrival takes place r modulo the pool's size, so what is in the pool
    after so many pictures is always the same. ``workers`` processes draw (by default one a processor), on another
    device or with 0 this one does.
    """

    def __init__(
        self,
        name: str,
        *,
        make: Callable[[str], Drawer],
        folder: Path | None,
        pool: int,
        turnover: int,
        seed: int,
        kinds: tuple[int, ...] = (),
        rank: int = 0,
        ranks: int = 1,
        device: torch.device | None = None,
        workers: int | None = None,
    ) -> None:
        self._name, self._make, self._folder = name, make, folder
        self._recipe = make(name)
        self._kinds = kinds or tuple(range(len(self._recipe.classes)))
        self._pool, self._turnover, self._seed = pool, turnover, seed
        self._rank, self._ranks, self._device = rank, ranks, device
        self._workers = cores() if workers is None else workers
        self._size, self._places, self._filled = 0, 0, 0
        self._pictures: Pictures = np.zeros((0, 3, 1, 1), np.uint8)
        self._arrived: NDArray[np.int64] = np.zeros(0, np.int64)
        self._processes: ProcessPoolExecutor | None = None
        self._coming: deque[tuple[NDArray[np.int64], Future[Pictures]]] = deque()
        self._asked = 0

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self._recipe.classes[k] for k in self._kinds)

    @property
    def sources(self) -> tuple[Source, ...]:
        return self._recipe.sources

    @property
    def count(self) -> int:
        return 0

    def arrivals(self, images: int) -> int:
        """How many pictures have arrived after ``images`` were seen."""
        first = max(min(self._places, len(self._kinds)), int(self._places * _BEGINNING))
        growing = (self._places - first) * _WHILE_FILLING
        if images < growing:
            return first + images // _WHILE_FILLING
        return self._places + (images - growing) // self._turnover

    def begin(self, size: int, images: int) -> None:
        self._forget()
        most = max(_MOST_BYTES // (3 * size * size), len(self._kinds))
        places = max(1, min(self._pool, most) // len(self._kinds)) * len(self._kinds)
        self._size, self._places = size, places
        self._pictures, self._arrived = self._room(size, places)
        wanted = self.arrivals(images)
        newest = np.arange(max(0, wanted - places), wanted)
        missing = newest[self._arrived[newest % places] != newest]
        self._asked = wanted
        for start in range(0, len(missing), _CHUNK):
            self._ask(missing[start : start + _CHUNK])
        while self._coming:
            self._take()
        self._filled = min(wanted, places)

    def batch(self, step: int, images: int, n: int) -> tuple[Tensor, Tensor]:
        self._advance(self.arrivals(images))
        classes = turns(step, n, len(self._kinds))
        chance = np.random.default_rng(seed_of(self._seed, step, self._rank, _CHOICE))
        of_each = (self._filled - 1 - classes) // len(self._kinds) + 1
        places = classes + len(self._kinds) * chance.integers(0, np.maximum(of_each, 1))
        return torch.from_numpy(self._pictures[places]), torch.from_numpy(classes)

    def some(self, k: int, n: int) -> Iterator[Tensor]:
        places = np.arange(k, self._filled, len(self._kinds))[:n]
        for start in range(0, len(places), 64):
            yield torch.from_numpy(self._pictures[places[start : start + 64]])

    def close(self) -> None:
        self._forget()
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)
            self._processes = None

    def _forget(self) -> None:
        for _, future in self._coming:
            future.cancel()
        self._coming.clear()

    def _advance(self, wanted: int) -> None:
        """Let all up to ``wanted`` have arrived, and have the next ones drawn meanwhile."""
        while self._asked < wanted or len(self._coming) < _AHEAD:
            self._ask(np.arange(self._asked, self._asked + _CHUNK))
            self._asked += _CHUNK
        while self._coming and int(self._coming[0][0][0]) < wanted:
            arrivals, future = self._coming[0]
            part = arrivals[arrivals < wanted]
            drawn = future.result()
            self._put(part, drawn[: len(part)])
            if len(part) == len(arrivals):
                self._coming.popleft()
            else:
                rest: Future[Pictures] = Future()
                rest.set_result(drawn[len(part) :])
                self._coming[0] = (arrivals[len(part) :], rest)
        self._filled = min(wanted, self._places)

    def _ask(self, arrivals: NDArray[np.int64]) -> None:
        kinds = np.asarray(self._kinds, np.int64)[arrivals % self._places % len(self._kinds)]
        seeds = (self._seed << 40) + FIRST_SEED + arrivals * self._ranks + self._rank
        here = torch.device("cpu") if self._device is None else self._device
        if here.type != "cpu" or not self._workers:
            done: Future[Pictures] = Future()
            with torch.no_grad():
                drawn = self._recipe.draw(torch.from_numpy(seeds), torch.from_numpy(kinds), self._size, here)
            done.set_result(drawn.cpu().numpy())
            self._coming.append((arrivals, done))
            return
        if self._processes is None:
            self._processes = ProcessPoolExecutor(
                self._workers, get_context("spawn"), _prepare, (self._make, self._name)
            )
        self._coming.append((arrivals, self._processes.submit(_draw, seeds, kinds, self._size)))

    def _take(self) -> None:
        arrivals, future = self._coming.popleft()
        self._put(arrivals, future.result())

    def _put(self, arrivals: NDArray[np.int64], drawn: Pictures) -> None:
        places = arrivals % self._places
        self._arrived[places] = -1  # a kill between these lines leaves a place that is drawn again
        self._pictures[places] = drawn
        self._arrived[places] = arrivals

    def _room(self, size: int, places: int) -> tuple[Pictures, NDArray[np.int64]]:
        shape = (places, 3, size, size)
        if self._folder is None:
            return np.zeros(shape, np.uint8), np.full(places, -1, np.int64)
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = f"pool-{size}-{places}-{self._rank}-of-{self._ranks}"
        try:
            arrived = _mapped(self._folder / f"{stem}.arrived", np.dtype(np.int64), (places,), -1)
            return _mapped(self._folder / f"{stem}.pictures", np.dtype(np.uint8), shape, 0), arrived
        except OSError:  # no room, or a file system that cannot: what is drawn is kept in memory only
            return np.zeros(shape, np.uint8), np.full(places, -1, np.int64)


def _mapped(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], fill: int) -> NDArray[Any]:
    """A file as an array, made and really allocated where it is missing or of another length. Raises OSError."""
    length = int(np.prod(shape)) * dtype.itemsize
    if not path.exists() or path.stat().st_size != length:
        with path.open("wb") as file:
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, length)  # a hole that cannot be filled later would be SIGBUS
                else:
                    file.truncate(length)
            except OSError:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
        made = np.memmap(path, dtype, "r+", shape=shape)
        if fill:
            made[:] = fill
        return made
    return np.memmap(path, dtype, "r+", shape=shape)


_drawer: Drawer | None = None


def _prepare(make: Callable[[str], Drawer], name: str) -> None:
    global _drawer
    torch.set_num_threads(1)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)
    _drawer = make(name)


def _draw(seeds: NDArray[np.int64], kinds: NDArray[np.int64], size: int) -> Pictures:
    assert _drawer is not None
    with torch.no_grad():
        drawn = _drawer.draw(torch.from_numpy(seeds), torch.from_numpy(kinds), size, "cpu")
    return np.ascontiguousarray(drawn.numpy())
