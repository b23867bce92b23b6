"""A stage without a window: renders to an array through EGL. Belongs to the thread that made it."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import moderngl
import numpy as np

from latentjockey.base.platform import LINUX
from latentjockey.frames.frame import Frame, Pixels
from latentjockey.stage.fitting import Fit
from latentjockey.stage.renderer import StageRenderer


class OffscreenStage:
    """Make it with :func:`open_offscreen`."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._renderer = StageRenderer(ctx)
        self._target: moderngl.Framebuffer | None = None

    @property
    def device(self) -> str:
        """What renders, in the driver's words."""
        return str(self._ctx.info["GL_RENDERER"])

    def render(
        self, frame: Frame | None, size: tuple[int, int], fit: Fit = "letterbox", blackout: bool = False
    ) -> Pixels:
        """The stage as uint8 (height, width, 4) RGBA for ``size`` = (width, height), row 0 at the top.

        ``frame`` may be released afterwards; ``None`` draws the last one again.
        """
        with self._ctx:
            if self._target is None or self._target.size != size:
                self._retarget(size)
            assert self._target is not None
            if frame is not None:
                self._renderer.upload(frame)
            self._renderer.draw(self._target, *size, fit=fit, blackout=blackout)
            self._target.viewport = (0, 0, *size)
            data = self._target.read(components=4, alignment=1)
        rows = np.frombuffer(data, np.uint8).reshape(size[1], size[0], 4)
        return np.ascontiguousarray(rows[::-1])

    def _retarget(self, size: tuple[int, int]) -> None:
        self._drop_target()
        self._target = self._ctx.framebuffer([self._ctx.renderbuffer(size, 4)])

    def _drop_target(self) -> None:
        if self._target is not None:
            for attachment in self._target.color_attachments:
                attachment.release()
            self._target.release()
            self._target = None

    def close(self) -> None:
        with self._ctx:
            self._renderer.release()
            self._drop_target()
        self._ctx.release()

    def __enter__(self) -> OffscreenStage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_offscreen() -> tuple[OffscreenStage | None, str]:
    """A stage without a window, or ``None`` and one sentence that says why there is none."""
    ctx, why = open_context()
    return (None if ctx is None else OffscreenStage(ctx)), why


def open_context() -> tuple[moderngl.Context | None, str]:
    """OpenGL 3.3 without a window, current on this thread, or ``None`` and one sentence that says why there is none."""
    wanted: dict[str, Any] = {"require": 330}
    if LINUX:  # elsewhere the system's own way needs no window either
        wanted["backend"] = "egl"
    try:
        return moderngl.create_standalone_context(**wanted), ""
    except Exception as error:  # noqa: BLE001 - the loaders raise bare Exception for every kind of missing driver
        return None, f"There is no OpenGL 3.3 without a window here ({error}); install the EGL library of your driver."
