"""A model card in words: the same for the surface, the command line and other programs. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from latentjockey.control.prompts import prompt_address
from latentjockey.models.album import NOTHING, Note
from latentjockey.models.card import UNDISCLOSED, ModelCard, Source, card_to_data
from latentjockey.models.clip_spec import FAMILY as CLIP
from latentjockey.models.clip_spec import seconds as clip_seconds
from latentjockey.models.credits import consent_text, learned_nothing
from latentjockey.models.library import Entry
from latentjockey.models.spec import ModelSpec

UNREAD = "It is a checkpoint of another program, and is read when it is first played."
"""What can be told of one that was not."""

_HEADS = ("source", "maker", "licence", "consent", "pictures")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a card: a heading and its text."""

    heading: str
    text: str


def facts(entry: Entry) -> tuple[str, ...]:
    """What can be told of a model in a few words each: size, classes, directions, size of its file, where it lies."""
    told: list[str] = []
    if entry.spec is not None:
        spec = entry.spec
        told.append(size_text(entry))
        told += [f"{clip_seconds(spec):.1f} s"] if entry.family == CLIP else []
        told += [kinds_text(spec)] if spec.classes else []
        told += [_count(spec.directions, "direction", "directions")] if spec.directions else []
    if entry.bytes:
        told.append(bytes_text(entry.bytes))
    return (*told, entry.origin)


def size_text(entry: Entry) -> str:
    """``256 px``, or ``any size`` for what is built in; empty while it is not known."""
    if entry.spec is None:
        return ""
    wide, high = entry.spec.size
    return "any size" if entry.path is None else f"{wide} px" if wide == high else f"{wide} × {high} px"


def spaces(entry: Entry) -> tuple[str, ...]:
    """The latent spaces that can be played, in the field's terms: z and how wide it is, w where there is a mapping, how
    many layers hear a latent of their own, classes and directions."""
    spec = entry.spec
    if spec is None:
        return ()
    if entry.family == CLIP:
        return (f"{clip_seconds(spec):.1f} s of film",)
    told = [f"z {spec.z_dim}"]
    if spec.mix == "lerp":
        told += [f"w {spec.w_dim}", f"w+ {spec.num_ws} × {spec.w_dim}"]
    else:
        told.append(f"{spec.num_ws} layers")
    told += [kinds_text(spec)] if spec.classes else []
    return (*told, *([_count(spec.directions, "direction", "directions")] if spec.directions else []))


def prompted(spec: ModelSpec) -> bool:
    """Whether what a model is asked for are prompts, which a player writes."""
    return any(control.address == prompt_address(0) for control in spec.controls)


def kinds_text(spec: ModelSpec) -> str:
    """``10 classes``, ``8 prompts``."""
    return _count(len(spec.classes), *(("prompt", "prompts") if prompted(spec) else ("class", "classes")))


def speed_text(note: Note) -> str:
    """``14 ms``: a frame's time when it last played here; empty where that is not known."""
    return "" if note.ms <= 0.0 else f"{note.ms:.1f} ms" if note.ms < 10.0 else f"{note.ms:.0f} ms"


def measured(note: Note) -> str:
    """The same with what it was measured on."""
    told = speed_text(note)
    return told and f"{told} a frame of {note.width} × {note.height} px, on {note.device or 'this machine'}"


def sought(entry: Entry, words: str) -> bool:
    """Whether every one of ``words`` occurs in the name, title, family, provenance or whereabouts of a model."""
    card = entry.card
    told = (entry.name, entry.title, entry.family, card.provenance, card.author, entry.origin, state_word(entry))
    text = " ".join((*told, *(source.name for source in card.sources))).casefold()
    return all(word in text for word in words.casefold().split())


def state_word(entry: Entry) -> str:
    """What stands in the place of the badge where there is no card yet, or never will be; empty where there is one."""
    if entry.untrusted:
        return "not trusted yet"
    if entry.renders:
        return "renders clips"
    return "cannot be played" if entry.trouble else "not read yet" if entry.unread else ""


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
    rest = (("clip", card.made), ("about", card.note), ("training", card.training), ("what is weak", card.weak))
    return (*parts, *(Passage(heading, text) for heading, text in rest if text))


def source_rows(card: ModelCard) -> tuple[tuple[str, str, str, str, str], ...]:
    """The sources as rows of name, maker, licence, consent and number of pictures."""
    return tuple(_row(source) for source in card.sources)


def listing(entries: Sequence[Entry], notes: Mapping[str, Note]) -> str:
    """Every model on a line, for a terminal; ``notes`` by name, of those that played here."""
    rows = [_line(entry, notes.get(entry.name, NOTHING)) for entry in entries]
    return "\n".join(_table((("name", "family", "size", "latent spaces", "a frame", "file", "data"), *rows)))


def _line(entry: Entry, note: Note) -> tuple[str, ...]:
    if entry.renders:
        return (entry.name, entry.family, "", "", "", bytes_text(entry.bytes), state_word(entry))
    if entry.trouble:
        return (entry.name, "", "", "", "", bytes_text(entry.bytes), entry.trouble)
    file = bytes_text(entry.bytes) if entry.bytes else entry.origin
    rest = (", ".join(spaces(entry)), speed_text(note), file, state_word(entry) or badge_text(entry.card))
    return (entry.name, entry.family, size_text(entry), *rest)


def badge_text(card: ModelCard) -> str:
    """The badge with the provenance in it, where it does not stand there anyway."""
    return card.badge if card.provenance in card.badge else f"{card.provenance} · {card.badge}"


def plain_text(entry: Entry, note: Note = NOTHING) -> str:
    """Everything as lines for a terminal."""
    lines = [entry.title, " · ".join(facts(entry)), f"name {entry.name}"]
    if entry.place is not None:
        lines.append(f"file {entry.place}")
    if entry.trouble or entry.unread:
        return "\n".join([*lines, "", entry.trouble or UNREAD])
    lines += [f"family {entry.family}"] if entry.family else []
    lines += [f"latent spaces {', '.join(spaces(entry))}", f"data {badge_text(entry.card)}"]
    lines.append(f"speed {measured(note) or 'not measured here yet'}")
    if entry.spec is not None and entry.spec.classes and not prompted(entry.spec):
        lines.append(f"classes {', '.join(entry.spec.classes)}")
    if entry.spec is not None and any(entry.spec.direction_labels):
        lines.append(f"directions {', '.join(label for label in entry.spec.direction_labels if label)}")
    for part in passages(entry.card):
        lines += ["", part.heading.upper(), part.text]
    if entry.card.sources:
        lines += ["", "SOURCES", *_table((_HEADS, *source_rows(entry.card)))]
        lines += [f"{source.name}: {source.url}" for source in entry.card.sources if source.url]
    return "\n".join(lines)


def as_json(entry: Entry, note: Note = NOTHING) -> dict[str, object]:
    """Everything as plain data."""
    spec = entry.spec
    return {
        "name": entry.name,
        "title": entry.title,
        "origin": entry.origin,
        "family": entry.family,
        "path": None if entry.place is None else str(entry.place),
        "bytes": entry.bytes,
        "trouble": entry.trouble,
        "unread": entry.unread,
        "size": None if spec is None else list(spec.size),
        "z_dim": None if spec is None else spec.z_dim,
        "w_dim": None if spec is None or spec.mix != "lerp" else spec.w_dim,
        "layers": None if spec is None else spec.num_ws,
        "classes": [] if spec is None else list(spec.classes),
        "directions": 0 if spec is None else spec.directions,
        "direction_labels": [] if spec is None else list(spec.direction_labels),
        "provenance": "" if spec is None else entry.card.provenance,
        "played": note.played or None,
        "speed": {"ms": note.ms, "device": note.device, "size": [note.width, note.height]} if note.ms > 0.0 else None,
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


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _table(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)).rstrip() for row in rows]
