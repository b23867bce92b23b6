"""The engine keeps to a frame rate, and says what that costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.engine.floor import Floor, steps_at_once, steps_of
from latentjockey.engine.pace import Effort
from latentjockey.frames.stages import NOTHING_KNOWN, Stages
from latentjockey.link.messages import Paced, ToShow

SIZE = 256, 256
_SPECS = (
    ControlSpec("/engine/fps_floor", Kind.FLOAT, 0.0, 0.0, 60.0, guard=(0.0, None)),
    ControlSpec("/gen/steps", Kind.INT, 4, 1, 16),
    ControlSpec("/deck/b/gen/steps", Kind.INT, 2, 1, 16),
)
COMPUTED, KEPT = Stages((0.0, 90.0, 5.0, 1.0), 0b001), Stages((0.0, 0.0, 0.0, 1.0), 0b111)


def snapshot(floor: float = 0.0, steps: float = 4.0, specs: tuple[ControlSpec, ...] = _SPECS) -> Snapshot:
    values = np.array([floor, steps, 2.0][: len(specs)])
    return Snapshot(Layout(1, specs), 1, 0, values, {})


def test_it_says_once_what_is_done_without_and_once_when_that_is_over() -> None:
    said: list[ToShow] = []
    floor = Floor(said.append)
    assert floor.effort(snapshot(), SIZE) == Effort(4, *SIZE)
    for _ in range(12):
        floor.took(0.0375 * floor.effort(snapshot(10.0), SIZE).steps, COMPUTED)
    assert floor.effort(snapshot(10.0), SIZE).steps == 2
    assert floor.most_steps == 2
    assert isinstance(said[0], Paced)
    assert said[0].word == "2 of 4 steps"
    assert said[0].why.startswith("Fewer than 10 pictures a second came")
    assert len(said) == 1
    for _ in range(100):
        floor.effort(snapshot(10.0), SIZE)
        floor.took(0.01, COMPUTED)
    assert floor.most_steps == 0
    assert isinstance(said[-1], Paced)
    assert (said[-1].word, bool(said[-1].why)) == ("", True)


def test_pictures_that_were_there_already_say_nothing_of_the_pace() -> None:
    floor = Floor(lambda message: None)
    for _ in range(200):
        floor.took(0.0375 * floor.effort(snapshot(10.0), SIZE).steps, COMPUTED)
        floor.took(0.001, KEPT)
    assert floor.effort(snapshot(10.0), SIZE).steps == 2


def test_a_model_that_makes_no_steps_plays_smaller() -> None:
    floor = Floor(lambda message: None)
    without = snapshot(10.0, specs=_SPECS[:1])
    assert steps_of(without) == 1
    for _ in range(20):
        size = floor.effort(without, SIZE).size
        floor.took(0.3 * size[0] * size[1] / (256 * 256), NOTHING_KNOWN)
    assert floor.effort(without, SIZE).size[0] < 256
    assert floor.most_steps == 0


def test_of_two_models_the_one_with_more_steps_counts() -> None:
    assert steps_of(snapshot(steps=1.0)) == 2
    assert steps_of(snapshot(steps=9.0)) == 9
    assert steps_of(replace(snapshot(), values=np.array([0.0, 1e9, 2.0]))) == 64


def test_another_model_begins_with_all_that_is_asked_for() -> None:
    floor = Floor(lambda message: None)
    for _ in range(20):
        floor.effort(snapshot(10.0), SIZE)
        floor.took(1.0, COMPUTED)
    floor.clear()
    assert floor.effort(snapshot(10.0), SIZE) == Effort(4, *SIZE)
    assert floor.most_steps == 0


def test_steps_are_made_at_once_where_a_deck_streams() -> None:
    streams = (*_SPECS[:2], ControlSpec("/deck/b/gen/stream", Kind.BOOL, False))
    told = replace(snapshot(steps=64.0, specs=streams), values=np.array([0.0, 64.0, 0.0]))
    assert steps_at_once(told) == 1
    assert steps_at_once(replace(told, values=np.array([0.0, 64.0, 1.0]))) == 64
    assert steps_at_once(snapshot(specs=_SPECS[:1])) == 1
