"""Values as JSON data and back, to the bit, with bounds on everything a stranger could write. Pure, any thread."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.presets.preset import Kept

LARGEST_TEXT = 4096
MOST_NUMBERS = 4 * 1024 * 1024
MOST_VALUES = 100_000
SHORT = 16


class BadError(Exception):
    """Why a file cannot be used; becomes the end of a sentence."""


def values_to_data(values: Mapping[str, Kept]) -> dict[str, object]:
    """Values by address as JSON data; also one line of the journal. Raises ValueError for NaN or Inf."""
    return {address: _value_to_data(address, value) for address, value in values.items()}


def _value_to_data(address: str, value: Kept) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return finite(value, address)
    vector = np.ascontiguousarray(value, dtype=np.float64)
    if not np.isfinite(vector).all():
        raise ValueError(f"{address} holds NaN or Inf")
    if vector.size <= SHORT:
        return [float(x) for x in vector]
    if len(np.unique(vector.view(np.int64))) == 1:  # by bits, for 0 and -0 are equal
        return {"fill": float(vector[0]), "of": vector.size}
    # Most positions are float32 (seeds, OSC, the engine); the others are kept whole rather than rounded.
    with np.errstate(over="ignore"):
        single = vector.astype("<f4")
    if (single.astype(np.float64) == vector).all():
        return {"f32": to_base64(single)}
    return {"f64": to_base64(vector.astype("<f8"))}


def to_base64(numbers: NDArray[Any]) -> str:
    """The array's bytes as they lie in memory."""
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def finite(number: float, what: str) -> float:
    """``number``. Raises ValueError for NaN and Inf."""
    if not math.isfinite(number):
        raise ValueError(f"{what} holds NaN or Inf")
    return float(number)


def clean(text: str) -> str:
    """Text as UTF-8 can hold it: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


# -- reading --------------------------------------------------------------------------------------------------------


def decode_values(data: object) -> dict[str, Kept]:
    """Values by address from JSON data; the inverse of ``values_to_data``. Raises StageError."""
    try:
        return values_from(data)
    except BadError as error:
        raise StageError(f"These values cannot be used: {error}.") from error


def values_from(data: object) -> dict[str, Kept]:
    """As :func:`decode_values`, but raises BadError."""
    items = object_from(data, "values")
    if len(items) > MOST_VALUES:
        raise BadError(f"it has more than {MOST_VALUES} values")
    left = MOST_NUMBERS
    values: dict[str, Kept] = {}
    for address, value in items.items():
        values[address] = kept = _value(address, value, left)
        left -= kept.size if isinstance(kept, np.ndarray) else 0
    return values


def _value(address: str, value: object, room: int) -> Kept:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text_from(value, quoted(address))
    if isinstance(value, int | float):
        number = number_from(value, address)
        return value if isinstance(value, int) and abs(value) <= 2**53 else number
    if isinstance(value, list):
        if not value or len(value) > room:
            raise BadError(f"{quoted(address)} has no numbers, or too many")
        return _sealed(np.array([number_from(x, address) for x in value], dtype=np.float64))
    if isinstance(value, dict):
        return _vector(address, value, room)
    raise BadError(f"{quoted(address)} holds neither a number nor a text nor a vector")


def _vector(address: str, value: dict[str, Any], room: int) -> NDArray[np.float64]:
    if value.keys() == {"fill", "of"}:
        count = value["of"]
        if type(count) is not int or not 0 < count <= room:
            raise BadError(f"{quoted(address)} has no numbers, or too many")
        return _sealed(np.full(count, number_from(value["fill"], address)))
    if len(value) != 1 or not value.keys() <= {"f32", "f64"}:
        raise BadError(f"{quoted(address)} holds a kind of value that this version does not know")
    (kind, text) = next(iter(value.items()))
    numbers = from_base64(address, text, "<f4" if kind == "f32" else "<f8", room)
    return _sealed(numbers.astype(np.float64))


def from_base64(address: str, text: object, dtype: str, room: int) -> NDArray[Any]:
    """1 to ``room`` finite numbers, flat. Raises BadError."""
    try:
        raw = base64.b64decode(text if isinstance(text, str) else "!", validate=True)
        numbers = np.frombuffer(raw, dtype=dtype)
    except (ValueError, binascii.Error) as error:
        raise BadError(f"the numbers of {quoted(address)} are damaged") from error
    if not 0 < numbers.size <= room:
        raise BadError(f"{quoted(address)} has no numbers, or too many")
    if not np.isfinite(numbers).all():
        raise BadError(f"{quoted(address)} holds NaN or Infinity, which is no position")
    return numbers


def _sealed(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    vector.setflags(write=False)
    return vector


def number_from(value: object, address: str) -> float:
    """A finite number. Raises BadError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadError(f"{quoted(address)} holds something else than numbers")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadError(f"{quoted(address)} holds a number that is too large")
    return number


def object_from(value: object, what: str) -> dict[str, Any]:
    """A JSON object. Raises BadError."""
    if not isinstance(value, dict):
        raise BadError(f"{what} is not an object")
    return value


def text_from(value: object, what: str) -> str:
    """A text of bounded length. Raises BadError."""
    if not isinstance(value, str):
        raise BadError(f"{what} is not a text")
    if len(value) > LARGEST_TEXT:
        raise BadError(f"{what} is longer than {LARGEST_TEXT} characters")
    return value


def quoted(address: str) -> str:
    """An address as a sentence may hold it, whoever wrote it."""
    return address if len(address) <= 80 and address.isprintable() else ascii(address[:60]) + "…"
