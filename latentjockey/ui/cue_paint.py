"""How a cue pad looks: its picture or a tint, its number, and the outline where the deck is. Painting only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, fill, write
from latentjockey.ui.thumbnails import draw_filling


@dataclass(frozen=True, slots=True, eq=False)
class CueLook:
    """``bright`` is where the deck stands or a drag hovers, ``down`` is under the finger; ``left`` are the beats that
    a pressed one waits yet."""

    number: int
    colour: QColor
    image: QImage | None
    filled: bool
    bright: bool
    hovered: bool
    down: bool
    left: float | None = None


def paint_cue(painter: QPainter, area: QRectF, look: CueLook) -> None:
    """Paint a pad of any size into ``area``."""
    box = area.adjusted(0.75, 0.75, -0.75, -0.75)
    radius = theme.px(5)
    if look.image is not None:
        draw_filling(painter, box, look.image, radius)
    elif look.filled:
        ground = QLinearGradient(box.topLeft(), box.bottomRight())
        ground.setColorAt(0, theme.mixed(theme.PANEL, look.colour, 0.42))
        ground.setColorAt(1, theme.mixed(theme.PANEL, look.colour, 0.18))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, radius, radius)
    else:
        fill(painter, box, theme.mixed(theme.PANEL, theme.GROUND, 0.65), radius)
    edge = look.colour if look.bright else theme.mixed(theme.PANEL, theme.TRACK, 0.9)
    if look.hovered and not look.bright:
        edge = theme.mixed(theme.TRACK, look.colour, 0.6)
    painter.setPen(QPen(edge, (2.0 if look.bright else 1.0) * theme.scale()))
    painter.setBrush(theme.faded(look.colour, 0.25) if look.down else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, radius, radius)
    _paint_number(painter, box, look)
    if look.left is not None:
        _paint_wait(painter, box, look.colour, look.left)


def _paint_wait(painter: QPainter, box: QRectF, colour: QColor, left: float) -> None:
    """A frame that lights up on each beat and fades until the next, and the whole beats that are left."""
    light = math.ceil(left) - left if left > 0 else 1.0  # 0 just after a beat, towards 1 before the next
    painter.setPen(QPen(theme.faded(theme.mixed(colour, theme.TEXT, 0.55), 1.0 - 0.75 * light), 3.0 * theme.scale()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = 1.5 * theme.scale()
    painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), theme.px(4), theme.px(4))
    words = str(max(1, math.ceil(left - 1e-6)))
    size = max(10.5, min(26.0, min(box.width(), box.height()) / theme.scale() * 0.3))
    plate = QRectF(0, 0, max(theme.text_width(words, size, theme.SEMIBOLD) + theme.px(8), theme.px(size * 1.35)),
                   theme.px(size * 1.35))  # fmt: skip
    plate.moveBottomRight(box.bottomRight() - QPointF(theme.px(3), theme.px(3)))
    fill(painter, plate, theme.faded(theme.GROUND, 0.8), theme.px(3))
    write(painter, plate, words, theme.TEXT, size, theme.SEMIBOLD, CENTRE)


def _paint_number(painter: QPainter, box: QRectF, look: CueLook) -> None:
    """The number grows with the pad; over a picture it stands on a dark corner."""
    side = min(box.width(), box.height()) / theme.scale()
    if look.image is None:
        ink = theme.TEXT if look.filled else theme.QUIET
        write(painter, box, str(look.number), ink, max(12.5, min(26.0, side * 0.32)), theme.MEDIUM, CENTRE)
        return
    size = max(10.5, min(22.0, side * 0.22))
    corner = QRectF(0, 0, theme.px(size * 1.35), theme.px(size * 1.35))
    corner.moveTopLeft(box.topLeft() + QPointF(theme.px(2), theme.px(2)))
    fill(painter, corner, theme.faded(theme.GROUND, 0.68), theme.px(3))
    write(painter, corner, str(look.number), theme.TEXT, size, theme.SEMIBOLD, CENTRE)
