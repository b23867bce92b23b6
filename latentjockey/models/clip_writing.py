"""Writing a clip: its frames as they come, and at the end its manifest. Whole or not at all; for a job, which may wait.

Until it is finished a clip lies in a folder whose name begins with a dot, which nobody takes for a model. One whose
writer was killed is cleared away by a later one.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import wall_seconds
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import library
from latentjockey.models.card import ModelCard, card_to_data
from latentjockey.models.clip_folder import FORMAT, FRAMES, LARGEST_SIDE, MANIFEST, MOST_FRAMES, MadeOf, Manifest

QUALITY = 95
"""Of the JPEGs, whose colours are as fine as their light."""
_PART = ".part"
_MARK = ".clip-"
_FORGOTTEN_S = 3600.0
_ROOM = 64 << 20
_SEEN_EVERY = 32


class ClipWriter:
    """Writes a clip called ``name`` into the player's own folder of models, or into ``folder``. A context: left without
    :meth:`finish`, nothing is left. Raises StageError, in one sentence, where the name is taken or the disk is full."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self._home = folder or library.own_folder()
        self._target = self._home / safe_name(name)
        free_name(name, folder)
        self._part = self._home / f"{_MARK}{secrets.token_hex(8)}{_PART}"
        self._ends: list[int] = []
        self._size = (0, 0)
        try:
            self._part.mkdir(parents=True)
            _clear(self._home)
            self._file = (self._part / FRAMES).open("wb")
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> ClipWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # what is still to be written finds no room either
            self._file.close()
        shutil.rmtree(self._part, ignore_errors=True)

    @property
    def count(self) -> int:
        """How many frames it has."""
        return len(self._ends)

    def add(self, frame: NDArray[np.uint8]) -> None:
        """The next frame, (height, width, 3), as large as those before. Raises StageError."""
        from PIL import Image  # not needed to open the window

        height, width = frame.shape[:2]
        if self._ends and (width, height) != self._size:
            raise ValueError(f"a frame of {width} × {height} among frames of {self._size}")
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise StageError(f"Frames of {width} × {height} pixels are more than a clip holds; make them smaller.")
        if len(self._ends) >= MOST_FRAMES:
            raise StageError(f"A clip holds {MOST_FRAMES} frames at most; leave some out with --every.")
        self._size = (width, height)
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(frame)).save(out, "JPEG", quality=QUALITY, subsampling=0)
        try:
            if len(self._ends) % _SEEN_EVERY == 0 and shutil.disk_usage(self._part).free < _ROOM:
                raise StageError(f"The disk has no room for {self._target.name}.")
            self._file.write(out.getbuffer())
        except OSError as error:
            raise self._failed(error) from error
        self._ends.append((self._ends[-1] if self._ends else 0) + out.getbuffer().nbytes)

    def finish(self, fps: float, made_of: MadeOf, card: ModelCard, title: str = "") -> Path:
        """Write the manifest and put the clip in its place; where it is then. Raises StageError."""
        if not self._ends:
            raise StageError(f"{self._target.name} would have no frames.")
        words = Manifest(
            FORMAT, *self._size, fps, tuple(self._ends), title or self._target.name, card_to_data(card), made_of
        )
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            with (self._part / MANIFEST).open("wb") as file:
                file.write(msgspec.json.encode(words))
                file.flush()
                os.fsync(file.fileno())
            free_name(self._target.name, self._home)  # somebody may have taken it meanwhile
            os.replace(self._part, self._target)
        except OSError as error:
            raise self._failed(error) from error
        return self._target

    def _failed(self, error: OSError) -> StageError:
        why = (error.strerror or str(error)).lower()
        return StageError(f"{self._target.name} could not be written to {self._home}: {why}.")


def free_name(name: str, folder: Path | None = None) -> None:
    """Raises StageError where a model is called ``name`` already."""
    target = (folder or library.own_folder()) / safe_name(name)
    taken = {entry.name for entry in library.entries()}
    if target.exists() or library.slug(target.name) in taken:
        raise StageError(f"A model is called {library.slug(target.name)} already; give the clip another name.")


def unused_name(wished: str) -> str:
    """``wished``, with a number behind it where that is taken."""
    taken = {entry.name for entry in library.entries()}
    name, number = safe_name(wished) or "clip", 2
    stem = name
    while library.slug(name) in taken or (library.own_folder() / name).exists():
        name, number = f"{stem} {number}", number + 1
    return name


def _clear(folder: Path) -> None:
    """What killed writers left, unless somebody still writes to it."""
    for path in folder.glob(f"{_MARK}*{_PART}"):
        with contextlib.suppress(OSError):
            newest = max(each.stat().st_mtime for each in (path, *path.iterdir()))
            if wall_seconds() - newest > _FORGOTTEN_S:
                shutil.rmtree(path, ignore_errors=True)
