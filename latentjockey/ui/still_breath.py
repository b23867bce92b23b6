"""What the stage shows before the first picture: the last session's still, breathing. GUI thread only.

How it breathes and goes are pure functions of time. Without a still there is a dark ground that breathes as calmly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPaintEvent, QRadialGradient
from PySide6.QtWidgets import QWidget

from latentjockey.stage.fitting import Fit
from latentjockey.ui import theme
from latentjockey.ui.stage_canvas import draw_image

PERIOD_S = 5.0
FADE_S = 0.4
_ZOOM = 0.03
_DIM = 0.22
_MOST_PIXELS = 4096 * 4096
_LONGEST = 1600
_GLOW = QColor("#20242f")


@dataclass(frozen=True, slots=True)
class Breath:
    """``zoom`` 1.00..1.03 about the centre, ``light`` 0.78..1.00 of the picture's brightness."""

    zoom: float
    light: float


def breath(t: float) -> Breath:
    """How the still stands ``t`` seconds after it was first seen: as it was kept at first, then in and out again every
    ``PERIOD_S``."""
    share = (1 - math.cos(2 * math.pi * t / PERIOD_S)) / 2
    return Breath(1 + _ZOOM * share, 1 - _DIM * share)


def opacity(since: float | None) -> float:
    """What is left of the still ``since`` seconds after the first picture, or 1 before it."""
    if since is None:
        return 1.0
    x = min(1.0, max(0.0, since / FADE_S))
    return 1 - x * x * (3 - 2 * x)


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


def load_still(path: Path | None) -> QImage | None:
    """The picture in a file of this machine, or nothing where it cannot be read or is too large to be decoded at
    once."""
    if path is None:
        return None
    reader = QImageReader(str(path))
    size = reader.size() if reader.canRead() else QSize()
    if not size.isValid() or size.width() * size.height() > _MOST_PIXELS:
        return None
    image = reader.read()
    if image.isNull():
        return None
    if max(image.width(), image.height()) > _LONGEST:  # it is painted anew with every breath
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(_LONGEST, _LONGEST, keep, smooth)
    return image.convertToFormat(QImage.Format.Format_RGB32)


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
        _paint_ground(painter, size, now)
    painter.restore()


def _paint_ground(painter: QPainter, size: tuple[int, int], now: Breath) -> None:
    centre = QPointF(size[0] / 2, size[1] / 2)
    glow = QRadialGradient(centre, min(size) * 0.62 * now.zoom)
    for at, share in ((0.0, 1.0), (0.35, 0.72), (0.7, 0.22), (1.0, 0.0)):
        glow.setColorAt(at, theme.faded(_GLOW, share * now.light))
    painter.fillRect(QRectF(0, 0, *size), glow)


class StillBreath(QWidget):
    """The still over the stage. The stage says when it is, and drops it once it is gone."""

    def __init__(self, path: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._path = path
        self._still: QImage | None = None
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

    def _read(self) -> None:
        path, self._path = self._path, None
        if path is not None:
            self._still = load_still(path)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._read()
        size = (self.width(), self.height())
        paint_still(QPainter(self), self._still, size, self.devicePixelRatioF(), self._fit, self._t, self._left)
