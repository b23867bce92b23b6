"""What a picture was asked for, and what its model learned from, in words. Pure, any thread.

``asked for +0.61 Lorelei −0.40 Pixel Art · learned from: Lorelei by …``: two statements beside each other, and no
bridge between them. Of a model that is asked in words they are the prompts as the player wrote them, quoted:
``asked for +0.61 ‘moss’ −0.40 ‘fire’``. A weight asked for is not a share of influence: every picture that a model
gives was shaped by all that it learned from, and nobody can say by how much. So no source is left out because its class
was not asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.names import BANDS, COMING_IN, DECKS, INPUTS
from latentjockey.control.prompts import texts_of
from latentjockey.control.snapshot import Snapshot
from latentjockey.models.card import NO_DATA, UNDISCLOSED, ModelCard, Source
from latentjockey.models.lora_file import MOST_LORAS, lora_address
from latentjockey.navigation.state import class_weights

MINUS = "\u2212"
LEAST = 0.005
"""Weights nearer to zero are left out: they would be written as 0.00."""
LARGE = 1.0
"""σ; steps along a direction from which one line names it. Smaller ones would come and go with every hand."""
_SHORT_CLASSES = 4
_SHORT_DIRECTIONS = 2
_SHORT_SOURCES = 2
_LONGEST_WORDS = 120
_LONGEST_PROMPT = 36
"""In one line; where there is room prompts have as much of it as all words."""
_EMPTY = "an empty prompt"

DISCLAIMER = "A weight asked for is not a share of influence: all that the model learned from shaped the picture."
"""Said wherever there is room for it."""

_CONSENT = {
    "own": "the maker’s own",
    "asked": "asked and agreed",
    UNDISCLOSED: "consent undisclosed",
    "withdrawn": "consent withdrawn",
}

_INPUTS = ("", "a picture", "a film", "a camera", "the picture before", "an NDI source")

Weighted = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the classes with a weight other than zero, and the steps along named directions, in σ; the
    strongest first. ``sorts`` is false for models that know no classes: there one asks for a place. ``kind`` is what
    its classes are: classes, or prompts. ``begun`` is what came in that the picture began with; empty for nothing.
    ``loras`` are the LoRA files that are heard, by how much."""

    classes: tuple[Weighted, ...] = ()
    directions: tuple[Weighted, ...] = ()
    sorts: bool = False
    kind: str = "class"
    begun: str = ""
    loras: tuple[Weighted, ...] = ()


def asked(snapshot: Snapshot, t: float) -> Asked:
    """What is asked for at ``t`` on the picture that ``snapshot`` describes, on its way where a deck glides.

    Weights of both decks are combined as the mixer combines what they lead to: ``(1 - x) a + x b``, where ``x`` is the
    crossfade plus the mean of the three band offsets, at any value. (With even travel the mixer bends the crossfade on
    its way; reach, equaliser and break change what becomes of the weights. None of that is asked for by name, and none
    of it is counted here.)
    """
    offsets = [snapshot.number(f"/mix/offset/{band}") for band in BANDS]
    between = snapshot.number("/mix/crossfade") + sum(offsets) / len(BANDS)
    sorts = [_prompts(snapshot, deck) or _called(snapshot, deck, "class") for deck in DECKS]
    steps = [_called(snapshot, deck, "dir") for deck in DECKS]
    weights = [class_weights(snapshot, deck, t) if names else None for deck, names in zip(DECKS, sorts, strict=True)]
    along = [snapshot.vector(f"/deck/{deck}/dir") if any(n) else None for deck, n in zip(DECKS, steps, strict=True)]
    prompts = all(texts_of(snapshot.layout, deck) or not names for deck, names in zip(DECKS, sorts, strict=True))
    return Asked(
        weighted(*_heard(sorts, weights, between)),
        weighted(*_heard(steps, along, between)),
        any(map(bool, sorts)),
        "prompt" if prompts and any(sorts) else "class",
        _begun(snapshot),
        _loras(snapshot),
    )


def _loras(snapshot: Snapshot) -> tuple[Weighted, ...]:
    """The LoRA files that are heard beside the models, with their weights, the strongest first."""
    names: list[str] = []
    weights: list[float] = []
    for place in ("", *(f"/deck/{deck}" for deck in DECKS)):
        for index in range(MOST_LORAS):
            target = snapshot.layout.resolve(f"{place}{lora_address(index)}")
            if target is None:
                break
            spec = snapshot.layout.specs[target.index]
            names.append(spec.label)
            weights.append(snapshot.number(spec.address))
    return weighted(names, weights)


def _begun(snapshot: Snapshot) -> str:
    """What a picture begins with that comes in and is heard, in words; its name is the player's own affair."""
    if not snapshot.texts.get("/input/state", "").startswith(COMING_IN):
        return ""
    return dict(zip(INPUTS, _INPUTS, strict=True))[INPUTS[int(snapshot.number("/input/source")) % len(INPUTS)]]


def mixed(ends: Sequence[NDArray[np.float64]], between: float) -> NDArray[np.float64]:
    """Where two vectors (n,) meet at ``between``: float64 (n,), empty without two."""
    if len(ends) != 2:
        return np.zeros(0)
    with np.errstate(over="ignore", invalid="ignore"):
        met: NDArray[np.float64] = (1.0 - between) * ends[0] + between * ends[1]
    return met


def _heard(
    names: Sequence[tuple[str, ...]], ends: Sequence[NDArray[np.float64] | None], between: float
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """What both decks name, and how much of it: mixed where both name the same, else each deck's own by its share."""
    a, b = (np.zeros(0) if end is None else end for end in ends)
    if names[0] == names[1]:
        return names[0], mixed((a, b), between)
    none = np.zeros_like
    own = mixed((a, none(a)), between), mixed((none(b), b), between)
    return (*names[0][: a.size], *names[1][: b.size]), np.concatenate(own)


def _prompts(snapshot: Snapshot, deck: str) -> tuple[str, ...]:
    """What a deck's prompts say, quoted; none where its classes are no prompts."""
    return tuple(quoted(snapshot.text(address)) for address in texts_of(snapshot.layout, deck))


def quoted(text: str, longest: int = _LONGEST_WORDS - 2) -> str:
    """A player's words between quotation marks, on one line and no longer than ``longest`` letters."""
    plain = _line(text)
    if not plain:
        return _EMPTY
    return f"‘{plain if len(plain) <= longest else plain[: longest - 1].rstrip() + '…'}’"


def _called(snapshot: Snapshot, deck: str, what: str) -> tuple[str, ...]:
    """The names in a vector of a deck; none where there is no such vector."""
    target = snapshot.layout.resolve(f"/deck/{deck}/{what}")
    return () if target is None else snapshot.layout.specs[target.index].called


def weighted(names: Sequence[str], weights: Iterable[float]) -> tuple[Weighted, ...]:
    """Names with their weights, strongest first; what has no name, no number or next to no weight is left out."""
    pairs = [
        (_line(name), float(weight))
        for name, weight in zip(names, weights, strict=False)
        if name and math.isfinite(weight) and abs(weight) >= LEAST
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair[1])))


# -- in words ---------------------------------------------------------------------------------------------------------


def credit_line(asked_for: Asked, card: ModelCard) -> str:
    """Everything in one line: the most of what was asked for, and the first sources."""
    large = tuple((name, step) for name, step in asked_for.directions if abs(step) >= LARGE)
    classes = tuple((_shortened(name), weight) for name, weight in asked_for.classes)
    shown = replace(asked_for, classes=classes, directions=large[:_SHORT_DIRECTIONS])
    return f"{_asked_of(shown, card, _SHORT_CLASSES)} · {learned_text(card, _SHORT_SOURCES)}"


def credit_text(asked_for: Asked, card: ModelCard) -> str:
    """Everything in full: each weight, each source with its maker, licence and consent, and what is not claimed."""
    told = f"{_asked_of(asked_for, card)} · {learned_text(card)}."
    return f"{told} {DISCLAIMER}" if asked_for.sorts and not learned_nothing(card) else told


def _asked_of(asked_for: Asked, card: ModelCard, most: int | None = None) -> str:
    """What was asked for, and of a clip what it was made of: nobody asks that for a place."""
    made = f"plays a clip {_line(card.made)}" if card.made else ""
    alone = made and not (asked_for.sorts or asked_for.directions or asked_for.loras)
    return made if alone else ", and ".join(filter(None, (asked_text(asked_for, most), made)))


def asked_text(asked_for: Asked, most: int | None = None) -> str:
    """``asked for +0.61 Lorelei −0.40 Pixel Art``; at most ``most`` classes or prompts are written out."""
    if asked_for.classes:
        words = f"asked for {_weights(asked_for.classes, most)}"
    else:
        words = f"asked for no {asked_for.kind}" if asked_for.sorts else "asked for a place"
    more = [f"{name} {weight_text(step)} σ" for name, step in asked_for.directions]
    more += [f"LoRA {name} {weight_text(weight)}" for name, weight in asked_for.loras]
    words = f"{words}, with {', '.join(more)}" if more else words
    return f"{words}, begun with {asked_for.begun}" if asked_for.begun else words


def learned_text(card: ModelCard, most: int | None = None) -> str:
    """``learned from: …``; at most ``most`` sources are written out, and the rest are counted."""
    if learned_nothing(card):
        return "learned from: nobody’s pictures"
    if not card.sources:
        return f"learned from: {_data(card)}"
    shown = [source_text(source) for source in card.sources[:most]]
    left = len(card.sources) - len(shown)
    return f"learned from: {'; '.join(shown)}{f'; and {left} more' if left else ''}"


def learned_nothing(card: ModelCard) -> bool:
    """Whether the model never saw a picture."""
    return card.data_licence == NO_DATA and not card.sources


def source_text(source: Source) -> str:
    """``Lorelei by Lisa Wischofsky (CC0 1.0; licensed, not asked)``."""
    by = "an undisclosed maker" if source.author == UNDISCLOSED else _line(source.author)
    licence = "licence undisclosed" if source.licence == UNDISCLOSED else _line(source.licence)
    return f"{_line(source.name)} by {by} ({licence}; {consent_text(source.consent)})"


def consent_text(consent: str) -> str:
    """What the makers said, in words that stand alone."""
    return _CONSENT.get(consent, _line(consent))


def weight_text(weight: float) -> str:
    """``+0.61``, ``−0.40``: always with its sign, rounded to hundredths; far out to three figures."""
    size = abs(weight)
    number = f"{size:.2f}" if size < 1e4 else f"{size:,.0f}" if size < 1e9 else f"{size:.2e}".replace("e+", "e")
    return f"{MINUS if weight < 0 else '+'}{number}"


def _shortened(name: str) -> str:
    """A quoted prompt as a line has room for it; every other name as it is."""
    prompt = len(name) > 1 and name[0] == "‘" and name[-1] == "’"
    return quoted(name[1:-1], _LONGEST_PROMPT) if prompt else name


def _weights(pairs: Sequence[Weighted], most: int | None) -> str:
    shown = " ".join(f"{weight_text(weight)} {name}" for name, weight in pairs[:most])
    left = 0 if most is None else len(pairs) - most
    return f"{shown} and {left} more" if left > 0 else shown


def _data(card: ModelCard) -> str:
    """The data of a card that names no sources one by one."""
    told = [] if card.data == UNDISCLOSED else [_line(card.data)]
    details = [
        "licence undisclosed" if card.data_licence == UNDISCLOSED else _line(card.data_licence),
        consent_text(card.consent),
    ]
    return f"{''.join(told) or 'pictures that are not disclosed'} ({'; '.join(details)})"


def _line(text: str) -> str:
    """A stranger's words on one line, and not without end."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= _LONGEST_WORDS else f"{plain[: _LONGEST_WORDS - 1]}…"
