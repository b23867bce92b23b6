"""From one layout to the next: what keeps its value, what wakes with the one it had, what sleeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.elements import Names, by_name
from latentjockey.control.holding import Run
from latentjockey.control.layout import Layout
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import RefusedError, coerce

Held = float | str | NDArray[np.float64]
"""A whole control's value: a number, a text, or the components of a VECTOR."""


def settle(
    layout: Layout, known: dict[str, Held], first: int = 0, names: Mapping[str, Names] = MappingProxyType({})
) -> tuple[NDArray[np.float64], dict[str, str]]:
    """The numbers float64 (layout.size,) and texts to begin an epoch with; those before the control ``first`` are left
    at their defaults.

    ``known`` holds values by address from earlier epochs; those that have a place are taken out of it, the others are
    left to sleep. ``names`` tells how the components of those that are named were called: they go by their names, and
    where none is known here the control begins at its default.
    """
    values = layout.defaults()
    texts = {spec.address: str(spec.default) for spec in layout.specs if spec.textual}
    for i, spec in enumerate(layout.specs[first:], first):
        kept = known.pop(spec.address, None)
        if spec.textual:
            if isinstance(kept, str):
                texts[spec.address] = kept
        elif spec.elements:
            known_as = names.get(spec.address, ())
            before = by_name(kept, known_as, spec.elements) if isinstance(kept, np.ndarray) else None
            if before is not None:
                _fit(spec, before, values[layout.offsets[i] : layout.offsets[i + 1]])
        elif kept is not None:
            _fit(spec, kept, values[layout.offsets[i] : layout.offsets[i + 1]])
    return values, texts


def moved(old: Layout, new: Layout) -> list[Run]:
    """Where the components lie, in both layouts, of the controls that are of one kind, and named alike, in both.

    Within an epoch all but the guests stay where they are: they are one run.
    """
    first = len(old.own) if old.epoch == new.epoch and old.own == new.own else 0
    before = {spec.address: (spec, old.offsets[i]) for i, spec in enumerate(old.specs[first:], first)}
    runs = [(0, 0, old.offsets[first])] if first else []
    for i, spec in enumerate(new.specs[first:], first):
        was, start = before.get(spec.address, (None, 0))
        if was is None or was.kind is not spec.kind or spec.textual or was.elements != spec.elements:
            continue
        runs.append((start, new.offsets[i], min(was.size, spec.size)))
    return runs


def _fit(spec: ControlSpec, kept: Held, run: NDArray[np.float64]) -> None:
    """Put as much of ``kept`` into ``run`` as there is room for, rounded and guarded as this control wants it. A text
    may be the name of a choice."""
    if isinstance(kept, str):
        if spec.kind is not Kind.CHOICE or kept not in spec.choices:
            return
        kept = float(spec.choices.index(kept))
    numbers = np.atleast_1d(np.float64(kept))[: run.size]
    if spec.kind is not Kind.TRIGGER:
        try:
            numbers = np.atleast_1d(np.float64(coerce(spec, numbers, run.size, _no_words)))
        except RefusedError:
            return  # a control that cannot hold the old value begins at its default
    run[: numbers.size] = numbers


def _no_words(text: str) -> int:
    raise RefusedError(f"{text[:40]!r} is no number")
