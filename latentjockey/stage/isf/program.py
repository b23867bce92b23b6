"""One shader file on the graphics card: its program, its buffers, its imported pictures, and the drawing of its passes.

Owns OpenGL objects; on the thread of their context.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import moderngl

from latentjockey.stage.isf import glsl, header, pictures
from latentjockey.stage.isf.blend import Blend
from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.header import Header, Input, Pass, Value
from latentjockey.stage.isf.sources import Files, Sound, upload
from latentjockey.stage.isf.step import Moment
from latentjockey.stage.isf.surface import Buffer, Surface, bounded

_LARGEST: Final = 3.4028234663852886e38
_NEWEST: Final = 460
_FLOAT_BOUNDS: Final = (-3.0e38, 3.0e38)
_HALF_BOUNDS: Final = (-65504.0, 65504.0)
_BYTE_BOUNDS: Final = (0.0, 1.0)
_NUMBERS: Final = frozenset({"float", "long", "bool", "event"})


class ShaderProgram:
    """Compiled from a file's text. Raises ShaderError when that cannot be done; nothing is left behind then."""

    def __init__(self, ctx: moderngl.Context, source: str, vertex: str | None, folder: Path | None) -> None:
        self._ctx = ctx
        self.header: Header = header.parse(source)
        translation = glsl.translate(self.header, vertex)
        images = [(p.name, pictures.load(pictures.beside(folder, p.path))) for p in self.header.imported]
        self._drawings = _compile_all(ctx, translation, self.header)
        self._pictures = {name: upload(ctx, pixels) for name, pixels in images}
        self._blank = Surface(ctx, (1, 1), "f1")
        self._buffers = {name: self._buffer(name) for name in glsl.targets(self.header)}
        self._inputs = {i.name: i for i in self.header.inputs}
        self._sizes = _Sizes(self.header, int(ctx.info["GL_MAX_TEXTURE_SIZE"]))
        self._discards = translation.discards
        self._uses_time = translation.uses_time
        self._hears = any(i.kind in ("audio", "audioFFT") for i in self.header.inputs)
        self._began: tuple[float, int] | None = None

    def _buffer(self, name: str) -> Buffer:
        """Two textures where a pass may read what it or an earlier pass of the same name drew."""
        drawn = [p for p in self.header.passes if p.target == name]
        kept = any(p.persistent for p in drawn)
        return Buffer(self._ctx, "f4" if any(p.floating for p in drawn) else "f2", kept or len(drawn) > 1)

    @property
    def moves(self) -> bool:
        """Whether the next picture may differ though nothing changed."""
        return self._uses_time or self._hears or self.header.persistent

    @property
    def remembers(self) -> bool:
        """Whether it has to be drawn even when it is not seen."""
        return self.header.persistent

    @property
    def generates(self) -> bool:
        """Whether it takes no picture."""
        return not self.header.main_image

    def adopt(self, old: ShaderProgram) -> None:
        """Take over time, and the persistent buffers that both have, from the program that this one replaces.

        Counting begins anew unless all buffers go on: files fill theirs at FRAMEINDEX 0.
        """
        whole = True
        for name, buffer in self._buffers.items():
            other = old._buffers.get(name)
            if other is not None and other.doubled and buffer.doubled and other.depth == buffer.depth:
                self._buffers[name], old._buffers[name] = other, buffer
            elif buffer.doubled:
                whole = False
        if old._began is not None:
            self._began = (old._began[0], old._began[1] if whole else -1)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def draw(
        self,
        picture: moderngl.Texture,
        output: Surface,
        values: Mapping[str, Value],
        moment: Moment,
        files: Files,
        sound: Sound,
        blend: Blend,
    ) -> moderngl.Texture:
        """Draw all passes over ``picture`` and return the texture that holds the result: ``output``'s or a buffer's."""
        spoken = self._moment(moment) | self._values(values)
        sizes = self._sizes.of(output.size, values)
        fresh = {n: b.front.texture for n, b in self._prepare(sizes, blend).items() if b.doubled}
        result = output.texture
        for index, step in enumerate(self.header.passes):
            to = self._buffers[step.target].back if step.target else output
            bounds = (_FLOAT_BOUNDS if step.floating else _BYTE_BOUNDS) if step.target else _HALF_BOUNDS
            drawing = self._drawings[index % len(self._drawings)]
            drawing.say(spoken)
            drawing.say({"isf_Bounds": bounds, "RENDERSIZE": (float(to.size[0]), float(to.size[1]))})
            self._bind(drawing, picture, values, fresh, files, sound)
            to.framebuffer.use()
            if self._discards:
                to.framebuffer.clear(0.0, 0.0, 0.0, 0.0)
            drawing.render()
            result = to.texture
            if step.target:
                self._buffers[step.target].swap()
                fresh[step.target] = result
        return result

    def _prepare(self, sizes: Mapping[str, tuple[int, int]], blend: Blend) -> dict[str, Buffer]:
        for name, buffer in self._buffers.items():
            buffer.fit(sizes[name], blend.copy if buffer.doubled else None)
        return self._buffers

    def _bind(
        self,
        drawing: _Drawing,
        picture: moderngl.Texture,
        values: Mapping[str, Value],
        fresh: Mapping[str, moderngl.Texture],
        files: Files,
        sound: Sound,
    ) -> None:
        """Put a texture on every unit. A buffer that nothing has drawn in this frame yet, and keeps nothing, is black:
        a texture must not be read while it is drawn."""
        for unit, name in drawing.units:
            said = self._inputs.get(name)
            if said is None:
                texture = self._pictures.get(name) or fresh.get(name) or self._blank.texture
            elif said.kind == "image":
                path = values.get(name)
                texture = (files.texture(path) or self._blank.texture) if path and isinstance(path, str) else picture
            else:
                texture = sound.texture(said.kind == "audioFFT", said.most)
            texture.use(unit)

    def _moment(self, moment: Moment) -> dict[str, object]:
        """Time counts from the first drawing: as float32, seconds of the machine's clock would stutter."""
        if self._began is None:
            self._began = (moment.time, moment.index)
        elif self._began[1] < 0:
            self._began = (self._began[0], moment.index)
        return {
            "TIME": moment.time - self._began[0],
            "TIMEDELTA": moment.delta,
            "FRAMEINDEX": (moment.index - self._began[1]) & 0x7FFFFFFF,
            "DATE": tuple(moment.date),
        }

    def _values(self, values: Mapping[str, Value]) -> dict[str, object]:
        fitted = {
            n: _fitting(i, values.get(n, i.default)) for n, i in self._inputs.items() if i.kind not in glsl.SAMPLED
        }
        return {n: v for n, v in fitted.items() if v is not None}

    def trouble(self, values: Mapping[str, Value], files: Files) -> str:
        """Why an image input shows nothing, as one sentence, or ""."""
        said = [files.trouble(str(values.get(i.name) or "")) for i in self.header.inputs if i.kind == "image"]
        return next((s for s in said if s), "")

    def release(self) -> None:
        """Give back everything. The context must be current."""
        for buffer in self._buffers.values():
            buffer.release()
        for texture in self._pictures.values():
            texture.release()
        self._blank.release()
        for drawing in self._drawings:
            drawing.release()


class _Sizes:
    """The sizes of all buffers, worked out again only when something that they depend on has changed."""

    def __init__(self, said: Header, most_side: int) -> None:
        self._header = said
        self._most_side = most_side
        self._first: dict[str, Pass] = {}
        for p in said.passes:
            if p.target and (p.target not in self._first or self._first[p.target].width is None):
                self._first[p.target] = p
        expressions = [e for p in self._first.values() for e in (p.width, p.height) if e is not None]
        read = frozenset().union(*(e.names for e in expressions))
        self._inputs = [i for i in said.inputs if i.name in read and i.kind in _NUMBERS]
        self._known: object = None
        self._sizes: dict[str, tuple[int, int]] = {}

    def of(self, size: tuple[int, int], values: Mapping[str, Value]) -> Mapping[str, tuple[int, int]]:
        """By name of the buffer, for a picture of ``size``."""
        known = (size, *(_fitting(i, values.get(i.name, i.default)) for i in self._inputs))
        if known != self._known:
            self._known = known
            numbers = {i.name: _as_number(v) for i, v in zip(self._inputs, known[1:], strict=True)}
            variables = {**numbers, "WIDTH": float(size[0]), "HEIGHT": float(size[1])}
            self._sizes = {name: self._size(name, size, variables) for name in glsl.targets(self._header)}
        return self._sizes

    def _size(self, name: str, size: tuple[int, int], variables: Mapping[str, float]) -> tuple[int, int]:
        step = self._first.get(name, Pass(name))
        width = step.width.value(variables) if step.width is not None else float(size[0])
        height = step.height.value(variables) if step.height is not None else float(size[1])
        return bounded(width, height, "f4" if step.floating else "f2", self._most_side)


class _Drawing:
    """The compiled program of one pass. ``units`` are the textures it reads, by the names of the header."""

    def __init__(self, ctx: moderngl.Context, program: moderngl.Program, said: glsl.Translation) -> None:
        self._program = program
        self._array = ctx.vertex_array(program, [])
        header_names = {uniform: name for name, uniform in said.names.items()}
        self._uniforms: dict[str, moderngl.Uniform] = {}
        self.units: list[tuple[int, str]] = []
        for uniform in program:
            member = program[uniform]
            name = header_names.get(uniform, uniform)
            if not isinstance(member, moderngl.Uniform):
                continue
            if name in said.samplers:
                member.value = len(self.units)
                self.units.append((len(self.units), name))
            else:
                self._uniforms[name] = member
        self._said: dict[str, object] = {}

    def say(self, values: Mapping[str, object]) -> None:
        """Uniforms keep their value, so each is told only what is new."""
        for name, value in values.items():
            uniform = self._uniforms.get(name)
            if uniform is not None and self._said.get(name) != value:
                uniform.value = value
                self._said[name] = value

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def release(self) -> None:
        self._array.release()
        self._program.release()


def _compile_all(ctx: moderngl.Context, translation: glsl.Translation, said: Header) -> list[_Drawing]:
    drawings: list[_Drawing] = []
    try:
        for index in range(len(said.passes) if translation.branches else 1):
            drawings.append(_Drawing(ctx, _compile(ctx, translation, index), translation))
    except ShaderError:
        for drawing in drawings:
            drawing.release()
        raise
    return drawings


def _compile(ctx: moderngl.Context, translation: glsl.Translation, index: int) -> moderngl.Program:
    """As GLSL 3.30; where that is too strict about whole numbers, as the newest that the driver has."""
    refused: ShaderError | None = None
    for version in sorted({330, max(330, min(ctx.version_code, _NEWEST))}):
        vertex, fragment = translation.versioned(version, index)
        try:
            return ctx.program(vertex_shader=vertex, fragment_shader=fragment)
        except (moderngl.Error, KeyError) as error:  # KeyError: an #include
            refused = glsl.complaint(str(error))
    assert refused is not None
    raise refused


def _fitting(item: Input, value: Value) -> float | int | bool | tuple[float, ...] | None:
    """The value as its uniform takes it: finite, in float32 and int32. ``None`` for what no number can be made of."""
    if isinstance(value, tuple | list):
        wanted = {"color": 4, "point2D": 2}.get(item.kind, 0)
        if len(value) != wanted or not all(math.isfinite(v) for v in value):
            return None
        return tuple(max(-_LARGEST, min(float(v), _LARGEST)) for v in value)
    if isinstance(value, str) or item.kind in ("color", "point2D") or not math.isfinite(value):
        return None
    if item.kind == "float":
        return max(-_LARGEST, min(float(value), _LARGEST))
    if item.kind == "long":
        return max(-(2**31), min(round(value), 2**31 - 1))
    return value >= 0.5


def _as_number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
