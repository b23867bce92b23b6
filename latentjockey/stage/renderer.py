"""Draws the newest frame with OpenGL 3.3 core: the same code for the window, outputs and headless sinks.

Owns the textures and programs of one context; call it only on the thread where that context is current. Pixels are
display-referred and go through untouched: no sRGB textures, no sRGB framebuffer, alpha 1.
"""

from __future__ import annotations

import math

import moderngl

from latentjockey.frames.frame import Frame, Stamp
from latentjockey.stage.fitting import Fit, Placement, place

_FRAMEBUFFER_SRGB = 0x8DB9
_MOST_TAPS = 8

_VERTEX = """
#version 330 core
uniform vec4 seen;      // left, top, right, bottom of the picture, 0..1, top is row 0
out vec2 at;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    at = mix(seen.xw, seen.zy, corner);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

# Linear sampling alone skips texels when it shrinks by more than two; a grid of taps over the pixel's footprint is a
# box filter that costs nothing when the picture is enlarged and needs no mipmaps of pictures that live for one frame.
_FRAGMENT = """
#version 330 core
#define PLANAR {planar}
#if PLANAR
uniform sampler2DArray picture;
vec3 look(vec2 p) {{
    return vec3(texture(picture, vec3(p, 0.0)).r, texture(picture, vec3(p, 1.0)).r, texture(picture, vec3(p, 2.0)).r);
}}
#else
uniform sampler2D picture;
vec3 look(vec2 p) {{ return texture(picture, p).rgb; }}
#endif
uniform vec2 pixel;     // the size of one window pixel in the picture, 0..1
uniform ivec2 taps;
in vec2 at;
out vec4 colour;
void main() {{
    vec3 sum = vec3(0.0);
    for (int y = 0; y < taps.y; ++y)
        for (int x = 0; x < taps.x; ++x)
            sum += look(at + ((vec2(x, y) + 0.5) / vec2(taps) - 0.5) * pixel);
    colour = vec4(sum / float(taps.x * taps.y), 1.0);
}}
"""


class StageRenderer:
    """``ctx`` must be current whenever a method is called. Nothing uploaded yet draws black."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._programs: dict[bool, tuple[moderngl.Program, moderngl.VertexArray]] = {}
        self._texture: moderngl.Texture | moderngl.TextureArray | None = None
        self._layout: tuple[bool, int, int] | None = None
        self._shown: Stamp | None = None

    @property
    def shown(self) -> Stamp | None:
        """The stamp of the frame that ``draw`` shows."""
        return self._shown

    def upload(self, frame: Frame) -> bool:
        """Copy the frame's pixels to the graphics card unless they are there; false when they were.

        The frame may be released as soon as this returns. Raises ValueError for pixels that are neither (3, H, W) nor
        (H, W, 4) uint8.
        """
        if frame.stamp == self._shown:
            return False
        wide, high = frame.size
        shape = (3, high, wide) if frame.planar else (high, wide, 4)
        if frame.pixels.shape != shape or frame.pixels.dtype != "uint8":
            raise ValueError(f"a frame is uint8 planes or RGBA, not {frame.pixels.dtype} {frame.pixels.shape}")
        layout = (frame.planar, wide, high)
        if self._texture is None or layout != self._layout:
            self._texture = self._allocate(*layout)
            self._layout = layout
        pixels = frame.pixels if frame.pixels.flags.c_contiguous else frame.pixels.copy()
        self._texture.write(pixels.data)
        self._shown = frame.stamp
        return True

    def draw(
        self,
        framebuffer: moderngl.Framebuffer,
        width: int,
        height: int,
        fit: Fit = "letterbox",
        blackout: bool = False,
    ) -> None:
        """Draw the picture on ``framebuffer`` of ``width`` × ``height`` device pixels, black around it, alpha 1."""
        ctx = self._ctx
        framebuffer.use()
        framebuffer.scissor = None  # type: ignore[assignment]  # the stubs forget that None means off
        framebuffer.viewport = (0, 0, width, height)
        ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        ctx.disable_direct(_FRAMEBUFFER_SRGB)
        framebuffer.clear(0.0, 0.0, 0.0, 1.0)
        if blackout or self._texture is None or self._layout is None:
            return
        planar, wide, high = self._layout
        spot = place((wide, high), (width, height), fit)
        filtering = moderngl.NEAREST if spot.exact else moderngl.LINEAR
        self._texture.filter = (filtering, filtering)
        self._texture.use(0)
        self._quad(planar, spot, wide, high)
        # OpenGL counts rows from the bottom.
        framebuffer.viewport = (spot.x, height - spot.y - spot.height, spot.width, spot.height)
        self._programs[planar][1].render(moderngl.TRIANGLE_STRIP, vertices=4)

    def _quad(self, planar: bool, spot: Placement, wide: int, high: int) -> None:
        if planar not in self._programs:
            source = _FRAGMENT.format(planar=int(planar))
            made = self._ctx.program(vertex_shader=_VERTEX, fragment_shader=source)
            self._programs[planar] = (made, self._ctx.vertex_array(made, []))
        program = self._programs[planar][0]
        step = ((spot.right - spot.left) / spot.width, (spot.bottom - spot.top) / spot.height)
        program["seen"] = (spot.left / wide, spot.top / high, spot.right / wide, spot.bottom / high)
        program["pixel"] = (step[0] / wide, step[1] / high)
        program["taps"] = (_taps(step[0]), _taps(step[1]))

    def _allocate(self, planar: bool, wide: int, high: int) -> moderngl.Texture | moderngl.TextureArray:
        if self._texture is not None:
            self._texture.release()
        texture: moderngl.Texture | moderngl.TextureArray
        if planar:
            texture = self._ctx.texture_array((wide, high, 3), 1, alignment=1)
        else:
            texture = self._ctx.texture((wide, high), 4, alignment=1)
        texture.repeat_x = texture.repeat_y = False
        return texture

    def release(self) -> None:
        """Give back what the graphics card holds. The context must still be current."""
        if self._texture is not None:
            self._texture.release()
        for program, quad in self._programs.values():
            quad.release()
            program.release()
        self._texture, self._layout, self._shown = None, None, None
        self._programs.clear()


def _taps(step: float) -> int:
    """Samples across one window pixel that covers ``step`` picture pixels: each linear sample sees two."""
    return 1 if step <= 1.0 else min(_MOST_TAPS, math.ceil(step))
