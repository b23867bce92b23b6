"""The session's journal: every change in order, as JSON lines, and the autosaved session. One thread writes.

Each line goes to the system at once, so that a killed process loses at most the line it was writing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import write_atomic
from latentjockey.presets.packing import decode_values, values_to_data
from latentjockey.presets.preset import Kept, Preset
from latentjockey.presets.schema import LARGEST_FILE, decode, encode, to_data
from latentjockey.presets.store import load_file

FORMAT = "latentjockey-journal"
VERSION = 1
LARGEST_PART = 64 * 1024 * 1024
_LONGEST_LINE = LARGEST_FILE
_OPENING = f'{{"format":"{FORMAT}"'


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One set of changes: whole values by address, as ``source`` wrote them at ``time`` (show's clock, seconds)."""

    time: float
    source: str
    changes: Mapping[str, Kept]


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """What one file told: where it began, what changed, and how many lines at its end could not be read."""

    preset: Preset
    entries: tuple[Entry, ...]
    lost: int


class JournalWriter:
    """Appends to ``folder/STEM-0001.jsonl`` and begins the next part when one is full.

    Each part begins with the whole position that ``state()`` gives, so that every part can be read alone; the newest
    ``keep`` parts of all sessions stay. When the disk refuses, ``append`` returns false, ``error`` says why in one
    sentence and the journal is closed: the show goes on.
    """

    def __init__(
        self, folder: Path, stem: str, state: Callable[[], Preset], *, largest: int = LARGEST_PART, keep: int = 16
    ) -> None:
        self._folder = folder
        self._stem = stem
        self._state = state
        self._largest = largest
        self._keep = keep
        self._file: BinaryIO | None = None
        self._part = 0
        self._size = 0
        self.path = folder / f"{stem}-0000.jsonl"
        self.error = ""
        try:
            self._begin()
        except OSError as error:
            self._fail(error)

    def append(self, changes: Mapping[str, Kept], t: float, source: str) -> bool:
        """Write one set of changes. False when the journal has ended; see ``error``."""
        if self._file is None:
            return False
        line = msgspec.json.encode({"t": t, "source": source, "set": values_to_data(changes)}) + b"\n"
        try:
            if self._size + len(line) > self._largest:
                self._begin()
            self._write(line)
        except OSError as error:
            self._fail(error)
            return False
        return True

    def close(self) -> None:
        """End the journal. Calling it again does nothing."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _begin(self) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._part += 1
            self.path = self._folder / f"{self._stem}-{self._part:04d}.jsonl"
            with contextlib.suppress(FileExistsError):
                self._file = self.path.open("xb", buffering=0)
                break
        self._size = 0
        self._write(
            msgspec.json.encode({"format": FORMAT, "version": VERSION, "preset": to_data(self._state())}) + b"\n"
        )
        self._prune()

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        rest = memoryview(line)
        while rest:  # an unbuffered write may take only a part
            rest = rest[self._file.write(rest) or 0 :]
        self._size += len(line)

    def _prune(self) -> None:
        parts = sorted(filter(_is_part, self._folder.glob("*.jsonl")), key=lambda path: path.stat().st_mtime_ns)
        for path in parts[: -self._keep]:
            if path != self.path:
                path.unlink(missing_ok=True)

    def _fail(self, error: OSError) -> None:
        self.close()
        why = (error.strerror or str(error)).lower()
        self.error = f"The journal {self.path} ended: {why}. Moves are no longer kept for the next start."


def read_journal(path: Path) -> Journal:
    """Everything that can be read of a journal's part, up to its first damaged line (a kill tears the last one).

    Raises StageError when the file cannot be read or does not begin as a journal does.
    """
    entries: list[Entry] = []
    lost = 0
    try:
        with path.open("rb") as file:
            preset = _head(file.readline(_LONGEST_LINE), path)
            while line := file.readline(_LONGEST_LINE):
                entry = None if lost else _entry(line)
                if entry is None:
                    lost += 1
                else:
                    entries.append(entry)
    except OSError as error:
        raise StageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    return Journal(preset, tuple(entries), lost)


def _is_part(path: Path) -> bool:
    """Whether a file begins as a journal does: nothing else in the folder is ours to delete."""
    start = _OPENING.encode("ascii")
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _head(line: bytes, path: Path) -> Preset:
    try:
        head = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        known = msgspec.json.decode(head["format"]) == FORMAT
        version = msgspec.json.decode(head["version"], type=int)
        preset = bytes(head["preset"])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, KeyError) as error:
        raise StageError(f"{path} does not begin as a journal does, so it cannot be read.") from error
    if not known or version > VERSION:
        raise StageError(f"{path} is no journal that this version can read; a newer latentjockey may have written it.")
    return decode(preset, str(path))


def _entry(line: bytes) -> Entry | None:
    if not line.endswith(b"\n"):
        return None
    try:
        data = msgspec.json.decode(line, type=_Line)
        return Entry(data.t, data.source, decode_values(data.set))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, StageError):
        return None


class _Line(msgspec.Struct):
    t: float
    source: str
    set: dict[str, object]


class Autosave:
    """The whole position of the running session in one file, to be offered at the next start.

    ``save`` waits for the disk: call it from a thread that may.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = b""

    def save(self, preset: Preset) -> None:
        """Replace the file, whole or not at all; an unchanged session is not written. Raises StageError."""
        data = encode(preset, pretty=False)
        if data == self._last:
            return
        try:
            write_atomic(self.path, data)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise StageError(f"The session could not be saved as {self.path}: {why}.") from error
        self._last = data

    def restore(self) -> Preset | None:
        """The session that was saved last, or ``None`` if there is none. Raises StageError for a damaged file."""
        return load_file(self.path) if self.path.exists() else None
