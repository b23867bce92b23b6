"""One model as a tile: its picture or a calm placeholder, its name, what it is in a few words, its badge. Painting
only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QLinearGradient, QPainter, QPainterPath, QPen

from latentjockey.models.album import NOTHING, Note
from latentjockey.models.card_text import bytes_text, kinds_text, size_text, speed_text
from latentjockey.models.library import Entry
from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, fill, write
from latentjockey.ui.provenance import paint_pill, pill_width
from latentjockey.ui.thumbnails import draw_filling

WIDTH, HEIGHT, GAP = 206, 54, 5
_INSET = 4
_RADIUS = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """A model and how it stands: ``plays`` on which decks (``AB`` for the only one that plays), or ``comes``, being
    loaded; ``resident`` is one that is ready in memory."""

    entry: Entry
    note: Note = NOTHING
    plays: str = ""
    comes: bool = False
    resident: bool = False


def told(tile: Tile) -> str:
    """What stands under its name."""
    entry = tile.entry
    if entry.renders:
        return "renders clips, in the clips tab"
    if entry.trouble:
        return entry.trouble
    state = ("reading" if entry.unread else "loading") if tile.comes else ""
    classes = kinds_text(entry.spec) if entry.spec is not None and entry.spec.classes else ""
    if entry.unread:
        return " · ".join(part for part in (state, bytes_text(entry.bytes)) if part)
    parts = (state, size_text(entry), classes, speed_text(tile.note))
    return " · ".join(part for part in parts if part)


def paint_tile(
    painter: QPainter, box: QRectF, tile: Tile, image: QImage | None, *, hovered: bool, at_hand: bool, ring: bool
) -> None:
    """Paint ``tile`` into ``box``; ``at_hand`` is the one that keys act on, ``ring`` is where the keys are."""
    radius = theme.px(_RADIUS)
    lifted = hovered or at_hand or tile.plays or tile.comes
    fill(painter, box, theme.HOVERED if hovered else theme.RAISED if lifted else _GROUND, radius)
    inset = theme.px(_INSET)
    side = box.height() - 2 * inset
    picture = QRectF(box.left() + inset, box.top() + inset, side, side)
    if image is not None:
        draw_filling(painter, picture, image, theme.px(_RADIUS - 2))
    else:
        _paint_placeholder(painter, picture, tile.entry)
    _paint_state(painter, box, picture, tile)
    _paint_words(painter, box, picture.right() + theme.px(10), tile)
    if ring:
        line = 0.75 * theme.scale()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.TEXT, 1.5 * theme.scale()))
        painter.drawRoundedRect(box.adjusted(line, line, -line, -line), radius, radius)


_GROUND = theme.mixed(theme.PANEL, theme.RAISED, 0.45)


def _paint_words(painter: QPainter, box: QRectF, left: float, tile: Tile) -> None:
    entry, right = tile.entry, box.right() - theme.px(8)
    quiet = bool(entry.trouble)
    room = right - left - (theme.px(12) if tile.resident else 0)
    name = QRectF(left, box.top() + theme.px(3), room, theme.px(17))
    write(painter, name, entry.title, theme.QUIET if quiet else theme.TEXT, 13, theme.MEDIUM)
    if tile.resident:  # ready in memory: a dot behind the name
        dot = theme.px(5)
        fill(painter, QRectF(right - dot, name.center().y() - dot / 2, dot, dot), theme.TEXT, dot / 2)
    write(painter, QRectF(left, box.top() + theme.px(19), right - left, theme.px(15)), told(tile), theme.QUIET, 11)
    top = box.bottom() - theme.px(19)
    wide = min(pill_width(entry), right - left)
    paint_pill(painter, left + wide, top, entry, wide)
    family = QRectF(left + wide + theme.px(6), top, right - left - wide - theme.px(6), theme.px(16))
    if family.width() > theme.text_width(entry.family, 10.5):
        write(painter, family, entry.family, theme.QUIET, 10.5)


def _paint_state(painter: QPainter, box: QRectF, picture: QRectF, tile: Tile) -> None:
    """A bar at the side: full while it plays, half as high while it is still coming. One of two says on which deck."""
    if not (tile.plays or tile.comes):
        return
    inset = theme.px(8 if tile.plays else 18)
    bar = QRectF(box.left(), box.top() + inset, theme.px(3), box.height() - 2 * inset)
    deck = tile.plays if len(tile.plays) == 1 else ""
    colour = theme.deck_colour(deck.lower()) if deck else theme.TEXT if tile.plays else theme.QUIET
    fill(painter, bar, colour, bar.width() / 2)
    if deck:
        mark = QRectF(picture.right() - theme.px(17), picture.bottom() - theme.px(17), theme.px(15), theme.px(15))
        fill(painter, mark, theme.GROUND, theme.px(4))
        write(painter, mark, deck, colour, 11, theme.SEMIBOLD, CENTRE)


def _paint_placeholder(painter: QPainter, box: QRectF, entry: Entry) -> None:
    """A quiet ground with the family's shape: a stair of blocks for style networks, rings for alias-free ones, a grid
    of classes, a cone of convolutions, waves; a sign where nothing can be told."""
    ground = QLinearGradient(box.topLeft(), box.bottomRight())
    ground.setColorAt(0, theme.mixed(theme.PANEL, theme.TRACK, 0.8))
    ground.setColorAt(1, theme.mixed(theme.PANEL, theme.GROUND, 0.6))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, theme.px(_RADIUS - 2), theme.px(_RADIUS - 2))
    ink = theme.mixed(theme.TRACK, theme.QUIET, 0.6)
    if (entry.trouble and not entry.renders) or entry.unread:
        write(painter, box, "!" if entry.trouble else "?", theme.WARNING if entry.trouble else ink, 20, theme.MEDIUM,
              CENTRE)  # fmt: skip
        return
    painter.setPen(QPen(ink, 1.4 * theme.scale(), c=Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    room = box.adjusted(*(theme.px(13) * sign for sign in (1, 1, -1, -1)))
    match entry.family:
        case "StyleGAN3":
            for share in (0.3, 0.65, 1.0):
                painter.drawEllipse(room.center(), room.width() / 2 * share, room.height() / 2 * share)
        case family if "tyle" in family:
            _paint_stair(painter, room)
        case "BigGAN-deep":
            _paint_grid(painter, room)
        case "DCGAN":
            _paint_cone(painter, room)
        case "CPPN":
            _paint_waves(painter, room)
        case _:
            write(painter, box, entry.title[:1].upper(), ink, 20, theme.MEDIUM, CENTRE)


def _paint_stair(painter: QPainter, room: QRectF) -> None:
    for k in range(3):
        side = room.width() * (0.4 + 0.3 * k)
        painter.drawRoundedRect(QRectF(room.left(), room.bottom() - side, side, side), theme.px(2), theme.px(2))


def _paint_grid(painter: QPainter, room: QRectF) -> None:
    step = room.width() / 3
    for row in range(4):
        for column in range(4):
            painter.drawPoint(QPointF(room.left() + column * step, room.top() + row * step))


def _paint_cone(painter: QPainter, room: QRectF) -> None:
    for k in range(4):
        x, half = room.left() + room.width() * k / 3, room.height() / 2 * (0.2 + 0.8 * k / 3)
        painter.drawLine(QPointF(x, room.center().y() - half), QPointF(x, room.center().y() + half))


def _paint_waves(painter: QPainter, room: QRectF) -> None:
    for k in range(3):
        middle = room.top() + room.height() * (k + 0.5) / 3
        path = QPainterPath(QPointF(room.left(), middle))
        for n in range(1, 25):
            bend = math.sin(n / 24 * 2 * math.pi + k) * room.height() / 8
            path.lineTo(room.left() + room.width() * n / 24, middle + bend)
        painter.drawPath(path)
