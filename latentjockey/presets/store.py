"""The player's presets and the bundled ones, by name. Touches the disk: call it where waiting is allowed."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name, write_atomic
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import LARGEST_FILE, decode, encode
from latentjockey.presets.still import SIGNATURE, read_still

_SUFFIX = ".json"
# Windows opens a device for these, whatever the suffix.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class PresetStore:
    """Presets as ``NAME.json`` in two folders; a preset of the player's hides a bundled one of the same name.

    Names may come over the network: no name reaches outside the folders.
    """

    def __init__(self, user_dir: Path, bundled_dir: Path | None = None) -> None:
        self._user_dir = user_dir
        self._folders = (user_dir,) if bundled_dir is None else (user_dir, bundled_dir)

    def names(self) -> list[str]:
        """Every preset's name, sorted; folders that do not exist are empty."""
        found = {
            path.stem
            for folder in self._folders
            if folder.is_dir()
            for path in folder.iterdir()
            if path.suffix == _SUFFIX and not path.name.startswith(".") and path.is_file()
        }
        return sorted(found, key=str.casefold)

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
            write_atomic(path, encode(replace(preset, name=name)))
        except OSError as error:
            raise StageError(f"The preset {name[:60]!r} could not be saved in {path.parent}: {_why(error)}.") from error
        return path


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


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
