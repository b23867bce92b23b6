"""Sizes of passes: the same numbers as Python would say, and nothing but numbers."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.stage.isf.expression import parse
from latentjockey.stage.isf.fault import ShaderError

VARIABLES = {"WIDTH": 640.0, "HEIGHT": 360.0, "quality": 0.25}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$WIDTH/16.0", 40.0),
        ("floor($WIDTH/3.0)", 213.0),
        ("max($HEIGHT * 0.001, 1.0)", 1.0),
        ("max(8.0,floor($WIDTH*$quality))", 160.0),
        ("floor($WIDTH*min((0.2),1.0))", 128.0),
        ("WIDTH - -1", 641.0),
        ("2 + 3 * 4", 14.0),
        ("(2 + 3) * 4", 20.0),
        ("10 - 4 - 3", 3.0),
        ("64 / 4 / 2", 8.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("7 % 4", 3.0),
        ("$WIDTH > $HEIGHT ? 1 : 2", 1.0),
        ("1 < 2 && 2 < 1 || 3 == 3", 1.0),
        ("pow(2, 10)", 1024.0),
        ("clamp(5, 0, 3) + mix(0, 10, 0.5)", 8.0),
        ("min(3, 2, 1)", 1.0),
        ("abs(-3) + ceil(1.2) + round(2.5) + trunc(-1.7) + sqrt(16)", 11.0),
        (".5 + 1. + 1e2", 101.5),
        ("$nowhere", 0.0),
        ("1", 1.0),
    ],
)
def test_known_values(text: str, value: float) -> None:
    assert parse(text).value(VARIABLES) == pytest.approx(value)


def test_a_number_is_an_expression() -> None:
    assert parse(512).value({}) == 512.0


def test_the_names_it_reads() -> None:
    assert parse("max($WIDTH * quality, pi)").names == {"WIDTH", "quality"}


@pytest.mark.parametrize(
    "text",
    ["1/0", "-1/0", "0/0", "sqrt(-1)", "log(0)", "pow(-8, 0.5)", "9^9^9^9", "exp(1e9)", "5 % 0", "floor(1/0)"],
)
def test_what_has_no_value_is_no_exception(text: str) -> None:
    assert not math.isfinite(parse(text).value({}))


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "(1", "1)", "1 2", "foo(1)", "min()", "max(1", "$", "a.b", "__import__('os')", "1;2", "lambda: 1",
        "[1]", "'x'", "x = 1", "pow(1)", "1 ? 2", "@",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_said(text: str) -> None:
    with pytest.raises(ShaderError):
        parse(text)


@pytest.mark.parametrize(
    "text", ["(" * 200, "-" * 400, "floor(" * 80, "1" * 600, "1+" * 250 + "1", "1?" * 200, "2^" * 200 + "2"]
)
def test_depth_and_length_are_bounded(text: str) -> None:
    with pytest.raises(ShaderError):
        parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ShaderError):
        assert isinstance(parse(text).value(VARIABLES), float)


_leaves = st.integers(0, 99).map(str) | st.sampled_from(["$WIDTH", "$HEIGHT", "$quality"])


def _join(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(children, st.sampled_from(["+", "-", "*"]), children).map(lambda t: f"({t[0]} {t[1]} {t[2]})") | (
        st.tuples(st.sampled_from(["min", "max"]), children, children).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")
    )


@given(st.recursive(_leaves, _join, max_leaves=8))
def test_it_says_what_python_says(text: str) -> None:
    names = {"min": min, "max": max, **VARIABLES}
    assert parse(text).value(VARIABLES) == pytest.approx(eval(text.replace("$", ""), {}, names))  # noqa: S307
