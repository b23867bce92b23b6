"""Packed data sets: one file with every picture, read by memory map, written as the pictures come.

A ``.ljdata`` file is a safetensors container (:mod:`latentjockey.models.container`): tensor ``bytes`` has the encoded
pictures one after the other, picture i in ``offsets[i]:offsets[i + 1]``; ``labels`` and ``source_of`` (int16) index
classes and sources; ``part.NAME`` holds one number a picture; ``names`` and ``report`` are JSON. The metadata key
``latentjockey`` is a JSON object: format, size, classes, sources, parts. Files come from strangers: anything in them
that does not fit is one :class:`DataError`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.paths import replacing
from latentjockey.data.dataset import ROOM, SUFFIX, DataError, counted
from latentjockey.data.pictures import decode, encode, resized
from latentjockey.data.shelf import Shelf
from latentjockey.models.card import CONSENTS, MOST_SOURCES, Source
from latentjockey.models.container import ContainerError, TensorInfo, header, map_tensor, read_header, read_tensor

FORMAT = 1
MOST_CLASSES = 10_000
LARGEST_SIZE = 4096
_LONGEST_WORD = 2000
_LARGEST_PICTURE = 64 << 20
_LARGEST_TEXT = 256 << 20
_KEY = "latentjockey"


class _Manifest(msgspec.Struct):
    """The metadata of a packed file."""

    format: int
    size: int
    classes: list[str]
    sources: list[Source]
    parts: dict[str, list[str]] = {}
    name: str = ""


class PackedDataset:
    """A :class:`~latentjockey.data.dataset.Dataset` in a packed file; ``size`` reads it at another size.

    Raises DataError when the file is not whole. Pictures are decoded when they are read, and checked then.
    """

    def __init__(self, path: Path, size: int | None = None, room: int = ROOM) -> None:
        try:
            tensors, metadata = read_header(path)
            manifest = _manifest(path, metadata)
            self._bytes = map_tensor(path, _one(path, tensors, "bytes", "U8"))
            self._offsets = read_tensor(path, _one(path, tensors, "offsets", "I64"))
            self.labels: NDArray[np.int16] = read_tensor(path, _one(path, tensors, "labels", "I16"))
            self.source_of: NDArray[np.int16] = read_tensor(path, _one(path, tensors, "source_of", "I16"))
            parts = {name: read_tensor(path, _one(path, tensors, f"part.{name}")) for name in manifest.parts}
            self._names = _text(path, tensors.get("names"), list[str]) or []
            self.report: Mapping[str, Any] = _text(path, tensors.get("report"), dict[str, Any]) or {}
        except ContainerError as error:
            raise DataError(f"{error} It is no packed data set: make one with latentjockey data prepare.") from error
        self.name = manifest.name or path.stem
        self.classes = tuple(manifest.classes)
        self.packed_size = manifest.size
        self.size = size or manifest.size
        self.parts: Mapping[str, NDArray[Any]] = parts
        self.part_values = {name: tuple(words) for name, words in manifest.parts.items() if words}
        self._check(path, manifest)
        self.sources = counted(manifest.sources, self.source_of)
        self._shelf = Shelf(self._fetch, self.name_of, self.labels, self.source_of, self.size, room)

    @property
    def skipped(self) -> tuple[str, ...]:
        return self._shelf.skipped

    @property
    def stored_bytes(self) -> int:
        """How many bytes the encoded pictures take."""
        return int(self._offsets[-1])

    def __len__(self) -> int:
        return len(self.labels)

    def name_of(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else ""

    def encoded(self, index: int) -> bytes:
        """A picture as it is stored."""
        return self._bytes[self._offsets[index] : self._offsets[index + 1]].tobytes()

    def read(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        return self._shelf.read(indices)

    def _fetch(self, index: int) -> NDArray[np.uint8]:
        pixels = decode(self.encoded(index), self.packed_size)
        return pixels if self.size == self.packed_size else resized(pixels, self.size)

    def _check(self, path: Path, manifest: _Manifest) -> None:
        n, offsets = len(self.labels), self._offsets
        lengths = np.diff(offsets)
        right = (
            n > 0
            and len(self.source_of) == n
            and len(offsets) == n + 1
            and offsets[0] == 0
            and offsets[-1] <= len(self._bytes)
            and int(lengths.min(initial=0)) >= 0
            and int(offsets.min()) >= 0
            and int(lengths.max(initial=0)) <= _LARGEST_PICTURE
            and 0 <= self.labels.min() <= self.labels.max() < len(self.classes)
            and 0 <= self.source_of.min() <= self.source_of.max() < len(manifest.sources)
            and len(self._names) in (0, n)
        )
        for name, values in self.parts.items():
            words = len(manifest.parts[name])
            right = right and values.shape == (n,) and values.dtype.kind in "iuf" and bool(np.isfinite(values).all())
            right = right and (not words or (values.dtype.kind in "iu" and values.min() >= 0 and values.max() < words))
        if not right:
            raise DataError(f"{path.name} is damaged: its tables do not fit together; prepare it anew.")


class PackedWriter:
    """Writes a packed file while the pictures come; used with ``with``. Memory does not grow with the pixels.

    ``parts`` names what else is told of each picture, with the words of its values, or none where it is a number. The
    file appears, whole, when the block ends well; otherwise nothing is left. Classes that got no picture are not in it.
    Raises OSError as the file system does.
    """

    def __init__(
        self,
        path: Path,
        size: int,
        classes: Sequence[str],
        sources: Sequence[Source],
        parts: Mapping[str, Sequence[str]] | None = None,
        *,
        name: str = "",
        quality: int | None = None,
    ) -> None:
        if not (0 < size <= LARGEST_SIZE and 0 < len(classes) <= MOST_CLASSES and 0 < len(sources) <= MOST_SOURCES):
            raise ValueError("a packed file has a size, classes and sources, and not too many")
        self._path, self._size, self._quality = path, size, quality
        self._classes, self._sources, self._parts = tuple(classes), tuple(sources), dict(parts or {})
        self._name = name or path.stem
        self._lengths: list[int] = []
        self._labels: list[int] = []
        self._source_of: list[int] = []
        self._values: dict[str, list[float]] = {part: [] for part in self._parts}
        self._names: list[str] = []
        self._stack = contextlib.ExitStack()
        self.report: dict[str, Any] = {}
        """What is kept in the file about how it was made: anything that JSON has."""

    def __enter__(self) -> Self:
        text = json.dumps(self._metadata(self._sources), ensure_ascii=False)
        room = 2 * len(text.encode()) + 32 * len(self._sources) + 200 * (len(self._parts) + 8) + 4096
        self._begin = (room + 4095) // 4096 * 4096
        self._file = self._stack.enter_context(replacing(self._path))
        self._file.seek(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._finish()

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def stored_bytes(self) -> int:
        """How many bytes of pictures were written."""
        return self._file.tell() - self._begin

    def add(
        self,
        pixels: NDArray[np.uint8],
        label: int,
        source: int,
        name: str = "",
        parts: Mapping[str, float] | None = None,
    ) -> None:
        """Append a picture (3, size, size). ``parts`` has a number, or the index of a word, for each part."""
        if pixels.shape != (3, self._size, self._size):
            raise ValueError(f"a picture of {pixels.shape} in a file of {self._size}")
        self.add_encoded(encode(pixels, self._quality), label, source, name, parts)

    def add_encoded(
        self, data: bytes, label: int, source: int, name: str = "", parts: Mapping[str, float] | None = None
    ) -> None:
        """Append what :func:`~latentjockey.data.pictures.encode` made."""
        if not (0 <= label < len(self._classes) and 0 <= source < len(self._sources)):
            raise ValueError(f"class {label} or source {source} is not among those of the file")
        given = parts or {}
        if given.keys() != self._parts.keys():
            raise ValueError(f"every picture tells its {', '.join(self._parts) or 'nothing else'}")
        self._file.write(data)
        self._lengths.append(len(data))
        self._labels.append(label)
        self._source_of.append(source)
        self._names.append(name)
        for part, value in given.items():
            self._values[part].append(value)

    def _metadata(self, sources: Sequence[Source]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self._name,
            "size": self._size,
            "classes": self._classes,
            "sources": [asdict(source) for source in sources],
            "parts": {name: list(words) for name, words in self._parts.items()},
        }

    def _finish(self) -> None:
        if not self._labels:
            raise DataError(f"There is no picture for {self._path.name}, so it was not made.")
        length = self._file.tell() - self._begin
        self._file.write(bytes(-length % 8))
        source_of = np.array(self._source_of, "<i2")
        used, labels = np.unique(self._labels, return_inverse=True)
        self._classes = tuple(self._classes[label] for label in used)
        tables: dict[str, NDArray[Any]] = {
            "offsets": np.concatenate([[0], np.cumsum(self._lengths)]).astype("<i8"),
            **{f"part.{part}": self._column(part) for part in self._parts},
            "labels": labels.astype("<i2"),
            "source_of": source_of,
            "names": _json_bytes(self._names if any(self._names) else []),
            "report": _json_bytes(self.report),
        }
        kinds = {"<i8": "I64", "<f4": "F32", "<i4": "I32", "<i2": "I16", "|u1": "U8"}
        shapes: dict[str, tuple[str, tuple[int, ...]]] = {"bytes": ("U8", (length + -length % 8,))}
        for name, values in tables.items():
            shapes[name] = (kinds[values.dtype.str], values.shape)
            self._file.write(values.tobytes())
        metadata = self._metadata(counted(self._sources, source_of))
        self._file.seek(0)
        self._file.write(header(shapes, {_KEY: json.dumps(metadata, ensure_ascii=False)}, self._begin))

    def _column(self, part: str) -> NDArray[Any]:
        return np.array(self._values[part], "<i4" if self._parts[part] else "<f4")


def _manifest(path: Path, metadata: Mapping[str, str]) -> _Manifest:
    if _KEY not in metadata:
        raise DataError(f"{path.name} is no packed data set: make one with latentjockey data prepare.")
    try:
        manifest = msgspec.json.decode(metadata[_KEY], type=_Manifest)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DataError(f"{path.name} is no packed data set: its manifest cannot be understood.") from error
    if manifest.format != FORMAT:
        raise DataError(
            f"{path.name} was packed in format {manifest.format}, and this version reads {FORMAT}: update latentjockey."
        )
    words = [manifest.name, *manifest.classes, *manifest.parts]
    words += [word for values in manifest.parts.values() for word in values]
    words += [text for s in manifest.sources for text in (s.name, s.author, s.licence, s.url)]
    right = (
        1 <= manifest.size <= LARGEST_SIZE
        and 1 <= len(manifest.classes) <= MOST_CLASSES
        and 1 <= len(manifest.sources) <= MOST_SOURCES
        and all(len(word) <= _LONGEST_WORD for word in words)
        and all(source.consent in CONSENTS and source.name for source in manifest.sources)
    )
    if not right:
        raise DataError(f"{path.name} is damaged: its manifest is out of bounds; prepare it anew.")
    return manifest


def _one(path: Path, tensors: Mapping[str, TensorInfo], name: str, dtype: str = "") -> TensorInfo:
    info = tensors.get(name)
    if info is None or len(info.shape) != 1 or (dtype and info.dtype != dtype):
        raise DataError(f"{path.name} is no packed data set ({SUFFIX}): {name[:60]!r} is missing or of another kind.")
    return info


def _text(path: Path, info: TensorInfo | None, kind: Any) -> Any:
    """JSON in a tensor of bytes; None where it is missing, too large, or not understood: nothing depends on it."""
    if info is None or info.dtype != "U8" or info.end - info.start > _LARGEST_TEXT:
        return None
    try:
        return msgspec.json.decode(read_tensor(path, info).tobytes(), type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _json_bytes(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), np.uint8)
