"""A clip's folder, copied among the player's own models; and which files are films. Waits for the disk: for the keeper
and the command line.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import library
from latentjockey.models.clip_folder import FRAMES, MANIFEST, is_clip, read_clip
from latentjockey.models.clip_writing import free_name
from latentjockey.models.own_files import is_own

FILMS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".gif")
"""What video files are called."""
_ROOM = 64 << 20


def is_film(path: Path) -> bool:
    """Whether this is called like a video file."""
    return path.suffix.lower() in FILMS


def is_a_clip(path: Path) -> bool:
    """Whether this is the folder of a clip, and not of a generator that somebody wrote."""
    return is_clip(path) and not is_own(path)


def add(folder: Path, name: str = "") -> Path:
    """A copy of the clip in ``folder`` in the player's own folder of models, whole or not at all, under its own name or
    ``name``. Raises StageError, in one sentence."""
    clip = read_clip(folder)
    called = safe_name(name or folder.absolute().name)
    free_name(called)
    target = library.own_folder() / called
    part = library.own_folder() / f".{secrets.token_hex(8)}.part"
    try:
        part.mkdir(parents=True)
        if shutil.disk_usage(part).free < clip.bytes + _ROOM:
            raise StageError(f"The disk has no room for {folder.name}: it needs {clip.bytes >> 20} MiB.")
        for each in (MANIFEST, FRAMES):
            shutil.copyfile(folder / each, part / each, follow_symlinks=False)
        os.replace(part, target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{folder.name} could not be copied to {target.parent}: {why}.") from error
    except StageError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return target
