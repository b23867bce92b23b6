"""What pictures are read from, and what is made of one before it is handed on. Inputs process, main thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

Size = tuple[int, int]
Pixels = NDArray[np.uint8]
MOST_AREA = 4
"""So many times the wanted size may a picture be that is much wider or higher than that."""
LARGEST_SIDE = 16384
_RGB = (1, 2, 0)  # PyAV's planar RGB has its planes in this order of ours


class InputError(StageError):
    """Something that cannot be read, or not any further; ``str()`` is one sentence that names it."""


class Source(Protocol):
    """Something that gives pictures. Made and used on one thread; its constructor raises InputError."""

    words: str
    """What it is, in a few words."""
    live: bool
    """Whether it has to be read however fast it comes, or it would fall behind."""

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        """The newest picture at ``now`` seconds, if it has not been given yet, and in how many seconds it is worth
        asking again. Raises InputError when there will be no more."""
        ...

    def use_speed(self, speed: float) -> None:
        """Run so fast from now on, where that means something."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def local_file(text: str) -> Path:
    """A file on this machine by its whole path, as it stands in a control. Raises InputError."""
    if not text.strip():
        raise InputError("No file is chosen: choose a picture or a film, or drop one on the input.")
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise InputError(f"{path.name[:80]} is no whole path: give the input the whole path of a file.")
    try:
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass
    raise InputError(f"{path.name[:80]} is not there: it was expected in {str(path.parent)[:200]}.")


def words_of(error: BaseException) -> str:
    """What a library says of an error, in a few words."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())[:160].rstrip(".").lower()


def covering(size: Size, wanted: Size) -> Size:
    """The size at which a picture of ``size`` is handed on, so that it covers ``wanted`` and is not much larger."""
    width, height = size
    scale = min(1.0, max(wanted[0] / width, wanted[1] / height))
    most = MOST_AREA * wanted[0] * wanted[1]
    scale = min(scale, (most / (width * height)) ** 0.5)
    wide, high = max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6))
    return min(wide, max(1, most // high)), min(high, most)


class Planes:
    """Turns pictures into planes of RGB, by libswscale, without Python's lock; upright, as films of telephones say."""

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None

    def of(self, picture: av.VideoFrame, wanted: Size) -> Pixels:
        """uint8 (3, H, W), of a size that covers ``wanted``. Raises InputError for a picture that has no size."""
        from av.video.reformatter import Interpolation, VideoReformatter

        if not (0 < picture.width <= LARGEST_SIDE and 0 < picture.height <= LARGEST_SIDE):
            raise InputError(f"Pictures of {picture.width}×{picture.height} are not read.")
        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        turns = round(picture.rotation / 90)  # quarters of a circle, anticlockwise
        width, height = covering((picture.width, picture.height), wanted[::-1] if turns % 2 else wanted)
        made = self._reformatter.reformat(picture, width, height, "gbrp", interpolation=Interpolation.AREA, threads=1)
        pixels = np.empty((3, height, width), np.uint8)
        for plane, channel in zip(made.planes, _RGB, strict=True):
            pixels[channel] = _rows(plane)[:height, :width]
        return np.ascontiguousarray(np.rot90(pixels, turns, (1, 2))) if turns % 4 else pixels


def _rows(plane: Any) -> Pixels:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
