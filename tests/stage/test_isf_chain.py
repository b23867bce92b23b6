"""Chains of shaders, pixel by pixel, through EGL."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from latentjockey.frames.frame import Pixels
from latentjockey.stage.isf.chain import Moment, ShaderChain, ShaderError, Step
from tests.stage.conftest import Bench, as_frame

IMAGE = {"NAME": "inputImage", "TYPE": "image"}


def isf(body: str, inputs: list[dict[str, Any]] | None = None, *, generator: bool = False, **header: Any) -> str:
    given_inputs = ([] if generator else [IMAGE]) + (inputs or [])
    return f"/*{json.dumps({'INPUTS': given_inputs, **header})}*/\n{body}"


def main(code: str) -> str:
    return f"void main() {{ {code} }}"


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(value: int | tuple[int, int, int], side: int = 8) -> Pixels:
    return np.full((side, side, 3), value, np.uint8)


PLAIN = isf(main("gl_FragColor = IMG_THIS_PIXEL(inputImage);"))
INVERT = isf(main("gl_FragColor = vec4(1.0 - IMG_THIS_PIXEL(inputImage).rgb, 1.0);"))
COUNTER = isf(
    main("gl_FragColor = IMG_THIS_PIXEL(kept) + 0.1;"), PASSES=[{"TARGET": "kept", "PERSISTENT": True, "FLOAT": True}]
)


# -- the picture ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 64), (33, 128)])
def test_every_level_passes_through_any_number_of_shaders(bench: Bench, size: tuple[int, int]) -> None:
    picture = noise(size[1], size[0])
    for slot in (1, 2, 3):
        bench.put(PLAIN, slot)
    assert np.array_equal(bench.run(picture), picture)
    assert np.array_equal(bench.run(picture, Step(1)), picture)
    assert np.array_equal(bench.run(picture, Step(1), Step(2), Step(3)), picture)
    assert np.array_equal(bench.run(None, Step(3), Step(1)), picture)


def test_packed_frames_and_changing_sizes(bench: Bench) -> None:
    bench.put(INVERT)
    for side, planar in [(5, False), (9, True), (33, False), (9, False)]:
        picture = noise(side, side)
        bench.chain.draw(as_frame(picture, planar=planar), [Step(1)], Moment(0.0))
        assert np.array_equal(bench.chain.read()[..., :3], 255 - picture)


def test_steps_run_in_the_order_given(bench: Bench) -> None:
    bench.put(isf(main("gl_FragColor = IMG_THIS_PIXEL(inputImage) * 0.5;")), 1)
    bench.put(isf(main("gl_FragColor = IMG_THIS_PIXEL(inputImage) + 0.2;")), 2)
    assert bench.run(flat(102), Step(1), Step(2))[0, 0, 0] == 51 + 51
    assert bench.run(flat(101), Step(2), Step(1))[0, 0, 0] == (101 + 51) // 2


def test_between_shaders_nothing_is_cut(bench: Bench) -> None:
    bench.put(isf(main("gl_FragColor = IMG_THIS_PIXEL(inputImage) * 4.0 - 1.0;")), 1)
    bench.put(isf(main("gl_FragColor = (IMG_THIS_PIXEL(inputImage) + 1.0) / 4.0;")), 2)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.abs(bench.run(ramp, Step(1), Step(2)) - ramp).max() <= 1


@pytest.mark.parametrize("mix", [0.0, 0.25, 1.0, 2.0, -1.0])
def test_wet_and_dry(bench: Bench, mix: float) -> None:
    picture = noise(16, 16)
    bench.put(INVERT)
    expected = np.clip(np.round(picture + mix * (255.0 - 2.0 * picture)), 0, 255)
    assert np.abs(bench.play(picture, mix=mix) - expected).max() <= (0 if mix in (0.0, 1.0) else 1)


def test_a_generator_lies_over_the_picture_by_its_alpha(bench: Bench) -> None:
    half = "gl_FragColor = vec4(1.0, 0.0, 0.0, isf_FragNormCoord.x < 0.5 ? 1.0 : 0.0);"
    bench.put(isf(main(half), generator=True))
    seen = bench.play(flat(100))
    assert np.all(seen[:, :4] == (255, 0, 0))
    assert np.all(seen[:, 4:] == 100)
    assert np.all(np.abs(bench.play(flat(100), mix=0.5)[:, :4] - (177.5, 50, 50)) <= 1)


def test_unknown_slots_and_unloaded_ones_are_passed_over(bench: Bench) -> None:
    bench.put(INVERT)
    bench.chain.unload(1)
    bench.chain.unload(1)
    assert np.all(bench.run(flat(10), Step(1), Step(7)) == 10)


def test_before_the_first_frame_there_is_nothing(bench: Bench) -> None:
    bench.put(PLAIN)
    bench.chain.draw(None, [Step(1)], Moment(0.0))
    with pytest.raises(ValueError, match="nothing was drawn"):
        bench.chain.read()


def test_reading_into_memory_of_the_caller(bench: Bench) -> None:
    bench.put(PLAIN)
    picture = noise(6, 4)
    bench.play(picture)
    memory = bytearray(6 * 4 * 4)
    bench.chain.read_into(memory)
    assert np.array_equal(np.frombuffer(memory, np.uint8).reshape(6, 4, 4)[..., :3], picture)


# -- coordinates and clock --------------------------------------------------------------------------------------------


def test_the_first_row_is_the_upper_one(bench: Bench) -> None:
    """ISF counts upwards from the lower left corner."""
    bench.put(isf(main("gl_FragColor = vec4(isf_FragNormCoord, gl_FragCoord.y / RENDERSIZE.y, 1.0);")))
    seen = bench.play(flat(0, 10))
    assert np.array_equal(seen[:, 0, 1], np.round((9.5 - np.arange(10)) / 10 * 255))
    assert np.array_equal(seen[0, :, 0], np.round((0.5 + np.arange(10)) / 10 * 255))
    assert np.array_equal(seen[..., 2], seen[..., 1])
    bench.put(isf(main("gl_FragColor = IMG_PIXEL(inputImage, vec2(0.5, IMG_SIZE(inputImage).y - 0.5));")))
    picture = noise(10, 10)
    assert np.all(bench.play(picture) == picture[0, 0])


def test_time_begins_with_the_shader(bench: Bench) -> None:
    """A machine that runs for months has a clock that float32 cannot tell the sixtieths of."""
    code = "gl_FragColor = vec4(TIME, TIMEDELTA * 30.0, float(FRAMEINDEX) / 255.0, DATE.x / 4000.0);"
    bench.put(isf(main(code.replace("DATE.x / 4000.0", "1.0"))))
    for i in range(4):
        seen = bench.run(flat(0), Step(1), time=9e6 + i * 0.25, index=70_000 + i)[0, 0]
        assert tuple(seen) == (round(i * 0.25 * 255), 128, i)
    bench.put(isf(main("gl_FragColor = vec4(DATE.yzw / vec3(12.0, 31.0, 86400.0), 1.0);")))
    seen = bench.run(flat(0), Step(1), date=(2026.0, 6.0, 31.0, 43200.0))[0, 0]
    assert np.abs(seen - (127.5, 255, 127.5)).max() <= 0.5


def test_whether_it_moves_by_itself(bench: Bench) -> None:
    assert not bench.chain.moves
    bench.put(PLAIN, 1)
    assert not bench.chain.moves
    bench.put(isf(main("gl_FragColor = vec4(fract(TIME));")), 2)
    assert bench.chain.moves
    bench.run(flat(0), Step(1))
    assert not bench.chain.moves
    bench.run(flat(0), Step(1), Step(2))
    assert bench.chain.moves
    bench.put(COUNTER, 3)
    bench.run(flat(0), Step(3))
    assert bench.chain.moves
    bench.put(isf(main("gl_FragColor = IMG_THIS_PIXEL(a);"), [{"NAME": "a", "TYPE": "audio"}]), 3)
    assert bench.chain.moves
    bench.put(PLAIN, 3, vertex="void main() { isf_vertShaderInit(); gl_Position.x += sin(TIME); }")
    assert bench.chain.moves


# -- inputs -----------------------------------------------------------------------------------------------------------


def test_all_numbers_arrive(bench: Bench) -> None:
    inputs = [
        {"NAME": "a", "TYPE": "float", "DEFAULT": 0.2},
        {"NAME": "b", "TYPE": "long", "VALUES": [10, 51], "DEFAULT": 51},
        {"NAME": "c", "TYPE": "bool", "DEFAULT": True},
        {"NAME": "d", "TYPE": "event"},
        {"NAME": "e", "TYPE": "color", "DEFAULT": [0.2, 0.4, 0.6, 0.8]},
        {"NAME": "f", "TYPE": "point2D", "DEFAULT": [0.2, 0.4]},
    ]
    code = """
        int row = int(gl_FragCoord.y);
        if (row == 0) gl_FragColor = vec4(a, float(b) / 255.0, c ? 1.0 : 0.0, 1.0);
        else if (row == 1) gl_FragColor = vec4(d ? 1.0 : 0.0, f, 1.0);
        else gl_FragColor = vec4(e.rg, e.a, 1.0);"""
    bench.put(isf(main(code), inputs))
    assert bench.play(flat(0, 3))[::-1, 0].tolist() == [[51, 51, 255], [0, 51, 102], [51, 102, 204]]
    values = {"a": 0.4, "b": 10, "c": False, "d": True, "e": (0.0, 1.0, 0.0, 0.6), "f": (1.0, 0.6), "nobody": 3.0}
    assert bench.play(None, values)[::-1, 0].tolist() == [[102, 10, 0], [255, 255, 153], [0, 255, 153]]
    assert bench.play(None, {})[::-1, 0].tolist() == [[51, 51, 255], [0, 51, 102], [51, 102, 204]]


def test_values_are_not_clamped_and_never_an_exception(bench: Bench) -> None:
    inputs: list[dict[str, Any]] = [
        {"NAME": "a", "TYPE": "float", "MIN": 0, "MAX": 1},
        {"NAME": "b", "TYPE": "long", "VALUES": [0, 1]},
        {"NAME": "f", "TYPE": "point2D"},
    ]
    bench.put(isf(main("gl_FragColor = vec4(-a / 400.0, float(b) / 255.0, f.y / 1000.0, 1.0);"), inputs))
    assert bench.play(flat(0), {"a": -200.0, "b": 77, "f": (0.0, 400.0)})[0, 0].tolist() == [128, 77, 102]
    for odd in (1e300, float("nan"), float("-inf"), 2**40, "text", (1.0,), (float("nan"), 0.0), True):
        bench.play(None, {"a": odd, "b": odd, "f": odd})
    assert bench.play(None, {"a": -200.0, "b": 77, "f": (0.0, 400.0)})[0, 0].tolist() == [128, 77, 102]


def test_picture_inputs_have_the_picture_or_a_file(bench: Bench, tmp_path: Path) -> None:
    picture = noise(8, 8)
    Image.fromarray(picture).save(tmp_path / "other.png")
    source = isf(
        main("gl_FragColor = isf_FragNormCoord.x < 0.5 ? IMG_THIS_PIXEL(inputImage) : IMG_THIS_PIXEL(other);"),
        [{"NAME": "other", "TYPE": "image"}],
    )
    bench.put(source)
    assert np.all(bench.play(flat(40)) == 40)
    seen = bench.play(None, {"other": str(tmp_path / "other.png")})
    assert np.all(seen[:, :4] == 40)
    assert np.array_equal(seen[:, 4:], picture[:, 4:])
    assert bench.chain.trouble(1) == ""
    seen = bench.play(None, {"other": str(tmp_path / "nowhere.png")})
    assert np.all(seen[:, 4:] == 0)
    assert "nowhere.png" in bench.chain.trouble(1)
    (tmp_path / "other.png").rename(tmp_path / "nowhere.png")
    bench.put(source)
    assert np.array_equal(bench.play(None, {"other": str(tmp_path / "nowhere.png")})[:, 4:], picture[:, 4:])
    assert bench.chain.trouble(1) == ""
    seen = bench.play(None, {"inputImage": str(tmp_path / "nowhere.png")})
    assert np.array_equal(seen[:, :4], picture[:, :4])


def test_imported_pictures_stand_upright(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "shaders").mkdir()
    (tmp_path / "pictures").mkdir()
    one, two = noise(4, 4, 1), noise(4, 4, 2)
    Image.fromarray(one).save(tmp_path / "shaders" / "one.png")
    Image.fromarray(two).save(tmp_path / "pictures" / "two.png")
    source = isf(
        main("gl_FragColor = isf_FragNormCoord.x < 0.5 ? IMG_THIS_PIXEL(one) : IMG_THIS_PIXEL(two);"),
        IMPORTED={"one": {"PATH": "one.png"}, "two": {"PATH": "../pictures/two.png"}},
    )
    bench.put(source, folder=tmp_path / "shaders")
    assert np.array_equal(bench.play(flat(0, 4)), np.hstack([one[:, :2], two[:, 2:]]))


def test_sound(bench: Bench) -> None:
    inputs = [{"NAME": "wave", "TYPE": "audio"}, {"NAME": "bars", "TYPE": "audioFFT", "MAX": 2}]
    code = "gl_FragColor = vec4(IMG_NORM_PIXEL(wave, vec2(0.0)).r, IMG_NORM_PIXEL(bars, vec2(1.0, 0.0)).gb, 1.0);"
    bench.put(isf(main(code), inputs))
    assert bench.play(flat(0))[0, 0].tolist() == [128, 0, 0]
    wave = np.array([-1.0, 0.0, 1.0], np.float32)
    bars = np.array([[0.0, 0.0, 0.2, 0.6]], np.float32)
    assert bench.run(None, Step(1), waveform=wave)[0, 0].tolist() == [0, 0, 0]
    assert bench.run(None, Step(1), spectrum=bars)[0, 0].tolist() == [128, 102, 102]
    broken = np.array([np.nan, np.inf], np.float32)
    assert bench.run(None, Step(1), spectrum=broken, waveform=broken)[0, 0, 0] in (0, 128)
    assert bench.play(None)[0, 0].tolist() == [128, 0, 0]


# -- passes and buffers -----------------------------------------------------------------------------------------------


def test_passes_of_their_own_sizes(bench: Bench) -> None:
    code = """
        if (PASSINDEX == 0) gl_FragColor = vec4(RENDERSIZE / 255.0, 0.0, 1.0);
        else if (PASSINDEX == 1) gl_FragColor = vec4(RENDERSIZE / 255.0, 0.0, 1.0);
        else gl_FragColor = vec4(IMG_THIS_PIXEL(a).rg, IMG_THIS_PIXEL(b).g, 1.0)
            + vec4(0.0, 0.0, IMG_SIZE(b).x / 255.0, 0.0);"""
    passes = [
        {"TARGET": "a", "WIDTH": "floor($WIDTH / 3.0)", "HEIGHT": 5},
        {"TARGET": "b", "WIDTH": "$size * 2", "HEIGHT": "$size"},
        {},
    ]
    bench.put(isf(main(code), [{"NAME": "size", "TYPE": "float", "DEFAULT": 10}], PASSES=passes))
    assert bench.play(flat(0, 16))[0, 0].tolist() == [5, 5, 30]
    assert bench.play(None, {"size": 20.0})[0, 0].tolist() == [5, 5, 60]
    assert bench.play(flat(0, 32))[0, 0].tolist() == [10, 5, 30]
    for odd in (0.0, -5.0, 1e30, 0.5):
        bench.play(None, {"size": odd})


def test_a_persistent_buffer_remembers_and_a_plain_one_does_not(bench: Bench) -> None:
    for persistent, expected in ((True, [51, 102, 153]), (False, [51, 51, 51])):
        bench.put(
            isf(
                main("gl_FragColor = IMG_THIS_PIXEL(kept) + (PASSINDEX == 0 ? 0.2 : 0.0);"),
                PASSES=[{"TARGET": "kept", "PERSISTENT": persistent}, {}],
            )
        )
        assert [bench.play(flat(0))[0, 0, 0] for _ in range(3)] == expected
        bench.chain.unload(1)


def test_float_buffers_hold_what_others_cut(bench: Bench) -> None:
    code = "gl_FragColor = PASSINDEX == 0 ? vec4(70000.0, -2.0, 0.1, 1.0) : {0};"
    read = "vec4(IMG_THIS_PIXEL(kept).rg / vec2(100000.0, -4.0), IMG_THIS_PIXEL(kept).b, 1.0)"
    for floating, expected in ((True, [178, 128, 26]), (False, [0, 0, 26])):
        bench.put(isf(main(code.format(read)), PASSES=[{"TARGET": "kept", "FLOAT": floating}, {}]))
        assert np.abs(bench.play(flat(0))[0, 0] - expected).max() <= 1


def test_a_slow_fade_ends_in_black(bench: Bench) -> None:
    """In eight bits it would stop on the way."""
    code = "gl_FragColor = PASSINDEX == 0 ? max(IMG_THIS_PIXEL(kept) * 0.95, IMG_THIS_PIXEL(inputImage)) : {0};"
    passes = [{"TARGET": "kept", "PERSISTENT": True}, {}]
    bench.put(isf(main(code.format("vec4(IMG_THIS_PIXEL(kept).rgb, 1.0)")), PASSES=passes))
    bench.play(flat(255))
    seen = [int(bench.play(flat(0))[0, 0, 0]) for _ in range(140)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0


def test_the_same_buffer_in_two_passes(bench: Bench) -> None:
    code = """
        if (PASSINDEX == 0) gl_FragColor = IMG_THIS_PIXEL(inputImage) * 0.5;
        else gl_FragColor = IMG_THIS_PIXEL(a) * 0.5;"""
    bench.put(isf(main(code), PASSES=[{"TARGET": "a"}, {"TARGET": "a"}, {}]))
    assert bench.play(flat(200))[0, 0, 0] == 25


def test_the_last_pass_may_have_a_buffer_of_another_size(bench: Bench) -> None:
    passes = [{"TARGET": "tiny", "WIDTH": 1, "HEIGHT": 1, "PERSISTENT": True}]
    bench.put(isf(main("gl_FragColor = IMG_THIS_PIXEL(inputImage);"), PASSES=passes))
    bench.put(PLAIN, 2)
    assert np.all(bench.run(flat(90), Step(1), Step(2)) == 90)


def test_not_a_number_does_not_stay(bench: Bench) -> None:
    inputs = [{"NAME": "poison", "TYPE": "bool"}]
    code = """
        float zero = IMG_THIS_PIXEL(inputImage).r * 0.0;
        vec4 venom = vec4(0.0 / zero, 1.0 / zero, 1e38, 1.0);
        gl_FragColor = IMG_THIS_PIXEL(kept) * 0.5 + 0.1 + (poison ? venom : vec4(0.0));"""
    for floating in (True, False):
        source = isf(main(code), inputs, PASSES=[{"TARGET": "kept", "PERSISTENT": True, "FLOAT": floating}])
        bench.put(source)
        for _ in range(8):
            healthy = bench.play(flat(0))
        bench.play(None, {"poison": True})
        for _ in range(140):
            seen = bench.play(None)
        assert np.array_equal(seen, healthy)
        assert healthy[0, 0, 0] > 40


def test_not_a_number_in_the_picture_is_black_and_gone(bench: Bench) -> None:
    zero = "float z = IMG_THIS_PIXEL(inputImage).r * 0.0;"
    bench.put(isf(main(zero + "gl_FragColor = vec4(0.0 / z, sqrt(z - 1.0), 1.0 / z, 1.0);")), 1)
    bench.put(PLAIN, 2)
    assert bench.run(flat(0), Step(1, 0.5), Step(2, 0.5))[0, 0, 0] == 0
    assert np.all(bench.run(flat(77), Step(2)) == 77)


def test_a_new_size_keeps_what_buffers_hold(bench: Bench) -> None:
    code = """
        if (PASSINDEX == 1) gl_FragColor = IMG_THIS_PIXEL(kept);
        else gl_FragColor = FRAMEINDEX == 0 ? IMG_THIS_PIXEL(inputImage) : IMG_THIS_PIXEL(kept);"""
    bench.put(isf(main(code), PASSES=[{"TARGET": "kept", "PERSISTENT": True}, {}]))
    half = flat(0, 16)
    half[:8] = 200
    bench.play(half)
    seen = bench.play(flat(0, 32))
    assert np.all(seen[:14] == 200)
    assert np.all(seen[18:] == 0)


def test_it_remembers_also_while_it_is_not_seen(bench: Bench) -> None:
    bench.put(COUNTER, 1)
    bench.put(INVERT, 2)
    picture = noise(8, 8)
    assert np.array_equal(bench.run(picture, Step(2), Step(1, 0.0)), 255 - picture)
    assert np.array_equal(bench.run(picture, Step(1, 0.0), Step(2, 0.0)), picture)
    assert abs(bench.run(picture, Step(1))[0, 0, 0] - 76.5) <= 0.5


def test_discarded_points_are_empty_not_old(bench: Bench) -> None:
    bench.put(isf(main("if (gl_FragCoord.x < 4.0) discard; gl_FragColor = vec4(1.0);"), generator=True), 1)
    for value in (30, 60):
        seen = bench.play(flat(value))
        assert np.all(seen[:, :4] == value)
        assert np.all(seen[:, 4:] == 255)


# -- loading ----------------------------------------------------------------------------------------------------------


def test_what_does_not_compile_leaves_the_last_good_one_playing(bench: Bench) -> None:
    bench.put(INVERT)
    for text, line in [
        (isf("\n\nvoid main() {\n gl_FragColor = vec4(nothing);\n}"), 5),
        (isf("void main() { gl_FragColor = vec4(1.0)\n}"), 3),
        ('/*{"INPUTS": \n]}*/', 2),
        ("no header", 1),
        (isf('#include "/etc/hostname"\nvoid main() {}'), None),
        (isf("void other() {}"), None),
        (isf(main("gl_FragColor = vec4(1.0);"), IMPORTED={"a": {"PATH": "a.png"}}), None),
    ]:
        with pytest.raises(ShaderError) as caught:
            bench.put(text)
        assert caught.value.line == line or line is None
        assert np.all(bench.play(flat(55)) == 200)


def test_the_line_is_that_of_the_artists_file(bench: Bench) -> None:
    text = (
        '/*{\n"INPUTS": [\n\n]}*/\n\n#version 120\n/* two\nlines */ void main() {\n\tgl_FragColor = vec4(nothing);\n}\n'
    )
    for ends in ("\n", "\r\n", "\r"):
        with pytest.raises(ShaderError, match="nothing") as caught:
            bench.put(text.replace("\n", ends))
        assert caught.value.line == 9
        assert not caught.value.vertex
    vertex = "varying vec2 a;\nvoid main() {\n\tisf_vertShaderInit();\n\ta = nothing;\n}\n"
    with pytest.raises(ShaderError, match="nothing") as caught:
        bench.put(PLAIN, vertex=vertex)
    assert caught.value.line == 4
    assert caught.value.vertex
    assert caught.value.located.startswith("line 4 of the .vs file: ")


def test_a_pass_is_compiled_only_with_the_others(bench: Bench) -> None:
    with pytest.raises(ShaderError, match="nothing"):
        bench.put(isf(main("if (PASSINDEX == 1) gl_FragColor = vec4(nothing);"), PASSES=[{"TARGET": "a"}, {}]))


def test_a_vertex_shader_moves_the_picture(bench: Bench) -> None:
    vertex = "varying vec2 spot;\nvoid main() { isf_vertShaderInit(); spot = isf_FragNormCoord.yx; }"
    bench.put(isf("varying vec2 spot;\n" + main("gl_FragColor = IMG_NORM_PIXEL(inputImage, spot);")), vertex=vertex)
    picture = noise(8, 8)
    upright = picture[::-1]
    assert np.array_equal(bench.play(picture), upright.transpose(1, 0, 2)[::-1])


def test_integers_are_taken_as_newer_glsl_takes_them(bench: Bench) -> None:
    if bench.ctx.version_code < 400:
        pytest.skip(f"the driver has OpenGL {bench.ctx.version_code} only")
    bench.put(isf(main("uint a = 51; gl_FragColor = vec4(float(a > 50 ? a : 0) / 255.0);")))
    assert bench.play(flat(0))[0, 0, 0] == 51


def test_a_reload_goes_on_with_the_buffers(bench: Bench) -> None:
    bench.put(COUNTER)
    for _ in range(3):
        seen = bench.play(flat(0))[0, 0, 0]
    assert abs(seen - 76.5) <= 0.5
    bench.put(COUNTER.replace("+ 0.1", "+ 0.2"))
    assert abs(bench.play(flat(0))[0, 0, 0] - 127.5) <= 0.5
    with pytest.raises(ShaderError):
        bench.put(COUNTER.replace("+ 0.1", "+ nothing"))
    assert abs(bench.play(flat(0))[0, 0, 0] - 178.5) <= 0.5
    bench.put(COUNTER.replace('"FLOAT": true', '"FLOAT": false'))
    assert abs(bench.play(flat(0))[0, 0, 0] - 25.5) <= 0.5


def test_counting_begins_anew_for_new_buffers_only(bench: Bench) -> None:
    counts = "gl_FragColor = PASSINDEX == 0 ? vec4(0.0) : vec4(float(FRAMEINDEX) / 255.0);"
    first = isf(main(counts), PASSES=[{"TARGET": "a", "PERSISTENT": True}, {}])
    bench.put(first)
    assert [bench.play(flat(0))[0, 0, 0] for _ in range(3)] == [0, 1, 2]
    bench.put(first + "\n")
    assert bench.play(flat(0))[0, 0, 0] == 3
    bench.put(first.replace('"a"', '"b"'))
    assert bench.play(flat(0))[0, 0, 0] == 0


def test_nothing_is_left_on_the_graphics_card(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything that is made is released: counted as it is made, two hundred loads and unloads long."""
    made: list[Any] = []
    for kind in ("texture", "texture_array", "framebuffer", "program", "vertex_array"):
        monkeypatch.setattr(moderngl.Context, kind, _counting(getattr(moderngl.Context, kind), made))
    Image.fromarray(noise(4, 4)).save(tmp_path / "a.png")
    passes = [{"TARGET": "kept", "PERSISTENT": True, "FLOAT": True, "WIDTH": "$size"}, {}]
    inputs = [{"NAME": "size", "TYPE": "float"}, {"NAME": "s", "TYPE": "audio"}, {"NAME": "b", "TYPE": "image"}]
    code = "gl_FragColor = IMG_THIS_PIXEL(kept) + IMG_THIS_PIXEL(s) + IMG_THIS_PIXEL(b) + IMG_THIS_PIXEL(a);"
    source = isf(main(code + "if (PASSINDEX > 3) discard;"), inputs, PASSES=passes, IMPORTED={"a": {"PATH": "a.png"}})
    bench = Bench(gl)
    alive = []
    for i in range(200):
        bench.put(source, folder=tmp_path)
        if i % 20 == 0:
            bench.play(flat(0, 4 + i % 3), {"size": 3.0 + i % 5, "b": str(tmp_path / "a.png")})
            alive.append(_alive(made))
        with pytest.raises(ShaderError):
            bench.put(source.replace("gl_FragColor =", "gl_FragColor = 1 1"), folder=tmp_path)
        if i % 2:
            bench.chain.unload(1)
    assert len(set(alive)) == 1
    bench.chain.release()
    assert _alive(made) == 0
    assert len(made) > 1000


def _counting(make: Callable[..., Any], made: list[Any]) -> Callable[..., Any]:
    def counting(*given: Any, **named: Any) -> Any:
        made.append(make(*given, **named))
        return made[-1]

    return counting


def _alive(made: list[Any]) -> int:
    gc.collect()
    return sum(not isinstance(thing.mglo, moderngl.InvalidObject) for thing in made)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.sampled_from([0.0, 0.5, 1.0, -3.0])), max_size=5),
)
def test_any_order_of_steps_is_a_plain_formula(gl: moderngl.Context, order: list[tuple[int, float]]) -> None:
    chain = _four(gl)
    picture = noise(4, 4)
    chain.draw(as_frame(picture), [Step(slot, mix) for slot, mix in order], Moment(0.0))
    seen = chain.read()[..., :3].astype(int)
    chain.release()
    value: NDArray[np.float64] = picture / 255.0
    for slot, mix in order:
        wet = {1: value, 2: 1.0 - value, 3: 0.5 * value, 4: np.full_like(value, 0.25)}[slot]
        value = value + mix * (wet - value)
    tolerance = 1 + np.abs(value) * 255 * 0.004
    assert np.all(np.abs(seen - np.clip(value * 255.0, 0, 255)) <= tolerance)


def _four(gl: moderngl.Context) -> ShaderChain:
    chain = ShaderChain(gl)
    chain.load(1, PLAIN, None, None)
    chain.load(2, INVERT, None, None)
    chain.load(3, isf(main("gl_FragColor = vec4(0.5 * IMG_THIS_PIXEL(inputImage).rgb, 1.0);")), None, None)
    chain.load(4, isf(main("gl_FragColor = vec4(0.25, 0.25, 0.25, 1.0);"), generator=True), None, None)
    return chain
