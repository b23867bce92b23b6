"""From a folder of pictures to a packed data set: cut, resized, told apart, counted. Several threads, bounded memory.

Pillow leaves Python's lock while it decodes, filters and encodes, so threads are enough; results are taken in the order
of the folder, so the same folder gives the same file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.data.dataset import WITHDRAWN, DataError
from latentjockey.data.folder import Folder, Picture
from latentjockey.data.near import NEAR, NearIndex, alike, fingerprints, thumbnails
from latentjockey.data.packed import PackedWriter
from latentjockey.data.pictures import Framing, PictureError, TooSmallError, encode, frame

_MOST_NAMED = 1000  # of each kind in a report
_MOST_COMPARED = 64  # plain surfaces of many colours share one fingerprint
_AHEAD = 3  # pictures in work for each thread


@dataclass(frozen=True, slots=True)
class Settings:
    """How to prepare. ``dedupe`` drops what is exactly or nearly there already; ``distance`` is how many of 64 bits may
    differ; ``quality`` 1..100 packs lossily; ``limit`` takes that many pictures, evenly from all."""

    framing: Framing
    dedupe: bool = True
    distance: int = NEAR
    quality: int | None = None
    limit: int | None = None
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: ``done`` of ``total`` files, ``kept`` pictures so far."""

    done: int
    total: int
    kept: int


class Report(msgspec.Struct):
    """What became of the files. Lists name the first thousand; the numbers beside them count all."""

    files: int = 0
    kept: int = 0
    size: int = 0
    classes: dict[str, int] = {}
    shorter_sides: tuple[int, int, int] = (0, 0, 0)
    """Smallest, median and largest shorter side of what was used, in pixels."""
    enlarged: int = 0
    moving: int = 0
    withdrawn: int = 0
    deduped: bool = True
    same: int = 0
    near: int = 0
    too_small: int = 0
    unreadable: int = 0
    duplicates: list[tuple[str, str]] = []
    """Pictures with the earlier one that each is, exactly."""
    near_duplicates: list[tuple[str, str]] = []
    left_out: list[str] = []
    """A sentence for each picture that is too small or cannot be read."""
    notes: list[str] = []


@dataclass(frozen=True, slots=True)
class _Square:
    name: str
    data: bytes
    digest: bytes
    fingerprint: int
    thumbnail: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Made:
    squares: tuple[_Square, ...]
    short: int
    moves: bool
    enlarged: bool


def prepare(folder: Folder, out: Path, settings: Settings, told: Callable[[Step], None] | None = None) -> Report:
    """Pack the pictures of ``folder`` into ``out``, whole or not at all; ``told`` hears of every file.

    What cannot be read is named in the report and passed over; withdrawn sources are not opened. Raises DataError when
    nothing is left or the disk does not take it.
    """
    pictures = [p for p in folder.pictures if folder.sources[p.source].consent != WITHDRAWN]
    if settings.limit is not None and settings.limit < len(pictures):
        pictures = [pictures[i * len(pictures) // settings.limit] for i in range(settings.limit)]
    report = Report(files=len(pictures), size=settings.framing.size, withdrawn=folder.withdrawn)
    report.deduped, report.notes = settings.dedupe, list(folder.notes)
    if not pictures:
        raise DataError(f"All pictures in {folder.root} are of withdrawn sources.")
    writer = PackedWriter(
        out, settings.framing.size, folder.classes, folder.sources, name=_name(folder), quality=settings.quality
    )
    try:
        with warnings.catch_warnings(), writer:
            warnings.filterwarnings("ignore", module="PIL")  # what matters of a damaged file, the report says
            _fill(writer, folder, pictures, settings, report, told)
            if not len(writer):
                raise DataError(_nothing_left(folder, report))
            writer.report = msgspec.to_builtins(report)
    except OSError as error:
        raise DataError(_disk(out, error)) from error
    return report


def _fill(
    writer: PackedWriter,
    folder: Folder,
    pictures: Sequence[Picture],
    settings: Settings,
    report: Report,
    told: Callable[[Step], None] | None,
) -> None:
    known = _Known(settings.distance)
    counts: Counter[int] = Counter()
    sides: list[int] = []
    for done, (picture, made) in enumerate(_all_made(pictures, settings), 1):
        if isinstance(made, PictureError):
            too_small = isinstance(made, TooSmallError)
            report.too_small += too_small
            report.unreadable += not too_small
            _name_one(report.left_out, f"{picture.name} {made}.")
        else:
            kept = 0
            for square in made.squares:
                if not _is_double(square, known, report) or not settings.dedupe:
                    writer.add_encoded(square.data, picture.label, picture.source, square.name)
                    kept += 1
            if kept:
                counts[picture.label] += kept
                sides.append(made.short)
                report.moving += made.moves
                report.enlarged += made.enlarged
        if told is not None:
            told(Step(done, len(pictures), len(writer)))
    report.kept = len(writer)
    report.classes = {name: counts[i] for i, name in enumerate(folder.classes) if counts[i]}
    if sides:
        report.shorter_sides = (min(sides), int(median(sides)), max(sides))


class _Known:
    """What was packed so far, by content and by likeness."""

    def __init__(self, distance: int) -> None:
        self._exact: dict[bytes, str] = {}
        self._near = NearIndex(distance)
        self._names: list[str] = []
        self._thumbnails: list[bytes] = []

    def same(self, square: _Square) -> str | None:
        """The name of the picture that has exactly these pixels."""
        return self._exact.get(square.digest)

    def near(self, square: _Square) -> str | None:
        """The name of the picture that is nearly this one."""
        for place in self._near.near(square.fingerprint)[:_MOST_COMPARED]:
            other = np.frombuffer(self._thumbnails[place], np.uint8).reshape(square.thumbnail.shape)
            if alike(square.thumbnail, other):
                return self._names[place]
        return None

    def add(self, square: _Square) -> None:
        self._exact[square.digest] = square.name
        self._near.add(square.fingerprint, len(self._names))
        self._names.append(square.name)
        self._thumbnails.append(square.thumbnail.tobytes())


def _is_double(square: _Square, known: _Known, report: Report) -> bool:
    """Whether it is there already; what is new is remembered, what is not is reported."""
    same = known.same(square)
    near = None if same is not None else known.near(square)
    if same is not None:
        report.same += 1
        _name_one(report.duplicates, (square.name, same))
    elif near is not None:
        report.near += 1
        _name_one(report.near_duplicates, (square.name, near))
    else:
        known.add(square)
        return False
    return True


def _all_made(pictures: Sequence[Picture], settings: Settings) -> Iterator[tuple[Picture, _Made | PictureError]]:
    """Every picture as it was made, in order; only so many are in work that memory stays bounded."""
    threads = settings.threads or min(32, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="prepare")
    waiting: deque[tuple[Picture, Future[_Made | PictureError]]] = deque()
    try:
        for picture in pictures:
            waiting.append((picture, pool.submit(_make, picture, settings)))
            if len(waiting) > _AHEAD * threads:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _make(picture: Picture, settings: Settings) -> _Made | PictureError:
    """One file's squares, on a thread of the pool."""
    try:
        framed = frame(picture.path, settings.framing)
    except PictureError as error:
        return error
    squares = framed.squares
    prints, thumbs = fingerprints(squares).tolist(), thumbnails(squares)
    names = [picture.name] if len(squares) == 1 else [f"{picture.name}#{i}" for i in range(1, len(squares) + 1)]
    made = tuple(
        _Square(name, encode(pixels, settings.quality), hashlib.blake2b(pixels, digest_size=16).digest(), value, thumb)
        for name, pixels, value, thumb in zip(names, squares, prints, thumbs, strict=True)
    )
    short = min(framed.width, framed.height)
    return _Made(made, short, framed.moves, short < settings.framing.size)


def _name_one(names: list[Any], what: Any) -> None:
    if len(names) < _MOST_NAMED:
        names.append(what)


def _name(folder: Folder) -> str:
    return folder.root.resolve().name.encode("utf-8", "replace").decode()


def _nothing_left(folder: Folder, report: Report) -> str:
    first = f" The first: {report.left_out[0]}" if report.left_out else ""
    return f"None of the {report.files} pictures in {folder.root} can be used.{first}"


def _disk(out: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {out.parent} is full: free some of it, or name another place with --out."
    return f"{out} cannot be written: {(error.strerror or str(error)).lower()}."
