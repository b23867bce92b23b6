"""The mappings as a table for people: one row a binding in use, with what it does now and why not. Pure data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace

from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS, EIGHT, on_deck
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.table import NOTHING, MidiBinding, why_asleep


class RowState(enum.StrEnum):
    """LIVE plays. WAITING is a knob that has to meet its control first. ASLEEP has no control to play. CONFLICT plays,
    but shares its message."""

    LIVE = "live"
    WAITING = "waiting for pickup"
    ASLEEP = "asleep"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Row:
    """One binding of one device. ``own`` marks those of the player's own map; ``hand`` is the word of the eight knobs
    or empty; ``why`` explains a state that is not LIVE; ``stands`` is the value at which a knob stands that waits."""

    device: str
    binding: MidiBinding
    own: bool
    hand: str
    state: RowState
    why: str = ""
    plugged: bool = True
    stands: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device. ``behind`` is the name of the map behind what was learnt, ``suits`` that of the map for its name, and
    ``chosen`` says that somebody chose; ``learnt`` is how many bindings are the player's, ``changed`` whether there is
    anything of the player's at all. ``banks``, ``bank`` and ``shift`` are its pages and the one of now."""

    name: str
    plugged: bool
    behind: str
    suits: str
    chosen: bool
    learnt: int
    changed: bool
    banks: tuple[str, ...] = ()
    bank: str = ""
    shift: bool = False


def hand_word(address: str) -> str:
    """What the hand reads on the knob that plays ``address``; empty for what is none of the eight.

    ``wander`` follows the focus, ``wander A`` is one deck's.
    """
    for word, pattern in EIGHT:
        if address == pattern:
            return word
        deck = next((d for d in DECKS if address == on_deck(pattern, d)), None)
        if deck is not None:
            return f"{word} {deck.upper()}"
    return ""


def rows(device: str, plugged: bool, layers: Layers, layout: Layout) -> tuple[Row, ...]:
    """The table of one device, as if no knob waited: what is only the player's first, all else as in the map behind."""
    found = [c for m in (layers.back, layers.front) for c in m.conflicts()]
    clashes = {c.second: c.why for c in found if NOTHING not in (c.first.address, c.second.address)}
    made: list[Row] = []
    place = {(b.claims, b.address): i for i, b in reversed(list(enumerate(layers.back.bindings)))}
    for binding in sorted(layers.bindings, key=lambda b: place.get((b.claims, b.address), -1)):
        own = binding in layers.own
        asleep = why_asleep(binding, layout, layers.banks)
        if asleep:
            state, why = RowState.ASLEEP, asleep
        elif binding in clashes:
            state, why = RowState.CONFLICT, clashes[binding]
        else:
            state, why = RowState.LIVE, ""
        made.append(Row(device, binding, own, hand_word(binding.address), state, why, plugged))
    return tuple(made)


def with_waiting(made: tuple[Row, ...], waiting: Mapping[MidiBinding, float]) -> tuple[Row, ...]:
    """The table with those bindings marked whose knob waits, each with the value at which the knob stands."""
    if not waiting:
        return made
    why = "turn the knob to where the control stands"
    return tuple(
        replace(row, state=RowState.WAITING, why=why, stands=waiting[row.binding]) if row.binding in waiting else row
        for row in made
    )
