"""What a latent strip shows beside its bars: bands, resting places, indices, the pointer's label. Painting only."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, RIGHT, fill, write

_FOOT = 13
_SMALL = 9.5


def paint_bands(painter: QPainter, box: QRectF, nominal: tuple[float, float], half: float, colour: QColor) -> None:
    """The nominal range (±3σ) and a third of it (±1σ) about the middle line; ``half`` is the value at the edge."""
    middle, per_unit = box.center().y(), box.height() / 2 / half
    outer = max(abs(nominal[0]), abs(nominal[1]))
    for reach, strength in ((outer, 0.06), (outer / 3, 0.10)):
        high = reach * per_unit
        fill(painter, QRectF(0, middle - high, box.width(), 2 * high), theme.faded(colour, strength))
    fill(painter, QRectF(0, middle - 0.5, box.width(), 1), theme.faded(colour, 0.25))


def paint_rests(painter: QPainter, box: QRectF, count: int, colour: QColor) -> None:
    """A short line where each wide bar begins, so that a bar at zero can be seen and taken."""
    wide = box.width() / count
    thick = 2.0 * theme.scale()
    for index in range(count):
        rest = QRectF(index * wide, box.center().y() - thick / 2, wide * 0.74, thick)
        fill(painter, rest, theme.faded(colour, 0.55), thick / 2)


def paint_indices(painter: QPainter, box: QRectF, count: int) -> None:
    """The indices below wide bars: every one, or every second, fourth …, as they have room."""
    wide = box.width() / count
    needs = theme.text_width(str(count - 1), _SMALL) + theme.px(4)
    every = next((n for n in (1, 2, 4, 8, 16) if n * wide >= needs), 32)
    high = theme.px(_FOOT)
    fill(painter, QRectF(0, box.bottom() - high, box.width(), high), theme.faded(theme.GROUND, 0.86))
    for index in range(0, count, every):
        place = QRectF(index * wide - needs, box.bottom() - high, wide * 0.74 + 2 * needs, high)
        write(painter, place, str(index), theme.QUIET, _SMALL, theme.REGULAR, CENTRE)


def loop_box(box: QRectF, count: int, index: int) -> QRectF:
    """Where the ring of a looping component stands: above its bar's index."""
    side = min(float(theme.px(9)), box.width() / count)
    middle = (index + 0.37) * box.width() / count
    return QRectF(middle - side / 2, theme.px(3), side, side)


def paint_pointer(painter: QPainter, box: QRectF, count: int, index: int, text: str, ink: QColor) -> None:
    """A line through component ``index`` of ``count`` with a label beside it."""
    wide_bar = box.width() / count
    x = (index + (0.37 if wide_bar > 4 else 0.5)) * wide_bar
    fill(painter, QRectF(x - 0.5, 0, 1, box.height()), theme.faded(theme.TEXT, 0.35))
    wide = theme.text_width(text, 11.5, theme.MEDIUM) + theme.px(14)
    left = x + theme.px(6) if x + wide + theme.px(8) < box.width() else x - wide - theme.px(6)
    label = QRectF(left, theme.px(5), wide, theme.px(20))
    fill(painter, label, theme.faded(theme.RAISED, 0.94), theme.px(4))
    write(painter, label.adjusted(0, 0, -theme.px(7), 0), text, ink, 11.5, theme.MEDIUM, RIGHT)


def paint_moved(painter: QPainter, box: QRectF, count: int, index: int, y: float, colour: QColor) -> None:
    """A short bright line across bar ``index`` of ``count`` at the height ``y`` where modulation has it now; at the
    edge where that is beyond."""
    wide, thick = max(box.width() / count, float(theme.px(7))), 2.0 * theme.scale()
    middle = (index + 0.5) * box.width() / count
    height = min(max(y, box.top() + thick), box.bottom() - thick)
    ink = theme.mixed(colour, theme.TEXT, 0.6)
    fill(painter, QRectF(middle - wide / 2, height - thick / 2, wide, thick), ink, thick / 2)
