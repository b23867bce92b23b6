"""The plots tab: right numbers at once, plots when they are there, and no plotting library before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from latentjockey.frames.trace import FrameTrace, none_yet
from latentjockey.ui import theme
from latentjockey.ui.beats import Stalls
from latentjockey.ui.plots_figures import (
    by_moment,
    count_reach,
    histogram,
    period_ms,
    reach,
    round_steps,
    summary,
)
from latentjockey.ui.plots_tab import PlotsTab

Show = Callable[[QWidget, int, int], None]
ROOT = Path(__file__).resolve().parents[2]
CALM = Stalls(np.zeros(0), np.zeros(0), np.zeros(0), 21.0)


class Told:
    """A trace as it was told to be."""

    def __init__(self, found: FrameTrace) -> None:
        self.found = found
        self.asked = 0

    def trace(self, now: int, seconds: float) -> FrameTrace:
        self.asked += 1
        return self.found.within(seconds)


def steady(frames: int = 300, ms: float = 20.0, late: float = 0.0) -> FrameTrace:
    intervals = np.full(frames, ms)
    if late:
        intervals[frames // 2] = late
    age = np.cumsum(intervals[::-1])[::-1] / 1000 - intervals[-1] / 1000
    return FrameTrace(age, intervals, np.linspace(5.0, 15.0, 101))


def test_the_window_does_not_load_the_plotting_library() -> None:
    code = (
        "import sys, latentjockey.ui.window, latentjockey.ui.plots_tab, latentjockey.ui.help_tab, "
        "latentjockey.ui.messages_tab; sys.exit('pyqtgraph' in sys.modules)"
    )
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False).returncode == 0


def test_numbers_stand_there_at_once_and_plots_follow(qtbot: QtBot, qapp: object, shown: Show) -> None:
    trace = Told(steady(late=120.0))
    stalls = Stalls(np.array([60.0, 3.0]), np.array([61.0, 312.0]), np.array([3.0, 300.0]), 312.0)
    tab = PlotsTab(trace, lambda: stalls, lambda: 50.0)
    assert trace.asked == 0
    shown(tab, 1000, 200)
    line, spread, moves, lost = tab.readings
    assert [(word, value) for word, value, _ in line.figures] == [
        ("p50", "20.0"), ("p99", "20.0"), ("worst", "120.0 ms"), ("missed", "1.6 %"),
    ]  # fmt: skip
    assert "p99 20.0 ms" in spread.text
    assert "p50 10.0, p99 14.9, worst 15.0 ms" in moves.text
    assert [(word, value) for word, value, _ in lost.figures] == [("missed", "5"), ("stalls", "2"), ("worst", "312 ms")]
    qtbot.waitUntil(lambda: tab.drawing is not None and not tab._loading.isActive(), timeout=60_000)
    tab.refresh()

    def colours() -> set[str]:
        image = tab.grab().toImage()
        right = range(image.width() * 3 // 4, image.width())
        return {image.pixelColor(x, y).name() for x in right for y in range(50, image.height(), 3)}

    assert theme.WARNING.name() in colours()  # the marks of the stalls
    trace.found, stalls = none_yet(), CALM
    tab.refresh()
    assert theme.WARNING.name() not in colours()
    assert "p50 –" in line.text


def test_nothing_is_read_while_nobody_looks(qtbot: QtBot, qapp: object, shown: Show) -> None:
    trace = Told(steady())
    tab = PlotsTab(trace, lambda: CALM, lambda: 60.0)
    shown(tab, 600, 180)
    qtbot.waitUntil(lambda: trace.asked > 1, timeout=30_000)
    tab.hide()
    asked = trace.asked
    qtbot.wait(300)
    assert trace.asked == asked
    PlotsTab(None, lambda: CALM, lambda: 60.0).refresh()  # nobody tells: no numbers, and no error


def test_when_pictures_are_due() -> None:
    assert period_ms(50.0) == 20.0
    assert period_ms(0.0) == period_ms(240.0) == pytest.approx(1000 / 60)
    assert summary(np.zeros(0)).missed_percent == 0.0


values = hn.arrays(np.float64, st.integers(1, 200), elements=st.floats(0.001, 1e5))


@given(values)
def test_every_value_is_in_the_histogram_and_in_range(found: np.ndarray) -> None:
    s = summary(found)
    assert found.min() <= s.p50 <= s.p99 <= s.worst == found.max()
    end = reach(found, 10.0)
    assert end >= max(10.0, s.p99)
    assert float(histogram(found, end, 40)[1].sum()) == pytest.approx(1.0)
    steps = round_steps(end)
    assert 3 <= steps <= 5
    each = end / steps / 10.0 ** np.floor(np.log10(end / steps))
    assert any(each == pytest.approx(nice) for nice in (1.0, 2.0, 2.5, 5.0, 10.0))


@given(st.floats(0, 1e6))
def test_an_axis_of_counts_ends_at_a_round_count(most: float) -> None:
    end = count_reach(most)
    assert end >= max(most, 5.0)
    assert end <= max(5.0, 2.5 * most)
    assert (end / round_steps(end)).is_integer()


@given(st.lists(st.floats(0, 119.9), max_size=50))
def test_every_missed_picture_has_its_moment(ages: list[float]) -> None:
    weight = np.arange(1.0, len(ages) + 1)
    at, sums = by_moment(np.array(ages), weight)
    assert sums.sum() == weight.sum()
    assert len(at) == 60
