"""Model cards: whose pictures a model learned from, under which licence, with what consent. Pure, any thread.

Cards are read from files of strangers: everything in them is bounded, of one kind each, and text only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

UNDISCLOSED = "undisclosed"
NO_DATA = "no data"
"""The licence of the data of a model that never saw a picture."""

WITHDRAWN = "withdrawn"

LICENSED = "licensed, not asked"

CONSENTS = ("own", "asked", LICENSED, UNDISCLOSED, WITHDRAWN)
"""What the makers of the pictures said: our own work; asked and agreed; openly licensed, which is a permission and no
wish; not told; agreed once and no longer."""

OPEN, PERMISSIVE, NON_COMMERCIAL = "open", "permissive", "non-commercial"
PROVENANCES = (OPEN, PERMISSIVE, NON_COMMERCIAL, UNDISCLOSED, WITHDRAWN)
"""Everything is told, and the pictures were the maker's own, or their makers agreed, or there were none; everything is
told, and some are openly licensed, their makers not asked; a licence excludes commerce; something is not told; somebody
agreed once and no longer."""

LARGEST_CARD = 256 * 1024
"""Characters of a card in all."""
MOST_SOURCES = 1000
_LONGEST = 16 * 1024


class CardError(ValueError):
    """Why a card cannot be used; ``str()`` is the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """One body of pictures that a model learned from: ``consent`` is one of :data:`CONSENTS`, ``images`` how many of
    the pictures it saw were of this source (0: not told, or drawn anew without end)."""

    name: str
    author: str = UNDISCLOSED
    licence: str = UNDISCLOSED
    consent: str = UNDISCLOSED
    url: str = ""
    images: int = 0

    @property
    def told(self) -> bool:
        """Whether author, licence and consent are all told."""
        return UNDISCLOSED not in (self.author, self.licence, self.consent)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Shown by the player and carried by everything exported. What is not known says so: ``undisclosed``.

    ``data``, ``data_licence`` and ``consent`` are said of all the data in a few words; ``sources`` name each body of
    pictures. ``training`` is how it was trained (steps, images seen, machine, time), ``weak`` what it does badly.
    ``made`` is said of a clip: what it was made of.
    """

    name: str
    author: str = UNDISCLOSED
    licence: str = UNDISCLOSED
    data: str = UNDISCLOSED
    data_licence: str = UNDISCLOSED
    consent: str = UNDISCLOSED
    note: str = ""
    sources: tuple[Source, ...] = ()
    training: str = ""
    weak: str = ""
    made: str = ""

    @property
    def open(self) -> bool:
        """Whether data, its licence and consent are all told, of every source too, and no consent was withdrawn."""
        told = UNDISCLOSED not in (self.data, self.data_licence, self.consent) and all(s.told for s in self.sources)
        return told and not self.withdrawn

    @property
    def withdrawn(self) -> bool:
        """Whether it learned from somebody who no longer agrees."""
        return WITHDRAWN in (self.consent, *(source.consent for source in self.sources))

    @property
    def provenance(self) -> str:
        """Where it comes from in a word, one of :data:`PROVENANCES`; the first that fits, from the last of them on."""
        if self.withdrawn:
            return WITHDRAWN
        if not self.open:
            return UNDISCLOSED
        if any(map(_not_for_sale, (self.licence, self.data_licence, *(source.licence for source in self.sources)))):
            return NON_COMMERCIAL
        asked = LICENSED not in (self.consent, *(source.consent for source in self.sources))
        return OPEN if asked else PERMISSIVE

    @property
    def badge(self) -> str:
        """A few words for beside the model's name."""
        match self.provenance:
            case "withdrawn" | "undisclosed" as word:
                return f"consent {word}"
            case "open":
                return self.data_licence
            case word:
                return f"{word} · {self.data_licence}"


_CARD_TEXTS = tuple(f.name for f in fields(ModelCard) if f.name != "sources")
_SOURCE_TEXTS = tuple(f.name for f in fields(Source) if f.name != "images")
CARD_FIELDS = frozenset(f.name for f in fields(ModelCard))
"""The names of all fields."""


def card_to_data(card: ModelCard) -> dict[str, object]:
    """The card as plain dicts, lists, numbers and texts; texts hold what UTF-8 can hold."""
    data: dict[str, object] = {key: _clean(getattr(card, key)) for key in _CARD_TEXTS}
    data["sources"] = [_source_to_data(source) for source in card.sources]
    return data


def card_from_data(data: object, name: str = "") -> ModelCard:
    """The card in plain data; ``name`` is taken where it names no model. Keys that are not known are passed over.

    What is left empty is not told. Raises CardError for anything of another kind or without bounds.
    """
    if not isinstance(data, Mapping):
        raise CardError("the card is no table of fields")
    sources = data.get("sources", [])
    if not isinstance(sources, list | tuple):
        raise CardError("the card's sources are no list")
    if len(sources) > MOST_SOURCES:
        raise CardError(f"the card names more than {MOST_SOURCES} sources")
    texts = {key: text for key in _CARD_TEXTS if key in data and (text := _text(data[key], f"card {key}"))}
    made = tuple(_source_from_data(source, i) for i, source in enumerate(sources, 1))
    if sum(map(len, texts.values())) + sum(len(getattr(s, key)) for s in made for key in _SOURCE_TEXTS) > LARGEST_CARD:
        raise CardError(f"the card is longer than {LARGEST_CARD // 1024} KiB")
    return ModelCard(**{"name": name, **texts}, sources=made)


def card_to_json(card: ModelCard, *, pretty: bool = False) -> str:
    """The card as JSON text."""
    return json.dumps(card_to_data(card), ensure_ascii=False, indent=2 if pretty else None)


def card_from_json(text: str | bytes, name: str = "") -> ModelCard:
    """The card in JSON. Raises CardError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CardError("the card is no JSON") from error
    return card_from_data(data, name)


def _source_to_data(source: Source) -> dict[str, object]:
    return {**{key: _clean(getattr(source, key)) for key in _SOURCE_TEXTS}, "images": source.images}


def _source_from_data(data: object, number: int) -> Source:
    what = f"source {number} of the card"
    if not isinstance(data, Mapping):
        raise CardError(f"{what} is no table of fields")
    texts = {key: text for key in _SOURCE_TEXTS if key in data and (text := _text(data[key], f"{what}, {key},"))}
    if not texts.get("name"):
        raise CardError(f"{what} has no name")
    return Source(**texts, images=_count(data.get("images", 0), what))


def _not_for_sale(licence: str) -> bool:
    """Whether a licence allows no commerce, as far as its usual names tell."""
    words = re.split(r"[^a-z]+", licence.lower())
    return "nc" in words or "noncommercial" in words or ("non" in words and "commercial" in words)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise CardError(f"{what} is no text")
    if len(value) > _LONGEST:
        raise CardError(f"{what} is longer than {_LONGEST} characters")
    return _clean(value)


def _count(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CardError(f"{what} does not say how many pictures it has")
    if not 0 <= value <= 2**53:
        raise CardError(f"{what} has an impossible number of pictures")
    return int(value)


def _clean(text: str) -> str:
    """What no file can hold becomes a question mark, and what would command a terminal a space."""
    held = text.encode("utf-8", "replace").decode("utf-8")
    return held if held.isprintable() else "".join(c if c.isprintable() or c == "\n" else " " for c in held)
