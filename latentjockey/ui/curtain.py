"""The window before there is anything in it: the last session's still breathes on a dark ground. GUI thread only.

It loads nothing but Qt, so that it is painted at once. What is loaded meanwhile is put into the same window.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QRectF, QTimer
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentjockey.ui import theme, window_place
from latentjockey.ui.breath import breath, load_still, paint_ground

_BREATH_MS = 33
_SHARE = 0.46


class Curtain(QWidget):
    """``still`` is a picture's file, or where none lies."""

    def __init__(self, still: Path | None) -> None:
        super().__init__()
        window_place.restore(self)
        theme.set_scale(theme.scale_for(self.width(), self.height()))
        self._still = load_still(still)
        self._content: QWidget | None = None
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(self)
        self._timer.setInterval(_BREATH_MS)
        self._timer.timeout.connect(self.update)
        self._timer.start()

    def reveal(self, content: QWidget) -> None:
        """Show ``content``, a child of this window, in all of it. It is told when the window closes."""
        self._timer.stop()
        self._content = content
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(content)
        content.show()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._timer.stop()
        if self._content is not None:
            self._content.close()
        super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.GROUND)
        if self._content is not None:
            return
        now = breath(self._since.elapsed() / 1000)
        paint_ground(painter, (self.width(), self.height()), now)
        if self._still is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(now.light)
            painter.drawImage(self._place(now.zoom), self._still)

    def _place(self, zoom: float) -> QRectF:
        """Where the still stands: in the middle, where the stage will be, as large as it will be there."""
        assert self._still is not None
        size = self._still.size()
        scale = min(_SHARE * self.width() / size.width(), _SHARE * self.height() / size.height()) * zoom
        box = QRectF(0, 0, size.width() * scale, size.height() * scale)
        box.moveCenter(QRectF(self.rect()).center())
        return box
