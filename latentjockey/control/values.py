"""From what arrives (numbers, words, lists) to the numbers a control holds. Pure; refusals are sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.spec import ControlSpec, Kind

Value = float | int | bool | str | Sequence[float] | NDArray[np.floating]

_WORDS = {"on": 1.0, "true": 1.0, "yes": 1.0, "off": 0.0, "false": 0.0, "no": 0.0}
_LARGEST_INT = float(2**53)


class RefusedError(ValueError):
    """A value that cannot enter; ``str()`` says why. ``not_finite`` marks NaN and Inf."""

    def __init__(self, why: str, *, not_finite: bool = False) -> None:
        super().__init__(why)
        self.not_finite = not_finite


def coerce(spec: ControlSpec, value: Value, width: int, seed_from: Callable[[str], int]) -> NDArray[np.float64] | float:
    """The number(s) to store for ``value``: one float, or float64 (k,) with k ≤ ``width`` for a VECTOR.

    Never clamps to the nominal range; applies the guard. Strings are accepted where they mean something: choices by
    name, on/off, numbers as text, and any text for a seed. Raises :class:`RefusedError`.
    """
    if spec.kind is Kind.VECTOR:
        return _vector(spec, value, width)
    if isinstance(value, str):
        return _guard(spec, _from_text(spec, value, seed_from))
    if isinstance(value, Sequence | np.ndarray):
        if len(value) != 1:
            raise RefusedError(f"{spec.address} takes one value, not {len(value)}")
        value = value[0]
    return _guard(spec, _finite(spec, float(value)))


def _vector(spec: ControlSpec, value: Value, width: int) -> NDArray[np.float64]:
    if isinstance(value, str):
        raise RefusedError(f"{spec.address} takes numbers, not the text {value[:40]!r}")
    try:
        numbers = np.atleast_1d(np.asarray(value, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise RefusedError(f"{spec.address} takes numbers") from error
    if not 0 < numbers.size <= width:
        raise RefusedError(f"{spec.address} takes 1 to {width} numbers here, not {numbers.size}")
    if not np.isfinite(numbers).all():
        raise RefusedError(f"{spec.address} got NaN or Inf, which is no position", not_finite=True)
    low, high = spec.guard
    return numbers if low is None and high is None else np.clip(numbers, low, high)


def _from_text(spec: ControlSpec, text: str, seed_from: Callable[[str], int]) -> float:
    if spec.kind is Kind.CHOICE and text in spec.choices:
        return float(spec.choices.index(text))
    if spec.kind is Kind.BOOL and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        number = float(text)
    except ValueError:
        if spec.kind is Kind.INT and spec.unit == "seed":
            return float(seed_from(text))
        if spec.kind is Kind.CHOICE:
            raise RefusedError(f"{spec.address} knows {', '.join(spec.choices)}, not {text[:40]!r}") from None
        raise RefusedError(f"{spec.address} takes a number, not the text {text[:40]!r}") from None
    return _finite(spec, number)


def _finite(spec: ControlSpec, number: float) -> float:
    if not math.isfinite(number):
        raise RefusedError(f"{spec.address} got {number}, which is no position", not_finite=True)
    return number


def _guard(spec: ControlSpec, number: float) -> float:
    if spec.kind is Kind.BOOL:
        return 1.0 if number else 0.0
    if spec.kind in (Kind.INT, Kind.CHOICE):
        number = float(round(max(-_LARGEST_INT, min(_LARGEST_INT, number))))
    return spec.guarded(number)
