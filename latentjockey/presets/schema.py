"""Presets as JSON and back, exactly: ``docs/presets.md`` describes the format. Pure, any thread.

Files are met as if a stranger wrote them: size, depth and the numbers in vectors are bounded, NaN and Inf are refused
by address, nothing is executed, and every failure is one sentence (StageError).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import ModelCard
from latentjockey.presets.preset import Kept, Preset, Range, Resolved

FORMAT = "latentjockey-preset"
VERSION = 1
LARGEST_FILE = 32 * 1024 * 1024
LARGEST_TEXT = 4096
MOST_NUMBERS = 4 * 1024 * 1024
MOST_VALUES = 100_000
DEEPEST = 32
SHORT = 16
_FARTHEST_TIME = 1e9

_TOP = ("format", "version", "name", "model", "card", "saved_at", "values", "ranges", "resolved")
_CARD = tuple(f.name for f in fields(ModelCard))
_RESOLVED = ("time", "shape", "position", "effective")


class _BadError(Exception):
    """Why a file cannot be used; becomes the end of a sentence."""


# -- writing --------------------------------------------------------------------------------------------------------


def encode(preset: Preset, *, pretty: bool = True) -> bytes:
    """The preset as UTF-8 JSON. Raises ValueError for NaN or Inf, which only a bug of ours could put there."""
    data = msgspec.json.encode(to_data(preset))
    return msgspec.json.format(data, indent=2) + b"\n" if pretty else data


def to_data(preset: Preset) -> dict[str, object]:
    """The preset as plain dicts, lists, numbers and strings. Raises ValueError for NaN or Inf."""
    card: dict[str, object] = {key: _clean(text) for key, text in asdict(preset.card).items()}
    data: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "name": _clean(preset.name),
        "model": _clean(preset.model),
        "card": card,
        "saved_at": _finite(preset.saved_at, "saved_at"),
        "values": values_to_data(preset.values),
        "ranges": {a: [_finite(lo, a), _finite(hi, a)] for a, (lo, hi) in preset.ranges.items()},
    }
    if preset.resolved is not None:
        shown = preset.resolved
        data["resolved"] = {
            "time": _finite(shown.time, "time"),
            "shape": list(shown.position.shape),
            "position": _base64(np.ascontiguousarray(shown.position, dtype="<f4")),
            "effective": {a: _finite(x, a) for a, x in shown.effective.items()},
        }
    for path, value in preset.extra.items():
        place: Any = data
        for key in path[:-1]:
            place = place.get(key)
        if place is not None:  # a still's position may have been taken off since
            place[path[-1]] = value
    return data


def values_to_data(values: Mapping[str, Kept]) -> dict[str, object]:
    """Values by address as JSON data; also one line of the journal. Raises ValueError for NaN or Inf."""
    return {address: _value_to_data(address, value) for address, value in values.items()}


def _value_to_data(address: str, value: Kept) -> object:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return _finite(value, address)
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
        return {"f32": _base64(single)}
    return {"f64": _base64(vector.astype("<f8"))}


def _base64(numbers: NDArray[Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def _finite(number: float, what: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{what} holds NaN or Inf")
    return float(number)


def _clean(text: str) -> str:
    """Text as UTF-8 can hold it: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


# -- reading --------------------------------------------------------------------------------------------------------


def decode(data: bytes, where: str = "preset") -> Preset:
    """The preset in JSON ``data``; ``where`` names it in the sentence. Raises StageError."""
    try:
        if len(data) > LARGEST_FILE:
            raise _BadError(f"it is larger than {LARGEST_FILE // 2**20} MB")
        return _from_fields(_object(_parsed(data), "the file"))
    except _BadError as error:
        raise StageError(f"{where} cannot be used as a preset: {error}.") from error


def decode_values(data: object) -> dict[str, Kept]:
    """Values by address from JSON data; the inverse of ``values_to_data``. Raises StageError."""
    try:
        return _values(data)
    except _BadError as error:
        raise StageError(f"These values cannot be used: {error}.") from error


def _parsed(data: bytes) -> object:
    try:
        parsed: object = msgspec.json.decode(data)
    except RecursionError as error:
        raise _BadError("it is nested too deeply") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        culprit = _not_finite(data)
        if culprit:
            raise _BadError(f"{culprit} holds NaN or Infinity, which is no position") from error
        raise _BadError(f"it is not JSON ({str(error)[:120]})") from error
    if _depth_exceeds(parsed, DEEPEST):
        raise _BadError(f"it is nested deeper than {DEEPEST} levels")
    return parsed


def _not_finite(data: bytes) -> str:
    """The address whose value is written NaN, Infinity or too large a number; for the sentence only."""
    try:
        values = json.loads(data).get("values", {})
        for address, value in values.items():
            numbers = value if isinstance(value, list) else [value]
            if any(isinstance(x, float) and not math.isfinite(x) for x in numbers):
                return _shown(address)
    except (ValueError, RecursionError, AttributeError):
        return ""
    return ""


def _depth_exceeds(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _from_fields(data: dict[str, Any]) -> Preset:
    if data.get("format") != FORMAT:
        raise _BadError(f"it does not say that it is a {FORMAT}")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise _BadError("it does not say which version it is")
    if version > VERSION:
        raise _BadError(f"a newer latentjockey wrote it (format {version}, this one reads {VERSION}); update this one")
    card = _object(data.get("card", {}), "card")
    model = _text(data.get("model", ""), "model")
    known_card = {key: _text(card[key], f"card {key}") for key in _CARD if key in card}
    extra: dict[tuple[str, ...], object] = {(k,): v for k, v in data.items() if k not in _TOP}
    extra |= {("card", k): v for k, v in card.items() if k not in _CARD}
    resolved = None
    if data.get("resolved") is not None:
        shown = _object(data["resolved"], "resolved")
        resolved = _resolved(shown)
        extra |= {("resolved", k): v for k, v in shown.items() if k not in _RESOLVED}
    return Preset(
        name=_text(data.get("name", ""), "name"),
        model=model,
        card=ModelCard(**{"name": model, **known_card}),
        values=_values(data.get("values", {})),
        ranges={a: _range(a, r) for a, r in _object(data.get("ranges", {}), "ranges").items()},
        saved_at=_moment(data.get("saved_at", 0.0), "saved_at"),
        resolved=resolved,
        extra=extra,
    )


def _values(data: object) -> dict[str, Kept]:
    items = _object(data, "values")
    if len(items) > MOST_VALUES:
        raise _BadError(f"it has more than {MOST_VALUES} values")
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
        return _text(value, _shown(address))
    if isinstance(value, int | float):
        number = _number(value, address)
        return value if isinstance(value, int) and abs(value) <= 2**53 else number
    if isinstance(value, list):
        if not value or len(value) > room:
            raise _BadError(f"{_shown(address)} has no numbers, or too many")
        return _sealed(np.array([_number(x, address) for x in value], dtype=np.float64))
    if isinstance(value, dict):
        return _vector(address, value, room)
    raise _BadError(f"{_shown(address)} holds neither a number nor a text nor a vector")


def _vector(address: str, value: dict[str, Any], room: int) -> NDArray[np.float64]:
    if value.keys() == {"fill", "of"}:
        count = value["of"]
        if type(count) is not int or not 0 < count <= room:
            raise _BadError(f"{_shown(address)} has no numbers, or too many")
        return _sealed(np.full(count, _number(value["fill"], address)))
    if len(value) != 1 or not value.keys() <= {"f32", "f64"}:
        raise _BadError(f"{_shown(address)} holds a kind of value that this version does not know")
    (kind, text) = next(iter(value.items()))
    numbers = _decoded(address, text, "<f4" if kind == "f32" else "<f8", room)
    return _sealed(numbers.astype(np.float64))


def _decoded(address: str, text: object, dtype: str, room: int) -> NDArray[Any]:
    try:
        raw = base64.b64decode(text if isinstance(text, str) else "!", validate=True)
        numbers = np.frombuffer(raw, dtype=dtype)
    except (ValueError, binascii.Error) as error:
        raise _BadError(f"the numbers of {_shown(address)} are damaged") from error
    if not 0 < numbers.size <= room:
        raise _BadError(f"{_shown(address)} has no numbers, or too many")
    if not np.isfinite(numbers).all():
        raise _BadError(f"{_shown(address)} holds NaN or Infinity, which is no position")
    return numbers


def _sealed(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    vector.setflags(write=False)
    return vector


def _resolved(data: dict[str, Any]) -> Resolved:
    shape = data.get("shape")
    numbers = _decoded("the resolved position", data.get("position"), "<f4", MOST_NUMBERS)
    if not (isinstance(shape, list) and len(shape) == 2 and all(type(n) is int and n > 0 for n in shape)):
        raise _BadError("the resolved position has no shape")
    if shape[0] * shape[1] != numbers.size:
        raise _BadError("the resolved position does not have the shape that is told")
    effective = {a: _number(x, a) for a, x in _object(data.get("effective", {}), "effective").items()}
    position = numbers.astype(np.float32).reshape(shape)
    position.setflags(write=False)
    return Resolved(position, _moment(data.get("time", 0.0), "time"), effective)


def _range(address: str, value: object) -> Range:
    if not (isinstance(value, list) and len(value) == 2):
        raise _BadError(f"the range of {_shown(address)} is not a pair of numbers")
    lo, hi = _number(value[0], address), _number(value[1], address)
    if not lo < hi:
        raise _BadError(f"the range of {_shown(address)} does not rise")
    return lo, hi


def _number(value: object, address: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _BadError(f"{_shown(address)} holds something else than numbers")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _BadError(f"{_shown(address)} holds a number that is too large")
    return number


def _moment(value: object, what: str) -> float:
    seconds = _number(value, what)
    if abs(seconds) > _FARTHEST_TIME:
        raise _BadError(f"{what} is no moment on a clock")
    return seconds


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _BadError(f"{what} is not an object")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise _BadError(f"{what} is not a text")
    if len(value) > LARGEST_TEXT:
        raise _BadError(f"{what} is longer than {LARGEST_TEXT} characters")
    return value


def _shown(address: str) -> str:
    return address if len(address) <= 80 and address.isprintable() else ascii(address[:60]) + "…"
