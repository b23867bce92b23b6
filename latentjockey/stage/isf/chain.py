"""Shaders one after the other over the picture that plays: the stage's effects.

Owns everything of one context that this needs; call it only on the thread where that context is current. Values are
display-referred throughout; between shaders the picture has sixteen-bit floats, so that it neither bands nor stops at
white.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from latentjockey.frames.frame import Frame
from latentjockey.stage.isf.blend import Blend
from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.program import ShaderProgram
from latentjockey.stage.isf.sources import Files, Sound
from latentjockey.stage.isf.step import Moment, Step
from latentjockey.stage.isf.surface import Surface
from latentjockey.stage.renderer import StageRenderer

__all__ = ["Moment", "ShaderChain", "ShaderError", "Step"]

_FRAMEBUFFER_SRGB: Final = 0x8DB9


class ShaderChain:
    """``ctx`` must be current whenever a method is called."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._renderer = StageRenderer(ctx)
        self._blend = Blend(ctx)
        self._files = Files(ctx)
        self._sound = Sound(ctx)
        self._programs: dict[int, ShaderProgram] = {}
        self._steps: Sequence[Step] | None = None
        self._source: Surface | None = None
        self._out: Surface | None = None
        self._between: list[Surface] = []

    # -- what stands in the slots -------------------------------------------------------------------------------------

    def load(self, slot: int, source: str, vertex: str | None, folder: Path | None) -> None:
        """Compile a shader and put it into ``slot``; what its persistent buffers hold goes on where names agree.

        ``folder`` is where pictures that it imports lie. Raises ShaderError; the slot then keeps what it had.
        """
        made = ShaderProgram(self._ctx, source, vertex, folder)
        old = self._programs.get(slot)
        if old is not None:
            made.adopt(old)
            old.release()
        self._programs[slot] = made
        self._files.try_again()

    def unload(self, slot: int) -> None:
        """Empty a slot. Does nothing when it is empty."""
        program = self._programs.pop(slot, None)
        if program is not None:
            program.release()

    @property
    def moves(self) -> bool:
        """Whether the next picture may differ though nothing changed: a shader of the last steps (before the first
        drawing: any that is loaded) reads the clock, hears, or has persistent buffers."""
        drawn = self._programs if self._steps is None else {s.slot for s in self._steps}
        return any(self._programs[slot].moves for slot in drawn if slot in self._programs)

    def trouble(self, slot: int) -> str:
        """What a shader goes without since the last drawing, as one sentence: a picture file that cannot be read. Or
        ""."""
        program = self._programs.get(slot)
        step = next((s for s in self._steps or () if s.slot == slot), None)
        return program.trouble(step.values, self._files) if program is not None and step is not None else ""

    # -- drawing ------------------------------------------------------------------------------------------------------

    def draw(self, frame: Frame | None, steps: Sequence[Step], moment: Moment) -> None:
        """Draw ``frame`` (``None``: the last one again) through ``steps``, in their order, at the frame's size.

        Steps of empty slots are passed over. A filter's alpha goes on to the next pass and is otherwise ignored; a
        generator lies over the picture by its alpha. Before the first frame there is nothing to draw.
        """
        if frame is not None:
            self._take(frame)
        self._steps = tuple(steps)
        if self._source is None or self._out is None:
            return
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._ctx.disable_direct(_FRAMEBUFFER_SRGB)
        self._files.begin()
        self._sound.hear(moment)
        loaded = [(s, self._programs[s.slot]) for s in steps if s.slot in self._programs]
        played = [(s, p) for s, p in loaded if s.mix != 0.0 or p.remembers]
        dry = self._source
        for left, (step, program) in enumerate(played, 1 - len(played)):
            wet = self._free(dry)
            drawn = program.draw(dry.texture, wet, step.values, moment, self._files, self._sound, self._blend)
            if left < 0 and step.mix == 0.0:
                continue
            if left < 0 and step.mix == 1.0 and not program.generates and drawn is wet.texture:
                dry = wet  # nothing to mix
                continue
            to = self._free(dry, wet) if left < 0 else self._out
            self._blend.mix(dry, drawn, to, step.mix, over=program.generates, last=left == 0)
            dry = to
        if not played:
            self._blend.mix(dry, dry.texture, self._out, 0.0, over=False, last=True)

    def read(self) -> NDArray[np.uint8]:
        """The picture drawn last: (H, W, 4) RGBA, row 0 at the top, alpha 255. Raises ValueError before the first."""
        width, height = self.size
        pixels = np.empty((height, width, 4), np.uint8)
        self.read_into(pixels.data)
        return pixels

    def read_into(self, buffer: memoryview | bytearray | NDArray[np.uint8]) -> None:
        """The same into memory of at least H·W·4 bytes. Raises ValueError before the first frame."""
        if self._out is None:
            raise ValueError("nothing was drawn yet")
        self._out.framebuffer.read_into(buffer, components=4, alignment=1)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture in pixels. Raises ValueError before the first frame."""
        if self._out is None:
            raise ValueError("nothing was drawn yet")
        return self._out.size

    def _take(self, frame: Frame) -> None:
        if self._out is None or self._out.size != frame.size:
            self._drop_surfaces()
            self._source = Surface(self._ctx, frame.size, "f1")
            self._out = Surface(self._ctx, frame.size, "f1")
            redraw = True
        else:
            redraw = False
        assert self._source is not None
        if self._renderer.upload(frame) or redraw:
            self._renderer.draw(self._source.framebuffer, *frame.size)

    def _free(self, *taken: Surface) -> Surface:
        """A surface between two shaders that is none of these; there are three at most."""
        for surface in self._between:
            if surface not in taken:
                return surface
        assert self._out is not None
        self._between.append(Surface(self._ctx, self._out.size, "f2"))
        return self._between[-1]

    def _drop_surfaces(self) -> None:
        for surface in (self._source, self._out, *self._between):
            if surface is not None:
                surface.release()
        self._source = self._out = None
        self._between = []

    def release(self) -> None:
        """Give back everything that the graphics card holds. The context must still be current."""
        for slot in list(self._programs):
            self.unload(slot)
        self._drop_surfaces()
        for thing in (self._renderer, self._blend, self._files, self._sound):
            thing.release()
