"""Textures that are drawn into: one, or two that change places so that a pass can read what it drew last time.

Owns OpenGL objects; on the thread of their context.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import moderngl

Depth = Literal["f1", "f2", "f4"]
"""Eight bits, sixteen or thirty-two bit floats a channel."""

MOST_BYTES: Final = 1 << 28
_BYTES: Final[dict[Depth, int]] = {"f1": 4, "f2": 8, "f4": 16}


class Surface:
    """A texture with its framebuffer, cleared to transparent black."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], depth: Depth) -> None:
        self._ctx = ctx
        self.size = size
        self.texture = ctx.texture(size, 4, dtype=depth)
        self.texture.repeat_x = self.texture.repeat_y = False
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.framebuffer = ctx.framebuffer([self.texture])
        self.framebuffer.clear(0.0, 0.0, 0.0, 0.0)

    def release(self) -> None:
        if self._ctx.fbo is self.framebuffer:  # moderngl would bind it again after its next clearing
            self._ctx.detect_framebuffer(0).use()
        self.framebuffer.release()
        self.texture.release()


class Buffer:
    """What a pass draws into: ``front`` is what others read, ``back`` what is drawn next (the same unless doubled)."""

    def __init__(self, ctx: moderngl.Context, depth: Depth, doubled: bool) -> None:
        self._ctx = ctx
        self.depth: Depth = depth
        self.doubled = doubled
        self._surfaces: list[Surface] = []
        self._front = 0

    @property
    def front(self) -> Surface:
        return self._surfaces[self._front]

    @property
    def back(self) -> Surface:
        return self._surfaces[1 - self._front] if self.doubled else self._surfaces[0]

    def swap(self) -> None:
        """What was drawn is now what is read."""
        if self.doubled:
            self._front = 1 - self._front

    def fit(self, size: tuple[int, int], resample: Callable[[Surface, Surface], None] | None) -> None:
        """Have this size. ``resample(from, to)`` carries the content over; without it a new size begins empty."""
        if self._surfaces and self._surfaces[0].size == size:
            return
        made = [Surface(self._ctx, size, self.depth) for _ in range(2 if self.doubled else 1)]
        if self._surfaces and resample is not None:
            resample(self.front, made[0])
        self.release()
        self._surfaces, self._front = made, 0

    def release(self) -> None:
        for surface in self._surfaces:
            surface.release()
        self._surfaces = []


def bounded(width: float, height: float, depth: Depth, most_side: int) -> tuple[int, int]:
    """A size in pixels that can be had: at least 1, at most ``most_side``, and at most 256 MiB altogether.

    Sizes come from expressions of strangers; NaN means 1.
    """
    sides = [s if s >= 1.0 else 1.0 for s in (width, height)]
    sides = [min(s, float(most_side)) for s in sides]
    excess = sides[0] * sides[1] * _BYTES[depth] / MOST_BYTES
    if excess > 1.0:
        sides = [max(s / excess**0.5, 1.0) for s in sides]
    return int(sides[0]), int(sides[1])
