"""How a row of the mappings is painted, at any width. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentjockey.mapping.apply import Controls, ends_of, resolved
from latentjockey.mapping.rows import Row, RowState
from latentjockey.mapping.travel import find
from latentjockey.ui import mapping_cells, mapping_words, theme
from latentjockey.ui.mapping_columns import (
    BANK,
    HEADS,
    LIGHT,
    MESSAGE,
    MODE,
    ORDER,
    PLAYS,
    RANGE,
    SHIFT,
    STATE,
    TAKEOVER,
    TURNS,
    columns,
)
from latentjockey.ui.mark_paint import paint_armed, paint_ghost
from latentjockey.ui.painted import CENTRE, LEFT, RIGHT, fill, write

SIZE = 12.5
_BUTTONS = {"learn": "learn", "delete": "×"}
_METER = 54


@dataclass(frozen=True, slots=True)
class Look:
    """How a row is seen now. ``ring``: keys act on it, in the column ``cell``; ``part`` is what the mouse is over;
    ``armed``: a knob for it is being learnt; ``heard``: its message came just now; ``banks`` are its device's."""

    chosen: bool = False
    ring: bool = False
    under: bool = False
    cell: str = ""
    part: str = ""
    armed: bool = False
    heard: bool = False
    banks: Sequence[str] = ()


def paint_heads(painter: QPainter, box: QRectF) -> None:
    """The words over the columns."""
    at = columns(box)
    for name in ORDER:
        if at[name].width() > theme.px(20):
            align = RIGHT if name == RANGE else LEFT
            write(painter, at[name], HEADS[name], theme.ASLEEP, 11, theme.MEDIUM, align)


def paint_empty(painter: QPainter, box: QRectF, lines: Sequence[str]) -> None:
    """Words where there are no rows, one line under the other."""
    high = theme.px(22)
    top = box.center().y() - high * len(lines) / 2
    for n, text in enumerate(lines):
        ink = theme.TEXT if n == 0 else theme.QUIET
        write(painter, QRectF(box.left(), top + n * high, box.width(), high), text, ink, SIZE, theme.REGULAR, CENTRE)


def paint_row(painter: QPainter, box: QRectF, row: Row, controls: Controls, look: Look) -> None:
    """One binding."""
    at = columns(box)
    _paint_ground(painter, box, row, look)
    if look.cell and (look.ring or look.part == look.cell) and at[look.cell].width():
        _paint_cell(painter, at[look.cell], look)
    elif look.part in at and look.part in ORDER and at[look.part].width():
        _paint_cell(painter, at[look.part], look)
    ink = theme.TEXT if row.plugged and row.state is not RowState.ASLEEP else theme.QUIET
    _paint_message(painter, at[MESSAGE], row, ink, look)
    _paint_plays(painter, at[PLAYS], row, controls, ink)
    ends = mapping_words.range_text(row, controls)
    write(painter, at[RANGE], ends, ink if mapping_words.is_typed(row) else theme.QUIET, SIZE, align=RIGHT)
    words = {
        MODE: mapping_words.mode_text(row, controls),
        TAKEOVER: mapping_words.takeover_text(row),
        TURNS: mapping_cells.turns_text(row.binding),
        BANK: mapping_words.bank_text(row, look.banks),
        SHIFT: mapping_words.shift_text(row),
    }
    for name, text in words.items():
        if at[name].width():
            write(painter, at[name], text, theme.QUIET, SIZE)
    if at[LIGHT].width():
        _paint_light(painter, at[LIGHT], lit=bool(row.binding.feedback))
    if look.under and look.part in (*_BUTTONS, STATE):
        for name, text in _BUTTONS.items():
            fill(painter, at[name], theme.TRACK if name == look.part else theme.HOVERED, theme.px(5))
            write(painter, at[name], text, theme.TEXT, 12, theme.MEDIUM, CENTRE)
    else:
        _paint_state(painter, at[STATE], row, controls)


def _paint_ground(painter: QPainter, box: QRectF, row: Row, look: Look) -> None:
    inner = box.adjusted(0, 1, 0, -1)
    if look.chosen or look.under:
        fill(painter, inner, theme.RAISED, theme.px(5))
    if look.armed:
        paint_armed(painter, inner)
    elif look.ring:
        _outline(painter, box.adjusted(1, 1.5, -1, -1.5), theme.QUIET)
    decks = mapping_words.decks_of(row)
    for n, deck in enumerate(decks):
        high = (box.height() - theme.px(12)) / len(decks)
        mark = QRectF(box.left() + theme.px(3), box.top() + theme.px(6) + n * high, theme.px(2), high)
        fill(painter, mark, theme.deck_colour(deck), 1)


def _paint_cell(painter: QPainter, box: QRectF, look: Look) -> None:
    """The cell that keys or the mouse would change."""
    side = theme.px(5)
    field = box.adjusted(-side, theme.px(3), side, -theme.px(3))
    if look.part and look.under:
        fill(painter, field, theme.TRACK, theme.px(4))
    if look.ring and look.cell:
        _outline(painter, field, theme.TEXT)


def _outline(painter: QPainter, box: QRectF, ink: QColor) -> None:
    painter.setPen(QPen(ink, 1.25 * theme.scale()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, theme.px(5), theme.px(5))


def _paint_message(painter: QPainter, box: QRectF, row: Row, ink: QColor, look: Look) -> None:
    text = row.binding.words().removesuffix(" any channel")
    weight = theme.MEDIUM if row.own else theme.REGULAR
    write(painter, box, text, ink, SIZE, weight)
    if look.heard:  # a bar under the words: it came just now
        wide = min(box.width(), theme.text_width(text, SIZE, weight))
        bar = QRectF(box.left(), box.bottom() - theme.px(5), wide, theme.px(2))
        fill(painter, bar, theme.TEXT, theme.px(1))


def _paint_plays(painter: QPainter, box: QRectF, row: Row, controls: Controls, ink: QColor) -> None:
    name = mapping_words.label(row, controls)
    if name:
        write(painter, box, name, ink, SIZE, theme.MEDIUM)
        box = box.adjusted(theme.text_width(name, SIZE, theme.MEDIUM) + theme.px(8), 0, 0, 0)
    if box.width() > theme.px(24):
        write(painter, box, mapping_words.address_text(row), theme.QUIET if name else ink, SIZE)


def _paint_light(painter: QPainter, box: QRectF, *, lit: bool) -> None:
    radius = 3.5 * theme.scale()
    middle = QPointF(box.left() + radius + theme.px(4), box.center().y())
    if lit:  # a lamp with rays
        fill(painter, QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius), theme.QUIET, radius)
        painter.setPen(QPen(theme.QUIET, 1.2 * theme.scale()))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            way = QPointF(x, y)
            painter.drawLine(middle + way * (radius * 1.45), middle + way * (radius * 1.9))
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.TRACK, 1.2 * theme.scale()))
        painter.drawEllipse(middle, radius, radius)


def _paint_state(painter: QPainter, box: QRectF, row: Row, controls: Controls) -> None:
    radius = 3.0 * theme.scale()
    middle = QPointF(box.left() + radius, box.center().y())
    trouble = row.state in (RowState.ASLEEP, RowState.CONFLICT)
    ink = theme.WARNING if trouble else theme.TEXT if row.state is RowState.WAITING else theme.QUIET
    if row.state is RowState.LIVE:
        fill(painter, QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius), ink, radius)
    else:  # as on the knobs: an open circle is hardware that waits, for its place or for a control
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 1.5 * theme.scale()))
        painter.drawEllipse(middle, radius, radius)
    short = box.width() < theme.px(100)
    room = box.adjusted(theme.px(12), 0, 0, 0)
    if row.stands is not None and not short:
        left = room.left() + theme.text_width("waits at −00.00", SIZE)
        meter = QRectF(left, room.top(), theme.px(_METER), room.height())
        if meter.right() < room.right() + theme.px(8):
            _paint_meter(painter, meter, row, row.stands, controls)
    write(painter, room, mapping_words.state_text(row, short=short), ink, SIZE)


def _paint_meter(painter: QPainter, box: QRectF, row: Row, stands: float, controls: Controls) -> None:
    """The travel of a knob that waits: a bar where the control stands, an open circle where the knob does."""
    address = resolved(row.binding.address, controls)
    target = controls.layout.resolve(address)
    value = controls.value(address) if target is not None else None
    if target is None or not isinstance(value, float | int):
        return
    spec, ends = controls.layout.specs[target.index], ends_of(row.binding, controls.range(address))
    high, y = theme.px(3), box.center().y()
    fill(painter, QRectF(box.left(), y - high / 2, box.width(), high), theme.TRACK, high / 2)
    at = [min(1.0, max(0.0, find(spec, number, ends))) for number in (float(value), stands)]
    bar = QRectF(box.left() + at[0] * box.width() - theme.px(1), y - theme.px(5), theme.px(2), theme.px(10))
    fill(painter, bar, theme.TEXT, theme.px(1))
    paint_ghost(painter, QPointF(box.left() + at[1] * box.width(), y))
