"""The four plots of the tab: made one after the other, drawn from one trace. GUI thread only.

Import it only when plots are looked at: it loads pyqtgraph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from latentjockey.frames.trace import FrameTrace
from latentjockey.ui import theme
from latentjockey.ui.beats import Stalls
from latentjockey.ui.plots_canvas import Bars, Plot
from latentjockey.ui.plots_figures import (
    BIN_S,
    FAR_S,
    NEAR_S,
    Numbers,
    by_moment,
    count_reach,
    histogram,
    intervals,
    reach,
    summary,
)

_BINS = 40
_LOUD_MS = 250.0


class Drawing:
    """``places`` are four widgets with a layout of their own; :meth:`grow` fills them one by one."""

    def __init__(self, places: Sequence[QWidget]) -> None:
        self._places = tuple(places)
        self._made: list[Plot] = []
        self._parts: list[Callable[[FrameTrace, Stalls, float], None]] = []

    def grow(self) -> bool:
        """Make the next plot; false when all are there."""
        made = len(self._made)
        if made == len(self._places):
            return False
        plot, part = (_interval_line, _interval_histogram, _latency_histogram, _lost)[made]()
        self._made.append(plot)
        self._parts.append(part)
        layout = self._places[made].layout()
        if layout is not None:
            layout.addWidget(plot)
        return True

    def draw(self, trace: FrameTrace, stalls: Stalls, period: float) -> None:
        """Show this in all plots that are there."""
        for part in self._parts:
            part(trace, stalls, period)

    def rescale(self) -> None:
        """Everything became larger or smaller."""
        for plot in self._made:
            plot.rescale()


Part = tuple[Plot, Callable[[FrameTrace, Stalls, float], None]]


def _interval_line() -> Part:
    plot = Plot("s")
    curve = plot.line(theme.mixed(theme.PANEL, theme.TEXT, 0.75))
    plot.fill_under(curve, theme.faded(theme.TEXT, 0.07))
    due = plot.level(theme.TEXT, horizontal=True, text="60 Hz")

    def draw(trace: FrameTrace, stalls: Stalls, period: float) -> None:
        seconds, ms = intervals(trace, NEAR_S)
        curve.setData(seconds, ms)
        due.setValue(period)
        plot.spans((-NEAR_S, 0.0), (0.0, reach(ms[np.isfinite(ms)], 2 * period)))
        due.label.setText(f"{1000 / period:.0f} Hz")

    return plot, draw


def _interval_histogram() -> Part:
    plot = Plot("ms")
    bars = plot.bars(theme.mixed(theme.PANEL, theme.TEXT, 0.62))
    due = plot.level(theme.QUIET)

    def draw(trace: FrameTrace, stalls: Stalls, period: float) -> None:
        _show_shares(plot, bars, trace.intervals(), 2 * period)
        due.setValue(period)

    return plot, draw


def _latency_histogram() -> Part:
    plot = Plot("ms")
    bars = plot.bars(theme.mixed(theme.PANEL, theme.TEXT, 0.62))
    marks = [plot.level(theme.TEXT, text=word) for word in ("p50", "p99")]

    def draw(trace: FrameTrace, stalls: Stalls, period: float) -> None:
        _show_shares(plot, bars, trace.latency_ms, 10.0)
        found = summary(trace.latency_ms)
        for mark, value in zip(marks, (found.p50, found.p99), strict=True):
            mark.setVisible(bool(np.isfinite(value)))
            mark.setValue(value if np.isfinite(value) else 0.0)

    return plot, draw


def _show_shares(plot: Plot, bars: Bars, values: Numbers, least: float) -> None:
    """A histogram in percent of all."""
    end = reach(values, least)
    edges, shares = histogram(values, end, _BINS)
    width = end / _BINS
    bars.show_bars(edges[:-1] + width / 2, shares * 100, width * 0.82)
    plot.spans((0.0, end), (0.0, reach(shares * 100, 10.0)))


def _lost() -> Part:
    plot = Plot("s")
    bars = plot.bars(theme.mixed(theme.PANEL, theme.TEXT, 0.62))
    marks = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0), top=np.zeros(0), bottom=np.zeros(0), beam=0)
    marks.setData(pen=pg.mkPen(theme.WARNING, width=1.6 * theme.scale()))
    plot.addItem(marks)

    def draw(trace: FrameTrace, stalls: Stalls, period: float) -> None:
        at, missed = by_moment(trace.age_s, trace.missed(period))
        bars.show_bars(at, missed, BIN_S * 0.82)
        top = count_reach(float(missed.max(initial=0.0)))
        plot.spans((-FAR_S, 0.0), (0.0, top))
        zero = np.zeros(stalls.count)
        marks.setData(x=-stalls.age_s, y=zero, top=np.minimum(stalls.gap_ms / _LOUD_MS, 1.0) * top, bottom=zero)

    return plot, draw
