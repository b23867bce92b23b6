"""Headers as they are written: tidy, sloppy, old, hostile."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.header import Input, clean, parse
from latentjockey.stage.isf.sloppy_json import parse_object

MAIN = "\nvoid main() { gl_FragColor = vec4(1.0); }\n"


def with_header(header: str) -> str:
    return f"/*{header}*/{MAIN}"


def only_input(**said: Any) -> Input:
    (made,) = parse(with_header(json.dumps({"INPUTS": [{"NAME": "a", **said}]}))).inputs
    return made


def test_a_whole_header() -> None:
    text = """/*
{
    "DESCRIPTION": "what it does", "CREDIT": "somebody", "ISFVSN": "2", "CATEGORIES": ["Blur", "Glow"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "level", "TYPE": "float", "LABEL": "Level", "MIN": -1, "MAX": 2.5, "DEFAULT": 0.5},
        {"NAME": "kind", "TYPE": "long", "VALUES": [3, 5, 9], "LABELS": ["a", "b", "c"], "DEFAULT": 5},
        {"NAME": "on", "TYPE": "bool", "DEFAULT": 1.0},
        {"NAME": "hit", "TYPE": "event"},
        {"NAME": "ink", "TYPE": "color", "DEFAULT": [1, 0.5, 0]},
        {"NAME": "spot", "TYPE": "point2D", "DEFAULT": [0.25, 0.75], "MIN": [0, 0], "MAX": [1, 1]},
        {"NAME": "wave", "TYPE": "audio", "MAX": 256},
        {"NAME": "bars", "TYPE": "audioFFT"}
    ],
    "PASSES": [{"TARGET": "low", "WIDTH": "$WIDTH/4.0", "HEIGHT": 90, "PERSISTENT": true, "FLOAT": true}, {}],
    "IMPORTED": {"grain": {"PATH": "grain.png"}}
}
*/
void main() { gl_FragColor = vec4(TIME); }
"""
    header = parse(text)
    by_name = {i.name: i for i in header.inputs}
    assert [i.kind for i in header.inputs] == [
        "image", "float", "long", "bool", "event", "color", "point2D", "audio", "audioFFT",
    ]  # fmt: skip
    assert by_name["level"] == Input("level", "float", "Level", 0.5, -1.0, 2.5)
    assert (by_name["kind"].default, by_name["kind"].values, by_name["kind"].labels) == (5, (3, 5, 9), ("a", "b", "c"))
    assert by_name["on"].default is True
    assert by_name["ink"].default == (1.0, 0.5, 0.0, 1.0)
    assert by_name["spot"].default == (0.25, 0.75)
    assert by_name["wave"].most == 256
    first, last = header.passes
    assert (first.target, first.persistent, first.floating) == ("low", True, True)
    assert first.width is not None
    assert first.height is not None
    assert (first.width.value({"WIDTH": 640.0}), first.height.value({})) == (160.0, 90.0)
    assert (last.target, last.width) == ("", None)
    assert [(p.name, p.path) for p in header.imported] == [("grain", "grain.png")]
    assert (header.description, header.credit, header.categories) == ("what it does", "somebody", ("Blur", "Glow"))
    assert (header.vsn, header.main_image, header.uses_time, header.persistent) == (2, "inputImage", True, True)
    assert header.body.strip() == "void main() { gl_FragColor = vec4(TIME); }"
    assert text.splitlines()[header.body_line :] == header.body.splitlines()[1:]


SLOPPY = [
    '{"INPUTS": [{"NAME": "a", "TYPE": "float",},],}',
    '{"INPUTS": [{"NAME": "a" "TYPE": "float"}]}',
    "{'INPUTS': [{'NAME': 'a', 'TYPE': 'float'}]}",
    '{INPUTS: [{NAME: "a", TYPE: "float"}]}',
    '{"INPUTS": [ // of mine\n {"NAME": "a", "TYPE": "float"}]}',
    '{"inputs": [{"name": "a", "type": "FLOAT"}]}',
    '{"INPUTS":\t[{"NAME"\x01:"a","TYPE":"float"\x00}]}',
    '{"INPUTS": [{"NAME": "a", "TYPE": "float"}] "DESCRIPTION": "two\nlines\tlong"}',
    '{"INPUTS": [,,{"NAME": "a", "TYPE": "float", "MIN": .0, "MAX": +1.}]}',
    '{"INPUTS": {"a": {"TYPE": "float"}}}',
    '{"INPUTS": [{"NAME": "a", "TYPE": "float"}, {"NAME": "a", "TYPE": "bool"}, {"TYPE": "bool"}, 7]}',
]


@pytest.mark.parametrize("header", SLOPPY)
@pytest.mark.parametrize("start", ["", "\ufeff", "// a licence\n", "/* a licence */\n", "#version 120\n", "\r\n"])
def test_sloppy_headers_are_read(header: str, start: str) -> None:
    (item,) = parse(start + with_header(header)).inputs
    assert (item.name, item.kind, item.default, item.lo, item.hi) == ("a", "float", 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("void main() {}", 1),
        ("", 1),
        ("/* no header */ void main() {}", 1),
        ('/*{\n"INPUTS": [\n{"NAME": NaN}]}*/', 3),
        ('/*{\n\n"INPUTS": [1e999]}*/', 3),
        ('/*{\n"INPUTS" [1]}*/', 2),
        ('/*{"INPUTS": [\n\n*/', 3),
        ('/*{"A": "unfinished}*/', 1),
        ('/*{\n"INPUTS": [\n{"NAME": "a", "TYPE": "cube"}]}*/', 3),
        ('/*{\n"INPUTS": [{"NAME": "two words", "TYPE": "float"}]}*/', 2),
        ('/*{\n"INPUTS": [{"NAME": "isf_Bounds", "TYPE": "point2D"}]}*/', 2),
        ('/*{\n"INPUTS": [{"NAME": "TIME", "TYPE": "float"}]}*/', 2),
        ('/*{"INPUTS": [{"NAME": "b", "TYPE": "image"}],\n"PASSES": [{"TARGET": "b"}]}*/', 1),
        ('/*{\n"PASSES": [{"TARGET": "b",\n"WIDTH": "$WIDTH +"}]}*/', 3),
        ('/*{"INPUTS": "many"}*/', 1),
    ],
)
def test_what_makes_no_sense_is_one_sentence_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ShaderError) as caught:
        parse(text)
    assert caught.value.line == line
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "header",
    [
        '{"A": ' + "[" * 5000,
        '{"A": ' + '{"A":' * 5000,
        '{"INPUTS": [' + '{"NAME": "a", "TYPE": "float"},' * 200 + "]}",
        '{"PASSES": [' + "{}," * 100 + "]}",
        '{"A": "' + "x" * (1 << 20) + '"}',
    ],
)
def test_headers_are_bounded(header: str) -> None:
    with pytest.raises(ShaderError):
        parse(with_header(header))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (0.0, 0.0, 1.0)),
        ({"DEFAULT": 5}, (5.0, 0.0, 10.0)),
        ({"DEFAULT": -2}, (-2.0, -4.0, 4.0)),
        ({"MIN": 1, "MAX": -1, "DEFAULT": 0.5}, (0.5, -1.0, 1.0)),
        ({"MIN": 3, "MAX": 3}, (3.0, 3.0, 4.0)),
        ({"MIN": 10}, (10.0, 10.0, 20.0)),
        ({"MAX": 20}, (0.0, 0.0, 20.0)),
        ({"MAX": -5}, (-11.0, -11.0, -5.0)),
        ({"MIN": -1, "MAX": 1}, (0.0, -1.0, 1.0)),
        ({"MIN": 0, "MAX": 1, "DEFAULT": 7}, (7.0, 0.0, 1.0)),
        ({"MIN": "0", "MAX": "2", "DEFAULT": "1.5"}, (1.5, 0.0, 2.0)),
        ({"MIN": None, "MAX": [1], "DEFAULT": {}}, (0.0, 0.0, 1.0)),
    ],
)
def test_ranges_a_hand_can_use(said: dict[str, Any], expected: tuple[float, float, float]) -> None:
    item = only_input(TYPE="float", **said)
    assert (item.default, item.lo, item.hi) == expected


_any_number = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3)


@given(st.sampled_from(["float", "long"]), _any_number, _any_number, _any_number)
def test_any_range_is_one(kind: str, low: object, high: object, default: object) -> None:
    item = only_input(TYPE=kind, MIN=low, MAX=high, DEFAULT=default)
    assert isinstance(item.default, int | float)
    assert isinstance(item.lo, float)
    assert isinstance(item.hi, float)
    assert math.isfinite(item.default)
    assert math.isfinite(item.lo)
    assert math.isfinite(item.hi)
    assert item.lo < item.hi


@pytest.mark.parametrize(
    ("said", "values", "labels", "default"),
    [
        ({"VALUES": [0, 1], "LABELS": ["a", "b"]}, (0, 1), ("a", "b"), 0),
        ({"VALUES": [4, 8]}, (4, 8), ("4", "8"), 4),
        ({"LABELS": ["a", "b", "c"], "DEFAULT": 2}, (0, 1, 2), ("a", "b", "c"), 2),
        ({"VALUES": [4, 8], "LABELS": ["a"], "DEFAULT": 1}, (4, 8), ("a", "8"), 8),
        ({"VALUES": [4, 8], "LABELS": ["a", "b", "c"], "DEFAULT": 99}, (4, 8), ("a", "b"), 4),
        ({"MIN": 0, "MAX": 12, "DEFAULT": 3}, (), (), 3),
    ],
)
def test_choices(said: dict[str, Any], values: tuple[int, ...], labels: tuple[str, ...], default: int) -> None:
    item = only_input(TYPE="long", **said)
    assert (item.values, item.labels, item.default) == (values, labels, default)


def test_points_without_a_range_may_count_pixels() -> None:
    assert only_input(TYPE="point2D", DEFAULT=[320, 200]).hi == (640.0, 400.0)
    assert only_input(TYPE="point2D").default == (0.5, 0.5)


def test_persistent_buffers_of_isf_1() -> None:
    header = parse(with_header('{"PERSISTENT_BUFFERS": ["old", "never"], "PASSES": [{"TARGET": "old"}, {}]}'))
    assert header.vsn == 1
    assert header.passes[0].persistent
    assert header.buffers == ("never",)
    header = parse(
        with_header('{"PERSISTENT_BUFFERS": {"old": {"WIDTH": 7, "FLOAT": 1}}, "PASSES": [{"TARGET": "old"}]}')
    )
    assert header.passes[0].floating
    assert header.passes[0].width is not None


def test_imported_as_a_list() -> None:
    header = parse(with_header('{"IMPORTED": [{"NAME": "a", "PATH": "a.png"}, {"NAME": "b"}]}'))
    assert [(p.name, p.path) for p in header.imported] == [("a", "a.png")]


def test_what_gets_the_picture() -> None:
    image = '{"NAME": "%s", "TYPE": "image"}'
    assert parse(with_header("{}")).main_image == ""
    assert parse(with_header(f'{{"INPUTS": [{image % "from"}, {image % "to"}]}}')).main_image == "from"
    assert parse(with_header(f'{{"INPUTS": [{image % "mask"}, {image % "inputImage"}]}}')).main_image == "inputImage"


def test_time_in_a_comment_is_no_time() -> None:
    assert not parse("/*{}*/ // TIME\n/* DATE */ void main() {}").uses_time


def test_code_before_the_header_stays_on_its_lines() -> None:
    header = parse("const float A = 1.0;\n/*{\n}*/\nvoid main() {}\n")
    assert header.body_line == 1
    assert header.body.splitlines()[3] == "void main() {}"


def test_text_becomes_readable_for_drivers() -> None:
    assert clean("a\r\nb\rc\u00a0d // \u00e9\0") == "a\nb\nc d // ? "


@given(st.dictionaries(st.text(max_size=6), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)))  # fmt: skip
def test_tidy_json_is_read_as_it_is(said: dict[str, Any]) -> None:
    assert parse_object(json.dumps(said)) == said
    assert parse_object(json.dumps(said, ensure_ascii=False, indent=1)) == said


@given(st.text(alphabet=st.sampled_from("{}[]\",:/*\\\n'1a.-+eNIPUTSME "), max_size=60))
def test_any_header_is_read_or_said(text: str) -> None:
    with contextlib.suppress(ShaderError):
        assert parse("/*{" + text + "}*/ void main() {}").passes
