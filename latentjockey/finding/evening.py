"""How visible ways become dials: which show, in what order, and how far a turn of 1 goes. Pure numpy; any thread.

What is seen to change grows with a step, the less the farther it goes: about as a power of it. From what was seen of
two lengths follows the length at which as much is seen as of all others.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from latentjockey.navigation.arrays import F64

Flags: TypeAlias = NDArray[np.bool_]

LONGEST, SHORTEST = 4.0, 0.25
"""A turn of 1 is so many σ at most and at least: what hardly shows is not driven to where the network knows nothing,
and changes less than others; what shows at once changes more."""
DEAD = 0.25
"""A way that changes less than this share of what a random way of the same length does is dead."""
_FLATTEST, _STEEPEST = 0.25, 1.25
_NOTHING = 1e-6


def alive(effects: F64, random: float) -> Flags:
    """Which of the ways show: (k,) changes by a step of some length, and what a random way changes by one as long."""
    return np.asarray(effects > max(DEAD * random, _NOTHING), np.bool_)


def target(effects: F64, lives: Flags) -> float:
    """The change that a turn of 1 is to make along each: what it makes along the middle one of those that live."""
    return float(np.median(effects[lives])) if lives.any() else 0.0


def power(shorter: F64, longer: F64, factor: F64 | float) -> F64:
    """How changes (k,) grow with the length of a step: the exponent of its power, from those of steps of which the
    second is ``factor`` times as long. 1 where nothing can be told."""
    ratio = np.asarray(factor, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(longer / shorter) / np.log(ratio)
    told = (shorter > _NOTHING) & (longer > _NOTHING) & (np.abs(np.log(ratio)) > 0.1)
    return np.clip(np.where(told & np.isfinite(found), found, 1.0), _FLATTEST, _STEEPEST)


def lengths(now: F64, effects: F64, wanted: float, powers: F64) -> F64:
    """How long steps (k,) have to be, in σ, so that ``wanted`` is seen of each, when ``effects`` is seen of those as
    long as ``now``; within what a dial may be. Without anything seen they stay."""
    seen = effects > _NOTHING
    if wanted <= _NOTHING:
        return now
    grown = now * (wanted / np.where(seen, effects, 1.0)) ** (1.0 / powers)
    return np.clip(np.where(seen, grown, LONGEST), SHORTEST, LONGEST)
