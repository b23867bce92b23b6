"""A region that scrolls, without a frame. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QScrollArea, QWidget

from latentjockey.ui import theme

_FADE = 18


class Fade(QWidget):
    """Lets what goes on below the lower edge of ``area`` sink into the panel instead of being cut through."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        self._area = area
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        bar = area.verticalScrollBar()
        theme.dress(bar)
        bar.valueChanged.connect(self._look)
        bar.rangeChanged.connect(self._look)
        area.viewport().installEventFilter(self)
        self._look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            self._look()
        return False

    def _look(self) -> None:
        bar, seen = self._area.verticalScrollBar(), self._area.viewport().geometry()
        high = theme.px(_FADE)
        self.setGeometry(seen.left(), seen.bottom() + 1 - high, seen.width(), high)
        self.setVisible(bar.value() < bar.maximum())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        sinking = QLinearGradient(QPointF(0, 0), QPointF(0, self.height()))
        sinking.setColorAt(0, theme.faded(theme.PANEL, 0.0))
        sinking.setColorAt(1, theme.PANEL)
        QPainter(self).fillRect(self.rect(), sinking)


class Scroll(QScrollArea):
    """A region that scrolls up and down, with the surface's own bar."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.show_content(content)
        Fade(self)

    def show_content(self, content: QWidget) -> None:
        """Put another widget inside; take the old one first to keep it."""
        self.setWidget(content)
        content.setAutoFillBackground(False)  # which the line before switches on
