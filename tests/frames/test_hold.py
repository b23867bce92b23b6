"""The held picture goes back and forth through what was shown last."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.frames.frame import Frame, Stamp
from latentjockey.frames.hold import KEEP_S, HoldBuffer


def frame(number: int, side: int = 4) -> Frame:
    stamp = Stamp(1, number, 1, 1, 0.0, 0, 0, 0, 0, 0)
    return Frame(np.zeros((3, side, side), np.uint8), stamp, np.zeros(1), np.zeros((1, 1), np.float32))


def filled(seconds: float, fps: float = 30.0) -> HoldBuffer:
    hold = HoldBuffer()
    for i in range(int(seconds * fps)):
        if hold.wants(i / fps, (4, 4)):
            hold.push(frame(i), i / fps)
    return hold


def test_it_starts_where_it_stopped_and_comes_back() -> None:
    hold = filled(5.0)
    end = 149 / 30
    numbers = [hold.at((i + 0.25) / 30, end).stamp.number for i in range(130)]  # type: ignore[union-attr]
    assert hold.at(0.0, end).stamp.number == 149  # type: ignore[union-attr]
    assert numbers == [*range(148, 88, -1), *range(89, 149), *range(148, 138, -1)]


@given(st.floats(0, 1e6))
def test_it_always_has_a_picture_of_the_last_two_seconds(elapsed: float) -> None:
    shown = filled(5.0).at(elapsed, 149 / 30)
    assert shown is not None
    assert 149 - shown.stamp.number <= KEEP_S * 30 + 1


def test_one_picture_is_simply_kept() -> None:
    hold = HoldBuffer()
    assert hold.at(1.0, 5.0) is None
    hold.push(frame(3), 0.0)
    assert hold.at(17.0, 5.0).stamp.number == 3  # type: ignore[union-attr]


@given(st.floats(0, 1e3), st.floats(2.1, 1e5))
def test_a_picture_that_stood_still_stays(elapsed: float, stood: float) -> None:
    hold = filled(5.0)
    hold.push(frame(200), 5.0)
    assert hold.at(elapsed, 5.0 + stood).stamp.number == 200  # type: ignore[union-attr]


def test_large_pictures_are_kept_sparsely() -> None:
    hold = HoldBuffer()
    side = 4096
    kept = 0
    for i in range(120):
        if hold.wants(i / 60, (side, side)):
            hold.push(frame(i), i / 60)
            kept += 1
    assert kept <= 3
