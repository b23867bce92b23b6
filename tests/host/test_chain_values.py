"""What shaders get of the bay's numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from latentjockey.control.catalogue_fx import fx_controls
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.frames.chain import ChainInput, ChainProgram
from latentjockey.host import chain_values
from latentjockey.host.chain_values import ChainReading

INPUTS = (
    ChainInput("Size", "size", "float"),
    ChainInput("mode", "mode", "long", (2, 5, 9)),
    ChainInput("steps", "steps", "long"),
    ChainInput("flip", "flip", "bool"),
    ChainInput("hit", "hit", "event"),
    ChainInput("tint", "tint", "color"),
    ChainInput("centre", "centre", "point2D"),
    ChainInput("over", "over", "image"),
    ChainInput("sound", "sound", "audio"),
    ChainInput("inputImage", "inputimage", "image"),
)
GUESTS = (
    ControlSpec("/fx/2/size", Kind.FLOAT, 0.5, local=True),
    ControlSpec("/fx/2/mode", Kind.CHOICE, 0, choices=("two", "five", "nine"), local=True),
    ControlSpec("/fx/2/steps", Kind.INT, 3, local=True),
    ControlSpec("/fx/2/flip", Kind.BOOL, False, local=True),
    ControlSpec("/fx/2/hit", Kind.TRIGGER, local=True),
    ControlSpec("/fx/2/tint", Kind.VECTOR, (0.1, 0.2, 0.3, 1.0), size=4, local=True),
    ControlSpec("/fx/2/centre", Kind.VECTOR, (0.5, 0.25), size=2, local=True),
    ControlSpec("/fx/2/over", Kind.TEXT, "", local=True),
)
FIRST, SECOND = ChainProgram(1, "first", "a"), ChainProgram(2, "second", "b", inputs=INPUTS)
LAYOUT = Layout(1, fx_controls(), GUESTS)


def snapshot(texts: dict[str, str] | None = None, /, **values: float | tuple[float, ...]) -> Snapshot:
    """Everything at its default but these: ``fx__1__on=1.0``."""
    numbers = LAYOUT.defaults()
    for name, value in values.items():
        target = LAYOUT.resolve("/" + name.replace("__", "/"))
        assert target is not None
        numbers[target.start : target.stop] = value
    numbers.setflags(write=False)
    return Snapshot(LAYOUT, 1, 0, numbers, {"/fx/2/over": "", **(texts or {})})


@pytest.fixture(autouse=True)
def unmodulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """This layout has no routes."""
    monkeypatch.setattr(chain_values, "modulated", lambda snapshot, t: snapshot)
    monkeypatch.setattr(chain_values, "swinging", lambda snapshot: ())


def test_what_is_off_or_dry_is_no_step() -> None:
    reading = ChainReading((FIRST, SECOND), LAYOUT)
    assert reading.at(snapshot(), 0.0).steps == ()
    on = {"fx__1__on": 1.0, "fx__2__on": 1.0}
    assert [s.slot for s in reading.at(snapshot(**on), 0.0).steps] == [1, 2]
    assert [s.slot for s in reading.at(snapshot(**on, fx__1__mix=0.0), 0.0).steps] == [2]
    beyond = reading.at(snapshot(**on, fx__1__mix=-1.5), 0.0).steps
    assert (beyond[0].slot, beyond[0].mix) == (1, -1.5)


def test_steps_go_by_place_and_then_by_slot() -> None:
    reading = ChainReading((FIRST, SECOND), LAYOUT)
    on = {"fx__1__on": 1.0, "fx__2__on": 1.0}
    assert [s.slot for s in reading.at(snapshot(**on, fx__1__place=5.0), 0.0).steps] == [2, 1]
    assert [s.slot for s in reading.at(snapshot(**on, fx__1__place=2.0), 0.0).steps] == [1, 2]


def test_every_kind_of_input_gets_its_value_under_the_shaders_own_name() -> None:
    reading = ChainReading((SECOND,), LAYOUT)
    texts = {"/fx/2/over": "/pictures/moss.png"}
    now = snapshot(
        texts, fx__2__on=1.0, fx__2__size=7.5, fx__2__mode=1.0, fx__2__flip=1.0, fx__2__hit=4.0,
        fx__2__tint=(1.0, 0.5, 0.0, 2.0), fx__2__centre=(0.0, -1.0),
    )  # fmt: skip
    (step,) = reading.at(now, 0.0).steps
    assert step.values == {
        "Size": 7.5,
        "mode": 5,
        "steps": 3,
        "flip": True,
        "hit": 4.0,
        "tint": (1.0, 0.5, 0.0, 2.0),
        "centre": (0.0, -1.0),
        "over": "/pictures/moss.png",
        "inputImage": "",
    }


@pytest.mark.parametrize(("index", "value"), [(-1.0, 2), (0.0, 2), (1.6, 9), (7.0, 9)])
def test_a_choice_beyond_its_list_is_its_nearest_end(index: float, value: int) -> None:
    (step,) = ChainReading((SECOND,), LAYOUT).at(snapshot(fx__2__on=1.0, fx__2__mode=index), 0.0).steps
    assert step.values["mode"] == value


def test_an_input_without_a_control_is_left_to_the_shader() -> None:
    strangers = (ChainInput("lost", "lost", "float"), ChainInput("wrong", "tint", "float"))
    reading = ChainReading((replace(SECOND, inputs=strangers),), LAYOUT)
    (step,) = reading.at(snapshot(fx__2__on=1.0), 0.0).steps
    assert step.values == {}


def test_bases_differ_where_a_hand_has_been_and_nowhere_else() -> None:
    reading = ChainReading((FIRST, SECOND), LAYOUT)
    before = reading.bases(snapshot())
    assert reading.bases(snapshot()) == before
    touched = reading.bases(snapshot(fx__2__centre=(0.5, 0.26)))
    assert touched[1] == before[1]
    assert touched[2] != before[2]
    assert reading.bases(snapshot({"/fx/2/over": "x"}))[2] != before[2]


def test_modulation_is_in_the_steps_and_not_in_what_hands_did(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(given: Snapshot, t: float) -> Snapshot:
        target = LAYOUT.resolve("/fx/2/size")
        assert target is not None
        values = given.values.copy()
        values[target.start] += t
        return replace(given, values=values)

    monkeypatch.setattr(chain_values, "modulated", moved)
    monkeypatch.setattr(chain_values, "swinging", lambda snapshot: (LAYOUT.size - 1,))
    reading, now = ChainReading((SECOND,), LAYOUT), snapshot(fx__2__on=1.0)
    before = reading.bases(now)
    assert reading.at(now, 2.0).moving
    assert reading.at(now, 2.0).steps[0].values["Size"] == pytest.approx(2.5)
    assert reading.bases(now) == before
    assert np.array_equal(now.values, snapshot(fx__2__on=1.0).values)
