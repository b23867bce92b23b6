"""Which lines the list of shortcuts has, and what stands on each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.ui.help_text import has_words
from latentjockey.ui.shortcuts import ShortcutMap

MOST_KEYS = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A key to click: of an action, its ``place``-th; without a ``key`` it is where the next one would go.

    ``taken_by`` is what the other action that gets this key does, if there is one.
    """

    action: str
    place: int
    key: str
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """``group`` alone is a heading; otherwise ``text`` with its keys."""

    group: str = ""
    text: str = ""
    slots: tuple[Slot, ...] = ()
    changed: bool = False


def lines(shortcuts: ShortcutMap, words: str = "") -> list[Line]:
    """The list, with only the lines that have the words (see :func:`has_words`). A family, such as the eight cues, is
    one line with one key each."""
    made: list[Line] = []
    group = ""
    seen: set[str] = set()
    for shortcut in shortcuts.shortcuts:
        if shortcut.family and shortcut.family in seen:
            continue
        seen.add(shortcut.family)
        line = _line(shortcuts, shortcut.action)
        keys = " ".join(slot.key for slot in line.slots)
        if not has_words(f"{shortcut.group} {line.text} {keys}", words):
            continue
        if shortcut.group != group:
            group = shortcut.group
            made.append(Line(group))
        made.append(line)
    return made


def _line(shortcuts: ShortcutMap, action: str) -> Line:
    shortcut = shortcuts.shortcut(action)
    if not shortcut.family:
        return Line("", shortcut.help, _slots(shortcuts, action), shortcuts.changed(action))
    family = [s for s in shortcuts.shortcuts if s.family == shortcut.family]
    slots = tuple(_slots(shortcuts, s.action)[0] for s in family)
    text = f"{shortcut.family} 1–{len(family)}"
    return Line("", text, slots, any(shortcuts.changed(s.action) for s in family))


def _slots(shortcuts: ShortcutMap, action: str) -> tuple[Slot, ...]:
    keys = shortcuts.keys(action)
    slots = [Slot(action, place, key, _winner(shortcuts, action, key)) for place, key in enumerate(keys)]
    if len(keys) < MOST_KEYS:
        slots.append(Slot(action, len(keys), ""))
    return tuple(slots)


def _winner(shortcuts: ShortcutMap, action: str, key: str) -> str:
    winner = shortcuts.loses(action, key)
    return "" if winner is None else shortcuts.shortcut(winner).help


def with_key(shortcuts: ShortcutMap, slot: Slot, key: str) -> None:
    """Put ``key`` into a slot; an empty one clears it."""
    keys = list(shortcuts.keys(slot.action))
    if slot.place < len(keys):
        keys[slot.place] = key
    else:
        keys.append(key)
    shortcuts.give(slot.action, keys)
