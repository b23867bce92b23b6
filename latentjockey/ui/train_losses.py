"""Where the losses of a training are plotted, once there is something to plot and what plots it. GUI thread only.

The plotting library is loaded on a thread of its own (``plots``) when there is a training to plot.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, Column, Painted, write
from latentjockey.ui.train_figures import Curves

if TYPE_CHECKING:
    from latentjockey.ui.train_plot import LossPlot


class Losses(Painted):
    """A title over the plot; ``empty`` stands there until :meth:`show_curves` has some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: LossPlot | None = None
        self.empty = self.words = ""
        self._loader: threading.Thread | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setLayout(Column((0, 14, 0, 0)))

    def load(self) -> None:
        """Have the plotting library loaded; at once back. Call again to see whether it is there."""
        if self._loader is None:
            self._loader = threading.Thread(target=_import, name="plots", daemon=True)
            self._loader.start()
        elif self.plot is None and not self.words and not self._loader.is_alive():
            try:
                from latentjockey.ui.train_plot import LossPlot

                self.plot = LossPlot()
                self.plot.hide()
                layout = self.layout()
                if layout is not None:
                    layout.addWidget(self.plot)
            except ImportError:
                self.words = "plots need pyqtgraph, which is not installed"
        self.update()

    def show_curves(self, curves: Curves) -> None:
        """Plot this, once the plot is there."""
        if self.plot is not None:
            self.plot.setVisible(bool(curves))
            if curves:
                self.plot.show_curves(curves)

    def rescaled(self) -> None:
        super().rescaled()
        if self.plot is not None:
            self.plot.rescale()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(360), theme.px(140))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(170), theme.px(90))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        title = QRectF(theme.px(4), 0, self.width(), theme.px(16))
        write(painter, title, "losses over pictures seen", theme.QUIET, 11.5)
        if self.plot is None or self.plot.isHidden():
            words = self.words or ("loading plots" if self.plot is None else self.empty)
            write(painter, QRectF(self.rect()), words, theme.QUIET, 12, theme.REGULAR, CENTRE)


def _import() -> None:
    """What takes long, done where nobody waits for it; who needs it then finds out whether it worked."""
    try:
        importlib.import_module("pyqtgraph")
    except ImportError:
        return
