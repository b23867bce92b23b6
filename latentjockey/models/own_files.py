"""A generator that its player wrote: a folder of files, looked at as data. Any thread; nothing of it is run here.

The folder is flat and holds ``generator.py``, ``model.json`` and whatever these need: more modules, weights as
safetensors. Its fingerprint is a SHA-256 over the names, lengths and contents of all its files, so that what was
trusted is told from what was changed since. Files that begin with a dot and ``__pycache__`` are not part of it: nothing
here ever reads them.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from latentjockey.base.diagnostics import StageError

CODE, WORDS = "generator.py", "model.json"
MOST_FILES = 64
LARGEST_TEXT = 1 << 20
"""Bytes of one file of code, or of words."""
LARGEST = 8 << 30
"""Bytes of all files together: an engine has all of them in memory at once."""
_TEXTS = (".py", ".json")
_CHUNK = 4 << 20
_IGNORED = "__pycache__"

if sys.platform == "win32":
    _READING = os.O_RDONLY | os.O_BINARY
else:
    _READING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW  # a link is refused also if it came a moment ago


class OwnFilesError(StageError):
    """A folder that cannot be used; ``str()`` is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """One file: its name, length in bytes, and what tells its state from the next."""

    name: str
    bytes: int
    stamp: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a folder holds: ``files`` are names, lengths and SHA-256; ``sha256`` is that of all of it."""

    sha256: str
    files: tuple[tuple[str, int, str], ...]


def is_own(folder: Path) -> bool:
    """Whether this is a folder with a generator that its player wrote, whatever else is to be said of it."""
    try:
        return folder.is_dir() and (folder / CODE).is_file() and (folder / WORDS).is_file()
    except OSError:
        return False


def files_in(folder: Path) -> tuple[OwnFile, ...]:
    """Every file of the generator in ``folder``, by name, without opening one. Raises OwnFilesError."""
    try:
        if folder.is_symlink():
            raise OwnFilesError(f"{folder.name} is a link; put the folder itself there.")
        found = []
        with os.scandir(folder) as listed:
            for each in listed:
                if each.name.startswith(".") or each.name == _IGNORED:
                    continue
                found.append(_looked_at(folder, each))
                if len(found) > MOST_FILES:
                    raise OwnFilesError(f"{folder.name} holds more than {MOST_FILES} files; keep what it needs alone.")
    except OSError as error:
        raise OwnFilesError(f"{folder} cannot be read: {_why(error)}.") from error
    if sum(file.bytes for file in found) > LARGEST:
        raise OwnFilesError(f"{folder.name} is larger than {LARGEST >> 30} GiB, which is more than is played.")
    names = {file.name for file in found}
    if not {CODE, WORDS} <= names:
        raise OwnFilesError(f"{folder.name} is no generator: it needs {CODE} and {WORDS}.")
    return tuple(sorted(found, key=lambda file: file.name))


def fingerprint(folder: Path) -> Fingerprint:
    """What ``folder`` holds now. Reads all of it. Raises OwnFilesError."""
    parts = []
    for file in files_in(folder):
        digest, length = hashlib.sha256(), 0
        with _opened(folder, file.name) as handle:
            while chunk := os.read(handle.number, _CHUNK):
                digest.update(chunk)
                length += len(chunk)
                _bounded(folder, length)
        parts.append((file.name, length, digest.hexdigest()))
    return _of(parts)


def contents(folder: Path) -> tuple[dict[str, bytearray], Fingerprint]:
    """All files of ``folder`` in memory, and what they are: the very bytes that are returned. Raises OwnFilesError, and
    MemoryError where there is too little."""
    held: dict[str, bytearray] = {}
    for file in files_in(folder):
        data = bytearray()
        with _opened(folder, file.name) as handle:
            while chunk := os.read(handle.number, _CHUNK):
                data += chunk
                _bounded(folder, len(data))
        held[file.name] = data
    return held, fingerprint_of(held)


def fingerprint_of(held: Mapping[str, bytes | bytearray]) -> Fingerprint:
    """What a folder with these files would be."""
    return _of([(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in sorted(held.items())])


def text_of(folder: Path, name: str) -> bytes:
    """One small file of ``folder``. Raises OwnFilesError."""
    with _opened(folder, name) as handle:
        data = os.read(handle.number, LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise OwnFilesError(f"{folder.name}/{name} is larger than {LARGEST_TEXT >> 20} MiB.")
    return data


class _Handle:
    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)


def _opened(folder: Path, name: str) -> _Handle:
    """A plain file, open for reading."""
    try:
        handle = _Handle(os.open(folder / name, _READING))
    except (OSError, ValueError) as error:
        raise OwnFilesError(f"{folder.name}/{name[:60]} cannot be read: {_why(error)}.") from error
    if not stat.S_ISREG(os.fstat(handle.number).st_mode):
        os.close(handle.number)
        raise OwnFilesError(f"{folder.name}/{name[:60]} is no file.")
    return handle


def _looked_at(folder: Path, each: os.DirEntry[str]) -> OwnFile:
    shown = f"{folder.name}/{''.join(c if c.isprintable() else '?' for c in each.name[:60])}"
    if each.is_symlink():
        raise OwnFilesError(f"{shown} is a link, and none is followed; put the file itself there.")
    found = each.stat(follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode):
        raise OwnFilesError(f"{shown} is a folder; keep all files of a generator beside each other.")
    if not stat.S_ISREG(found.st_mode):
        raise OwnFilesError(f"{shown} is no file.")
    if each.name.endswith(_TEXTS) and found.st_size > LARGEST_TEXT:
        raise OwnFilesError(f"{shown} is larger than {LARGEST_TEXT >> 20} MiB; keep weights as safetensors.")
    changed = max(found.st_mtime_ns, found.st_ctime_ns)  # the one can be set back, the other cannot
    return OwnFile(each.name, found.st_size, (changed, found.st_size, found.st_ino))


def _bounded(folder: Path, length: int) -> None:
    if length > LARGEST:
        raise OwnFilesError(f"{folder.name} is larger than {LARGEST >> 30} GiB, which is more than is played.")


def _of(parts: list[tuple[str, int, str]]) -> Fingerprint:
    digest = hashlib.sha256(b"latentjockey generator 1\n")
    for name, length, sha256 in parts:
        encoded = os.fsencode(name)  # its length goes first, so that no name can play the part of two
        digest.update(b"%d:%s %d %s\n" % (len(encoded), encoded, length, sha256.encode()))
    return Fingerprint(digest.hexdigest(), tuple(parts))


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return (said or str(error)).lower()
