"""A frame as another program wants it: its size, its shape, packed. libswscale through PyAV; one thread at a time.

The frame is copied while it is leased and worked on afterwards; the work runs without Python's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentjockey.frames.frame import Frame, Pixels
from latentjockey.outputs.video import Size
from latentjockey.stage.fitting import Fit, Placement, place

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

_GBR = (1, 2, 0)  # PyAV's planar RGB has its planes in this order of ours


def size_for(stage: Size, width: int, height: int) -> Size:
    """The size to send for a stage of (width, height): what is asked for; 0 is the stage's own, or, where the other
    side is given, what the stage's shape makes of it. At least 1 × 1."""
    if width <= 0 and height <= 0:
        return stage
    if width <= 0:
        width = round(height * stage[0] / stage[1])
    elif height <= 0:
        height = round(width * stage[1] / stage[0])
    return max(1, width), max(1, height)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What is needed of a frame, in memory of its own, and where it goes."""

    picture: av.VideoFrame
    placement: Placement
    size: Size


def take(frame: Frame, size: Size, fit: Fit) -> Taken:
    """Copy the part of the frame that is seen when it is sent at ``size``. Call it while the frame is leased.

    Planes stay planes, which is cheaper than packing. Cuts fall on whole pixels.
    """
    import av

    at = place(frame.size, size, fit)
    left, top = round(at.left), round(at.top)
    right, bottom = max(left + 1, round(at.right)), max(top + 1, round(at.bottom))
    wide, high = right - left, bottom - top
    if frame.planar:
        picture = av.VideoFrame(wide, high, "gbrp")
        for plane, channel in zip(picture.planes, _GBR, strict=True):
            _rows(plane)[:high, :wide] = frame.pixels[channel, top:bottom, left:right]
    else:
        picture = av.VideoFrame(wide, high, "rgba")
        _rows(picture.planes[0])[:high, : wide * 4].reshape(high, wide, 4)[:] = frame.pixels[top:bottom, left:right]
    return Taken(picture, at, size)


class Fitter:
    """Makes packed pictures of one size after the other, in one piece of memory that it keeps."""

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None
        self._canvas: Pixels = np.zeros((0, 0, 4), np.uint8)
        self._place: tuple[int, int, int, int] | None = None

    def packed(self, taken: Taken) -> Pixels:
        """uint8 (height, width, 4) RGBA, contiguous, opaque, row 0 at the top; good until the next call.

        Scaled bilinearly in the picture's own values; a picture of the right size stays exactly as it is.
        """
        from av.video.reformatter import Interpolation, VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        at = taken.placement
        # One thread: libswscale's own would take the processors that make the pictures.
        made = self._reformatter.reformat(
            taken.picture, at.width, at.height, "rgba", interpolation=Interpolation.BILINEAR, threads=1
        )
        rows = _rows(made.planes[0])[: at.height, : at.width * 4].reshape(at.height, at.width, 4)
        self._prepare(taken)
        inside = self._canvas[at.y : at.y + at.height, at.x : at.x + at.width]
        inside[:] = rows
        if taken.picture.format.name == "rgba":  # what came packed may be transparent; swscale makes planes opaque
            inside[..., 3] = 255
        return self._canvas

    def _prepare(self, taken: Taken) -> None:
        """Black bars where the picture does not reach, made anew only when it comes to lie elsewhere."""
        at = taken.placement
        shape, where = (taken.size[1], taken.size[0], 4), (at.x, at.y, at.width, at.height)
        if self._canvas.shape != shape or self._place != where:
            self._canvas = np.zeros(shape, np.uint8)
            self._canvas[..., 3] = 255
            self._place = where


def _rows(plane: Any) -> Pixels:
    """The plane's bytes as (rows, line size), writable."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
