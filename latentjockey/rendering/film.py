"""A video file of somebody's becomes frames of a clip. The rendering process, main thread; decoded here and nowhere
else, so that a damaged or hostile file ends nothing but this process.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.jobs.clip_wish import LARGEST_SIDE, ClipWish
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import Step, Teller
from latentjockey.models.clip_folder import FASTEST, SLOWEST, MadeOf
from latentjockey.models.clip_writing import ClipWriter
from latentjockey.rendering.film_times import LOCAL, Grid, Times, read_times
from latentjockey.rendering.preview import Strips, strip

_LOOK_EVERY_S = 1.0
_STANDARD_FPS = 25.0


def convert(
    clip: ClipWriter, wish: ClipWish, told: Teller, clock: Clock, stopped: Callable[[], bool]
) -> tuple[float, MadeOf]:
    """Add the frames of the film that ``wish`` names to ``clip``; how fast they follow each other, and what they are
    of. Raises StoppedError, and StageError in one sentence."""
    try:
        import av
    except ImportError as error:
        raise StageError("Video files are read by PyAV: pip install 'latentjockey[record]'.") from error
    path = Path(wish.film)
    told.began(wish.called, "cpu")
    began = clock.now()
    strips, shown, size = Strips(), began, (0, 0)
    try:
        times = read_times(path)
        with av.open(str(path), options=LOCAL) as film:
            if not film.streams.video:
                raise StageError(f"{path.name} has no pictures.")
            stream = film.streams.video[0]
            stream.thread_type = "AUTO"
            rate = (times.rate if times else float(stream.average_rate or _STANDARD_FPS)) / wish.every
            grid = Grid(rate) if times and not times.even else None
            total = _total(stream, wish, times)
            picture: Any = None
            for index, frame in enumerate(film.decode(stream)):
                if stopped():
                    raise StoppedError
                shows = int(index % wish.every == 0) if grid is None else grid.shows(frame.time)
                if grid is None and not shows:
                    continue
                upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))  # as telephones say
                size = size if clip.count else _size(wish, upright.shape[1], upright.shape[0])
                before, picture = picture, _fitted(np.ascontiguousarray(upright), size)
                for held in range(shows - 1, -1, -1):
                    clip.add(before if held else picture)
                    if wish.frames and clip.count >= wish.frames:
                        break
                now = clock.now()
                done = min(1.0, clip.count / total) if total else 0.0
                left = (now - began) * (1.0 / done - 1.0) if done else None
                told.went(Step(f"frame {clip.count}" + (f" of {total}" if total else ""), done, clip.count, left))
                if now - shown > _LOOK_EVERY_S:
                    shown = now
                    told.showed(strips.put(strip(picture[None])), clip.count)
                if wish.frames and clip.count >= wish.frames:
                    break
    except (av.error.FFmpegError, IndexError, ValueError) as error:  # an IndexError where a stream appears midway
        if not clip.count:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise StageError(f"{path.name} cannot be read as a film: {why}.") from error
        told.noticed(f"{path.name} is damaged after {clip.count} frames; what comes before is the clip.")
    except OSError as error:
        raise StageError(f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    if not clip.count:
        raise StageError(f"{path.name} has no pictures.")
    fps = min(max(wish.fps or rate, SLOWEST), FASTEST)
    made = MadeOf(film=path.name, frames=clip.count, width=size[0], height=size[1], fps=fps)
    return fps, made


def _total(stream: Any, wish: ClipWish, times: Times | None) -> int:
    """How many frames there will be, 0 where nobody can tell."""
    count = -(-int(stream.frames or 0) // wish.every)
    if times and not times.even:
        count = round(times.seconds * times.rate / wish.every) + 1
    return min(count, wish.frames) if count and wish.frames else count or wish.frames


def _size(wish: ClipWish, width: int, height: int) -> tuple[int, int]:
    """The size of the frames: the film's own, or as wished, one side going along with the other."""
    if wish.width and wish.height:
        return wish.width, wish.height
    scale = wish.width / width if wish.width else wish.height / height if wish.height else 1.0
    scale = min(scale, LARGEST_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _fitted(picture: Any, size: tuple[int, int]) -> Any:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
