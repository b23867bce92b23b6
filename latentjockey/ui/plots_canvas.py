"""A plot as pyqtgraph draws it, in the surface's look. GUI thread only; import it only when plots are looked at."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QFrame, QWidget

from latentjockey.ui import theme
from latentjockey.ui.plots_figures import round_steps

Numbers = NDArray[np.float64]


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """One quiet plot: a few grid lines, small figures, no frame, no menu, nothing to grab."""

    def __init__(self, x_unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, background=None)
        self._unit = x_unit
        self._lines: list[pg.PlotCurveItem] = []
        self._marks: list[pg.InfiniteLine] = []
        self.setAntialiasing(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet("background: transparent")
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(False, False)
        item.getViewBox().setDefaultPadding(0.0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setStyle(
                tickLength=0,
                tickTextOffset=theme.px(5),
                maxTickLevel=0,
                autoExpandTextSpace=False,
                hideOverlappingLabels=theme.px(40),
            )
        item.getAxis("bottom").setTicks([])
        self.rescale()

    def rescale(self) -> None:
        """Letters and lines for the present scale."""
        item = self.getPlotItem()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setTickFont(theme.font(10.5))
            axis.setTextPen(theme.QUIET)
        item.getAxis("left").setWidth(theme.px(34))
        item.getAxis("bottom").setHeight(theme.px(18))
        item.layout.setContentsMargins(0, theme.px(7), theme.px(26), 0)

    def spans(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """What is shown, with a few round figures beside it."""
        item = self.getPlotItem()
        item.setXRange(*x, padding=0)
        item.setYRange(*y, padding=0)
        for side, (lo, hi) in (("bottom", x), ("left", y)):
            places = np.linspace(lo, hi, round_steps(hi - lo) + 1)
            texts = [f"{place:g}".replace("-", "−") for place in places]
            if side == "bottom":
                texts[-1] = f"{texts[-1]} {self._unit}" if places[-1] else "now"
            item.getAxis(side).setTicks([list(zip(places.tolist(), texts, strict=True))])

    def line(self, colour: QColor, width: float = 1.2) -> pg.PlotCurveItem:
        """A curve to fill by ``setData``; NaN breaks it."""
        made = pg.PlotCurveItem(pen=QPen(colour, 0), connect="finite")
        made.setPen(pg.mkPen(colour, width=width * theme.scale()))
        self.addItem(made)
        return made

    def bars(self, colour: QColor) -> Bars:
        """Bars to fill by ``show``."""
        made = Bars(colour)
        self.addItem(made)
        return made

    def level(self, colour: QColor, horizontal: bool = False, text: str = "") -> pg.InfiniteLine:
        """A line across the plot, with a word beside it."""
        beside = [(1, 1), (1, 1)] if horizontal else [(0, 0.5), (0, 0.5)]
        label = {"color": colour, "position": 1.0 if horizontal else 0.92, "anchors": beside} if text else None
        made = pg.InfiniteLine(
            angle=0 if horizontal else 90,
            pen=pg.mkPen(colour, width=theme.scale(), style=Qt.PenStyle.DashLine),
            label=text or None,
            labelOpts=label,
        )
        if text:
            made.label.setFont(theme.font(10.5))
        self.addItem(made)
        return made

    def fill_under(self, curve: pg.PlotCurveItem, colour: QColor) -> None:
        """Tint what is under a curve."""
        curve.setFillLevel(0.0)
        curve.setBrush(colour)


class Bars(pg.BarGraphItem):  # type: ignore[misc]
    """Bars of one colour without edges."""

    def __init__(self, colour: QColor) -> None:
        super().__init__(x=[0.0], height=[0.0], width=1.0, pen=None, brush=colour)
        self.setOpts(pen=pg.mkPen(None))

    def show_bars(self, x: Numbers, height: Numbers, width: float) -> None:
        """Middles, heights and the width of all."""
        self.setOpts(x=x, height=height, width=width)
