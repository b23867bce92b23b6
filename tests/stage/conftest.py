"""A graphics context without a window, and a bench on which shaders are played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.stage.isf.chain import Moment, ShaderChain, Step
from latentjockey.stage.isf.header import Value

_made = 0


def as_frame(rgb: Pixels, *, planar: bool = True) -> Frame:
    """A frame that nobody has seen yet."""
    global _made
    _made += 1
    stamp = Stamp(1, _made, 1, 1, 0.0, 0, 0, 0, 0, 0)
    pixels = rgb.transpose(2, 0, 1).copy() if planar else np.dstack([rgb, np.full(rgb.shape[:2], 9, np.uint8)])
    return Frame(pixels, stamp, np.zeros(0), np.zeros((0, 0), np.float32), planar=planar)


class Bench:
    """A chain with its own count of frames, sixty a second."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx
        self.chain = ShaderChain(ctx)
        self.index = 0

    def put(self, source: str, slot: int = 1, vertex: str | None = None, folder: Path | None = None) -> None:
        self.chain.load(slot, source, vertex, folder)

    def play(
        self, rgb: Pixels | None, values: Mapping[str, Value] | None = None, mix: float = 1.0, **moment: object
    ) -> NDArray[np.int64]:
        """One frame through slot 1; what comes out as (H, W, 3) whole numbers."""
        return self.run(rgb, Step(1, mix, values or {}), **moment)

    def run(self, rgb: Pixels | None, *steps: Step, **moment: object) -> NDArray[np.int64]:
        """One frame through any steps."""
        now = Moment(100.0 + self.index / 60, 1 / 60, self.index)
        for name, value in moment.items():
            now = Moment(**{**{f: getattr(now, f) for f in now.__slots__}, name: value})
        self.index += 1
        self.chain.draw(None if rgb is None else as_frame(rgb), steps, now)
        seen = self.chain.read()
        assert self.ctx.error == "GL_NO_ERROR"
        assert np.all(seen[..., 3] == 255)
        return seen[..., :3].astype(int)


@pytest.fixture(scope="session")
def graphics() -> Iterator[moderngl.Context]:
    """A context of our own; the reason is printed where there is none."""
    try:
        ctx = moderngl.create_standalone_context(require=330, backend="egl")
    except Exception as error:  # noqa: BLE001 - the loaders raise bare Exception for every kind of missing driver
        pytest.skip(f"there is no OpenGL 3.3 through EGL here: {error}")
    yield ctx
    ctx.release()


@pytest.fixture
def gl(graphics: moderngl.Context) -> Iterator[moderngl.Context]:
    """The context, current on this thread while the test runs."""
    with graphics:
        yield graphics


@pytest.fixture
def bench(gl: moderngl.Context) -> Iterator[Bench]:
    made = Bench(gl)
    yield made
    made.chain.release()
