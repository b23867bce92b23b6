"""The safetensors container, read and written with numpy alone: models and packed data sets. Any thread.

A file is: the length of the header (8 bytes, little-endian), the header (JSON, may end in spaces), then the bytes of
the tensors. The header maps each name to ``dtype``, ``shape`` and ``data_offsets`` [start, end) within those bytes;
``__metadata__`` maps words to words. Nothing in a file is ever run, and nothing of it is believed before it was
compared with the file's length, so any file gives either its tensors or one :class:`ContainerError`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing

LARGEST_HEADER = 16 << 20
"""Bytes of JSON; the largest published models need less than one of these 16 MiB."""
_MOST_TENSORS = 1 << 16
_MOST_DIMENSIONS = 8
_METADATA = "__metadata__"

_DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "F32": np.dtype("<f4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F64": np.dtype("<f8"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items() if name != "BF16"}


class ContainerError(StageError):
    """A file that is no whole container; ``str()`` is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Where a tensor lies: ``start`` and ``end`` are bytes from the file's beginning, ``dtype`` as it is stored."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class _Stored(msgspec.Struct):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_header(path: Path) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """What the file at ``path`` holds: its tensors by name, and its metadata.

    Raises ContainerError when it cannot be read, is no safetensors file, or was cut short.
    """
    try:
        with open(path, "rb", opener=_promptly) as file:
            length = os.fstat(file.fileno()).st_size
            start = file.read(8)
            size = int.from_bytes(start, "little")
            if len(start) < 8 or not 2 <= size <= min(LARGEST_HEADER, length - 8):
                raise ContainerError(f"{path.name} is no safetensors file, or it was cut short.")
            header = file.read(size)
    except (OSError, ValueError) as error:
        raise ContainerError(f"{path} cannot be read: {_why(error)}.") from error
    return _understood(path.name, header, length)


def _promptly(path: str, flags: int) -> int:
    """Open what need not be a file: a pipe of that name would be waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def held_tensors(name: str, data: bytearray) -> dict[str, NDArray[Any]]:
    """The tensors of a container that is in memory, by name: views of ``data``, but for BF16, which comes as float32.

    Raises ContainerError, which calls it ``name``.
    """
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 2 <= size <= min(LARGEST_HEADER, len(data) - 8):
        raise ContainerError(f"{name} is no safetensors file, or it was cut short.")
    tensors, _ = _understood(name, bytes(data[8 : 8 + size]), len(data))
    views = {n: np.frombuffer(memoryview(data)[i.start : i.end], _DTYPES[i.dtype]) for n, i in tensors.items()}
    return {n: _plain_of(views[n].reshape(i.shape), i.dtype) for n, i in tensors.items()}


def _understood(name: str, header: bytes, length: int) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """What the ``header`` of a container of ``length`` bytes in all says."""
    try:
        raw = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(raw.pop(_METADATA, msgspec.Raw(b"{}")), type=dict[str, str])
        stored = {key: msgspec.json.decode(value, type=_Stored) for key, value in raw.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ContainerError(f"{name} is no safetensors file: its header cannot be understood.") from error
    if len(stored) > _MOST_TENSORS:
        raise ContainerError(f"{name} names {len(stored)} tensors; more than {_MOST_TENSORS} are not read.")
    tensors = {key: _checked(name, key, value, 8 + len(header), length) for key, value in stored.items()}
    return tensors, metadata


def read_tensor(path: Path, info: TensorInfo) -> NDArray[Any]:
    """The values of one tensor, in memory of their own; BF16 comes as float32. Raises ContainerError."""
    try:
        with path.open("rb") as file:
            file.seek(info.start)
            data = bytearray(info.end - info.start)
            if file.readinto(data) != len(data):
                raise ContainerError(f"{path.name} was cut short.")
    except (OSError, MemoryError) as error:
        raise ContainerError(f"{path} cannot be read: {_why(error)}.") from error
    return _plain_of(np.frombuffer(data, _DTYPES[info.dtype]).reshape(info.shape), info.dtype)


def map_tensor(path: Path, info: TensorInfo) -> NDArray[Any]:
    """The same without reading it: a read-only view of the file. BF16 comes as its bits, uint16. Raises ContainerError.

    A file that is made shorter while it is mapped ends the process (SIGBUS); replaced by another, it stays as it was.
    """
    if info.end == info.start:
        return np.zeros(info.shape, _DTYPES[info.dtype])
    try:
        return np.memmap(path, _DTYPES[info.dtype], "r", info.start, info.shape)
    except (OSError, ValueError) as error:
        raise ContainerError(f"{path} cannot be read: {_why(error)}.") from error


def write(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str], bf16: Collection[str] = ()
) -> None:
    """Write a container, whole or not at all. Tensors named in ``bf16`` are rounded from float to BF16.

    Raises OSError as the file system does, ValueError for a dtype that the format does not have.
    """
    stored = {n: _to_bf16(v) if n in bf16 else _plain(n, v) for n, v in tensors.items()}
    shapes = {n: ("BF16" if n in bf16 else _NAMES[v.dtype], v.shape) for n, v in stored.items()}
    with replacing(path) as file:
        file.write(header(shapes, metadata))
        for values in stored.values():
            file.write(np.ascontiguousarray(values).data)


def header(shapes: Mapping[str, tuple[str, tuple[int, ...]]], metadata: Mapping[str, str], room: int = 0) -> bytes:
    """The first bytes of a file whose tensors, name to (dtype, shape), follow each other in this order.

    Ends in spaces, so that the tensors begin at a multiple of 8; with ``room``, after exactly that many bytes in all.
    Raises ValueError when ``room`` is too small or no multiple of 8.
    """
    entries: dict[str, Any] = {_METADATA: dict(metadata)} if metadata else {}
    place = 0
    for name, (dtype, shape) in shapes.items():
        end = place + math.prod(shape) * _DTYPES[dtype].itemsize
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    size = room - 8 if room else (len(text) + 7) // 8 * 8
    if size < len(text) or size % 8:
        raise ValueError(f"a header of {len(text)} bytes does not fit {room} bytes")
    return size.to_bytes(8, "little") + text.ljust(size)


def _plain_of(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """``values`` as numpy knows them: BF16, which it does not, as float32."""
    if dtype == "BF16":
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values


def _checked(file: str, name: str, stored: _Stored, begin: int, length: int) -> TensorInfo:
    start, end = stored.data_offsets
    dtype = _DTYPES.get(stored.dtype)
    if dtype is None:
        raise ContainerError(f"{file} holds {name[:60]!r} as {stored.dtype[:20]!r}, which is not read here.")
    shape = tuple(stored.shape)
    right = (
        len(shape) <= _MOST_DIMENSIONS
        and all(n >= 0 for n in shape)
        and 0 <= start <= end <= length - begin
        and math.prod(shape) * dtype.itemsize == end - start
    )
    # numpy refuses even an empty array whose other sides do not fit an index
    if not right or math.prod(max(n, 1) for n in shape) * dtype.itemsize >= 1 << 62:
        raise ContainerError(f"{file} is damaged or was cut short: {name[:60]!r} does not lie within it.")
    return TensorInfo(stored.dtype, shape, begin + start, begin + end)


def _plain(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """``values`` in the byte order of the format."""
    dtype = values.dtype.newbyteorder("<")
    if dtype not in _NAMES:
        raise ValueError(f"safetensors has no {values.dtype} for {name!r}")
    return values.astype(dtype, copy=False)


def _to_bf16(values: NDArray[Any]) -> NDArray[np.uint16]:
    """The upper half of float32, rounded to nearest, ties to even; NaN stays NaN."""
    bits = np.asarray(values, np.float32, order="C").view(np.uint32)  # ascontiguousarray gives no number, but a row
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    quiet = (bits >> np.uint32(16)) | np.uint32(0x40)
    return np.where(np.isnan(values), quiet, rounded).astype("<u2")


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(error) or "not enough memory").lower()
