"""Two models at once, one on each deck: what they are called together, and what is known of them. Pure, any thread.

A pair is a model like any other, called ``a+b``: what loads, plays, is fallen back to, kept in presets and told in
``/model`` is one name, so that nothing that deals with models needs to know of pairs but for what draws them and what
offers their controls (``docs/adr/0017-a-pair-is-a-model.md``).
"""

from __future__ import annotations

from dataclasses import replace

from latentjockey.control.names import DECKS
from latentjockey.models.card import NO_DATA, UNDISCLOSED, WITHDRAWN, ModelCard, Source
from latentjockey.models.spec import ModelSpec

JOINT = "+"
"""Between the names of two models. It is in the name of none (:func:`latentjockey.models.library.slug`)."""


def parts(name: str) -> tuple[str, str]:
    """The models on deck A and on deck B: twice the same where it is one model."""
    a, _, b = (one.strip() for one in name.partition(JOINT))
    return a or b, b or a


def part(name: str, deck: str) -> str:
    """The model on one deck."""
    return parts(name)[DECKS.index(deck)]


def joined(a: str, b: str) -> str:
    """What the models on deck A and on deck B are called together; one name where one is empty or both are one."""
    a, b = a.strip(), b.strip()
    return a or b if not a or not b or a == b else f"{a}{JOINT}{b}"


def pair(a: ModelSpec, b: ModelSpec) -> ModelSpec:
    """The model that shows ``a`` on deck A and ``b`` on deck B, as large as the larger of the two. What a spec says of
    one network is that of ``a``; who asks for a deck asks :meth:`ModelSpec.of`."""
    larger = max(a.size, b.size, key=lambda size: size[0] * size[1])
    return replace(
        a, name=joined(a.name, b.name), card=cards(a.card, b.card), size=larger, file=None, pair=(a, b),
        begins=a.begins or b.begins,
    )  # fmt: skip


def cards(a: ModelCard, b: ModelCard) -> ModelCard:
    """One card of two models. What one of them does not disclose is not disclosed, and a consent that was withdrawn
    from one is withdrawn."""
    return ModelCard(
        name=f"{a.name} + {b.name}",
        author=_both(a.author, b.author),
        licence=_both(a.licence, b.licence),
        data=_told(f"{a.name}: {a.data}; {b.name}: {b.data}", a.data, b.data),
        data_licence=_both(*_learned(a, b, "data_licence")),
        consent=_both(*_learned(a, b, "consent")),
        note=" ".join(text for text in (a.note, b.note) if text),
        sources=(*_sources(a), *_sources(b)),
        training="; ".join(f"{card.name}: {card.training}" for card in (a, b) if card.training),
        weak="; ".join(f"{card.name}: {card.weak}" for card in (a, b) if card.weak),
        made=", and one ".join(dict.fromkeys(card.made for card in (a, b) if card.made)),
    )


def _learned(a: ModelCard, b: ModelCard, field: str) -> tuple[str, str]:
    """What both say in a field that concerns data, but for who never saw any."""
    said = [getattr(card, field) for card in (a, b) if card.data_licence != NO_DATA]
    said = said or [getattr(a, field)]
    return said[0], said[-1]


def _both(a: str, b: str) -> str:
    return a if a == b else _told(f"{a}; {b}", a, b)


def _told(text: str, *parts: str) -> str:
    return next((word for word in (WITHDRAWN, UNDISCLOSED) if word in parts), text)


def _sources(card: ModelCard) -> tuple[Source, ...]:
    """Its sources; all its data as one where it does not name them; none where there are none."""
    if card.sources or card.data_licence == NO_DATA:
        return card.sources
    return (Source(card.name, card.author, card.data_licence, card.consent),)
