"""The plots tab: how evenly pictures come, how soon a move is seen, and when the surface stood still. GUI thread only.

The plotting library is loaded when the tab is shown for the first time, on a thread of its own (``plots``), so that
the surface goes on meanwhile; the numbers stand there at once and do not need it.
"""

from __future__ import annotations

import importlib
import math
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import now_ns
from latentjockey.frames.trace import FrameTrace, none_yet
from latentjockey.ui import theme
from latentjockey.ui.actions import Trace
from latentjockey.ui.beats import Stalls
from latentjockey.ui.painted import CENTRE, Column, Painted, Row, write
from latentjockey.ui.plots_figures import FAR_S, NEAR_S, Summary, period_ms, summary

if TYPE_CHECKING:
    from latentjockey.ui.plots_drawing import Drawing

_UPDATE_MS = 200
_LOADING_MS = 30
_TITLES = (
    "frame interval · ms over the last 10 s",
    "intervals · % of 2 min",
    "control → picture · % of the last moves",
    "missed pictures and stalls · 2 min",
)
_SHARES = (34, 20, 24, 26)


class Reading(Painted):
    """A title and a few numbers with their words, always readable, also without the plot below."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.figures: Sequence[tuple[str, str, QColor]] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(160), theme.px(38))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(38))

    def show_figures(self, figures: Sequence[tuple[str, str, QColor]]) -> None:
        """Words, values and the values' colours, left to right."""
        if figures != self.figures:
            self.figures = figures
            self.setAccessibleName(self.text)
            self.update()

    @property
    def text(self) -> str:
        """What stands there."""
        return f"{self.title}: " + ", ".join(f"{word} {value}".strip() for word, value, _ in self.figures)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        half = self.height() / 2
        write(painter, QRectF(theme.px(4), 0, self.width(), half), self.title, theme.QUIET, 12, theme.MEDIUM)
        left = float(theme.px(4))
        for word, value, ink in self.figures:
            for text, colour, weight in ((word, theme.QUIET, theme.REGULAR), (value, ink, theme.MEDIUM)):
                wide = theme.text_width(text, 12.5, weight)
                write(painter, QRectF(left, half, self.width() - left, half), text, colour, 12.5, weight)
                left += wide + (theme.px(4) if wide and text is word else 0)
            left += theme.px(10)


class _Place(Painted):
    """Where a plot will be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = "loading plots"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setLayout(Column())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.text:
            write(self.painter(), QRectF(self.rect()), self.text, theme.QUIET, 12, theme.REGULAR, CENTRE)


class PlotsTab(Painted):
    """``trace`` says how frames came (``None`` where nobody tells), ``stalls`` what the watchdog saw, ``cap`` how many
    pictures a second are asked for."""

    def __init__(
        self,
        trace: Trace | None,
        stalls: Callable[[], Stalls],
        cap: Callable[[], float],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._trace = trace
        self._stalls = stalls
        self._cap = cap
        self.drawing: Drawing | None = None
        self._loader: threading.Thread | None = None
        self._steps: list[Callable[[], None]] = []
        self.readings = tuple(Reading(title) for title in _TITLES)
        self._places = tuple(_Place() for _ in _TITLES)
        row = Row((8, 8, 8, 6), 10)
        self.setLayout(row)
        for reading, place, share in zip(self.readings, self._places, _SHARES, strict=True):
            column = Column(gap=2)
            column.addWidget(reading)
            column.addWidget(place, 1)
            row.addLayout(column, share)
        self._timer = QTimer(self)
        self._timer.setInterval(_UPDATE_MS)
        self._timer.timeout.connect(self.refresh)
        self._loading = QTimer(self)
        self._loading.setInterval(_LOADING_MS)
        self._loading.timeout.connect(self._load)

    def refresh(self) -> None:
        """Read and draw what there is now. A timer calls it while the tab is visible."""
        trace = none_yet() if self._trace is None else self._trace.trace(now_ns(), FAR_S)
        stalls, period = self._stalls(), period_ms(self._cap())
        self._say(trace, stalls, period)
        if self.drawing is not None:
            self.drawing.draw(trace, stalls, period)

    def _say(self, trace: FrameTrace, stalls: Stalls, period: float) -> None:
        near = trace.within(NEAR_S)
        intervals = summary(near.intervals(), near.missed(period))
        far = summary(trace.intervals(), trace.missed(period))
        latency = summary(trace.latency_ms)
        line, spread, moves, lost = self.readings
        share = ("missed", f"{intervals.missed_percent:.1f} %", theme.WARNING if intervals.missed else theme.TEXT)
        line.show_figures((*_three(intervals, ("p50", "p99", "worst")), share))
        spread.show_figures(_three(far, ("p50", "p99")))
        moves.show_figures(_three(latency, ("p50", "p99", "worst")))
        ink = theme.WARNING if stalls.count else theme.TEXT
        lost.show_figures(
            (
                ("missed", str(far.missed), theme.TEXT),
                ("stalls", str(stalls.count), ink),
                ("worst", f"{stalls.worst_ms:.0f} ms", ink),
            )
        )

    # -- the drawing ------------------------------------------------------------------------------------------------

    def showEvent(self, event: object) -> None:  # noqa: N802
        if self._loader is None:
            self._loader = threading.Thread(target=_import, name="plots", daemon=True)
            self._loader.start()
            self._loading.start()
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802
        self._timer.stop()

    def rescaled(self) -> None:
        super().rescaled()
        if self.drawing is not None:
            self.drawing.rescale()

    def _load(self) -> None:
        """One short step at a time, so that the surface goes on."""
        if self._loader is not None and self._loader.is_alive():
            return
        try:
            if self.drawing is None:
                from latentjockey.ui.plots_drawing import Drawing

                self.drawing = Drawing(self._places)
            if self.drawing.grow():
                return
            words = ""
        except ImportError:
            words = "plots need pyqtgraph, which is not installed"
        self._loading.stop()
        for place in self._places:
            place.text = words
            place.update()


def _three(found: Summary, words: Sequence[str]) -> tuple[tuple[str, str, QColor], ...]:
    values = (found.p50, found.p99, found.worst)[: len(words)]
    texts = ["–" if math.isnan(value) else f"{value:.1f}" for value in values]
    texts[-1] += " ms"
    return tuple((word, text, theme.TEXT) for word, text in zip(words, texts, strict=True))


def _import() -> None:
    """What takes long, done where nobody waits for it; who needs it then finds out whether it worked."""
    try:
        importlib.import_module("pyqtgraph")
    except ImportError:
        return
