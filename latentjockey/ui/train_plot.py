"""The losses of a training: the smoothed line over the raw one, on a logarithmic scale, each named at its end.

GUI thread only; import it only when a training is looked at: it loads pyqtgraph.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from latentjockey.ui import theme
from latentjockey.ui.plots_canvas import Plot
from latentjockey.ui.train_figures import MOST_LINES, Curves, Line, apart, counts, figures, lines, span_of

_INKS = (theme.TEXT, QColor("#8fb3e8"), QColor("#d8bf8a"), QColor("#9cc7a6"), QColor("#b9a3e3"))


class LossPlot(Plot):
    """:meth:`show_curves` as often as there is something new."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._raw = [self.line(theme.faded(ink, 0.28), 1.0) for ink in _INKS]
        self._smooth = [self.line(ink, 1.8) for ink in _INKS]
        self._names = [pg.TextItem(color=ink, anchor=(0, 0.5)) for ink in _INKS]
        for name in self._names:
            self.addItem(name, ignoreBounds=True)
        self.rescale()

    def rescale(self) -> None:
        super().rescale()
        for name in getattr(self, "_names", ()):
            name.setFont(theme.font(11, theme.MEDIUM))
        self.getPlotItem().layout.setContentsMargins(0, theme.px(4), theme.px(2), 0)

    def show_curves(self, curves: Curves) -> None:
        """Losses by name: pictures seen (n,) and values (n,)."""
        drawn = lines(curves)
        end = max((float(line.x[-1]) for line in drawn), default=1.0) or 1.0
        lo, hi = span_of(drawn)
        item = self.getPlotItem()
        item.setXRange(0.0, end * (1 + self._room(drawn)), padding=0)
        item.setYRange(lo, hi, padding=0)
        item.getAxis("left").setTicks([figures(lo, hi)])
        item.getAxis("bottom").setTicks([counts(end)])
        for n in range(MOST_LINES):
            self._show_line(n, drawn[n] if n < len(drawn) else None)
        self._place_names(drawn, end, lo, hi)

    def _show_line(self, n: int, line: Line | None) -> None:
        for curve in (self._raw[n], self._smooth[n]):
            curve.setVisible(line is not None)
        self._names[n].setVisible(line is not None)
        if line is not None:
            self._raw[n].setData(line.x, line.raw)
            self._smooth[n].setData(line.x, line.smooth)
            self._names[n].setText(_said(line))

    def _room(self, drawn: tuple[Line, ...]) -> float:
        """How much wider than the lines the plot has to be for the names at their ends."""
        names = max((theme.text_width(_said(line), 11, theme.MEDIUM) for line in drawn), default=0.0) + theme.px(14)
        wide = max(1.0, float(self.width() - theme.px(36)))
        return names / max(wide - names, wide / 3)

    def _place_names(self, drawn: tuple[Line, ...], end: float, lo: float, hi: float) -> None:
        gap = (hi - lo) * min(0.2, theme.px(14) / max(1, self.height()))
        ends = [float(line.smooth[-1]) if line.smooth[-1] == line.smooth[-1] else lo for line in drawn]
        for name, place in zip(self._names, apart(ends, gap, lo + gap / 2, hi - gap / 2), strict=False):
            name.setPos(end * 1.01, place)


def _said(line: Line) -> str:
    return f"{line.name} {line.last:.3g}"
