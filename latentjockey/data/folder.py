"""A folder of pictures as a data set: which pictures, of which class, from which source. Waits for the disk."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.data.dataset import ROOM, WITHDRAWN, DataError, counted
from latentjockey.data.manifest import (
    Claim,
    Labels,
    find_labels,
    find_sources,
    natural,
    read_labels,
    read_sources,
    source_for,
)
from latentjockey.data.pictures import SUFFIXES, Framing, PictureError, frame
from latentjockey.data.shelf import Shelf
from latentjockey.models.card import Source

MOST_CLASSES = 10_000
_BESIDE = frozenset((".csv", ".json", ".txt", ".md", ".ljdata", ".db", ".ini", ""))


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that looks like a picture. ``name`` is its path below the folder, with ``/``."""

    path: Path
    name: str
    label: int
    source: int


@dataclass(frozen=True, slots=True)
class Folder:
    """What :func:`scan` found. ``unclaimed`` tells how many pictures no manifest gives a source; they have the last
    one of ``sources``. ``withdrawn`` counts the pictures of withdrawn sources, which are among ``pictures``."""

    root: Path
    classes: tuple[str, ...]
    sources: tuple[Source, ...]
    pictures: tuple[Picture, ...]
    unclaimed: int = 0
    withdrawn: int = 0
    notes: tuple[str, ...] = field(default=())


def scan(path: Path, rest: Source | None = None, manifest: Path | None = None) -> Folder:
    """Look through a folder and all below it, or through the folder of a CSV or JSON of classes. No picture is opened.

    Classes are those of a label file, else the folders directly below, else one. Sources are those of ``manifest`` or
    of the folder's own ``sources.csv`` / ``sources.json``; pictures of none are ``rest``'s (undisclosed, called like
    the folder, when left out). Hidden files, and folders that are links, are passed over. Raises DataError.
    """
    if path.is_file() and path.suffix.lower() not in (".csv", ".json"):
        raise DataError(f"{path.name} is no folder of pictures, nor a CSV or JSON that names their classes.")
    root = path if path.is_dir() else path.parent
    label_file = find_labels(root) if path.is_dir() else path
    labels = read_labels(label_file) if label_file else None
    source_file = manifest or find_sources(root)
    claims = read_sources(source_file) if source_file else []
    found, foreign = _files(root)
    notes = [*(labels.notes if labels else ()), *_foreign_notes(foreign)]
    if labels:
        labels = _below(labels, [name for name, _ in found])
        listed = [entry for entry in found if entry[0] in labels.by_path]
        notes += _label_notes(labels, found, listed)
        found = listed
    if not found:
        raise DataError(f"There is no picture in {root}{f' that {labels.file} names' if labels else ''}.")
    classes, label_of = _classes(root, [name for name, _ in found], labels, null=label_file is not None)
    rest = rest or Source(_clean(root.resolve().name) or "pictures")
    numbers, sources = _sources(claims, rest, [name for name, _ in found])
    unclaimed = numbers.count(len({claim.source.name.casefold() for claim in claims}))
    pictures = tuple(
        Picture(file, _clean(name), label, source)
        for (name, file), label, source in zip(found, label_of, numbers, strict=True)
    )
    gone = sum(sources[picture.source].consent == WITHDRAWN for picture in pictures)
    return Folder(root, classes, sources, pictures, unclaimed, gone, tuple(notes))


class FolderDataset:
    """A :class:`~latentjockey.data.dataset.Dataset` of the pictures in a folder, cut when they are read.

    A packed file is many times faster; ``crop`` and ``background`` are those of :class:`Framing`, less tiles.
    """

    def __init__(self, folder: Folder, size: int, framing: Framing | None = None, room: int = ROOM) -> None:
        self._pictures = folder.pictures
        self._framing = framing or Framing(size)
        self.name = _clean(folder.root.resolve().name) or "pictures"
        self.size = size
        self.classes = folder.classes
        self.labels: NDArray[np.int16] = np.array([picture.label for picture in folder.pictures], np.int16)
        self.source_of: NDArray[np.int16] = np.array([picture.source for picture in folder.pictures], np.int16)
        self.sources = counted(folder.sources, self.source_of)
        self.parts: Mapping[str, NDArray[Any]] = {}
        self.part_values: Mapping[str, tuple[str, ...]] = {}
        self._shelf = Shelf(self._fetch, self.name_of, self.labels, self.source_of, size, room)

    @property
    def skipped(self) -> tuple[str, ...]:
        return self._shelf.skipped

    def __len__(self) -> int:
        return len(self._pictures)

    def name_of(self, index: int) -> str:
        return self._pictures[index].name

    def read(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        return self._shelf.read(indices)

    def _fetch(self, index: int) -> NDArray[np.uint8]:
        picture = self._pictures[index]
        if self.sources[picture.source].consent == WITHDRAWN:
            raise PictureError("is of a source that was withdrawn")
        pixels: NDArray[np.uint8] = frame(picture.path, self._framing).squares[0]
        return pixels


def _files(root: Path) -> tuple[list[tuple[str, Path]], Counter[str]]:
    """Every picture below ``root`` with its path there, in natural order; and other files, counted by their ending."""
    found: list[tuple[str, Path]] = []
    foreign: Counter[str] = Counter()
    try:
        next(os.scandir(root), None)  # os.walk passes over what it may not read
    except OSError as error:
        raise DataError(f"{root} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if not name.startswith((".", "__MACOSX"))]
        for name in files:
            suffix = os.path.splitext(name)[1].lower()
            if name.startswith("."):
                continue
            if suffix in SUFFIXES:
                path = Path(folder, name)
                found.append((path.relative_to(root).as_posix(), path))
            elif suffix not in _BESIDE:
                foreign[_clean(suffix)] += 1
    found.sort(key=lambda entry: natural(entry[0]))
    return found, foreign


def _below(labels: Labels, names: Sequence[str]) -> Labels:
    """``labels`` by whole paths where the file gives bare names of pictures that lie in a folder below it."""
    bare: dict[str, list[str]] = {}
    for name in names:
        bare.setdefault(name.rpartition("/")[2], []).append(name)
    there = set(names)
    whole = {
        bare[name][0] if name not in there and len(bare.get(name, ())) == 1 else name: word
        for name, word in labels.by_path.items()
    }
    return replace(labels, by_path=whole)


def _classes(
    root: Path, names: Sequence[str], labels: Labels | None, *, null: bool
) -> tuple[tuple[str, ...], list[int]]:
    if labels:
        words = [labels.by_path[name] for name in names]
    else:
        own = _clean(root.resolve().name) or "pictures"
        words = [_clean(name.partition("/")[0]) if "/" in name and not null else own for name in names]
    classes = tuple(sorted(set(words), key=lambda word: (natural(word), word)))
    if len(classes) > MOST_CLASSES:
        raise DataError(f"{root} has {len(classes)} classes; {MOST_CLASSES} are read at most.")
    place = {word: number for number, word in enumerate(classes)}
    return classes, [place[word] for word in words]


def _sources(claims: Sequence[Claim], rest: Source, names: Sequence[str]) -> tuple[list[int], tuple[Source, ...]]:
    """The source of each picture. Claims of one name are one source; ``rest`` is there, last, where it has pictures."""
    sources: dict[str, Source] = {}
    for claim in claims:
        known = sources.setdefault(claim.source.name.casefold(), claim.source)
        if known != claim.source:
            raise DataError(f"Two sources are called {known.name[:60]!r} but differ: give each a name of its own.")
    if rest.name.casefold() in sources:
        rest = replace(rest, name=f"{rest.name}, others")
    place = {name: number for number, name in enumerate(sources)}
    numbers = []
    for name in names:
        claim_number = source_for(claims, name)
        numbers.append(len(place) if claim_number is None else place[claims[claim_number].source.name.casefold()])
    unclaimed = len(place) in numbers
    return numbers, (*sources.values(), *((rest,) if unclaimed else ()))


def _foreign_notes(foreign: Counter[str]) -> list[str]:
    notes = []
    for suffix, count in foreign.most_common(12):
        hint = ": save them as JPEG or PNG to use them" if suffix in (".heic", ".heif", ".svg", ".raw", ".cr2") else ""
        notes.append(f"{count} {'file is' if count == 1 else 'files are'} {suffix}, which is not read{hint}.")
    return notes


def _label_notes(labels: Labels, found: Sequence[Any], listed: Sequence[tuple[str, Path]]) -> list[str]:
    notes = []
    there = {name for name, _ in listed}
    missing = [name for name in labels.by_path if name not in there]
    if missing:
        named = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        notes.append(f"{labels.file} names {len(missing)} pictures that are not there: {named}.")
    if len(found) > len(listed):
        notes.append(f"{len(found) - len(listed)} pictures are not in {labels.file} and were left out.")
    return notes


def _clean(text: str) -> str:
    """``text`` as files can hold it: names of old disks may have bytes that are no letters."""
    return text.encode("utf-8", "replace").decode()
