"""The player's presets and the bundled ones, by name. Touches the disk: call it where waiting is allowed."""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name, write_atomic
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import LARGEST_FILE, decode, encode
from latentjockey.presets.still import SIGNATURE, read_still

_SUFFIX = ".json"
_MOST_TRASH = 100
# Windows opens a device for these, whatever the suffix.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True, slots=True)
class StoredPreset:
    """A preset as it lies on the disk: ``own`` tells the player's from a bundled one, ``stamp`` (ns) one version of the
    file from the next. ``model`` is what it plays, empty while nobody has read it."""

    name: str
    path: Path
    own: bool
    stamp: int
    model: str = ""


class PresetStore:
    """Presets as ``NAME.json`` in two folders; a preset of the player's hides a bundled one of the same name.

    Names may come over the network: no name reaches outside the folders. What is deleted or saved over goes to
    ``trash_dir`` (``trash`` beside the player's folder when not named), the newest hundred of it.
    """

    def __init__(self, user_dir: Path, bundled_dir: Path | None = None, trash_dir: Path | None = None) -> None:
        self._user_dir = user_dir
        self._folders = (user_dir,) if bundled_dir is None else (user_dir, bundled_dir)
        self._trash = trash_dir or user_dir.parent / "trash"

    def names(self) -> list[str]:
        """Every preset's name, sorted; folders that do not exist are empty."""
        return [preset.name for preset in self.stored()]

    def stored(self) -> list[StoredPreset]:
        """Every preset, sorted by name; a file that goes away meanwhile is left out."""
        found: dict[str, StoredPreset] = {}
        for folder in reversed(self._folders):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                for entry in os.scandir(folder):
                    stem, suffix = os.path.splitext(entry.name)
                    if suffix == _SUFFIX and not stem.startswith(".") and entry.is_file():
                        with contextlib.suppress(FileNotFoundError):
                            own = folder == self._user_dir
                            found[stem] = StoredPreset(stem, Path(entry.path), own, entry.stat().st_mtime_ns)
        return sorted(found.values(), key=lambda preset: preset.name.casefold())

    def load(self, name: str) -> Preset:
        """The preset called ``name``. Raises StageError when there is none or its file is damaged."""
        for folder in self._folders:
            path = folder / _file_name(name)
            if path.is_file():
                return load_file(path)
        names = self.names()
        near = difflib.get_close_matches(name, names, 5, 0.4) or names[:8]
        there = f"near it are {', '.join(near)}" if near else "none has been saved yet"
        raise StageError(f"There is no preset {name[:60]!r}; {there}.")

    def save(self, name: str, preset: Preset) -> Path:
        """Keep ``preset`` under ``name`` in the player's folder, whole or not at all. Raises StageError."""
        path = self._user_dir / _file_name(name)
        try:
            if path.is_file():
                shutil.copy2(path, self._room_in_trash(path.stem))
            write_atomic(path, encode(replace(preset, name=name)))
        except OSError as error:
            raise StageError(f"The preset {name[:60]!r} could not be saved in {path.parent}: {_why(error)}.") from error
        return path

    def delete(self, name: str) -> None:
        """Move a preset of the player's to the trash. Raises StageError where there is none, or it cannot be moved."""
        path = self._user_dir / _file_name(name)
        if not path.is_file():
            raise StageError(f"{name[:60]!r} is no preset of yours: only your own can be deleted.")
        try:
            path.replace(self._room_in_trash(path.stem))
        except OSError as error:
            raise StageError(f"The preset {name[:60]!r} could not be deleted: {_why(error)}.") from error

    def undelete(self, name: str) -> None:
        """Bring back the version that was last deleted or saved over; a present one changes places with it.

        Raises StageError where the trash holds none, or the disk does not do it.
        """
        path = self._user_dir / _file_name(name)
        thrown = self._thrown(path.stem)
        if not thrown:
            raise StageError(f"The trash holds no preset {name[:60]!r}.")
        try:
            present = self._room_in_trash(path.stem) if path.is_file() else None
            if present is not None:
                path.replace(present)
            path.parent.mkdir(parents=True, exist_ok=True)
            thrown[-1].replace(path)
        except OSError as error:
            raise StageError(f"The preset {name[:60]!r} could not be brought back: {_why(error)}.") from error

    def _room_in_trash(self, stem: str) -> Path:
        """A free path in the trash, after all others of that name; what lies there too long makes room."""
        self._trash.mkdir(parents=True, exist_ok=True)
        lying = sorted(self._trash.glob(f"*{_SUFFIX}"), key=_number)
        for path in lying[: max(0, len(lying) + 1 - _MOST_TRASH)]:
            path.unlink(missing_ok=True)
        return self._trash / f"{_number(lying[-1]) + 1 if lying else 1:06d} {stem}{_SUFFIX}"

    def _thrown(self, stem: str) -> list[Path]:
        """What the trash holds under a name, the newest last."""
        if not self._trash.is_dir():
            return []
        return sorted((p for p in self._trash.iterdir() if p.name[7:] == stem + _SUFFIX), key=_number)


def load_file(path: Path) -> Preset:
    """The preset in a ``.json`` file or a still; the content decides, not the suffix. Raises StageError."""
    try:
        with path.open("rb") as file:
            start = file.read(len(SIGNATURE))
            if start == SIGNATURE:
                return read_still(path)
            data = start + file.read(LARGEST_FILE + 1 - len(start))
    except OSError as error:
        raise StageError(f"{path} cannot be read: {_why(error)}.") from error
    preset = decode(data, str(path))
    return preset if preset.name else replace(preset, name=path.stem)


def _file_name(name: str) -> str:
    stem = safe_name(name)
    if stem.split(".")[0].casefold() in _DEVICES:
        stem = f"{stem}_"
    return stem + _SUFFIX


def _number(path: Path) -> int:
    """The place of a file in the trash: it begins with a number."""
    head = path.name.partition(" ")[0]
    return int(head) if head.isascii() and head.isdigit() else 0


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
