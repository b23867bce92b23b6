"""From what arrives (numbers, words, lists) to the numbers a control holds. Pure; refusals are sentences.

What arrives comes from the network, so anything at all may stand where a value is expected: each function here gives a
value or raises :class:`RefusedError`, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.spec import ControlSpec, Kind

Value = float | int | bool | str | Sequence[float] | NDArray[np.floating]

LONGEST_TEXT = 4096

_WORDS = {"on": 1.0, "true": 1.0, "yes": 1.0, "off": 0.0, "false": 0.0, "no": 0.0}
_LARGEST_INT = float(2**53)
_CONTINUOUS = (Kind.FLOAT, Kind.VECTOR)
Real = int | float | np.integer | np.floating | np.bool_


class RefusedError(ValueError):
    """A value that cannot enter; ``str()`` says why. ``not_finite`` marks NaN and Inf."""

    def __init__(self, why: str, *, not_finite: bool = False) -> None:
        super().__init__(why)
        self.not_finite = not_finite


def coerce(spec: ControlSpec, value: Value, width: int, seed_from: Callable[[str], int]) -> NDArray[np.float64] | float:
    """The number(s) to store for ``value``: one float, or for a VECTOR also a new float64 (k,) with 1 ≤ k ≤ ``width``.

    Never clamps to the nominal range; applies the guard. INT and CHOICE round, half to even, and stop at ±2⁵³, beyond
    which a float64 cannot tell whole numbers apart. Strings are accepted where they mean something: choices by name,
    on/off, numbers as text, and any text for a seed. Raises :class:`RefusedError`.
    """
    if type(value) is float and spec.kind in _CONTINUOUS and math.isfinite(value):
        return spec.guarded(value)
    if spec.kind is Kind.VECTOR:
        return _vector(spec, value, width)
    item = _single(spec, value)
    number = _from_text(spec, item, seed_from) if isinstance(item, str) else _finite(spec, item)
    return _guard(spec, number)


def pressed(spec: ControlSpec, value: Value) -> bool:
    """Whether a TRIGGER's message presses: no argument, any text, a true one or a number other than 0.

    Raises :class:`RefusedError`.
    """
    row = _row(spec, value)
    items = [value] if row is None else row
    presses = [isinstance(item, str) or _finite(spec, item) != 0 for item in items]
    return not presses or any(presses)


def as_text(spec: ControlSpec, value: Value) -> str:
    """The string for a TEXT or COMMAND; whole numbers are written without a point. Raises :class:`RefusedError`."""
    item = _single(spec, value)
    if isinstance(item, str):
        if len(item) > LONGEST_TEXT:
            raise RefusedError(f"{spec.address} takes up to {LONGEST_TEXT} characters, not {len(item)}")
        return item
    number = _finite(spec, item)
    return str(int(number)) if number.is_integer() and abs(number) <= _LARGEST_INT else f"{number:g}"


def _single(spec: ControlSpec, value: Value) -> Real | str:
    """The one value, also out of a list of one."""
    row = _row(spec, value)
    if row is not None and len(row) != 1:
        raise RefusedError(f"{spec.address} takes one value, not {len(row)}")
    item = value if row is None else row[0]
    if isinstance(item, str | Real):
        return item
    raise RefusedError(f"{spec.address} takes {'text' if spec.textual else 'a number'}")


def _row(spec: ControlSpec, value: object) -> Sequence[object] | None:
    """``value`` if it is a list or an array of values; None if it is a value itself, or nothing we know."""
    if isinstance(value, np.ndarray):
        if value.ndim > 1:
            raise RefusedError(f"{spec.address} takes numbers in one row")
        row: list[object] = np.atleast_1d(value).tolist()
        return row
    return (
        value if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview) else None
    )


def _vector(spec: ControlSpec, value: Value, width: int) -> NDArray[np.float64]:
    if isinstance(value, str):
        raise RefusedError(f"{spec.address} takes numbers, not the text {value[:40]!r}")
    if isinstance(value, bytes | bytearray | memoryview):
        raise RefusedError(f"{spec.address} takes numbers, not raw bytes")
    count = value.size if isinstance(value, np.ndarray) else len(value) if isinstance(value, Sequence) else 1
    if not 0 < count <= width:
        raise RefusedError(f"{spec.address} takes 1 to {width} numbers here, not {count}")
    numbers = _numbers(spec, value)
    if numbers.size > width:
        raise RefusedError(f"{spec.address} takes 1 to {width} numbers here, not {numbers.size}")
    if not np.isfinite(numbers).all():
        raise RefusedError(f"{spec.address} got NaN or Inf, which is no position", not_finite=True)
    low, high = spec.guard
    return numbers if low is None and high is None else np.clip(numbers, low, high)


def _numbers(spec: ControlSpec, value: object) -> NDArray[np.float64]:
    """A new flat float64 array: the caller may go on using its own."""
    try:
        found = np.array(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise RefusedError(f"{spec.address} takes numbers in one row") from error
    if found.ndim > 1:
        raise RefusedError(f"{spec.address} takes numbers in one row")
    if found.dtype.kind in "biuf":
        return np.atleast_1d(found).astype(np.float64, copy=False)
    return np.array([_finite(spec, item) for item in np.atleast_1d(found).tolist()], dtype=np.float64)


def _from_text(spec: ControlSpec, text: str, seed_from: Callable[[str], int]) -> float:
    if spec.kind is Kind.CHOICE and text in spec.choices:
        return float(spec.choices.index(text))
    if spec.kind is Kind.BOOL and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    number: float | None
    try:
        number = float(text)
    except ValueError:
        number = None
    if spec.kind is Kind.INT and spec.unit == "seed" and (number is None or not abs(number) <= _LARGEST_INT):
        return float(seed_from(text))  # "nan" and "infinity" are words like any other
    if number is not None:
        return _finite(spec, number)
    if spec.kind is Kind.CHOICE:
        raise RefusedError(f"{spec.address} knows {', '.join(spec.choices)}, not {text[:40]!r}")
    raise RefusedError(f"{spec.address} takes a number, not the text {text[:40]!r}")


def _finite(spec: ControlSpec, value: object) -> float:
    if not isinstance(value, Real):
        raise RefusedError(f"{spec.address} takes a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise RefusedError(f"{spec.address} got a whole number beyond what 64 bits of float can hold") from error
    if not math.isfinite(number):
        raise RefusedError(f"{spec.address} got {number}, which is no position", not_finite=True)
    return number


def _guard(spec: ControlSpec, number: float) -> float:
    if spec.kind is Kind.BOOL:
        return 1.0 if number else 0.0
    if spec.kind in (Kind.INT, Kind.CHOICE):
        number = float(round(max(-_LARGEST_INT, min(_LARGEST_INT, number))))
    return spec.guarded(number)
