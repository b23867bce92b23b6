"""Which columns the mappings table has at a width, and where they lie. GUI thread only.

What does not fit goes, the least needed first; everything stays reachable by the right-click menu of a row.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF

from latentjockey.ui import theme

MESSAGE, PLAYS, RANGE, MODE, TAKEOVER = "message", "plays", "range", "mode", "takeover"
TURNS, BANK, SHIFT, LIGHT, STATE = "turns", "bank", "shift", "light", "state"
ORDER = (MESSAGE, PLAYS, RANGE, MODE, TAKEOVER, TURNS, BANK, SHIFT, LIGHT, STATE)
"""From left to right."""

HEADS = {
    MESSAGE: "message",
    PLAYS: "plays",
    RANGE: "range",
    MODE: "as",
    TAKEOVER: "takeover",
    TURNS: "encoder",
    BANK: "bank",
    SHIFT: "shift",
    LIGHT: "light",
    STATE: "now",
}
"""The word over each."""

EDITED = (MESSAGE, PLAYS, RANGE, MODE, TAKEOVER, TURNS, BANK, SHIFT, LIGHT)
"""Those in which something can be changed."""

_WIDE = {MESSAGE: 128.0, RANGE: 132.0, MODE: 84.0, TAKEOVER: 74.0, TURNS: 108.0, BANK: 66.0, SHIFT: 74.0, LIGHT: 44.0}
_STATE, _SHORT_STATE = 196.0, 66.0
_LEAST, _MOST = 176.0, 380.0
"""What the control takes at least, and at most: the eye goes along the row."""
_GOES = (TURNS, LIGHT, SHIFT, BANK, TAKEOVER, MODE)
_GAP = 10.0
_LEFT, _RIGHT = 12.0, 8.0
_BUTTONS = (("delete", 22.0), ("learn", 46.0))


def columns(box: QRectF) -> dict[str, QRectF]:
    """Where the parts of a row in ``box`` lie; those that found no room have no width.

    ``learn`` and ``delete`` lie over its end while the mouse is on it.
    """
    made = _laid_out(box)
    end, high = box.right() - theme.px(6), box.height() - theme.px(6)
    for name, size in _BUTTONS:
        made[name] = QRectF(end - theme.px(size), box.top() + theme.px(3), theme.px(size), high)
        end -= theme.px(size + 4)
    return made


def _laid_out(box: QRectF) -> dict[str, QRectF]:
    room = box.width() / theme.scale() - _LEFT - _RIGHT
    wide = {**_WIDE, STATE: _STATE}
    for name in (*_GOES, ""):
        if room - sum(wide.values()) >= _LEAST:
            break
        if name:
            wide[name] = 0.0
        if wide[TAKEOVER] == 0.0:
            wide[STATE] = _SHORT_STATE
    if room - sum(wide.values()) < 130.0:
        wide.update({MESSAGE: 92.0, RANGE: 88.0, STATE: 54.0})
    rest = room - sum(wide.values())
    wide[PLAYS] = max(0.0, min(rest, _MOST))
    wide[STATE] += max(0.0, rest - _MOST)
    left, made = box.left() + theme.px(_LEFT), {}
    for name in ORDER:
        taken = wide[name] * theme.scale()
        gap = theme.scale() * (_GAP if name != RANGE else 2 * _GAP) if name != STATE else 0.0
        made[name] = QRectF(left, box.top(), max(0.0, taken - gap), box.height())
        left += taken
    return made


def column_at(boxes: dict[str, QRectF], x: float) -> str:
    """The column at a place across; empty beside them all."""
    return next((name for name in ORDER if boxes[name].width() and boxes[name].left() <= x <= boxes[name].right()), "")
