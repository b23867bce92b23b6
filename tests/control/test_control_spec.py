"""Declarations that make no sense are refused, and sliders find their values again."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.spec import ControlSpec, Kind, Taper, to_position, to_value


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "no/slash"},
        {"address": "/Upper"},
        {"address": "/x/"},
        {"address": "/x\n"},
        {"aliases": ("/ok", "bad")},
        {"size": 0, "kind": Kind.VECTOR},
        {"size": 3},
        {"kind": Kind.CHOICE},
        {"lo": 1.0, "hi": 1.0},
        {"lo": -math.inf},
        {"hi": math.nan},
        {"default": math.nan},
        {"default": math.inf},
        {"default": "text"},
        {"default": (1.0, 2.0), "kind": Kind.VECTOR, "size": 3},
        {"guard": (2.0, 1.0)},
    ],
)
def test_a_declaration_without_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"/|control"):
        ControlSpec(**{"address": "/x", "kind": Kind.FLOAT} | wrong)


def test_the_name_is_the_label_or_the_last_segment() -> None:
    assert ControlSpec("/deck/a/psi", Kind.FLOAT).name == "psi"
    assert ControlSpec("/deck/a/psi", Kind.FLOAT, label="truncation").name == "truncation"


@pytest.mark.parametrize("taper", list(Taper))
@given(data=st.data())
def test_position_and_value_are_inverse_inside_and_outside(taper: Taper, data: st.DataObject) -> None:
    spec = ControlSpec("/x", Kind.FLOAT, taper=taper)
    lo = data.draw(st.floats(0.01, 10) if taper is Taper.LOG else st.floats(-10, 10))
    hi = lo + data.draw(st.floats(0.1, 100))
    assert to_position(spec, lo, lo, hi) == pytest.approx(0)
    assert to_position(spec, hi, lo, hi) == pytest.approx(1)
    position = data.draw(st.floats(-3, 3))
    value = to_value(spec, position, lo, hi)
    # a step of the value's last bit near the start of SQUARE is its root on the slider
    assert to_position(spec, value, lo, hi) == pytest.approx(position, abs=1e-5)


@pytest.mark.parametrize("taper", list(Taper))
@given(positions=st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
def test_tapers_rise(taper: Taper, positions: tuple[float, float]) -> None:
    spec = ControlSpec("/x", Kind.FLOAT, taper=taper)
    low, high = sorted(positions)
    assert to_value(spec, low, 0.5, 8.0) <= to_value(spec, high, 0.5, 8.0)


@given(st.floats(min_value=5e-324, allow_infinity=False))
def test_every_positive_number_has_a_finite_place_on_a_log_slider(value: float) -> None:
    spec = ControlSpec("/x", Kind.FLOAT, taper=Taper.LOG)
    assert math.isfinite(to_position(spec, value, 1e-3, 1e3))
