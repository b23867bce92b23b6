"""Reads a checkpoint of another program as data, whatever the file is called. For the child process; any thread.

The first bytes decide what a file is. Nothing of it is run or imported, nothing is written, and each of its numbers is
compared with the file's own length and with :class:`~latentjockey.models.reading.limits.Limits` before it counts.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from latentjockey.models.container import ContainerError, read_header, read_tensor
from latentjockey.models.reading import tars, torch_files
from latentjockey.models.reading.limits import LIMITS, Account, Limits, damaged
from latentjockey.models.reading.machine import Machine
from latentjockey.models.reading.onnx_graph import is_onnx, read_graph
from latentjockey.models.reading.plain import (
    ONNX,
    PICKLE,
    SAFETENSORS,
    TORCH_LEGACY,
    TORCH_TAR,
    TORCH_ZIP,
    Checkpoint,
    OverloadedError,
    RefusedError,
)
from latentjockey.models.reading.settle import settle

if sys.platform == "win32":
    _READING = os.O_RDONLY | os.O_BINARY
else:
    _READING = os.O_RDONLY | os.O_NONBLOCK  # a pipe or a device would keep us waiting

_TAR_PARTS = frozenset({"storages", "tensors", "pickle"})
_CHUNK = 1 << 22
_PICKLE_BEGINNINGS = b"\x80(]}c)lN"
_STRANGERS = (
    (b"\x1f\x8b", "it is packed by gzip; unpack it first"),
    (b"BZh", "it is packed by bzip2; unpack it first"),
    (b"\xfd7zXZ", "it is packed by xz; unpack it first"),
    (b"7z\xbc\xaf", "it is a 7-Zip archive; unpack it first"),
    (b"Rar!", "it is a RAR archive; unpack it first"),
    (b"\x89HDF", "it is an HDF5 file of Keras or TensorFlow; models of torch and NVIDIA's pickles are read"),
    (b"GGUF", "it is a GGUF file, which holds language models"),
    (
        b"version https://git-lfs",
        "it is only the note that Git LFS leaves in place of a large file; get the file itself",
    ),
    (b"\x89PNG", "it is a picture"),
    (b"\xff\xd8\xff", "it is a picture"),
)


def read(path: Path, limits: Limits = LIMITS) -> Checkpoint:
    """The checkpoint at ``path``. Raises RefusedError, whatever the file is or does.

    Arrays are views of the file, which stays open while one of them is used.
    """
    with _opened(path, limits) as data:
        account = Account(limits)
        sha256 = _sum(data, account)
        try:
            form, root = _read(path, data, account)
            settled, infinite = settle(account, root)
        except (struct.error, OverflowError, UnicodeError, ValueError) as error:
            raise damaged("a number in it cannot be") from error
        except (MemoryError, RecursionError) as error:
            raise OverloadedError("it needs more memory than is free; keep the generator alone in a file") from error
        return Checkpoint(form, settled, sha256, len(data), infinite)


def _read(path: Path, data: memoryview, account: Account) -> tuple[str, Any]:
    head = bytes(data[:512])
    shop = torch_files.workshop(account)
    if head.startswith(torch_files.ZIP_BEGINNING):
        return TORCH_ZIP, torch_files.read_archive(data, shop)
    if torch_files.is_stream(data):
        return TORCH_LEGACY, torch_files.read_stream(data, shop)
    if tars.is_tar(data):
        return _read_tar(path, data, account)
    if _is_safetensors(data):
        return SAFETENSORS, _safetensors(path)
    for beginning, what in _STRANGERS:
        if head.startswith(beginning):
            raise RefusedError(what)
    if _is_web_page(head):
        raise RefusedError("it is a web page, saved in place of the file that it offers; get the file itself")
    if is_onnx(head):
        return ONNX, read_graph(data, account)
    if head[0] not in _PICKLE_BEGINNINGS:
        raise RefusedError("it is none of the files that are read here: torch, NVIDIA's pickles, safetensors, ONNX")
    machine = Machine(data, shop)
    root = machine.run()
    if machine.place != len(data):
        raise damaged("more follows after its end")
    return PICKLE, root


def _read_tar(path: Path, data: memoryview, account: Account) -> tuple[str, Any]:
    files = tars.files(data, account)
    if files.keys() >= _TAR_PARTS:
        return TORCH_TAR, torch_files.read_parts(files, torch_files.workshop(account))
    models = [held for held in files.values() if len(held) > 1024]
    if len(models) != 1:
        raise RefusedError(f"it is a tar archive with {len(files)} files in it; unpack it, and take the model out")
    if tars.is_tar(models[0]) or _is_safetensors(models[0]):
        raise RefusedError("it is a tar archive; unpack it, and take the model out of it")
    return _read(path, models[0], account)


def _safetensors(path: Path) -> dict[str, Any]:
    """The tensors by name; the words about them under ``__metadata__``."""
    try:
        header, metadata = read_header(path)
        tensors: dict[str, Any] = {name: read_tensor(path, info) for name, info in header.items()}
    except ContainerError as error:
        raise damaged("its table of contents does not fit") from error
    return {**tensors, **({"__metadata__": metadata} if metadata else {})}


def _is_safetensors(data: memoryview) -> bool:
    size = int.from_bytes(data[:8], "little")
    return len(data) > 9 and 2 <= size <= len(data) - 8 and data[8] == 0x7B


def _is_web_page(head: bytes) -> bool:
    return head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml"))


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[memoryview]:
    """The bytes of a plain file, without reading them yet."""
    try:
        handle = os.open(path, _READING)
    except (OSError, ValueError) as error:
        raise RefusedError(f"it cannot be opened ({_why(error)})") from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise RefusedError("it is no file")
        if not state.st_size:
            raise RefusedError("it is empty; get it again")
        if state.st_size > limits.file:
            raise RefusedError(
                f"it is larger than {limits.file >> 30} GiB; keep the generator alone in a file of its own"
            )
        held = mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise RefusedError(f"it cannot be read ({_why(error)})") from error
    finally:
        os.close(handle)
    # the mapping ends with the last array that looks into it
    yield memoryview(held)


def _sum(data: memoryview, account: Account) -> str:
    digest = hashlib.sha256()
    for start in range(0, len(data), _CHUNK):
        account.look()
        digest.update(data[start : start + _CHUNK])
    return digest.hexdigest()


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(error)).lower()
