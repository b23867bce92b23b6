"""The fresh start: places to begin with, where nobody asked for anything else. Data; any thread.

Whole places of the built-in network were chosen by eye at its default controls, bright and dark, calm and busy, so that
the first minute has somewhere to go. For other models they are seeds like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from latentjockey.control.layout import Layout
from latentjockey.control.values import Value
from latentjockey.navigation.seeds import z_from_seed

PLACES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"a": (17, 71, 80, 113, 57, 64, 98, 108), "b": (84, 11, 36, 115, 125, 104, 62, 94)}
)
"""The seeds of each deck's cues, the first of which it begins at."""

_WANDER, _SPREAD = 0.06, 0.35


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
            if many:  # each cue another class, the first of them the deck's own
                writes.append((f"{at}/cue/{n}/class", np.eye(1, many, (first + n - 1) % many)[0]))
    return [
        *writes,
        ("/mix/crossfade", 0.0),
        ("/deck/a/drift/spread", _SPREAD),
        ("/deck/a/drift/speed", _WANDER),
        ("/deck/a/drift/since", t),  # the walk leaves from z now
    ]
