"""A picture is that of the moment when it began."""

from __future__ import annotations

from typing import cast

import numpy as np

from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.begun import Beginnings, Begun
from latentjockey.engine.crossing import crossed
from latentjockey.frames.stages import Stages
from latentjockey.generators.protocol import FrameResult


def begun(read_ns: int) -> Begun:
    return Begun(cast("Snapshot", None), read_ns, np.zeros((1, 1), np.float32))


def test_a_picture_of_now_is_no_picture_late() -> None:
    beginnings = Beginnings()
    newest = begun(5)
    assert beginnings.shown(newest, None) == (newest, 0)
    assert beginnings.shown(newest, newest.time) == (newest, 0)


def test_a_late_picture_is_of_when_it_began() -> None:
    beginnings = Beginnings()
    made = [begun(10**9 + k * 10**7) for k in range(6)]
    for one in made[:5]:
        beginnings.shown(one, None)
    assert beginnings.shown(made[5], made[2].time) == (made[2], 3)


def test_what_is_not_known_any_more_is_the_oldest_that_is() -> None:
    beginnings = Beginnings()
    for k in range(1_000):
        found, late = beginnings.shown(begun(10**9 + k), 0.5)
    assert found.read_ns == 10**9 + 1_000 - 128
    assert late == 127
    beginnings.clear()
    assert beginnings.shown(begun(7), 0.0)[1] == 0


def test_two_pictures_that_are_crossed_are_as_late_as_the_later_and_as_settled_as_both() -> None:
    pixels = np.zeros((3, 4, 4), np.uint8)
    a = FrameResult(pixels, True, stages=Stages((1.0, 2.0, 3.0, 4.0), 0), began=7.0, unsettled=True)
    b = FrameResult(pixels, True, stages=Stages((0.0, 1.0, 0.0, 1.0), 0b101), began=None)
    made = crossed(a, b, np.full(3, 0.5))
    assert (made.began, made.unsettled) == (7.0, True)
    assert made.stages == Stages((1.0, 3.0, 3.0, 5.0), 0)
    assert crossed(b, b, np.full(3, 0.5)).began is None
