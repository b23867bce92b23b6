"""A clip: a film that a deck plays as it plays a model. A folder, looked at as data. Any thread.

``frames.mjpeg`` holds the frames one after another, each a whole JPEG, so that any of them is had at once and other
programs play the file, too; ``clip.json`` says where each ends, how fast they follow each other, whose they are, and
what they were made of. Both are met as if a stranger wrote them: everything in them is bounded, links are not followed,
and no frame is opened here.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import msgspec

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import CardError, ModelCard, card_from_data

MANIFEST, FRAMES = "clip.json", "frames.mjpeg"
FORMAT = 1
MOST_FRAMES = 1 << 16
LARGEST_SIDE = 8192
LARGEST_FRAME = 64 << 20
"""Bytes of one frame."""
LARGEST = 64 << 30
"""Bytes of all frames."""
LARGEST_MANIFEST = 4 << 20
SLOWEST, FASTEST = 1e-3, 1e3
"""Frames a second."""
MOST_PLACE = 4096
_LONGEST_TEXT = 1 << 14
_LEAST_FRAME = 4

if sys.platform == "win32":
    READING = os.O_RDONLY | os.O_BINARY
else:
    READING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW


class ClipError(StageError):
    """A clip that cannot be played; ``str()`` is one sentence that names it."""


class MadeOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a clip was made of, empty where that is not known: the video ``model``, or the ``film``; texts, seed, and
    numbers of the rendering; ``place`` is the deck's z that it began with, of a model called ``place_of``, and
    ``place_share`` how much of it was heard."""

    model: str = ""
    film: str = ""
    prompt: str = ""
    negative: str = ""
    seed: int = 0
    steps: int = 0
    guidance: float = 0.0
    frames: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    place: tuple[float, ...] = ()
    place_of: str = ""
    place_share: float = 1.0
    licence: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """What ``clip.json`` says: ``ends`` are the bytes at which each frame ends; ``card`` is the model card of what made
    the frames."""

    format: int
    width: int
    height: int
    fps: float
    ends: tuple[int, ...]
    name: str = ""
    card: dict[str, object] = {}
    made_of: MadeOf = MadeOf()


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that can be played: its title, card, and what it was made of; ``ends`` as the manifest says, ``stamp``
    what tells its state from the next."""

    folder: Path
    title: str
    width: int
    height: int
    fps: float
    ends: tuple[int, ...]
    card: ModelCard
    made_of: MadeOf
    stamp: tuple[int, int, int]

    @property
    def count(self) -> int:
        """How many frames it has."""
        return len(self.ends)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.count / self.fps

    @property
    def bytes(self) -> int:
        return self.stamp[1]


def is_clip(folder: Path) -> bool:
    """Whether this is the folder of a clip, whatever else is to be said of it."""
    try:
        return folder.is_dir() and (folder / MANIFEST).is_file()
    except OSError:
        return False


def read_clip(folder: Path) -> Clip:
    """The clip in ``folder``. Raises ClipError, in one sentence."""
    return _read(folder, _state(folder))


def told(made: MadeOf) -> str:
    """What a clip was made of, in one line; empty where nothing is known."""
    if made.film:
        return f"converted from {made.film}"
    if not made.model:
        return ""
    words = f"rendered by {made.model}"
    words += f" from “{' '.join(made.prompt.split())[:120]}”" if made.prompt else " without a prompt"
    words += f", seed {made.seed}"
    return f"{words}, place of {made.place_of}" if made.place_of else words


def _state(folder: Path) -> tuple[tuple[int, int, int], ...]:
    """The state of both files. Raises ClipError for links and what is no file."""
    try:
        if folder.is_symlink():
            raise ClipError(f"{folder.name} is a link; put the folder itself there.")
        found = []
        for name in (MANIFEST, FRAMES):
            seen = (folder / name).stat(follow_symlinks=False)
            if not stat.S_ISREG(seen.st_mode):
                raise ClipError(f"{folder.name}/{name} is no plain file; copy the file itself there.")
            found.append((max(seen.st_mtime_ns, seen.st_ctime_ns), seen.st_size, seen.st_ino))
    except OSError as error:
        raise ClipError(f"{folder.name} cannot be played: {(error.strerror or str(error)).lower()}.") from error
    return tuple(found)


@lru_cache(maxsize=1024)
def _read(folder: Path, state: tuple[tuple[int, int, int], ...]) -> Clip:
    (_, length, _), (_, bytes_, _) = state
    try:
        if length > LARGEST_MANIFEST:
            raise ValueError(f"its {MANIFEST} is larger than {LARGEST_MANIFEST >> 20} MiB")
        words = _decoded((folder / MANIFEST).read_bytes())
        _check(words, bytes_)
        title = _line(words.name) or folder.name
        card = replace(card_from_data(words.card, title), made=told(words.made_of))
    except (OSError, ValueError, CardError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ClipError(f"{folder.name} cannot be played: {why.rstrip('.')}.") from error
    digest = hashlib.sha256(repr(state).encode()).digest()
    stamp = max(each[0] for each in state), bytes_, int.from_bytes(digest[:7], "big")
    return Clip(folder, title, words.width, words.height, words.fps, words.ends, card, words.made_of, stamp)


def _decoded(text: bytes) -> Manifest:
    """Raises ValueError."""
    try:
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"its {MANIFEST} is none: {' '.join(str(error).split())[:160]}") from error


def _check(words: Manifest, bytes_: int) -> None:
    """Raises ValueError, the end of a sentence, for what cannot be."""
    if words.format > FORMAT:
        raise ValueError(f"a newer latentjockey wrote it (format {words.format}); update this one")
    if words.format < 1:
        raise ValueError("it does not say which format it has")
    if not (0 < words.width <= LARGEST_SIDE and 0 < words.height <= LARGEST_SIDE):
        raise ValueError(f"its frames would be {words.width} × {words.height} pixels")
    if not (math.isfinite(words.fps) and SLOWEST <= words.fps <= FASTEST):
        raise ValueError(f"it would have {words.fps:g} frames a second")
    if not 0 < len(words.ends) <= MOST_FRAMES:
        raise ValueError(f"it has {len(words.ends)} frames, and 1 to {MOST_FRAMES} can be")
    before = 0
    for end in words.ends:
        if not before + _LEAST_FRAME <= end <= before + LARGEST_FRAME:
            raise ValueError("its frames do not lie behind each other")
        before = end
    if before != bytes_ or before > LARGEST:
        raise ValueError(f"its {FRAMES} has {bytes_} bytes, and its frames {before}: it was cut short, or changed")
    made = words.made_of
    texts = (words.name, made.model, made.film, made.prompt, made.negative, made.place_of, made.licence)
    if any(len(text) > _LONGEST_TEXT for text in texts) or len(made.place) > MOST_PLACE:
        raise ValueError("what it says it was made of is too long")
    if not all(math.isfinite(each) for each in (*made.place, made.guidance, made.fps, made.place_share)):
        raise ValueError("what it says it was made of is no number")


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:80]
