"""How the last session's still breathes before the first picture. GUI thread only; nothing heavy is loaded for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QRadialGradient

from latentjockey.ui import theme

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


def paint_ground(painter: QPainter, size: tuple[int, int], now: Breath) -> None:
    """A dark ground with a glow that breathes."""
    centre = QPointF(size[0] / 2, size[1] / 2)
    glow = QRadialGradient(centre, min(size) * 0.62 * now.zoom)
    for at, share in ((0.0, 1.0), (0.35, 0.72), (0.7, 0.22), (1.0, 0.0)):
        glow.setColorAt(at, theme.faded(_GLOW, share * now.light))
    painter.fillRect(QRectF(0, 0, *size), glow)
