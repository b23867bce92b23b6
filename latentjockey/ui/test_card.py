"""The test card of an output: for focus, geometry, levels, colour and torn pictures. GUI thread only.

Everything stands on whole device pixels about the middle. What does not move is painted once for each size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter, QPen, QPolygonF

from latentjockey.ui import theme
from latentjockey.ui.displays import Display

SWEEP_S = 4.0
"""How long the moving line takes from one side to the other."""

_BARS = ("#ffffff", "#ffff00", "#00ffff", "#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#000000")
_GREYS = tuple(i / 10 for i in range(11))
_DARKEST = (0.0, 0.01, 0.02, 0.03, 0.05)
_LIGHTEST = (0.95, 0.97, 0.98, 0.99, 1.0)
_GROUND = QColor("#08090b")
_GRID = QColor("#2b3038")
_AXIS = QColor("#5d6470")
_LINE = QColor("#d9d6cc")


def sweep(t: float) -> float:
    """Where the moving line stands at ``t`` seconds: 0 left, towards 1 right, then again from the left."""
    return math.fmod(max(0.0, t), SWEEP_S) / SWEEP_S


class TestCard:
    """The card for one output."""

    __test__ = False

    def __init__(self, number: int) -> None:
        self._number = number
        self._still: QImage | None = None
        self._of: tuple[int, int, str] | None = None

    def draw(self, painter: QPainter, size: tuple[int, int], ratio: float, display: Display, t: float) -> None:
        """Fill ``size`` device-independent pixels of ``ratio`` device pixels each, as the card is at ``t`` seconds."""
        wide, high = max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))
        of = (wide, high, display.text)
        if self._still is None or self._of != of:
            self._still, self._of = card(wide, high, f"output {self._number}", display), of
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(0, 0, self._still)
        thick = max(2, high // 540)
        painter.fillRect(QRect(round(sweep(t) * (wide - thick)), 0, thick, high), _LINE)
        painter.restore()


def card(wide: int, high: int, name: str, display: Display) -> QImage:
    """What does not move, ``wide`` × ``high`` device pixels."""
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill(_GROUND)
    painter = QPainter(image)
    unit = max(4, min(wide, high) // 18)
    _grid(painter, wide, high, unit)
    _circles(painter, wide, high, unit)
    _edges(painter, wide, high, unit)
    painter.translate(wide // 2, high // 2)
    _levels(painter, unit)
    _middle(painter, unit)
    _words(painter, unit, name, display)
    painter.end()
    return image


def _grid(painter: QPainter, wide: int, high: int, unit: int) -> None:
    for colour, axis in ((_GRID, False), (_AXIS, True)):
        for x in range(wide // 2 % unit, wide, unit):
            if (x == wide // 2) is axis:
                painter.fillRect(x, 0, 1, high, colour)
        for y in range(high // 2 % unit, high, unit):
            if (y == high // 2) is axis:
                painter.fillRect(0, y, wide, 1, colour)


def _circles(painter: QPainter, wide: int, high: int, unit: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_LINE, max(1.0, unit / 30)))
    painter.drawEllipse(QPointF(wide // 2, high // 2), 8 * unit, 8 * unit)
    away, small = 3 * unit, 2 * unit
    for x in (away, wide - away):
        for y in (away, high - away):
            painter.setPen(QPen(_LINE, max(1.0, unit / 30)))
            painter.drawEllipse(QPointF(x, y), small, small)
            _pairs(painter, x, y, unit // 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _pairs(painter: QPainter, x: int, y: int, reach: int) -> None:
    """Lines one pixel wide and one apart, upright left and lying right: grey where the focus or the scaling is off."""
    painter.fillRect(x - 2 * reach, y - reach, 4 * reach, 2 * reach, QColor("#000000"))
    for i in range(0, 2 * reach, 2):
        painter.fillRect(x - 2 * reach + i, y - reach, 1, 2 * reach, QColor("#ffffff"))
        painter.fillRect(x, y - reach + i, 2 * reach, 1, QColor("#ffffff"))


def _edges(painter: QPainter, wide: int, high: int, unit: int) -> None:
    """The outermost pixels, marks in the corners, and arrows that touch the edges."""
    painter.setPen(QColor("#ffffff"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(0, 0, wide - 1, high - 1)
    thick, long = max(2, unit // 10), 2 * unit
    for x in (0, wide - thick):
        for y in (0, high - thick):
            painter.fillRect(0 if x == 0 else wide - long, y, long, thick, QColor("#ffffff"))
            painter.fillRect(x, 0 if y == 0 else high - long, thick, long, QColor("#ffffff"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#ffffff"))
    across, down, deep = wide / 2, high / 2, unit * 0.45
    for tip, one, other in (
        ((across, 0), (across - deep, deep), (across + deep, deep)),
        ((across, high), (across - deep, high - deep), (across + deep, high - deep)),
        ((0, down), (deep, down - deep), (deep, down + deep)),
        ((wide, down), (wide - deep, down - deep), (wide - deep, down + deep)),
    ):
        painter.drawPolygon(QPolygonF([QPointF(*tip), QPointF(*one), QPointF(*other)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _levels(painter: QPainter, unit: int) -> None:
    """Colour bars above the middle; greys, a ramp, and the darkest and lightest steps below it."""
    _row(painter, QRect(-6 * unit, -3 * unit, 12 * unit, 2 * unit), [QColor(bar) for bar in _BARS])
    _row(painter, QRect(-6 * unit, unit, 12 * unit, unit), [_grey(share) for share in _GREYS])
    ramp = QLinearGradient(-6 * unit, 0, 6 * unit, 0)
    ramp.setColorAt(0, QColor("#000000"))
    ramp.setColorAt(1, QColor("#ffffff"))
    painter.fillRect(QRect(-6 * unit, 2 * unit, 12 * unit, unit // 2), ramp)
    low = round(2.5 * unit)
    for left, shares in ((-6 * unit, _DARKEST), (unit, _LIGHTEST)):
        _row(painter, QRect(left, low, 5 * unit, unit), [_grey(share) for share in shares])
        for i, share in enumerate(shares):
            box = QRectF(left + i * unit, low + unit, unit, unit * 0.6)
            _text(painter, box, f"{share * 100:.0f} %", unit * 0.24, theme.QUIET)


def _row(painter: QPainter, box: QRect, colours: Sequence[QColor]) -> None:
    ends = [box.left() + round(box.width() * i / len(colours)) for i in range(len(colours) + 1)]
    for left, right, colour in zip(ends, ends[1:], colours, strict=False):
        painter.fillRect(left, box.top(), right - left, box.height(), colour)


def _grey(share: float) -> QColor:
    level = round(share * 255)
    return QColor(level, level, level)


def _middle(painter: QPainter, unit: int) -> None:
    """The cross, one pixel wide at its ends, and line pairs on both sides of it."""
    painter.fillRect(-6 * unit, -unit + 1, 12 * unit, 2 * unit - 1, _GROUND)
    for side in (-4, 4):
        _pairs(painter, side * unit, 0, round(unit * 0.7))
    for colour, thick in ((QColor("#000000"), 3), (QColor("#ffffff"), 1)):
        half = thick // 2
        painter.fillRect(-2 * unit, -half, 4 * unit, thick, colour)
        painter.fillRect(-half, -unit + 1, thick, 2 * unit - 1, colour)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("#ffffff"), max(1.0, unit / 40)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(0.5, 0.5), unit * 0.5, unit * 0.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _words(painter: QPainter, unit: int, name: str, display: Display) -> None:
    wide, high = display.pixels
    _text(painter, QRectF(-6 * unit, -6.3 * unit, 12 * unit, unit * 0.6), name, unit * 0.42, theme.QUIET)
    _text(painter, QRectF(-6 * unit, -5.6 * unit, 12 * unit, unit), display.name, unit * 0.8, theme.TEXT, theme.MEDIUM)
    size = f"{wide} × {high}  ·  {display.rate:.4g} Hz"
    _text(painter, QRectF(-6 * unit, -4.5 * unit, 12 * unit, unit * 0.9), size, unit * 0.5, theme.TEXT)
    hint = "round is round · grey is lines out of focus · a broken line is a torn picture"
    _text(painter, QRectF(-6.5 * unit, 4.6 * unit, 13 * unit, unit * 0.6), hint, unit * 0.3, theme.QUIET)


def _text(
    painter: QPainter,
    box: QRectF,
    text: str,
    pixels: float,
    colour: QColor,
    weight: QFont.Weight = theme.REGULAR,
) -> None:
    font = QFont(theme.FAMILY)
    font.setPixelSize(max(6, round(pixels)))
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
