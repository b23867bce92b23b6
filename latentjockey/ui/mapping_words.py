"""What the mappings table says, and how a range is typed into it. Pure text, no Qt."""

from __future__ import annotations

import math
import re

from latentjockey.control.names import DECKS, on_deck
from latentjockey.control.spec import Kind
from latentjockey.mapping.apply import Controls, ends_of
from latentjockey.mapping.rows import Row, RowState
from latentjockey.mapping.table import Mode
from latentjockey.ui import wording

SHORT = {RowState.LIVE: "live", RowState.WAITING: "waits", RowState.ASLEEP: "asleep", RowState.CONFLICT: "conflict"}
_RANGED = (Kind.FLOAT, Kind.INT, Kind.VECTOR)
_BETWEEN = re.compile(r"\s*(?:…|\.\.+|\bto\b|;)\s*|\s+")
_EXAMPLE = "type two numbers, such as -2 … 3, or nothing for the nominal range"


def range_text(row: Row, controls: Controls) -> str:
    """The ends of a row's travel, in full digits where typed and of the day where not; empty where there is none."""
    address = next((a for a in _meanings(row) if controls.layout.resolve(a) is not None), "")
    if not address or controls.layout.spec(address).kind not in _RANGED:
        return ""
    return wording.range_text(*ends_of(row.binding, controls.range(address)))


def has_range(row: Row, controls: Controls) -> bool:
    """Whether a range means anything to what the row plays, or will when it wakes."""
    found = [a for a in _meanings(row) if controls.layout.resolve(a) is not None]
    return not found or controls.layout.spec(found[0]).kind in _RANGED


def is_typed(row: Row) -> bool:
    """Whether the row has ends of its own."""
    return row.binding.lo is not None or row.binding.hi is not None


def typed_range(row: Row) -> str:
    """What stands in the line when the range is about to be typed."""
    ends = ["" if end is None else f"{end:.10g}" for end in (row.binding.lo, row.binding.hi)]
    return " … ".join(ends) if any(ends) else ""


def parse_range(text: str) -> tuple[float | None, float | None]:
    """The ends that somebody typed: ``-2 … 3``, ``-2 3``, ``… 3``, or nothing at all. Raises ValueError in words."""
    plain = text.strip().replace("−", "-")
    if not plain:
        return None, None
    parts = _BETWEEN.split(plain)
    if len(parts) != 2:
        raise ValueError(_EXAMPLE)
    lo, hi = (_number(part) for part in parts)
    return lo, hi


def _number(part: str) -> float | None:
    if not part:
        return None
    try:
        number = float(part.replace(",", ".", 1))
    except ValueError as error:
        raise ValueError(_EXAMPLE) from error
    if not math.isfinite(number):
        raise ValueError("a range ends at finite numbers")
    return number


def how_text(row: Row, controls: Controls) -> str:
    """How the message plays the control, in a word or two."""
    mode = row.binding.natural_mode
    kinds = {controls.layout.spec(a).kind for a in _meanings(row) if controls.layout.resolve(a) is not None}
    if mode is Mode.TRIGGER or kinds & {Kind.TRIGGER, Kind.COMMAND, Kind.TEXT}:
        return "presses"
    if mode is Mode.TOGGLE:
        return "toggles"
    if mode is Mode.MOMENTARY:
        return "while down"
    if can_pick_up(row):
        return "picks up" if row.binding.picks_up else "jumps"
    return "follows"


def can_pick_up(row: Row) -> bool:
    """Whether there is a choice between picking up and jumping."""
    return row.binding.picks_up or row.binding.takeover is not None


def state_text(row: Row, *, short: bool) -> str:
    """The state in words, with the reason where there is room."""
    if short or not row.why or row.state is RowState.WAITING:
        return SHORT[row.state] if short else str(row.state)
    return f"{row.state}: {row.why}"


def decks_of(row: Row) -> str:
    """The letters of the decks that the row may play; empty for what is no deck's."""
    return "".join(d for d in DECKS if f"/deck/{d}/" in f"{on_deck(row.binding.address, d)}/")


def _meanings(row: Row) -> list[str]:
    return [on_deck(row.binding.address, deck) for deck in DECKS]
