"""ISF source to GLSL 330 core: the names ISF promises, today's words for old ones, lines that stay the artist's. Pure.

The code is never understood, only its words are exchanged, token by token and outside comments, so that every line
keeps its number. Three kinds of words change: those of GLSL 1.20 that are gone, those that have since become reserved
(``sample``, ``input``, ``filter``), and names from the header that are also functions (``texture``, ``distance``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.header import Header, clean, mentions_time

SAMPLED: Final = frozenset({"image", "audio", "audioFFT"})
"""The kinds of input that are textures."""

_TYPES: Final = {
    "float": "float",
    "long": "int",
    "bool": "bool",
    "event": "bool",
    "color": "vec4",
    "point2D": "vec2",
    "image": "sampler2D",
    "audio": "sampler2D",
    "audioFFT": "sampler2D",
}

_OLD: Final = {
    "texture2D": "isf_texture",
    "texture2DRect": "isf_pixel",
    "texture2DLod": "textureLod",
    "texture2DLodEXT": "textureLod",
    "texture2DProj": "textureProj",
    "texture2DGradEXT": "textureGrad",
    "texture2DGradARB": "textureGrad",
    "sampler2DRect": "sampler2D",
    "gl_FragColor": "isf_FragColor",
    "vv_FragNormCoord": "isf_FragNormCoord",
    "vv_vertShaderInit": "isf_vertShaderInit",
    "gl_Vertex": "isf_Vertex",
    "gl_MultiTexCoord0": "isf_TexCoord",
    "ftransform": "isf_transform",
}

# Reserved in GLSL 3.30, or a keyword in some version up to 4.60: none of them can be meant as what it now means.
_RESERVED_WORDS: Final = """
    active asm buffer cast class coherent common enum extern external filter fixed fvec2 fvec3 fvec4 goto half hvec2
    hvec3 hvec4 iimage2D image1D image2D image3D imageBuffer imageCube inline input interface long namespace noinline
    output partition patch precise public readonly resource restrict sample sampler sampler3DRect shared short sizeof
    static subroutine superp template this typedef uimage2D union unsigned using volatile writeonly
"""
_RESERVED: Final = frozenset(_RESERVED_WORDS.split())
_QUALIFIERS: Final = frozenset({"smooth", "flat", "noperspective", "centroid"})
_FUNCTION_WORDS: Final = """
    abs acos acosh all any asin asinh atan atanh ceil clamp cos cosh cross dFdx dFdy degrees determinant distance dot
    equal exp exp2 faceforward floor fract fwidth inverse inversesqrt isinf isnan length log log2 max min mix mod modf
    noise1 noise2 noise3 noise4 normalize not outerProduct pow radians reflect refract round roundEven sign sin sinh
    smoothstep sqrt step tan tanh texelFetch texture textureGrad textureLod textureOffset textureProj textureSize
    transpose trunc fma ldexp frexp bitCount findLSB findMSB matrixCompMult lessThan greaterThan
"""
_FUNCTIONS: Final = frozenset(_FUNCTION_WORDS.split())
_SWITCHES: Final = frozenset({"switch", "case", "default"})

_TOKEN = re.compile(
    r"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*|(?P<word>[A-Za-z_]\w*)|(?P<dot>\.\s*)(?P<field>[A-Za-z_]\w*)|\.?\d[\w.]*", re.ASCII
)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(version|line|extension)\b[^\n]*", re.MULTILINE)
_EXTENSION = re.compile(r"#[ \t]*extension[ \t]+(\w+)[ \t]*:[ \t]*(?:enable|require|warn)")
_OWN_OUTPUT = re.compile(r"^[ \t]*(?:layout\s*\([^)\n]*\)\s*)?out\s+(?:\w+\s+)?vec4\s+(\w+)\s*;", re.MULTILINE)

_UNIFORMS: Final = """\
uniform int FRAMEINDEX;
uniform vec2 RENDERSIZE;
uniform float TIME;
uniform float TIMEDELTA;
uniform vec4 DATE;
"""

# Functions, not macros: an argument is then evaluated once, and a name in the file cannot be caught by ours.
_LOOKUPS: Final = """\
vec4 isf_texture(sampler2D s, vec2 p) { return texture(s, p); }
vec4 isf_pixel(sampler2D s, vec2 p) { return texture(s, p / vec2(textureSize(s, 0))); }
vec2 isf_size(sampler2D s) { return vec2(textureSize(s, 0)); }
vec4 IMG_NORM_PIXEL(sampler2D s, vec2 p) { return texture(s, p); }
vec4 IMG_PIXEL(sampler2D s, vec2 p) { return texture(s, p / vec2(textureSize(s, 0))); }
vec2 IMG_SIZE(sampler2D s) { return vec2(textureSize(s, 0)); }
"""
_THIS: Final = """\
vec4 IMG_THIS_PIXEL(sampler2D s) { return texture(s, isf_FragNormCoord); }
vec4 IMG_THIS_NORM_PIXEL(sampler2D s) { return texture(s, isf_FragNormCoord); }
"""
_FRAGMENT_ONLY: Final = """\
vec4 isf_texture(sampler2D s, vec2 p, float b) { return texture(s, p, b); }
uniform vec2 isf_Bounds;
float isf_finite(float x) {
    return (floatBitsToUint(x) & 0x7f800000u) == 0x7f800000u ? 0.0 : clamp(x, isf_Bounds.x, isf_Bounds.y);
}
"""
# What a pass writes is made finite on the way, so that no buffer that feeds itself can be poisoned for ever. The test
# is on bits because drivers are free to assume that NaN does not happen.
_FRAGMENT_END: Final = """
#line 1
void main() {{
    isf_main();
    {out} = vec4(isf_finite({out}.r), isf_finite({out}.g), isf_finite({out}.b), isf_finite({out}.a));
}}
"""
_VERTEX_START: Final = """\
vec4 isf_Vertex = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0, 0.0, 1.0);
vec4 isf_TexCoord = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1), 0.0, 1.0);
vec4 isf_transform() { return isf_Vertex; }
void isf_vertShaderInit() {
    gl_Position = isf_Vertex;
    isf_FragNormCoord = isf_TexCoord.xy;
}
"""
_VERTEX_PLAIN: Final = "void main() { isf_vertShaderInit(); }\n"


_PASS: Final = "// PASSINDEX\n"  # where the declaration goes, after all #extension lines


@dataclass(frozen=True, slots=True)
class Translation:
    """Both shaders, all but the number of the pass. ``names`` says under which uniform each name of the header goes;
    ``samplers`` are those that are textures, ``branches`` is whether
    the passes do different things."""

    fragment: str
    vertex: str
    names: Mapping[str, str]
    samplers: frozenset[str]
    uses_time: bool
    discards: bool
    branches: bool

    def versioned(self, version: int, index: int) -> tuple[str, str]:
        """Vertex and fragment shader for a GLSL version, e.g. 330, and a pass.

        The pass is a constant, so that each program holds its own pass only: software renderers run all branches.
        """
        first = f"#version {version} core\n"
        last = f"const int PASSINDEX = {index};\n"
        return first + self.vertex.replace(_PASS, last, 1), first + self.fragment.replace(_PASS, last, 1)


def translate(header: Header, vertex: str | None) -> Translation:
    """The GLSL of a file and of the ``.vs`` beside it, if there is one. Raises ShaderError."""
    names = _uniform_names(header)
    declared = _PASS + _UNIFORMS + _declarations(header, names)
    own = _own_output(header.body)
    out = own or "isf_FragColor"
    if re.search(r"\bgl_FragData\b", header.body):
        out = "isf_FragData[0]"
    extensions, body = _directives(header.body)
    body = _without_redeclared(_exchange(body, "in", names), names)
    fragment = (
        extensions
        + declared
        + "in vec2 isf_FragNormCoord;\n"
        + _output_declaration(out, own)
        + _LOOKUPS
        + _FRAGMENT_ONLY
        + _THIS
        + f"#line {header.body_line}\n"
        + body
        + _FRAGMENT_END.format(out=out)
    )
    before = declared + "out vec2 isf_FragNormCoord;\n" + _LOOKUPS + _THIS + _VERTEX_START
    timed = header.uses_time or (vertex is not None and mentions_time(vertex))
    branches = "PASSINDEX" in header.body or "PASSINDEX" in (vertex or "")
    samplers = frozenset(names) - {i.name for i in header.inputs if i.kind not in SAMPLED}
    discards = "discard" in header.body
    return Translation(fragment, _vertex(before, vertex, names), names, samplers, timed, discards, branches)


def _vertex(before: str, vertex: str | None, names: Mapping[str, str]) -> str:
    if vertex is None or not vertex.strip():
        return before + _VERTEX_PLAIN
    extensions, body = _directives(clean(vertex))
    return extensions + before + "#line 1\n" + _without_redeclared(_exchange(body, "out", names, main="main"), names)


def _uniform_names(header: Header) -> dict[str, str]:
    """A name of the header that GLSL would take for something else goes under another one."""
    given = [i.name for i in header.inputs] + list(targets(header)) + [p.name for p in header.imported]
    words = _RESERVED | _QUALIFIERS | _SWITCHES | _FUNCTIONS
    return {n: f"lj_{n}" if n in words or n in _OLD else n for n in given}


def targets(header: Header) -> tuple[str, ...]:
    """The names of all buffers, each once, in the order of the passes."""
    return tuple(dict.fromkeys([p.target for p in header.passes if p.target] + list(header.buffers)))


def _declarations(header: Header, names: Mapping[str, str]) -> str:
    lines = [f"uniform {_TYPES[i.kind]} {names[i.name]};" for i in header.inputs]
    images = [i.name for i in header.inputs if i.kind in SAMPLED]
    pictures = [*targets(header), *(p.name for p in header.imported)]
    lines += [f"uniform sampler2D {names[n]};" for n in pictures]
    for name in [*images, *pictures]:
        size = f"vec2(textureSize({names[name]}, 0))"
        lines.append(f"#define _{name}_imgRect vec4(0.0, 0.0, {size})")
        lines.append(f"#define _{name}_imgSize {size}")
        lines.append(f"#define _{name}_flip false")
    return "".join(f"{line}\n" for line in lines)


def _own_output(body: str) -> str:
    """The output that a file written for newer GLSL declares itself, or ""."""
    code = re.sub(r"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*", " ", body)
    found = _OWN_OUTPUT.search(code)
    return found[1] if found is not None and "gl_FragColor" not in code else ""


def _output_declaration(out: str, own: str) -> str:
    if own:
        return ""
    if out != "isf_FragColor":
        return "out vec4 isf_FragData[4];\n#define isf_FragColor isf_FragData[0]\n"
    return "out vec4 isf_FragColor;\n"


def _directives(body: str) -> tuple[str, str]:
    """Lines that have to stand at the top, and the body without them and without its own version and line numbers."""
    extensions = "".join(f"#extension {name} : enable\n" for name in dict.fromkeys(_EXTENSION.findall(body)))
    return extensions, _DIRECTIVE.sub("", body)


def _exchange(body: str, varying: str, names: Mapping[str, str], main: str = "isf_main") -> str:
    old = {**_OLD, "varying": varying, "attribute": "in", "gl_FragData": "isf_FragData", "main": main}
    plain_switch = re.search(r"\bswitch\s*\(", body) is None
    renamed = {n: u for n, u in names.items() if n != u}

    def exchanged(found: re.Match[str]) -> str:
        field = found["field"]
        if field is not None:
            return f"{found['dot']}lj_{field}" if field in _RESERVED else found.group()
        word = found["word"]
        if word is None:
            return found.group()
        rest = body[found.end() : found.end() + 40].lstrip()
        if word in renamed and word in _FUNCTIONS:
            return word if rest.startswith("(") else renamed[word]
        if word in _RESERVED or (word in renamed and word not in _QUALIFIERS | _SWITCHES):
            return f"lj_{word}"
        if word in _QUALIFIERS and not re.match(r"(?:in|out|varying|centroid)\b", rest):
            return f"lj_{word}"
        if word in _SWITCHES and plain_switch:
            return f"lj_{word}"
        if word == "layout" and not rest.startswith("("):
            return "lj_layout"
        return old.get(word, word)

    return _TOKEN.sub(exchanged, body)


def _without_redeclared(body: str, names: Mapping[str, str]) -> str:
    """Some files declare what ISF declares for them; their lines stay, empty."""
    ours = "|".join(re.escape(n) for n in {*names.values(), "TIME", "TIMEDELTA", "DATE", "FRAMEINDEX", "PASSINDEX",
                                           "RENDERSIZE"})  # fmt: skip
    body = re.sub(rf"^[ \t]*uniform[ \t]+\w+[ \t]+(?:{ours})[ \t]*;", "", body, flags=re.MULTILINE)
    return re.sub(
        r"^[ \t]*(?:in|out)[ \t]+vec[234][ \t]+isf_(?:FragNormCoord|FragColor)[ \t]*;", "", body, flags=re.MULTILINE
    )


# -- what drivers answer ----------------------------------------------------------------------------------------------

_COMPLAINTS: Final = (
    re.compile(r"^\s*\d+:(?P<line>\d+)\(\d+\): error: (?P<said>.*)$", re.MULTILINE),  # Mesa
    re.compile(r"^\s*\d+\((?P<line>\d+)\)\s*: error \w+: (?P<said>.*)$", re.MULTILINE),  # NVIDIA
    re.compile(r"^\s*ERROR: \d+:(?P<line>\d+): (?P<said>.*)$", re.MULTILINE),  # Apple, AMD, Intel
)


# An error names what the artist wrote, not what we made of it.
_ARTISTS = re.compile(r"\b(?:isf_main|isf_FragColor|isf_texture|lj_\w+)\b")
_ARTISTS_WORDS: Final = {"isf_main": "main", "isf_FragColor": "gl_FragColor", "isf_texture": "texture2D"}


def complaint(message: str) -> ShaderError:
    """The first error in what a driver says about a program, as a sentence with its line."""
    vertex = "vertex_shader" in message
    for pattern in _COMPLAINTS:
        found = pattern.search(message)
        if found is not None:
            said = _ARTISTS.sub(lambda m: _ARTISTS_WORDS.get(m[0], m[0][3:]), found["said"].strip().rstrip(".")[:300])
            where = " its .vs file" if vertex else ""
            return ShaderError(f"The shader does not compile{where}: {said}.", int(found["line"]), vertex=vertex)
    lines = [s.strip() for s in message.splitlines() if s.strip(" =\t")]
    said = lines[-1].rstrip(".")[:300] if lines else "the driver gives no reason"
    return ShaderError(f"The shader does not compile: {said}.")
