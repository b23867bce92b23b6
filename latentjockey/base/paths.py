"""Where files live, and how they are written so that a crash leaves the old or the new one, never half."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import platformdirs

_APP = "latentjockey"
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))}


def data_dir() -> Path:
    """The player's own presets, takes and models. Made when missing."""
    return _made(Path(platformdirs.user_data_dir(_APP, appauthor=False)))


LAST_STILL = "last.png"
"""The picture with which the last session ended, in the folder of its state."""


def state_dir() -> Path:
    """The session journal and autosave. Made when missing."""
    return _made(Path(platformdirs.user_state_dir(_APP, appauthor=False)))


def cache_dir() -> Path:
    """Whatever can be made again: compiled code, converted weights. Made when missing."""
    return _made(Path(platformdirs.user_cache_dir(_APP, appauthor=False)))


def pictures_dir() -> Path:
    """Where stills go when no other place is named. Made when missing."""
    return _made(Path(platformdirs.user_pictures_dir()) / _APP)


def videos_dir() -> Path:
    """Where recordings go when no other place is named. Made when missing."""
    return _made(Path(platformdirs.user_videos_dir()) / _APP)


def safe_name(text: str) -> str:
    """A file name made from any text: letters, digits, ``- _ .`` and spaces; never empty, never a path.

    Names arrive over the network, so nothing that means a folder survives. At most 150 bytes of UTF-8, so that an
    ending and a temporary prefix have room in the 255 that file systems give; no name that Windows keeps for a device.
    """
    name = re.sub(r"[^\w\-. ]", "_", text, flags=re.UNICODE).strip(" .")
    name = name[:100].encode()[:150].decode(errors="ignore").strip(" .")
    if name.split(".")[0].strip().upper() in _DEVICES:
        name = f"_{name}"
    return name or "untitled"


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` so that a kill at any moment leaves either the old file or the new one, whole.

    Raises OSError as the file system does.
    """
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well, and is gone when it does not.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Raises OSError as the file system does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = path.parent / f".{secrets.token_hex(8)}.part"
    handle = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temp, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temp)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there; NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
