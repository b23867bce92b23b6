"""A still picture that breathes: it swells and sinks, its light forms move more than its dark ones. OpenGL 3.3 core.

Owns a texture and a program of one context; call it only on the thread where that context is current.
"""

from __future__ import annotations

from typing import Any

import moderngl

from latentjockey.frames.frame import Pixels
from latentjockey.stage.fitting import Fit, place

_VERTEX = """
#version 330 core
uniform vec4 seen;      // the window's left, top, right, bottom in the picture, 0..1; beyond lies outside of it
out vec2 at;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    at = mix(seen.xw, seen.zy, corner);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

# Two crossing waves a breath, which begin with nothing: at 0 s the picture lies as it was kept.
_FRAGMENT = """
#version 330 core
uniform sampler2D still;
uniform float t;
uniform float zoom;
uniform float light;
uniform float left;
in vec2 at;
out vec4 colour;
void main() {
    vec2 p = (at - 0.5) / zoom + 0.5;
    float bright = dot(textureLod(still, p, 2.0).rgb, vec3(0.2126, 0.7152, 0.0722));
    vec2 wave = vec2(sin(7.0 * p.y + 1.3 * t) + sin(13.0 * p.x - 0.8 * t),
                     cos(8.0 * p.x - 1.1 * t) + sin(11.0 * p.y + 0.9 * t));
    p += 0.009 * (1.0 - exp(-1.2 * t)) * (0.35 + bright) * wave;
    bool inside = all(greaterThanEqual(at, vec2(0.0))) && all(lessThanEqual(at, vec2(1.0)));
    colour = vec4(inside ? texture(still, p).rgb * light : vec3(0.0), left);
}
"""


class BreathingStill:
    """``pixels`` (H, W, 4) RGBA, row 0 at the top. ``ctx`` must be current whenever a method is called."""

    def __init__(self, ctx: moderngl.Context, pixels: Pixels) -> None:
        self._ctx = ctx
        self._size = (pixels.shape[1], pixels.shape[0])
        self._texture = ctx.texture(self._size, 4, pixels.tobytes(), alignment=1)
        self._texture.build_mipmaps()
        self._texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self._texture.repeat_x = self._texture.repeat_y = False
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._quad = ctx.vertex_array(self._program, [])

    def draw(
        self,
        framebuffer: moderngl.Framebuffer,
        window: tuple[int, int],
        fit: Fit,
        *,
        t: float,
        zoom: float,
        light: float,
        left: float,
    ) -> None:
        """Lay it over what ``framebuffer`` of ``window`` device pixels shows, black around it: at ``t`` seconds,
        enlarged ``zoom`` ≥ 1 times within its place, with ``light`` 0..1 of its brightness and ``left`` 0..1 of itself.
        """
        framebuffer.use()
        framebuffer.viewport = (0, 0, *window)
        spot = place(self._size, window, fit)
        across, down = ((spot.right - spot.left) / spot.width, (spot.bottom - spot.top) / spot.height)
        wide, high = self._size
        self._program["seen"] = (
            (spot.left - spot.x * across) / wide,
            (spot.top - spot.y * down) / high,
            (spot.left + (window[0] - spot.x) * across) / wide,
            (spot.top + (window[1] - spot.y) * down) / high,
        )
        for name, value in (("t", t), ("zoom", zoom), ("light", light), ("left", left)):
            self._program[name] = value
        self._texture.use(0)
        self._ctx.enable(moderngl.BLEND)
        alpha_stays_one = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
        blend: Any = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, *alpha_stays_one)
        self._ctx.blend_func = blend
        self._quad.render(moderngl.TRIANGLE_STRIP, vertices=4)
        self._ctx.disable(moderngl.BLEND)

    def release(self) -> None:
        """Give back what the graphics card holds."""
        for made in (self._quad, self._program, self._texture):
            made.release()
