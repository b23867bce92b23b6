"""Wet over dry, and the way out: the two small drawings that the chain adds to those of the shaders.

Owns OpenGL objects; on the thread of their context.
"""

from __future__ import annotations

from typing import Final

import moderngl

from latentjockey.stage.isf.surface import Surface

_LARGEST: Final = 3.4028234663852886e38

_VERTEX: Final = """
#version 330 core
out vec2 at;
void main() {
    at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);
}
"""

_MIX: Final = """
#version 330 core
uniform sampler2D dry;
uniform sampler2D wet;
uniform float amount;
uniform int over;       // the wet picture lies over the dry one by its alpha
uniform int fits;       // wet has the size of dry
uniform int flip;       // the last drawing: row 0 at the top, alpha 1
in vec2 at;
out vec4 colour;
vec4 finite(vec4 c) {
    uvec4 bits = floatBitsToUint(c) & 0x7f800000u;
    return clamp(mix(c, vec4(0.0), equal(bits, uvec4(0x7f800000u))), -65504.0, 65504.0);
}
void main() {
    ivec2 spot = ivec2(gl_FragCoord.xy);
    vec2 place = at;
    if (flip != 0) {
        spot.y = textureSize(dry, 0).y - 1 - spot.y;
        place.y = 1.0 - at.y;
    }
    vec4 d = finite(texelFetch(dry, spot, 0));
    vec4 w = finite(fits != 0 ? texelFetch(wet, spot, 0) : texture(wet, place));
    if (over != 0)
        w = vec4(mix(d.rgb, w.rgb, clamp(w.a, 0.0, 1.0)), d.a);
    colour = finite(d + amount * (w - d));
    if (flip != 0)
        colour.a = 1.0;
}
"""

_COPY: Final = """
#version 330 core
uniform sampler2D from;
in vec2 at;
out vec4 colour;
void main() { colour = texture(from, at); }
"""


class Blend:
    """``ctx`` must be current whenever a method is called."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._mix = ctx.program(vertex_shader=_VERTEX, fragment_shader=_MIX)
        self._mixing = ctx.vertex_array(self._mix, [])
        self._mix["wet"] = 1
        self._copy = ctx.program(vertex_shader=_VERTEX, fragment_shader=_COPY)
        self._copying = ctx.vertex_array(self._copy, [])
        self._said: dict[str, float] = {}

    def mix(
        self, dry: Surface, wet: moderngl.Texture, to: Surface, amount: float, *, over: bool, last: bool = False
    ) -> None:
        """``dry + amount * (wet - dry)`` into ``to``, which has the size of ``dry``. ``last`` draws row 0 first."""
        self._say("amount", max(-_LARGEST, min(amount, _LARGEST)))
        self._say("over", int(over))
        self._say("flip", int(last))
        self._say("fits", int(wet.size == dry.size))
        to.framebuffer.use()
        dry.texture.use(0)
        wet.use(1)
        self._mixing.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def copy(self, from_: Surface, to: Surface) -> None:
        """Draw one surface on another of any size."""
        to.framebuffer.use()
        from_.texture.use(0)
        self._copying.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def _say(self, name: str, value: float) -> None:
        if self._said.get(name) != value:
            self._said[name] = value
            self._mix[name] = value

    def release(self) -> None:
        for thing in (self._mixing, self._mix, self._copying, self._copy):
            thing.release()
