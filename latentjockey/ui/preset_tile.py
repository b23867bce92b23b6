"""One preset as a tile: its picture or a calm placeholder, its name, whose it is, and its model. Painting only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPen

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, RIGHT, fill, write
from latentjockey.ui.thumbnails import draw_filling

WIDTH = 140
LOWEST = 104
HIGHEST = 148
GAP = 8
_FOOT = 37
_RADIUS = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """What is known of a preset. ``model`` is empty when it is the one that plays, ``trouble`` says that the file
    cannot be used."""

    name: str
    own: bool
    model: str = ""
    trouble: bool = False


def paint_tile(
    painter: QPainter,
    box: QRectF,
    tile: Tile,
    image: QImage | None,
    *,
    current: bool = False,
    hovered: bool = False,
    ring: bool = False,
) -> None:
    """Paint ``tile`` into ``box``; ``current`` was recalled last, ``ring`` is where the keys are."""
    radius = theme.px(_RADIUS)
    fill(painter, box, theme.HOVERED if hovered or current else theme.RAISED, radius)
    picture = box.adjusted(theme.px(3), theme.px(3), -theme.px(3), -theme.px(_FOOT))
    if image is not None:
        draw_filling(painter, picture, image, theme.px(_RADIUS - 2))
    else:
        _paint_initial(painter, picture, tile)
    _paint_words(painter, box, tile)
    if current or ring:
        inset = theme.scale()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.TEXT if ring else theme.mixed(theme.RAISED, theme.TEXT, 0.75), 1.5 * theme.scale()))
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)


def _paint_initial(painter: QPainter, box: QRectF, tile: Tile) -> None:
    """A ground that leans a little towards one side by name, so that neighbours differ, and the name's first letter."""
    share = (sum(map(ord, tile.name)) % 7) / 7
    ground = QLinearGradient(box.topLeft(), QPointF(box.left() + box.width() * share, box.bottom()))
    ground.setColorAt(0, theme.mixed(theme.PANEL, theme.TRACK, 0.75))
    ground.setColorAt(1, theme.mixed(theme.PANEL, theme.GROUND, 0.7))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, theme.px(_RADIUS - 2), theme.px(_RADIUS - 2))
    letter = "!" if tile.trouble else tile.name[:1].upper()
    ink = theme.WARNING if tile.trouble else theme.ASLEEP
    write(painter, box, letter, ink, 28, theme.MEDIUM, CENTRE)


def _paint_words(painter: QPainter, box: QRectF, tile: Tile) -> None:
    side = theme.px(9)
    high = theme.px(16)
    name = QRectF(box.left() + side, box.bottom() - theme.px(_FOOT - 3), box.width() - 2 * side, high)
    write(painter, name, tile.name, theme.TEXT, 12.5, theme.MEDIUM)
    below = name.translated(0, theme.px(15))
    whose = "cannot be read" if tile.trouble else "own" if tile.own else "bundled"
    ink = theme.WARNING if tile.trouble else theme.QUIET
    dot = theme.px(5)
    mark = QRectF(below.left() + 0.5, below.center().y() - dot / 2 + 0.5, dot, dot)
    painter.setPen(QPen(ink, 1.2 * theme.scale()))
    painter.setBrush(ink if tile.own else Qt.BrushStyle.NoBrush)  # full: the player's; open: came along
    painter.drawEllipse(mark)
    words = below.adjusted(dot + theme.px(5), 0, 0, 0)
    write(painter, words, whose, ink, 11)
    if tile.model:
        room = words.adjusted(theme.text_width(whose, 11) + theme.px(8), 0, 0, 0)
        write(painter, room, tile.model, theme.WARNING, 11, theme.REGULAR, RIGHT)
