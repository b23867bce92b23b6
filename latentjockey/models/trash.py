"""Removing a model of the player's: its files go to the trash, from where they can be brought back, and what was made
of it is dropped. Waits for the disk: for the keeper and the command line.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import data_dir, safe_name, write_atomic
from latentjockey.models import album, foreign, library
from latentjockey.models.library import Entry

MOST = 20
"""So many removed models are kept, the newest."""
_ORIGIN = "from.json"
_LARGEST_NOTE = 1 << 14
_TEACHERS = ".teachers"


class _Origin(msgspec.Struct, frozen=True):
    """Where the files of a removed model lay, and what it was called."""

    name: str
    title: str
    folder: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A model in the trash: ``folder`` is where its files lie now."""

    name: str
    title: str
    folder: Path


def folder() -> Path:
    """Where removed models lie. May be missing."""
    return data_dir() / "trash" / "models"


def own(name: str) -> Entry:
    """The player's own model called ``name``, one that plays before one that cannot. Raises StageError, in one
    sentence, for a model that came along or is built in, and where there is none."""
    called = [entry for entry in library.entries() if entry.name == name]
    mine = [entry for entry in called if entry.origin == library.OWN and entry.place is not None]
    if mine:
        return mine[0]
    if called:
        raise StageError(f"{called[0].title} is {called[0].origin}: only models of your own can be removed.")
    names = [entry.name for entry in library.entries() if entry.origin == library.OWN]
    there = f"yours are {', '.join(names[:8])}" if names else "you have none of your own"
    raise StageError(f"There is no model {name[:60]!r}; {there}.")


def remove(entry: Entry) -> Removed:
    """Move the files of a model of the player's to the trash, whole or not at all, and drop what is remembered of it
    and what it was converted to. Raises StageError, in one sentence, where it is none of theirs or cannot be moved."""
    place = entry.place
    if entry.origin != library.OWN or place is None:
        raise StageError(f"{entry.title} is {entry.origin}: only models of your own can be removed.")
    files = [path for path in (place, place.with_suffix(_TEACHERS)) if path.exists() or path.is_symlink()]
    if not files:
        raise StageError(f"{place.name} is gone already.")
    origin = _Origin(entry.name, entry.title, str(place.parent.absolute()))
    try:
        target = _room(entry.name)
        write_atomic(target / _ORIGIN, msgspec.json.encode(origin))
        _move(files, target)
    except OSError as error:
        raise StageError(f"{place.name} could not be moved to the trash: {_why(error)}.") from error
    album.forget(entry)
    foreign.forget(place)
    _make_room()
    return Removed(entry.name, entry.title, target)


def bring_back(removed: Removed) -> None:
    """Move a removed model's files to where they lay. Raises StageError, in one sentence, where other files are called
    so by now, or they cannot be moved."""
    origin = _origin_of(removed.folder)
    if origin is None:
        raise StageError(f"{removed.title} is in the trash no more.")
    home = Path(origin.folder)
    files = [path for path in removed.folder.iterdir() if path.name != _ORIGIN]
    for path in files:
        if (home / path.name).exists():
            raise StageError(f"Another file is called {path.name} by now; {removed.title} stays in {removed.folder}.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        _move(files, home)
        shutil.rmtree(removed.folder)
    except OSError as error:
        raise StageError(f"{removed.title} could not be brought back: {_why(error)}.") from error


def _move(files: list[Path], target: Path) -> None:
    """All of them, or those that were moved are moved back. Raises OSError."""
    moved: list[tuple[Path, Path]] = []
    try:
        for path in files:
            shutil.move(path, target / path.name)
            moved.append((target / path.name, path))
    except OSError:
        for there, home in moved:
            with contextlib.suppress(OSError):
                shutil.move(there, home)
        raise


def _room(name: str) -> Path:
    """A new folder in the trash, after all others, also where two do this at once. Raises OSError."""
    folder().mkdir(parents=True, exist_ok=True)
    number = max((_number(path) for path in _lying()), default=0)
    while True:
        number += 1
        path = folder() / f"{number:06d} {safe_name(name)}"
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path


def _make_room() -> None:
    """What lies there longest goes for good."""
    lying = sorted(_lying(), key=_number)
    for path in lying[: max(0, len(lying) - MOST)]:
        shutil.rmtree(path, ignore_errors=True)


def _lying() -> Iterator[Path]:
    """The folders of the trash that are such."""
    with contextlib.suppress(OSError):
        yield from (path for path in folder().iterdir() if _number(path) and path.is_dir() and not path.is_symlink())


def _origin_of(path: Path) -> _Origin | None:
    try:
        with (path / _ORIGIN).open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST_NOTE), type=_Origin)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _number(path: Path) -> int:
    head = path.name.partition(" ")[0]
    return int(head) if head.isascii() and head.isdigit() else 0


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
