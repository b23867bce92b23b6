"""A model card in words: the same for the surface, the command line and other programs. Pure, any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latentjockey.models.card import UNDISCLOSED, ModelCard, Source, card_to_data
from latentjockey.models.credits import consent_text, learned_nothing
from latentjockey.models.library import Entry

UNREAD = "It is a checkpoint of another program, and is read when it is first played."
"""What can be told of one that was not."""

_HEADS = ("source", "maker", "licence", "consent", "pictures")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a card: a heading and its text."""

    heading: str
    text: str


def facts(entry: Entry, *, short: bool = False) -> tuple[str, ...]:
    """What can be told of a model in a few words each: size, classes, directions, size of its file, where it lies.
    In ``short`` the directions are left out."""
    told: list[str] = []
    if entry.spec is not None:
        spec = entry.spec
        wide, high = spec.size
        told.append("any size" if entry.path is None else f"{wide} px" if wide == high else f"{wide} × {high} px")
        told += [_count(len(spec.classes), "class", "classes")] if spec.classes else []
        told += [_count(spec.directions, "direction", "directions")] if spec.directions and not short else []
    if entry.bytes:
        told.append(bytes_text(entry.bytes))
    return (*told, entry.origin)


def passages(card: ModelCard) -> tuple[Passage, ...]:
    """The text of a card, part by part; the sources are a table of their own."""
    by = "" if card.author == UNDISCLOSED else f" by {card.author}"
    licence = "licence undisclosed" if card.licence == UNDISCLOSED else card.licence
    data = "undisclosed" if card.data == UNDISCLOSED else card.data
    parts = [Passage("model", f"{card.name}{by}, {licence}")]
    if learned_nothing(card):
        parts.append(Passage("learned from", f"nobody’s pictures. {data[:1].upper()}{data[1:]}"))
    else:
        told = [licence_of(card.data_licence), consent_text(card.consent)]
        parts.append(Passage("learned from", f"{data} ({'; '.join(told)})"))
    rest = (("about", card.note), ("training", card.training), ("what is weak", card.weak))
    return (*parts, *(Passage(heading, text) for heading, text in rest if text))


def source_rows(card: ModelCard) -> tuple[tuple[str, str, str, str, str], ...]:
    """The sources as rows of name, maker, licence, consent and number of pictures."""
    return tuple(_row(source) for source in card.sources)


def listing(entries: Sequence[Entry]) -> str:
    """Every model on a line, for a terminal."""
    rows = [(entry.name, entry.title, ", ".join(facts(entry)), _state(entry)) for entry in entries]
    return "\n".join(_table((("name", "title", "what", "data"), *rows)))


def plain_text(entry: Entry) -> str:
    """Everything as lines for a terminal."""
    lines = [entry.title, " · ".join(facts(entry)), f"name {entry.name}"]
    if entry.path is not None:
        lines.append(f"file {entry.source or entry.path}")
    if entry.trouble or entry.unread:
        return "\n".join([*lines, "", entry.trouble or UNREAD])
    if entry.spec is not None and entry.spec.classes:
        lines.append(f"classes {', '.join(entry.spec.classes)}")
    if entry.spec is not None and any(entry.spec.direction_labels):
        lines.append(f"directions {', '.join(label for label in entry.spec.direction_labels if label)}")
    for part in passages(entry.card):
        lines += ["", part.heading.upper(), part.text]
    if entry.card.sources:
        lines += ["", "SOURCES", *_table((_HEADS, *source_rows(entry.card)))]
        lines += [f"{source.name}: {source.url}" for source in entry.card.sources if source.url]
    return "\n".join(lines)


def as_json(entry: Entry) -> dict[str, object]:
    """Everything as plain data."""
    spec = entry.spec
    return {
        "name": entry.name,
        "title": entry.title,
        "origin": entry.origin,
        "path": None if entry.path is None else str(entry.source or entry.path),
        "bytes": entry.bytes,
        "trouble": entry.trouble,
        "unread": entry.unread,
        "size": None if spec is None else list(spec.size),
        "z_dim": None if spec is None else spec.z_dim,
        "classes": [] if spec is None else list(spec.classes),
        "directions": 0 if spec is None else spec.directions,
        "direction_labels": [] if spec is None else list(spec.direction_labels),
        "card": card_to_data(entry.card),
    }


def licence_of(licence: str) -> str:
    """A licence in words that stand alone."""
    return "licence undisclosed" if licence == UNDISCLOSED else licence


def bytes_text(count: int) -> str:
    """``5.2 MB``."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{max(count, 0) / 1e3:.1f} kB"


def _row(source: Source) -> tuple[str, str, str, str, str]:
    pictures = f"{source.images:,}" if source.images else "–"
    return source.name, source.author, source.licence, consent_text(source.consent), pictures


def _state(entry: Entry) -> str:
    """What stands where the card's few words would, while there is none."""
    return entry.trouble or ("not read yet" if entry.unread else entry.card.badge)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _table(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)).rstrip() for row in rows]
