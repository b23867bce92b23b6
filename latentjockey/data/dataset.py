"""What a data set is to whoever learns from it, and views that leave out whose pictures were withdrawn.

Reading may wait for the disk: not on the GUI thread. ``read`` may be called from several threads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import Source

SUFFIX = ".ljdata"
"""The ending of a packed data set."""
DEFAULT_SIZE = 128
WITHDRAWN = "withdrawn"
ROOM = 256 << 20
"""Bytes of decoded pictures that are kept in memory, unless told."""


class DataError(StageError):
    """A data set that cannot be used, or not so; ``str()`` is one sentence."""


class Dataset(Protocol):
    """Square pictures with a class and a source each. ``labels`` and ``source_of`` (n,) index ``classes`` and
    ``sources``; ``parts`` are further numbers or categories (n,) by name, ``part_values`` the words of those that are
    categories."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def sources(self) -> tuple[Source, ...]: ...
    @property
    def labels(self) -> NDArray[np.int16]: ...
    @property
    def source_of(self) -> NDArray[np.int16]: ...
    @property
    def parts(self) -> Mapping[str, NDArray[Any]]: ...
    @property
    def part_values(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def skipped(self) -> tuple[str, ...]:
        """A sentence for each picture that could not be read so far."""
        ...

    def __len__(self) -> int: ...

    def name_of(self, index: int) -> str:
        """Where a picture came from, as in its source; may be empty."""
        ...

    def read(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """The pictures at ``indices`` (m,) as (m, 3, size, size), sRGB. One that cannot be read is named in
        ``skipped``, and another of its source, and of its class where there is one, stands in for it.

        Raises DataError when nothing of a source can be read, IndexError outside 0..n-1.
        """
        ...


def open_dataset(
    path: Path, size: int | None = None, *, source: Source | None = None, withdrawn: bool = False, room: int = ROOM
) -> Dataset:
    """The data set at ``path``: a folder of pictures, its CSV or JSON of classes, or a packed file.

    ``size`` is that of the pictures read: by default the packed one, of a folder 128. ``source`` is whose pictures are
    that no manifest names (undisclosed when left out; packed files know). Withdrawn sources are left out, unless
    ``withdrawn`` is set. ``room`` is how many bytes of decoded pictures stay in memory. Raises DataError.
    """
    from latentjockey.data.folder import FolderDataset, scan
    from latentjockey.data.packed import PackedDataset

    dataset: Dataset
    if path.is_file() and path.suffix.lower() not in (".csv", ".json"):
        dataset = PackedDataset(path, size, room)
    elif path.exists():
        dataset = FolderDataset(scan(path, source), size or DEFAULT_SIZE, room=room)
    else:
        raise DataError(f"There is no {path}: name a folder of pictures, or a packed file ({SUFFIX}).")
    gone = [s.name for s in dataset.sources if s.consent == WITHDRAWN]
    return without(dataset, gone) if gone and not withdrawn else dataset


def without(dataset: Dataset, names: Collection[str]) -> Dataset:
    """``dataset`` less the sources called ``names`` (in any case); classes that are empty then go as well.

    Raises DataError for a name that is no source, and when nothing would be left.
    """
    if not names:
        return dataset
    known = {source.name.casefold() for source in dataset.sources}
    for name in names:
        if name.casefold() not in known:
            there = ", ".join(repr(source.name) for source in dataset.sources[:20])
            raise DataError(f"No source of {dataset.name} is called {name[:60]!r}; its sources are {there}.")
    leave = {name.casefold() for name in names}
    kept = np.array([source.name.casefold() not in leave for source in dataset.sources], bool)
    indices = np.flatnonzero(kept[dataset.source_of])
    if not len(indices):
        raise DataError(f"Nothing is left of {dataset.name} without {', '.join(sorted(names))}.")
    return Selection(dataset, indices, kept)


class Selection:
    """The pictures of another data set at ``indices`` (m,), with the sources where ``kept`` (sources,) is true."""

    def __init__(self, dataset: Dataset, indices: NDArray[np.integer[Any]], kept: NDArray[np.bool_]) -> None:
        self._dataset = dataset
        self._indices = indices
        used = np.isin(np.arange(len(dataset.classes)), dataset.labels[indices])
        self.name = dataset.name
        self.size = dataset.size
        self.classes = tuple(name for name, there in zip(dataset.classes, used, strict=True) if there)
        self.labels: NDArray[np.int16] = (np.cumsum(used) - 1)[dataset.labels[indices]].astype(np.int16)
        self.source_of: NDArray[np.int16] = (np.cumsum(kept) - 1)[dataset.source_of[indices]].astype(np.int16)
        sources = [source for source, there in zip(dataset.sources, kept, strict=True) if there]
        self.sources = counted(sources, self.source_of)
        self.parts: Mapping[str, NDArray[Any]] = {name: values[indices] for name, values in dataset.parts.items()}
        self.part_values = dataset.part_values

    @property
    def skipped(self) -> tuple[str, ...]:
        return self._dataset.skipped

    def __len__(self) -> int:
        return len(self._indices)

    def name_of(self, index: int) -> str:
        return self._dataset.name_of(int(self._indices[index]))

    def read(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        return self._dataset.read(self._indices[indices])


def counted(sources: Collection[Source], source_of: NDArray[np.int16]) -> tuple[Source, ...]:
    """``sources`` with the number of pictures that each has in ``source_of`` (n,)."""
    counts = np.bincount(source_of, minlength=len(sources))
    return tuple(replace(source, images=int(n)) for source, n in zip(sources, counts, strict=True))
