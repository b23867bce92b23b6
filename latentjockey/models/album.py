"""What this machine remembers of models: a small picture of each, how fast it played here, and when. Any thread that
may wait for the disk.

In the cache's folder ``models``, all of which may be deleted at any time, lie for each model a note, by its name and
place, and a picture, which belongs to one state of its file as well. Both are written whole or not at all, so that two
shows may do it at once, and read as if a stranger had written them. A picture of the same name beside a model's file is
taken where none was made here; models that came along have theirs so.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.damage import DAMAGE
from latentjockey.base.paths import cache_dir, write_atomic
from latentjockey.models.library import Entry

Picture = NDArray[np.uint8]
"""(height, width, 3) sRGB, row 0 at the top."""

SIDE = 192
"""Pixels of the longer side of a picture at most."""
_BUILT_IN = Path(__file__).parent / "bundled"
_BESIDE = (".jpg", ".jpeg", ".png")
_LARGEST_NOTE = 1 << 14
_LARGEST_FILE = 4 << 20
_MOST_PIXELS = 4096 * 4096
_QUALITY = 88
_LONGEST = 120


class Note(msgspec.Struct, frozen=True):
    """``played`` is when it last played, in seconds since 1970, 0 for never. A frame of ``width`` × ``height`` pixels
    took ``ms`` milliseconds on ``device`` then; 0 where it was not measured. ``place`` is the player's file."""

    name: str = ""
    place: str = ""
    played: float = 0.0
    ms: float = 0.0
    device: str = ""
    width: int = 0
    height: int = 0


NOTHING = Note()


def folder() -> Path:
    """Where everything is kept. May be missing."""
    return cache_dir() / "models"


def note_of(entry: Entry) -> Note:
    """What is known of how the model played here; :data:`NOTHING` where nothing is, or nothing that can be."""
    found = read_note(_note_at(entry))
    return found if found is not None and (found.name, found.place) == (entry.name, _place(entry)) else NOTHING


def read_note(path: Path) -> Note | None:
    """The note at ``path``; ``None`` where there is none, or none that can be understood."""
    try:
        with path.open("rb") as file:
            note = msgspec.json.decode(file.read(_LARGEST_NOTE), type=Note)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    numbers = (note.played, note.ms, note.width, note.height)
    return note if all(0 <= number < 1e12 for number in numbers) and note.device.isprintable() else None


def keep_note(entry: Entry, *, played: float = 0.0, ms: float = 0.0, device: str = "", size: tuple[int, int]) -> None:
    """Write down that the model played at ``played``, and how fast; what is 0 stays as it was. Raises OSError."""
    old = note_of(entry)
    note = Note(entry.name, _place(entry), max(played, old.played), old.ms, old.device, old.width, old.height)
    if ms > 0.0:
        note = Note(note.name, note.place, note.played, ms, device[:_LONGEST], *size)
    if note != old:
        write_atomic(_note_at(entry), msgspec.json.encode(note))


def has_picture(entry: Entry) -> bool:
    """Whether there is one, of the state in which the model's file was when it was looked at."""
    return any(path.is_file() for path in _pictures(entry))


def picture_of(entry: Entry) -> Picture | None:
    """The model's picture; ``None`` where there is none, or none that can be read."""
    for path in _pictures(entry):
        found = read_picture(path)
        if found is not None:
            return found
    return None


def read_picture(path: Path) -> Picture | None:
    """The JPEG or PNG at ``path``, at most :data:`SIDE` pixels on a side; ``None`` for anything else, and for what is
    larger than any picture of a model need be. Never raises."""
    from PIL import Image  # not needed to open the window

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            return None
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            return np.array(image.convert("RGB"), np.uint8)
    except (*DAMAGE, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def encode(rgb: Picture) -> bytes:
    """A small JPEG of a picture (height, width, 3) uint8."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(rgb))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def keep_picture(entry: Entry, rgb: Picture) -> None:
    """Keep a small copy of ``rgb`` as the model's picture, instead of those of its file's earlier states. Raises
    OSError."""
    target = _picture_at(entry)
    write_atomic(target, encode(rgb))
    for old in target.parent.glob(f"{_key(entry)}-*.jpg"):
        if old != target:
            with contextlib.suppress(OSError):
                old.unlink()


def forget(entry: Entry) -> None:
    """Drop all that is remembered of the model."""
    for path in (_note_at(entry), *folder().glob(f"{_key(entry)}-*.jpg")):
        with contextlib.suppress(OSError):
            path.unlink()


# -- where things lie -------------------------------------------------------------------------------------------------


def _place(entry: Entry) -> str:
    return "" if entry.place is None else str(entry.place.absolute())


def _key(entry: Entry) -> str:
    words = f"{entry.name}\0{_place(entry)}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(words).hexdigest()[:32]


def _note_at(entry: Entry) -> Path:
    return folder() / f"{_key(entry)}.json"


def _picture_at(entry: Entry) -> Path:
    state = hashlib.sha256(repr(entry.stamp).encode()).hexdigest()[:16]
    return folder() / f"{_key(entry)}-{state}.jpg"


def _pictures(entry: Entry) -> list[Path]:
    """Where its picture may lie, in the order in which it is looked for."""
    beside = _BUILT_IN / entry.name if entry.place is None else entry.place
    return [_picture_at(entry), *(beside.with_suffix(suffix) for suffix in _BESIDE)]
