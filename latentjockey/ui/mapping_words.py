"""What the mappings table says. Pure text, no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from latentjockey.control.names import DECKS, FOCUSED, on_deck
from latentjockey.control.spec import Kind
from latentjockey.mapping import page
from latentjockey.mapping.apply import Controls, ends_of
from latentjockey.mapping.rows import Row, RowState
from latentjockey.mapping.table import Mode, Takeover
from latentjockey.ui import mapping_cells, wording

SHORT = {RowState.LIVE: "live", RowState.WAITING: "waits", RowState.ASLEEP: "asleep", RowState.CONFLICT: "conflict"}
_PAGES = {page.NEXT: "next bank", page.PREVIOUS: "previous bank", page.SHIFT: "shift"}
_RANGED = (Kind.FLOAT, Kind.INT, Kind.VECTOR)


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


def mode_text(row: Row, controls: Controls) -> str:
    """What the message does to the control, in a word or two."""
    kinds = {controls.layout.spec(a).kind for a in _meanings(row) if controls.layout.resolve(a) is not None}
    if kinds & {Kind.TRIGGER, Kind.COMMAND, Kind.TEXT} or row.binding.address.startswith(page.BANK):
        return mapping_cells.MODES[Mode.TRIGGER]
    mode = row.binding.natural_mode
    if row.binding.address == page.SHIFT and mode is not Mode.TOGGLE:
        mode = Mode.MOMENTARY
    return mapping_cells.MODES[mode]


def takeover_text(row: Row) -> str:
    """What its knob does when it stands elsewhere; empty for what has no place."""
    return mapping_cells.TAKEOVERS[row.binding.takeover or Takeover.PICKUP] if row.binding.is_knob else ""


def bank_text(row: Row, banks: Sequence[str]) -> str:
    """The bank it plays in; ``every`` where its device has several."""
    return row.binding.bank or ("every" if banks else "")


def shift_text(row: Row) -> str:
    """When it plays with regard to shift; empty for always."""
    return "" if row.binding.shift is None else "with" if row.binding.shift else "without"


def label(row: Row, controls: Controls) -> str:
    """What people call what the row plays: the hand's word or the control's own."""
    address = row.binding.address
    if page.turns_page(address):
        return _PAGES.get(address) or f"bank {address.removeprefix(page.BANK)}"
    if row.hand:
        return row.hand
    found = next((a for a in _meanings(row) if controls.layout.resolve(a) is not None), "")
    return controls.layout.element(found) or controls.layout.spec(found).label if found else ""


def address_text(row: Row) -> str:
    """The address, with the focused deck said in words."""
    return row.binding.address.replace(f"/deck/{FOCUSED}/", "focused deck /")


def sought(row: Row, controls: Controls) -> str:
    """All that one may look for in a row, in small letters."""
    parts = (row.device, row.binding.words(), label(row, controls), row.binding.address, address_text(row))
    return " ".join((*parts, str(row.state), row.why, row.binding.bank or "")).casefold()


def state_text(row: Row, *, short: bool) -> str:
    """The state in words, with the reason where there is room."""
    if short or (not row.why and row.stands is None):
        return SHORT[row.state] if short else str(row.state)
    if row.stands is not None:
        return f"waits at {wording.number_text(row.stands)}"
    return f"{row.state}: {row.why}"


def decks_of(row: Row) -> str:
    """The letters of the decks that the row may play; empty for what is no deck's."""
    return "".join(d for d in DECKS if f"/deck/{d}/" in f"{on_deck(row.binding.address, d)}/")


def _meanings(row: Row) -> list[str]:
    return [on_deck(row.binding.address, deck) for deck in DECKS]


def tip(row: Row) -> str:
    """What a row says when the mouse rests on it."""
    lines = [
        f"<b>{row.binding.address}</b>",
        f"{row.binding.words()} of {row.device}",
        f"{row.state}{': ' + row.why if row.why else ''}",
        "yours" if row.own else "came with the program",
    ]
    return "<br>".join(lines)
