"""What a control shows beside its value: a waiting hardware knob, modulation, a loop, being learnt. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

LoopMark = tuple[float, float, bool]
"""A movement that loops: its phase 0..1, its length in beats, and whether it is being recorded now."""

Swing = tuple[float, float]
"""The lowest and the highest effective value of late."""

_FORGET = 0.012


def _no_number(address: str) -> float | None:
    return None


def _none_within(address: str) -> Mapping[int, float]:
    return {}


def _no_loop(address: str) -> LoopMark | None:
    return None


def _nobody() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the marks come from; each is asked about 15 times a second for every control in sight, so it must be cheap.

    ``waiting`` is where the hardware knob of an address stands that has not yet met the value (soft takeover);
    ``effective`` is the value after modulation, where there is any, ``within`` that of a VECTOR's components by index;
    ``loop`` tells of a looping movement; ``awaited`` is the beat that a press of an address waits for; ``armed`` is the
    address that is being learnt, empty for none. All are called on the GUI thread and raise nothing.
    """

    waiting: Callable[[str], float | None] = _no_number
    effective: Callable[[str], float | None] = _no_number
    within: Callable[[str], Mapping[int, float]] = _none_within
    loop: Callable[[str], LoopMark | None] = _no_loop
    awaited: Callable[[str], float | None] = _no_number
    armed: Callable[[], str] = _nobody


def swung(swing: Swing | None, value: float) -> Swing:
    """The swing after one more ``value``: wider at once, narrower slowly, so that a moving value leaves its range."""
    if swing is None:
        return value, value
    low, high = swing
    # weighted ends: the difference of two finite numbers may be infinite
    low = (1 - _FORGET) * low + _FORGET * value
    high = (1 - _FORGET) * high + _FORGET * value
    return min(low, value), max(high, value)
