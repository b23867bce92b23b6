"""Old words for new ones, lines that stay, and what drivers answer."""

from __future__ import annotations

import moderngl
import pytest

from latentjockey.stage.isf.glsl import Translation, complaint, translate
from latentjockey.stage.isf.header import parse


def translated(body: str, header: str = "{}", vertex: str | None = None) -> Translation:
    return translate(parse(f"/*{header}*/\n{body}"), vertex)


def fragment_body(body: str, header: str = "{}") -> str:
    text = translated(body, header).fragment
    return text.split("#line 1\n", 1)[1].split("#line 1\nvoid main()")[0].strip()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("varying vec2 a;", "in vec2 a;"),
        ("vec4 c = texture2D(i, p);", "vec4 c = isf_texture(i, p);"),
        ("vec4 c = texture2DRect(i, p);", "vec4 c = isf_pixel(i, p);"),
        ("gl_FragColor = vec4(0.0);", "isf_FragColor = vec4(0.0);"),
        ("gl_FragData[0] = vec4(0.0);", "isf_FragData[0] = vec4(0.0);"),
        ("vec2 p = vv_FragNormCoord;", "vec2 p = isf_FragNormCoord;"),
        ("void main (void) {}", "void isf_main (void) {}"),
        ("float sample = 1.0; // sample varying", "float lj_sample = 1.0; // sample varying"),
        ("s.input.x /* input */ = filter;", "s.lj_input.x /* input */ = lj_filter;"),
        ("float smooth = 1.0;", "float lj_smooth = 1.0;"),
        ("smooth in vec2 a; flat varying vec2 b;", "smooth in vec2 a; flat in vec2 b;"),
        ("float default = 1.0;", "float lj_default = 1.0;"),
        ("switch (i) { case 1: break; default: break; }", "switch (i) { case 1: break; default: break; }"),
        ("float x = 1e5; x = 1.sample;", "float x = 1e5; x = 1.sample;"),
        ("uniform float TIME;", ""),
        ("uniform sampler2D inputImage;", ""),
        ("#version 120", ""),
        ("#line 7", ""),
    ],
)
def test_words(old: str, new: str) -> None:
    header = '{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}'
    assert fragment_body(old, header) == new


def test_names_from_the_header_that_are_also_functions() -> None:
    header = '{"INPUTS": [{"NAME": "texture", "TYPE": "image"}, {"NAME": "distance", "TYPE": "float"}]}'
    body = fragment_body(
        "float d = distance(a, b) * distance; vec4 c = IMG_THIS_PIXEL(texture); d = v.distance;", header
    )
    assert body == "float d = distance(a, b) * lj_distance; vec4 c = IMG_THIS_PIXEL(lj_texture); d = v.distance;"


@pytest.mark.parametrize("name", ["sample", "input", "texture", "smooth", "default", "mix", "length", "buffer", "time"])
def test_any_name_compiles(gl: moderngl.Context, name: str) -> None:
    """As an input, as a variable, and beside the function of the same name."""
    header = f'{{"INPUTS": [{{"NAME": "{name}", "TYPE": "float"}}, {{"NAME": "inputImage", "TYPE": "image"}}]}}'
    body = f"void main() {{ gl_FragColor = {name} * IMG_THIS_PIXEL(inputImage) * mix(0.0, 1.0, length(vec2(1.0))); }}"
    _compile(gl, translated(body, header))
    body = f"void main() {{ float {name} = 1.0; gl_FragColor = vec4({name}); }}"
    _compile(gl, translated(body))


@pytest.mark.parametrize(
    "body",
    [
        "void main() { gl_FragColor = IMG_PIXEL(i, vec2(3.0)) + IMG_NORM_PIXEL(i, vec2(0.5)) + IMG_THIS_PIXEL(i); }",
        "void main() { gl_FragColor = vec4(IMG_SIZE(i), _i_imgSize) + IMG_THIS_NORM_PIXEL(i) + _i_imgRect; }",
        "void main() { gl_FragData[0] = texture2D(i, vv_FragNormCoord, 0.5); }",
        "uniform float TIME; void main() { gl_FragColor = vec4(TIME, TIMEDELTA, FRAMEINDEX, PASSINDEX) + DATE; }",
        "out vec4 mine; void main() { mine = vec4(RENDERSIZE, 0.0, 1.0); }",
        "layout(location = 0) out vec4 mine; void main() { mine = vec4(1.0); }",
        "#extension GL_ARB_gpu_shader5 : enable\nvoid main() { gl_FragColor = vec4(1.0); }",
        "#ifdef GL_ES\nprecision mediump float;\n#endif\nvoid main() { gl_FragColor = gl_FragCoord; }",
        "void main() { if (isf_FragNormCoord.x > 0.5) discard; gl_FragColor = vec4(1.0); }",
        "vec4 f(sampler2D s) { return texture2D(s, vec2(0.0)); } void main() { gl_FragColor = f(i); }",
    ],
)
def test_what_isf_promises_compiles(gl: moderngl.Context, body: str) -> None:
    _compile(gl, translated(body, '{"INPUTS": [{"NAME": "i", "TYPE": "image"}]}'))


def test_a_vertex_shader_of_its_own(gl: moderngl.Context) -> None:
    vertex = "varying vec2 a;\nvoid main() { isf_vertShaderInit(); a = isf_FragNormCoord * RENDERSIZE; }"
    _compile(gl, translated("varying vec2 a;\nvoid main() { gl_FragColor = a.xyxy; }", "{}", vertex))
    old = "void main() { vv_vertShaderInit(); gl_Position = gl_Vertex + ftransform() - gl_Vertex; }"
    _compile(gl, translated("void main() { gl_FragColor = vec4(1.0); }", "{}", old))


def test_the_pass_is_a_constant_of_each_program() -> None:
    made = translated("void main() { gl_FragColor = vec4(PASSINDEX); }")
    assert made.branches
    for shader in made.versioned(330, 3):
        assert shader.startswith("#version 330 core\n")
        assert "const int PASSINDEX = 3;" in shader
    assert not translated("void main() { gl_FragColor = vec4(1.0); }").branches


@pytest.mark.parametrize(
    ("message", "line", "said", "vertex"),
    [
        ("GLSL Compiler failed\n\nfragment_shader\n===\n0:8(12): error: `foo' undeclared\n0:9: x\n", 8, "foo", False),
        ("GLSL Compiler failed\n\nvertex_shader\n===\n0:2(30): error: `bar' undeclared\n", 2, "bar", True),
        ("fragment_shader\n===\n0(12) : error C1503: undefined variable \"foo\"\n", 12, "foo", False),
        ("fragment_shader\n===\nERROR: 0:31: 'foo' : undeclared identifier\n", 31, "foo", False),
        ("GLSL Linker failed\n\nProgram\n=======\nerror: input `a' has no output\n", None, "`a'", False),
        ("fragment_shader\n===\n0:2(1): error: no function with name 'isf_main'\n", 2, "name 'main'", False),
        ("", None, "no reason", False),
    ],
)  # fmt: skip
def test_what_drivers_say(message: str, line: int | None, said: str, vertex: bool) -> None:
    error = complaint(message)
    assert (error.line, error.vertex) == (line, vertex)
    assert said in str(error)
    assert str(line or "") in error.located


def _compile(gl: moderngl.Context, made: Translation) -> None:
    vertex, fragment = made.versioned(330, 0)
    gl.program(vertex_shader=vertex, fragment_shader=fragment).release()
