"""The echo: video feedback on the finished picture, the last one coming back larger and turned. Engine, main thread.

    out = grey + back · (last out, zoomed and turned about its middle − grey) + fresh · (new picture − grey)

with ``back`` and ``fresh`` from :func:`shares`. What leaves 0..255 stays at the end, each time round, so that no amount
runs away. The last picture is kept in float32: in bytes, long trails would never fade out.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import grid_sample

from latentjockey.generators.protocol import FrameResult

_GREY = 127.5
_STEEP, _STEEP_BELOW, _OVERDRIVE = 3.0, 1.5, 0.04
_SETTLED = 0.002
_FARTHEST = 1e6


class Echo:
    """One stage's feedback. ``put`` each published picture through it, in order.

    ``moving`` says whether the next picture will differ from the last although the generator's own stays the same.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None
        self._shown: NDArray[np.uint8] | None = None
        self._grid: torch.Tensor | None = None
        self._grid_key: tuple[int, int, float, float] | None = None
        self.moving = False

    def clear(self) -> None:
        """Forget the last picture: the next one stands for itself."""
        self._last = self._shown = self._grid = self._grid_key = None
        self.moving = False

    def put(self, result: FrameResult, amount: float, zoom: float, turn: float) -> FrameResult:
        """The picture with its echo, in memory of its own; at amount 0 the very same picture, and nothing is kept.

        ``zoom`` > 0 is how much the last picture grows, ``turn`` how far it turns anticlockwise, in degrees; any finite
        numbers. Beyond its edges it is mirrored. A picture that is not finite is passed on and ends all trails.
        """
        if amount == 0.0 or not result.finite:
            if self._last is not None:
                self.clear()
            return result
        new = result.pixels.astype(np.float32)
        last = self._last
        if last is None or last.shape != new.shape:
            self.clear()
            self._last, self._shown, self.moving = new, result.pixels.copy(), True
            return result
        out = self._come_back(last, zoom, turn, planar=result.planar)
        back, fresh = shares(amount)
        out *= back
        new *= fresh
        out += new
        out += _GREY * (1.0 - back - fresh)
        np.maximum(out, 0.0, out=out)
        np.minimum(out, 255.0, out=out)
        shown = (out + 0.5).astype(np.uint8)
        self.moving = self._differs(shown, out, last)
        self._last, self._shown = out, shown
        return replace(result, pixels=shown)

    def _differs(self, shown: NDArray[np.uint8], out: NDArray[np.float32], last: NDArray[np.float32]) -> bool:
        """Whether it has not come to rest: a long trail creeps by less than a byte a picture, and goes far."""
        if self._shown is None or not np.array_equal(shown, self._shown):
            return True
        return bool(np.abs(out - last).max() > _SETTLED)

    def _come_back(self, last: NDArray[np.float32], zoom: float, turn: float, *, planar: bool) -> NDArray[np.float32]:
        """The last picture zoomed and turned, in memory of its own."""
        picture = torch.from_numpy(last)
        if not planar:
            picture = picture.permute(2, 0, 1)
        grid = self._where_from(int(picture.shape[1]), int(picture.shape[2]), zoom, turn)
        back = grid_sample(picture[None], grid, mode="bilinear", padding_mode="reflection", align_corners=False)[0]
        if not planar:
            back = back.permute(1, 2, 0)
        return np.ascontiguousarray(back.numpy())

    def _where_from(self, height: int, width: int, zoom: float, turn: float) -> torch.Tensor:
        """For each pixel the place it comes from, (1, height, width, 2) with −1 and 1 at the edges."""
        key = (height, width, zoom, turn)
        if self._grid is None or self._grid_key != key:
            angle = math.radians(math.fmod(turn, 360.0))
            shrink = min(1.0 / zoom, _FARTHEST)
            cosine, sine = shrink * math.cos(angle), shrink * math.sin(angle)
            u = ((2.0 * np.arange(width) + 1.0) / width - 1.0).astype(np.float32)
            v = ((2.0 * np.arange(height) + 1.0) / height - 1.0).astype(np.float32)[:, None]
            grid = np.empty((1, height, width, 2), np.float32)
            grid[0, ..., 0] = cosine * u - (sine * height / width) * v
            grid[0, ..., 1] = (sine * width / height) * u + cosine * v
            self._grid, self._grid_key = torch.from_numpy(grid), key
        return self._grid


def shares(amount: float) -> tuple[float, float]:
    """How much of the last picture comes back, and how much of the new one is added, both about middle grey.

    Trails last about 2, 4 and 20 pictures at ¼, ½ and 1. Many pictures on top of each other turn grey, so a little more
    is added than is taken away, and beyond 1 more and more: colours are driven into saturation there, but the new
    picture always comes through. Below 0 the last picture is subtracted, never quite as strongly as the new one is
    added: that would flash.
    """
    far = min(abs(amount), _FARTHEST)
    if amount < 0.0:
        back = math.expm1(-_STEEP_BELOW * far)
        return back, 1.0 - back
    back = -math.expm1(-_STEEP * far)
    return back, 1.0 - back + _OVERDRIVE * far * far
