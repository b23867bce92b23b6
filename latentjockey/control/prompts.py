"""Classes that a model is asked for in words, its prompts: what they are called, and where their texts stand. Pure, any
thread.

A text-to-image model has :data:`PROMPTS` classes, called ``prompt 1`` and so on; how much of each is heard is its
weight in ``/deck/a/class``, and its text is the model's own control ``/gen/prompt/1``. Both decks share the texts of
one model and have weights of their own.
"""

from __future__ import annotations

from latentjockey.control.layout import Layout
from latentjockey.control.names import own_address

PROMPTS = 8
NEGATIVE = "/gen/negative"
"""The text that a model is led away from."""


def prompt_name(index: int) -> str:
    """What the class behind prompt ``index``, from 0, is called."""
    return f"prompt {index + 1}"


def prompt_address(index: int) -> str:
    """Where the text of prompt ``index``, from 0, stands."""
    return f"/gen/prompt/{index + 1}"


def texts_of(layout: Layout, deck: str) -> tuple[str, ...]:
    """The addresses of the texts of a deck's classes, one for each class; none where its classes are no prompts."""
    target = layout.resolve(f"/deck/{deck}/class")
    if target is None:
        return ()
    names = layout.specs[target.index].elements
    if names != tuple(prompt_name(index) for index in range(len(names))):
        return ()
    texts = tuple(_own(layout, prompt_address(index), deck) for index in range(len(names)))
    return texts if all(text in layout.own_texts for text in texts) else ()


def negative_of(layout: Layout, deck: str) -> str:
    """The address of what a deck's model is led away from; empty where it has no such text."""
    address = _own(layout, NEGATIVE, deck)
    return address if texts_of(layout, deck) and address in layout.own_texts else ""


def _own(layout: Layout, address: str, deck: str) -> str:
    """Where a deck's model has its own control."""
    return own_address(address, layout.own_deck(deck))
