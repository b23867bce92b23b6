"""What the stage shows before the first picture: the last session's still, breathing. GUI thread only.

How it breathes and goes are pure functions of time. Without a still there is a dark ground that breathes as calmly.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from latentjockey.frames.frame import Pixels
from latentjockey.stage.fitting import Fit
from latentjockey.ui.breath import breath, load_still, opacity, paint_ground
from latentjockey.ui.stage_canvas import draw_image


class Opening:
    """From the start until the first picture has taken over. ``began`` in seconds of any clock."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._first: float | None = None

    def at(self, now: float, arrived: bool) -> tuple[float, float]:
        """Seconds since it began, and what is left of the still: 1 until a picture has ``arrived``, then falling."""
        if arrived and self._first is None:
            self._first = now
        return now - self._began, opacity(None if self._first is None else now - self._first)


def paint_still(
    painter: QPainter, still: QImage | None, size: tuple[int, int], ratio: float, fit: Fit, t: float, left: float
) -> None:
    """Paint the still, or the ground where there is none, over ``size`` device-independent pixels; ``t`` seconds into
    its breath, ``left`` of it 0..1."""
    now = breath(t)
    seen = left * now.light
    # Black below and the still on it leave 1 - left of the picture and give left * light of the still.
    below = (left - seen) / (1 - seen) if seen < 1 else 0.0
    painter.save()
    painter.setOpacity(below if still is not None else left)
    painter.fillRect(0, 0, *size, Qt.GlobalColor.black)
    if still is not None:
        painter.setOpacity(seen)
        draw_image(painter, still, size, ratio, fit, now.zoom)
    else:
        paint_ground(painter, size, now)
    painter.restore()


class StillBreath(QWidget):
    """The still over the stage. The stage says when it is, and drops it once it is gone."""

    def __init__(self, path: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._path = path
        self._still: QImage | None = None
        self._pixels: Pixels | None = None
        self._fit: Fit = "letterbox"
        self._t = 0.0
        self._left = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_at(self, t: float, left: float, fit: Fit) -> None:
        """Stand at ``t`` seconds of the breath with ``left`` 0..1 of the still over the stage."""
        if (t, left, fit) != (self._t, self._left, self._fit):
            self._t, self._left, self._fit = t, left, fit
            self.update()

    @property
    def there(self) -> bool:
        """Whether there is a still, and not only a dark ground."""
        self._read()
        return self._still is not None

    @property
    def pixels(self) -> Pixels | None:
        """The still as (H, W, 4) RGBA, where there is one."""
        self._read()
        if self._pixels is None and self._still is not None:
            image = self._still.convertToFormat(QImage.Format.Format_RGBA8888)
            self._pixels = np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return self._pixels

    def _read(self) -> None:
        path, self._path = self._path, None
        if path is not None:
            self._still = load_still(path)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._read()
        size = (self.width(), self.height())
        paint_still(QPainter(self), self._still, size, self.devicePixelRatioF(), self._fit, self._t, self._left)
