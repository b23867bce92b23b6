"""Shaders as files: the bundled ones, the player's own, and any by its path. Touches the disk: call it where waiting is
allowed. A shader is text from anybody; here it is only read, bounded and as data, and never run."""

from __future__ import annotations

import contextlib
import difflib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name, write_atomic

LARGEST = 1024 * 1024
"""Bytes of a shader's source; the largest published ones are a tenth of it."""
SUFFIXES = (".fs", ".isf", ".frag")
_DEEPEST = 3
_MOST = 5_000

Stamp = tuple[int, int, int]
"""What tells one version of a file from the next, however it was written: time of change in ns, size, file number."""


@dataclass(frozen=True, slots=True)
class ShaderFile:
    """A shader of the library. ``own`` tells the player's from a bundled one."""

    name: str
    path: Path
    own: bool
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class ShaderText:
    """What a shader's files hold: its source, and that of a vertex shader beside it. ``stamps`` are of both files."""

    name: str
    path: Path
    source: str
    vertex: str | None
    stamps: tuple[Stamp | None, Stamp | None]


class ShaderFiles:
    """Shaders by name in two folders, the player's hiding bundled ones of the same name, or by absolute path."""

    def __init__(self, own: Path, bundled: Path) -> None:
        self.own = own
        self._bundled = bundled

    def stored(self) -> list[ShaderFile]:
        """Every shader, sorted by name; folders inside the player's are looked into, and what goes away is left out."""
        found: dict[str, ShaderFile] = {}
        for folder, own in ((self._bundled, False), (self.own, True)):
            mine: dict[str, ShaderFile] = {}
            for path in _shaders_in(folder, _DEEPEST if own else 1):
                mark = stamp(path)
                if mark is not None and len(mine) < _MOST:
                    mine.setdefault(path.stem, ShaderFile(path.stem, path, own, mark))
            found |= mine
        return sorted(found.values(), key=lambda shader: shader.name.casefold())

    def path(self, text: str) -> Path:
        """Where the shader called ``text``, or at that path, lies. Raises StageError where there is none.

        Only absolute paths of this machine are taken: a name that a stranger sent reaches no other.
        """
        if text.startswith(("\\\\", "//")) or "\0" in text:
            raise StageError(f"{text[:60]!r} is no path on this machine: copy the shader here first.")
        path = Path(text)
        if path.is_absolute():
            if path.suffix.lower() not in SUFFIXES:
                raise StageError(f"{path.name[:60]} is no shader: its name ends in {' or '.join(SUFFIXES)}.")
            if not path.is_file():
                raise StageError(f"The shader {text[:200]} is missing: put it back, or choose another.")
            return path
        stem = text.removesuffix(".fs")
        for shader in self.stored():
            if shader.name == stem:
                return shader.path
        names = [shader.name for shader in self.stored()]
        near = difflib.get_close_matches(stem, names, 3, 0.5)
        hint = f"near it are {', '.join(near)}" if near else f"put {safe_name(stem)}.fs into {self.own}"
        raise StageError(f"The shader {stem[:60]!r} is missing; {hint}.")

    def load(self, text: str) -> ShaderText:
        """The shader called ``text``, or at that path. Raises StageError: missing, too large, no text, not readable."""
        path = self.path(text)
        beside = path.with_suffix(".vs")
        stamps = (stamp(path), stamp(beside))  # before reading: a change meanwhile is seen as one
        source = _read(path)
        vertex = _read(beside) if stamps[1] is not None else None
        return ShaderText(path.stem, path, source, vertex, stamps)

    def take(self, path: Path) -> str:
        """Copy a shader, with the vertex shader beside it, into the player's folder: its name there.

        One that is there already, word for word, is not copied again; another file is never written over.
        Raises StageError.
        """
        text = self.load(str(path))
        for shader in self.stored():
            if shader.path.resolve() == path.resolve():
                return shader.name
        for number in range(1, 1000):
            name = safe_name(text.name if number == 1 else f"{text.name} {number}")
            target = self.own / f"{name}.fs"
            if not target.exists() and not target.with_suffix(".vs").exists():
                return self._copy(text, target)
            with contextlib.suppress(StageError):
                there = self.load(str(target))
                if (there.source, there.vertex) == (text.source, text.vertex):
                    return name
        raise StageError(f"There are a thousand shaders called {text.name[:60]!r} already: rename this one.")

    def _copy(self, text: ShaderText, target: Path) -> str:
        try:
            if text.vertex is not None:
                write_atomic(target.with_suffix(".vs"), text.vertex.encode())
            write_atomic(target, text.source.encode())
        except OSError as error:
            why = error.strerror or str(error)
            raise StageError(f"{text.name[:60]} could not be kept in {self.own}: {why}.") from error
        return target.stem


def stamp(path: Path) -> Stamp | None:
    """Which version of a file lies there now; ``None`` where no regular file does."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _shaders_in(folder: Path, deep: int) -> Iterator[Path]:
    """The shaders in a folder, sorted, then those in the folders inside it."""
    try:
        with os.scandir(folder) as entries:
            here = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return
    for name, is_folder in here:
        if not is_folder and name.lower().endswith(SUFFIXES) and not name.startswith("."):
            yield folder / name
    for name, is_folder in here:
        if is_folder and deep > 1 and not name.startswith("."):
            yield from _shaders_in(folder / name, deep - 1)


def _read(path: Path) -> str:
    """A text file of bounded size. Raises StageError."""
    try:
        if stamp(path) is None:  # a pipe or a device would never end
            raise StageError(f"{path.name[:60]} is no file that can be read.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise StageError(f"{path.name[:60]} cannot be read: {error.strerror or error}.") from error
    if len(data) > LARGEST:
        raise StageError(f"{path.name[:60]} is larger than {LARGEST // 2**20} MB, so it is no shader.")
    if b"\0" in data:
        raise StageError(f"{path.name[:60]} is no text, so it is no shader.")
    return data.decode("utf-8-sig", errors="replace")
