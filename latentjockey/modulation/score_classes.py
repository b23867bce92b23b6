"""Which classes the ghost performer asks for: a function of a seed, a deck and the beat alone. Pure; any thread.

Time is cut into chords of eight bars. A chord is led by one class, and every class leads once in each turn; beside it
stand the class that led before and the one that leads next, so that two chords often share something. It sounds for
three bars and then turns slowly into the next. Weights add up to 1, where training knew them; now and then one class
goes beyond 1 and another as much below 0.
"""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random

from latentjockey.modulation.gesture import BAR, blended, eased
from latentjockey.modulation.score import lots

CHORD = 8
"""Bars from one chord to the next."""

FARTHEST = 1.7
"""The largest weight that is ever asked for; the smallest is as far below 0 as this is above 1."""

_STAYS = 3
_PAIR, _THREE, _BEYOND = 0.45, 0.20, 0.15

Weights = dict[int, float]


def class_levels(seed: int, deck: str, beat: float, many: int) -> Weights:
    """The weight of each class by its index at ``beat``, out of ``many``; those that are not in it are at 0."""
    bars = beat / BAR
    n = math.floor(bars / CHORD)
    here, there = chord(seed, deck, n, many), chord(seed, deck, n + 1, many)
    x = eased((bars - n * CHORD - _STAYS) / (CHORD - _STAYS))
    return {index: blended(here.get(index, 0.0), there.get(index, 0.0), x) for index in sorted({*here, *there})}


def chord(seed: int, deck: str, n: int, many: int) -> Weights:
    """The weights of chord ``n``: of one class, two or three, and 1 in sum."""
    kind, much, *_ = lots(seed, f"{deck} chord", n)
    before, leads, after = (_leads(seed, deck, k, many) for k in (n - 1, n, n + 1))
    if kind < _PAIR:
        share = 0.25 + 0.25 * much
        parts = [(leads, 1.0 - share), (after, share)]
    elif kind < _PAIR + _THREE:
        parts = [(leads, 0.5), (before, 0.3 - 0.1 * much), (after, 0.2 + 0.1 * much)]
    elif kind < _PAIR + _THREE + _BEYOND:
        over = (FARTHEST - 1.0) * (0.5 + 0.5 * much)
        parts = [(leads, 1.0 + over), (before, -over)]
    else:
        parts = [(leads, 1.0)]
    weights: Weights = {}
    for index, part in parts:
        weights[index] = weights.get(index, 0.0) + part
    return weights


def _leads(seed: int, deck: str, n: int, many: int) -> int:
    return _order(seed, deck, n // many, many)[n % many]


@lru_cache(maxsize=16)
def _order(seed: int, deck: str, turn: int, many: int) -> tuple[int, ...]:
    """Who leads in a turn that every class has its chord in."""
    random = Random(f"{seed} {deck} order {turn}")
    drawn = [random.random() for _ in range(many)]
    return tuple(sorted(range(many), key=drawn.__getitem__))
