"""How a row of the mappings is laid out and painted, at any width. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.rows import Row, RowState
from latentjockey.ui import mapping_words, theme
from latentjockey.ui.mark_paint import paint_armed
from latentjockey.ui.painted import CENTRE, RIGHT, fill, write

_SIZE = 12.5
_NARROW, _WIDE = 470, 640
_FULL = 860
_WORDS = {"learn": "learn", "delete": "×"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a row is seen now. ``ring``: keys act on it; ``button`` is the part that the mouse is over; ``armed``: a knob
    for its address is being learnt."""

    chosen: bool = False
    ring: bool = False
    under: bool = False
    button: str = ""
    armed: bool = False


def columns(box: QRectF) -> dict[str, QRectF]:
    """Where the parts of a row in ``box`` lie.

    ``message``, ``plays``, ``range``, ``how`` (without width where there is no room), ``state``; ``learn`` and
    ``delete`` lie over its end while the mouse is on it. A wide box is not filled: the eye goes along the row.
    """
    box = QRectF(box.left(), box.top(), min(box.width(), theme.px(_FULL)), box.height())
    width = box.width() / theme.scale()
    wide = {"message": 124.0, "range": 112.0, "how": 76.0, "state": 132.0}
    if width < _WIDE:
        wide.update(how=0.0, state=66.0)
    if width < _NARROW:
        wide.update(message=96.0, range=92.0, state=56.0)
    gap = theme.px(12)
    left, right = box.left() + theme.px(10), box.right() - theme.px(8)
    made = {"message": QRectF(left, box.top(), theme.px(wide["message"] - 8), box.height())}
    for name in ("state", "how", "range"):
        taken = theme.px(wide[name]) if wide[name] else 0
        made[name] = QRectF(right - taken + gap, box.top(), max(0, taken - gap), box.height())
        right -= taken
    left += theme.px(wide["message"])
    made["plays"] = QRectF(left, box.top(), max(0.0, right - left), box.height())
    end = box.right() - theme.px(6)
    for name, size in (("delete", 22.0), ("learn", 46.0)):
        high = box.height() - theme.px(6)
        made[name] = QRectF(end - theme.px(size), box.top() + theme.px(3), theme.px(size), high)
        end -= theme.px(size + 4)
    return made


def paint_head(painter: QPainter, box: QRectF, words: str) -> None:
    """The name of a device over its bindings."""
    write(painter, box.adjusted(theme.px(10), 0, 0, 0), words, theme.QUIET, 11.5, theme.SEMIBOLD)


def paint_row(painter: QPainter, box: QRectF, row: Row, controls: Controls, look: Look) -> None:
    """One binding."""
    at = columns(box)
    _paint_ground(painter, box, row, look)
    asleep = row.state is RowState.ASLEEP
    ink = theme.TEXT if row.plugged and not asleep else theme.QUIET
    message = row.binding.words().removesuffix(" any channel")
    write(painter, at["message"], message, ink, _SIZE, theme.MEDIUM if row.own else theme.REGULAR)
    plays = at["plays"]
    if row.hand:
        write(painter, plays, row.hand, ink, _SIZE, theme.MEDIUM)
        plays = plays.adjusted(theme.text_width(row.hand, _SIZE, theme.MEDIUM) + theme.px(8), 0, 0, 0)
    if plays.width() > theme.px(24):
        write(painter, plays, row.binding.address, theme.QUIET if row.hand else ink, _SIZE)
    state = at["state"]
    if asleep and at["how"].width():  # it has no travel to tell of, but a reason
        state = state.united(at["range"])
    else:
        ends = mapping_words.range_text(row, controls)
        write(painter, at["range"], ends, ink if mapping_words.is_typed(row) else theme.QUIET, _SIZE, align=RIGHT)
        if at["how"].width():
            write(painter, at["how"], mapping_words.how_text(row, controls), theme.QUIET, _SIZE)
    if not look.under:
        _paint_state(painter, state, row)
        return
    for name, words in _WORDS.items():
        fill(painter, at[name], theme.TRACK if name == look.button else theme.HOVERED, theme.px(5))
        write(painter, at[name], words, theme.TEXT, 12, theme.MEDIUM, CENTRE)


def _paint_ground(painter: QPainter, box: QRectF, row: Row, look: Look) -> None:
    if look.chosen or look.under:
        fill(painter, box.adjusted(0, 1, 0, -1), theme.RAISED, theme.px(5))
    if look.armed:
        paint_armed(painter, box.adjusted(0, 1, 0, -1))
    elif look.ring:
        painter.setPen(QPen(theme.TEXT, 1.25 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(1, 1.5, -1, -1.5), theme.px(5), theme.px(5))
    decks = mapping_words.decks_of(row)
    for n, deck in enumerate(decks):
        high = (box.height() - theme.px(12)) / len(decks)
        mark = QRectF(box.left() + theme.px(3), box.top() + theme.px(6) + n * high, theme.px(2), high)
        fill(painter, mark, theme.deck_colour(deck), 1)


def _paint_state(painter: QPainter, box: QRectF, row: Row) -> None:
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
    words = mapping_words.state_text(row, short=box.width() < theme.px(100))
    write(painter, box.adjusted(theme.px(12), 0, theme.px(6), 0), words, ink, _SIZE)
