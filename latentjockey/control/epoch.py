"""From one layout to the next: what keeps its value, what wakes with the one it had, what sleeps. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.holding import Run
from latentjockey.control.layout import Layout
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import RefusedError, coerce

Held = float | str | NDArray[np.float64]
"""A whole control's value: a number, a text, or the components of a VECTOR."""


def settle(layout: Layout, known: dict[str, Held], first: int = 0) -> tuple[NDArray[np.float64], dict[str, str]]:
    """The numbers float64 (layout.size,) and texts to begin an epoch with; those before the control ``first`` are left
    at their defaults.

    ``known`` holds values by address from earlier epochs; those that have a place are taken out of it, the others are
    left to sleep.
    """
    values = layout.defaults()
    texts = {spec.address: str(spec.default) for spec in layout.specs if spec.textual}
    for i, spec in enumerate(layout.specs[first:], first):
        kept = known.pop(spec.address, None)
        if spec.textual:
            if isinstance(kept, str):
                texts[spec.address] = kept
        elif kept is not None:
            _fit(spec, kept, values[layout.offsets[i] : layout.offsets[i + 1]])
    return values, texts


def moved(old: Layout, new: Layout) -> list[Run]:
    """Where the components lie, in both layouts, of the controls that are of one kind in both.

    Within an epoch all but the guests stay where they are: they are one run.
    """
    first = len(old.own) if old.epoch == new.epoch and old.own == new.own else 0
    before = {spec.address: (spec.kind, old.offsets[i], spec.size) for i, spec in enumerate(old.specs[first:], first)}
    runs = [(0, 0, old.offsets[first])] if first else []
    for i, spec in enumerate(new.specs[first:], first):
        kind, start, size = before.get(spec.address, (None, 0, 0))
        if kind is spec.kind and not spec.textual:
            runs.append((start, new.offsets[i], min(size, spec.size)))
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
