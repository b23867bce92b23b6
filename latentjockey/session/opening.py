"""The fresh start: places to begin with, where nobody asked for anything else. Data; any thread.

Of a model with classes the cues of deck A are a class each, and those of deck B what lies between and beyond them.

Whole places of the built-in network were chosen by eye at its default controls, bright and dark, calm and busy, so that
the first minute has somewhere to go. For other models they are seeds like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout
from latentjockey.control.values import Value
from latentjockey.navigation.seeds import z_from_seed

PLACES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"a": (17, 71, 80, 113, 57, 64, 98, 108), "b": (84, 11, 36, 115, 125, 104, 62, 94)}
)
"""The seeds of each deck's cues, the first of which it begins at."""

_WANDER, _SPREAD = 0.06, 0.35

_ALONE = (1.0,)
_MIXTURES: Mapping[str, tuple[tuple[float, ...], ...]] = MappingProxyType(
    {
        "a": (_ALONE,) * 8,
        "b": (_ALONE, *((0.6, 0.4),) * 3, (0.4, 0.3, 0.3), (0.5, 0.5), (1.3, -0.3), (1.7, -0.7)),
    }
)
"""How much each cue of a deck asks for of a class, and of those that follow it."""


def opening(layout: Layout, t: float) -> list[tuple[str, Value]]:
    """What a fresh start writes at ``t``: both decks at a place of their own, eight cues each, deck A wandering."""
    writes: list[tuple[str, Value]] = []
    for deck, seeds in PLACES.items():
        at = f"/deck/{deck}"
        size = layout.spec(f"{at}/z").size
        writes.append((f"{at}/seed", seeds[0]))  # fills z
        many = layout.width(f"{at}/class")
        first = int(np.argmax(layout.spec(f"{at}/class").default)) if many else 0
        for n, seed in enumerate(seeds, start=1):
            writes += [(f"{at}/cue/{n}/z", z_from_seed(seed, size)), (f"{at}/cue/{n}/filled", True)]
            if many:  # each cue begins with another class, the first of them with the deck's own
                writes.append((f"{at}/cue/{n}/class", _mixture(_MIXTURES[deck][n - 1], first + n - 1, many)))
    return [
        *writes,
        ("/mix/crossfade", 0.0),
        ("/deck/a/drift/spread", _SPREAD),
        ("/deck/a/drift/speed", _WANDER),
        ("/deck/a/drift/since", t),  # the walk leaves from z now
    ]


def _mixture(parts: tuple[float, ...], first: int, many: int) -> NDArray[np.float64]:
    """The weights (many,) of a class and those after it, round and round."""
    weights = np.zeros(many)
    for index, part in enumerate(parts, start=first):
        weights[index % many] += part
    return weights
