"""The library of models for a window: what there is, from memory, so that nobody waits for a disk.

Every method returns at once and may be called from any thread; looking and copying are done by the keeper.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing, safe_name
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.models import library
from latentjockey.models.library import Entry
from latentjockey.models.spec import ModelSpec
from latentjockey.session.keeper import Keeper

_CHUNK = 4 << 20
_MOST_OF_A_NAME = 99


class ModelShelf:
    """``models`` answers from memory, ``look`` has the folders looked at anew. ``playing`` tells which model plays."""

    def __init__(self, keeper: Keeper, bay: Bay, playing: Callable[[], ModelSpec | None] = lambda: None) -> None:
        self._keeper = keeper
        self._bay = bay
        self._playing = playing
        self._entries: tuple[Entry, ...] = ()
        self._looking = False
        self._lock = threading.Lock()

    def models(self) -> tuple[Entry, ...]:
        """What there was when last looked; the same object as long as nothing changed."""
        return self._entries

    def look(self) -> None:
        """Have the folders looked at soon."""
        with self._lock:
            if self._looking:
                return
            self._looking = True
        self._keeper.do(self._look)

    def folder(self) -> Path:
        """Where the player's own models lie."""
        return library.own_folder()

    def play(self, name: str) -> None:
        """Let the model of this name play."""
        self._bay.write([("/model", name)], HAND)

    def newer(self) -> bool:
        """Whether there was, when last looked, a newer file of the model that plays than the one that was loaded."""
        spec = self._playing()
        if spec is None or spec.file is None:
            return False
        states = (e.file if e.spec is None else e.spec.file for e in self._entries if e.name == spec.name)
        now = next((state for state in states if state is not None), None)
        return now is not None and now[0] > spec.file[0]

    def bring(self, path: Path) -> None:
        """A model file comes in from outside: it is copied into the player's folder and plays. Why it cannot be is told
        in the messages."""
        self._keeper.do(lambda: self._bring(path))

    # -- on the keeper's thread ---------------------------------------------------------------------------------------

    def _bring(self, path: Path) -> None:
        found = library.read(path)
        if not found.can_be_chosen:
            raise StageError(found.trouble)
        self.play(take(path))
        self._look()

    def _look(self) -> None:
        with self._lock:
            self._looking = False
        entries = library.entries()
        if entries != self._entries:
            self._entries = entries


def take(path: Path) -> str:
    """Copy a model file into the player's folder, whole or not at all, unless the library has that very file; the name
    under which it plays. A checkpoint of another program is copied as it is, and read when it is played. Waits for the
    disk. Raises StageError."""
    known = library.entries()
    for entry in known:
        there = entry.source or entry.path
        if entry.can_be_chosen and there is not None and _same(there, path):
            return entry.name
    stem, taken = safe_name(path.stem), {entry.name for entry in known}
    suffix = path.suffix.lower() if path.suffix.lower() in library.SUFFIXES else library.SUFFIX
    for n in range(1, _MOST_OF_A_NAME + 1):
        target = library.own_folder() / f"{stem if n == 1 else f'{stem} {n}'}{suffix}"
        if library.slug(target.stem) not in taken and not target.exists():
            break
    else:
        raise StageError(f"{_MOST_OF_A_NAME} models are called {stem}: give the file another name.")
    try:
        with path.open("rb") as source, replacing(target) as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{path.name} could not be copied to {target.parent}: {why}.") from error
    return library.slug(target.stem)


def _same(first: Path, second: Path) -> bool:
    """Whether two files hold the same bytes."""
    try:
        if first.samefile(second):
            return True
        if first.stat().st_size != second.stat().st_size:
            return False
        with first.open("rb") as one, second.open("rb") as other:
            while (chunk := one.read(_CHUNK)) == other.read(_CHUNK):
                if not chunk:
                    return True
    except OSError:
        return False
    return False
