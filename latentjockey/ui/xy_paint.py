"""How the XY pad looks. GUI thread only."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from latentjockey.ui import theme
from latentjockey.ui.mark_paint import ARMED_WORDS, paint_armed, paint_ghost, paint_loop
from latentjockey.ui.painted import LEFT, RIGHT, fill, fitting, write
from latentjockey.ui.playing import Playing


class Pad(Protocol):
    """What there is to see of a pad."""

    colour: QColor
    held: bool
    hovered: bool

    @property
    def across(self) -> Playing: ...
    @property
    def up(self) -> Playing: ...
    def pad(self) -> QRectF: ...
    def number_boxes(self) -> tuple[QRectF, QRectF]: ...
    def point(self, x: float, y: float) -> QPointF: ...


def paint_pad(painter: QPainter, pad: Pad) -> None:
    """Field, cross-hair, dot, marks and numbers."""
    field = pad.pad()
    light = 0.35 if pad.hovered or pad.held else 0.15
    fill(painter, field, theme.mixed(theme.GROUND, theme.RAISED, light), theme.px(6))
    awake = pad.across.spec is not None and pad.up.spec is not None
    _grid(painter, pad, field)
    if awake:
        _cross(painter, pad, field)
        _swing(painter, pad)
        _dot(painter, pad)
        _waiting(painter, pad, field)
    _words(painter, pad, field)
    _loops(painter, pad, field)
    if pad.across.armed or pad.up.armed:
        paint_armed(painter, field)


def _grid(painter: QPainter, pad: Pad, field: QRectF) -> None:
    low, high = pad.point(0, 0), pad.point(1, 1)
    thin = theme.scale()
    for quarter in range(5):
        x = low.x() + (high.x() - low.x()) * quarter / 4
        y = low.y() + (high.y() - low.y()) * quarter / 4
        colour = theme.faded(theme.TEXT, 0.10 if quarter in (0, 4) else 0.05)
        painter.fillRect(QRectF(x - thin / 2, high.y(), thin, low.y() - high.y()), colour)
        painter.fillRect(QRectF(low.x(), y - thin / 2, high.x() - low.x(), thin), colour)
    origin = pad.point(pad.across.origin, pad.up.origin)
    painter.fillRect(QRectF(origin.x() - thin / 2, field.top(), thin, field.height()), theme.faded(theme.TEXT, 0.16))
    painter.fillRect(QRectF(field.left(), origin.y() - thin / 2, field.width(), thin), theme.faded(theme.TEXT, 0.16))


def _cross(painter: QPainter, pad: Pad, field: QRectF) -> None:
    at = pad.point(pad.across.position, pad.up.position)
    thin = theme.scale()
    up = theme.BEYOND if pad.across.beyond else pad.colour
    across = theme.BEYOND if pad.up.beyond else pad.colour
    painter.fillRect(QRectF(at.x() - thin / 2, field.top(), thin, field.height()), theme.faded(up, 0.45))
    painter.fillRect(QRectF(field.left(), at.y() - thin / 2, field.width(), thin), theme.faded(across, 0.45))


def _swing(painter: QPainter, pad: Pad) -> None:
    if pad.across.effective is None and pad.up.effective is None:
        return
    base = (pad.across.position, pad.up.position)
    now = [
        axis.position_of(axis.effective) if axis.effective is not None else own
        for axis, own in zip((pad.across, pad.up), base, strict=True)
    ]
    start, end = pad.point(*base), pad.point(now[0], now[1])
    painter.setPen(QPen(theme.faded(pad.colour, 0.5), 1.5 * theme.scale()))
    painter.drawLine(start, end)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.mixed(pad.colour, theme.TEXT, 0.5))
    painter.drawEllipse(end, 2.5 * theme.scale(), 2.5 * theme.scale())


def _dot(painter: QPainter, pad: Pad) -> None:
    at = pad.point(pad.across.position, pad.up.position)
    out = pad.across.beyond or pad.up.beyond
    colour = theme.BEYOND if out else theme.mixed(pad.colour, theme.TEXT, 0.35 if pad.held or pad.hovered else 0.0)
    radius = (6.5 if pad.held else 5.5) * theme.scale()
    painter.setPen(Qt.PenStyle.NoPen)
    for grow, strength in ((2.2, 0.12), (1.6, 0.18)):
        painter.setBrush(theme.faded(colour, strength))
        painter.drawEllipse(at, radius * grow, radius * grow)
    painter.setBrush(colour)
    painter.drawEllipse(at, radius, radius)
    for axis, way in ((pad.across, QPointF(1, 0)), (pad.up, QPointF(0, -1))):
        if axis.beyond:
            _chevron(painter, at, way if axis.position > 0.5 else -way, radius)


def _chevron(painter: QPainter, at: QPointF, way: QPointF, radius: float) -> None:
    """A mark on the dot that says which way the value lies beyond."""
    side = QPointF(-way.y(), way.x())
    tip = at + way * radius * 0.62
    back = at - way * radius * 0.12
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.GROUND, 1.5 * theme.scale()))
    painter.drawPolyline(QPolygonF([back + side * radius * 0.5, tip, back - side * radius * 0.5]))


def _waiting(painter: QPainter, pad: Pad, field: QRectF) -> None:
    at = pad.point(pad.across.position, pad.up.position)
    if pad.across.waiting is not None:
        x = pad.point(pad.across.position_of(pad.across.waiting), 0).x()
        paint_ghost(painter, QPointF(x, at.y()), theme.GROUND)
    if pad.up.waiting is not None:
        y = pad.point(0, pad.up.position_of(pad.up.waiting)).y()
        paint_ghost(painter, QPointF(at.x(), y), theme.GROUND)


def _words(painter: QPainter, pad: Pad, field: QRectF) -> None:
    """Arrow, name and number of each axis below the field; where a name has no room there, both stand in the field."""
    axes = (pad.across, pad.up)
    labels = [ARMED_WORDS if axis.armed else axis.label for axis in axes]
    boxes = [box.adjusted(theme.px(3), 0, -theme.px(3), 0) for box in pad.number_boxes()]
    sizes = [fitting(axis.text, box.width() * 0.6, 12.5, theme.MEDIUM) for axis, box in zip(axes, boxes, strict=True)]
    wide = [theme.text_width(axis.text, size, theme.MEDIUM) for axis, size in zip(axes, sizes, strict=True)]
    below = all(
        theme.text_width(f"→ {label}", 11.5) + taken + theme.px(6) <= box.width()
        for label, taken, box in zip(labels, wide, boxes, strict=True)
    )
    for way, axis, label, box, size in zip("→↑", axes, labels, boxes, sizes, strict=True):
        ink = theme.TEXT if axis.armed or pad.held else theme.QUIET
        write(painter, box, f"{way} {label}" if below else way, ink, 11.5)
        if not below:
            across = axis is pad.across
            write(painter, _along(field, across), label, ink, 10.5, align=RIGHT if across else LEFT)
        write(painter, box, axis.text, axis.ink, size, theme.MEDIUM, RIGHT)


def _along(field: QRectF, across: bool) -> QRectF:
    """Where the name of an axis stands within the field: at the far end of x, at the upper end of y."""
    inner = field.adjusted(theme.px(7), theme.px(4), -theme.px(7), -theme.px(4))
    high = theme.px(14)
    return QRectF(inner.left(), inner.bottom() - high if across else inner.top(), inner.width(), high)


def _loops(painter: QPainter, pad: Pad, field: QRectF) -> None:
    side = theme.px(11)
    right = field.right() - theme.px(6)
    for axis in (pad.up, pad.across):
        if axis.loop is not None:
            box = QRectF(right - side, field.top() + theme.px(6), side, side)
            fill(painter, box.adjusted(-2, -2, 2, 2), theme.faded(theme.GROUND, 0.6), side)
            paint_loop(painter, box, axis.loop)
            right -= side + theme.px(4)
