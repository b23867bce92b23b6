"""Which generators, written by somebody in Python, their player trusts: folders, each in one state. Any thread.

Trust is a note in the player's data folder, ``trusted/``, one for each folder, written whole or not at all. It holds
the fingerprint of what was trusted; any change of any file ends it. To answer quickly, a note also keeps the state of
each file: where these are as they were, the list of models takes the contents to be, too. The engine does not: it
hashes the bytes that it runs (:func:`trusts`).
"""

from __future__ import annotations

import enum
import hashlib
import os
from functools import lru_cache
from pathlib import Path

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import data_dir, write_atomic
from latentjockey.models.own_files import Fingerprint, OwnFile, OwnFilesError, files_in, is_own
from latentjockey.models.own_files import fingerprint as fingerprint

_LARGEST_NOTE = 1 << 16


class Trust(enum.Enum):
    """How a folder stands."""

    TRUSTED = "trusted"
    UNKNOWN = "not trusted yet"
    CHANGED = "changed since it was trusted"


class _Note(msgspec.Struct, frozen=True):
    """``folder`` held ``sha256`` when its ``files`` were in these states: name, and time, size and inode."""

    folder: str
    sha256: str
    files: list[tuple[str, tuple[int, int, int]]] = []


def state(folder: Path) -> Trust:
    """How the generator in ``folder`` stands now. Reads its files only where their states have changed. Raises
    OwnFilesError where the folder cannot be used at all."""
    note = _note(folder)
    found = files_in(folder)
    if note is None:
        return Trust.UNKNOWN
    if note.files == _states(found) or _hashed(folder, found) == note.sha256:
        return Trust.TRUSTED
    return Trust.CHANGED


def is_trusted(folder: Path) -> bool:
    """Whether the generator in ``folder`` is trusted as it is now. Never raises."""
    try:
        return state(folder) is Trust.TRUSTED
    except OwnFilesError:
        return False


def trusts(folder: Path, sha256: str) -> bool:
    """Whether ``folder`` was trusted with this fingerprint. For the engine, which made it of the bytes that it has."""
    note = _note(folder)
    return note is not None and note.sha256 == sha256


def trust(folder: Path, seen: Fingerprint | None = None) -> Fingerprint:
    """Trust the generator in ``folder`` as it was ``seen``, or as it is now. Raises StageError, in one sentence, where
    it cannot be used, was changed since it was seen, or the note cannot be written."""
    if not is_own(folder):
        raise StageError(f"{folder} holds no generator: that is a folder with generator.py and model.json.")
    found = files_in(folder)
    now = fingerprint(folder)
    if seen is not None and seen != now:
        raise StageError(f"{folder.name} was changed a moment ago; look at it again before you trust it.")
    note = _Note(str(folder.absolute()), now.sha256, _states(found) if found == files_in(folder) else [])
    try:
        write_atomic(_note_at(folder), msgspec.json.encode(note))
    except OSError as error:
        raise StageError(f"What you trust cannot be kept: {(error.strerror or str(error)).lower()}.") from error
    return now


def forget(folder: Path) -> bool:
    """Trust the generator in ``folder`` no more. Whether it was trusted. Raises StageError where the note stays."""
    try:
        _note_at(folder).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StageError(f"It cannot be forgotten: {(error.strerror or str(error)).lower()}.") from error
    return True


def sentence(name: str, how: Trust) -> str:
    """What to tell a player of the generator called ``name``, which is not trusted: why, and what to do."""
    what = "was changed since you trusted it" if how is Trust.CHANGED else "has code of its own, and is not trusted yet"
    return f'{name} {what}: read it, then say "latentjockey models trust {name}".'


def _states(found: tuple[OwnFile, ...]) -> list[tuple[str, tuple[int, int, int]]]:
    return [(file.name, file.stamp) for file in found]


@lru_cache(maxsize=256)
def _hashed(folder: Path, found: tuple[OwnFile, ...]) -> str:
    """The fingerprint of ``folder`` while its files are in the states ``found``."""
    return fingerprint(folder).sha256


def _note_at(folder: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()
    return data_dir() / "trusted" / f"{digest[:40]}.json"


def _note(folder: Path) -> _Note | None:
    """The note of ``folder``; ``None`` where there is none, or none that can be understood."""
    path = _note_at(folder)
    try:
        if path.stat().st_size > _LARGEST_NOTE:
            return None
        note = msgspec.json.decode(path.read_bytes(), type=_Note)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    return note if note.folder == str(folder.absolute()) else None
