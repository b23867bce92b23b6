"""Presets as JSON and back, exactly: ``docs/presets.md`` describes the format. Pure, any thread.

Files are met as if a stranger wrote them: size, depth and the numbers in vectors are bounded, NaN and Inf are refused
by address, nothing is executed, and every failure is one sentence (StageError).
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import numpy as np

from latentjockey.base.diagnostics import StageError
from latentjockey.models.card import CARD_FIELDS, CardError, ModelCard, card_from_data, card_to_data
from latentjockey.presets.packing import (
    MOST_NUMBERS,
    BadError,
    clean,
    finite,
    from_base64,
    number_from,
    object_from,
    quoted,
    text_from,
    to_base64,
    values_from,
    values_to_data,
)
from latentjockey.presets.preset import Preset, Range, Resolved

FORMAT = "latentjockey-preset"
VERSION = 1
LARGEST_FILE = 32 * 1024 * 1024
DEEPEST = 32
MOST_CLASSES = 100_000
_FARTHEST_TIME = 1e9

_TOP = ("format", "version", "name", "model", "card", "saved_at", "values", "ranges", "resolved", "classes")
_RESOLVED = ("time", "shape", "position", "effective")


# -- writing --------------------------------------------------------------------------------------------------------


def encode(preset: Preset, *, pretty: bool = True) -> bytes:
    """The preset as UTF-8 JSON. Raises ValueError for NaN or Inf, which only a bug of ours could put there."""
    data = msgspec.json.encode(to_data(preset))
    return msgspec.json.format(data, indent=2) + b"\n" if pretty else data


def to_data(preset: Preset) -> dict[str, object]:
    """The preset as plain dicts, lists, numbers and strings. Raises ValueError for NaN or Inf."""
    data: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "name": clean(preset.name),
        "model": clean(preset.model),
        "card": card_to_data(preset.card),
        "saved_at": finite(preset.saved_at, "saved_at"),
        "values": values_to_data(preset.values),
        "ranges": {a: [finite(lo, a), finite(hi, a)] for a, (lo, hi) in preset.ranges.items()},
    }
    if preset.classes:
        data["classes"] = [clean(name) for name in preset.classes]
    if preset.resolved is not None:
        shown = preset.resolved
        data["resolved"] = {
            "time": finite(shown.time, "time"),
            "shape": list(shown.position.shape),
            "position": to_base64(np.ascontiguousarray(shown.position, dtype="<f4")),
            "effective": {a: finite(x, a) for a, x in shown.effective.items()},
        }
    for path, value in preset.extra.items():
        place: Any = data
        for key in path[:-1]:
            place = place.get(key)
        if place is not None:  # a still's position may have been taken off since
            place[path[-1]] = value
    return data


# -- reading --------------------------------------------------------------------------------------------------------


def decode(data: bytes, where: str = "preset") -> Preset:
    """The preset in JSON ``data``; ``where`` names it in the sentence. Raises StageError."""
    try:
        if len(data) > LARGEST_FILE:
            raise BadError(f"it is larger than {LARGEST_FILE // 2**20} MB")
        return _from_fields(object_from(_parsed(data), "the file"))
    except BadError as error:
        raise StageError(f"{where} cannot be used as a preset: {error}.") from error


def _parsed(data: bytes) -> object:
    try:
        parsed: object = msgspec.json.decode(data)
    except RecursionError as error:
        raise BadError("it is nested too deeply") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        culprit = _not_finite(data)
        if culprit:
            raise BadError(f"{culprit} holds NaN or Infinity, which is no position") from error
        raise BadError(f"it is not JSON ({str(error)[:120]})") from error
    if _depth_exceeds(parsed, DEEPEST):
        raise BadError(f"it is nested deeper than {DEEPEST} levels")
    return parsed


def _not_finite(data: bytes) -> str:
    """The address whose value is written NaN, Infinity or too large a number; for the sentence only."""
    try:
        values = json.loads(data).get("values", {})
        for address, value in values.items():
            numbers = value if isinstance(value, list) else [value]
            if any(isinstance(x, float) and not math.isfinite(x) for x in numbers):
                return quoted(address)
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
        raise BadError(f"it does not say that it is a {FORMAT}")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise BadError("it does not say which version it is")
    if version > VERSION:
        raise BadError(f"a newer latentjockey wrote it (format {version}, this one reads {VERSION}); update this one")
    card = object_from(data.get("card", {}), "card")
    model = text_from(data.get("model", ""), "model")
    extra: dict[tuple[str, ...], object] = {(k,): v for k, v in data.items() if k not in _TOP}
    extra |= {("card", k): v for k, v in card.items() if k not in CARD_FIELDS}
    resolved = None
    if data.get("resolved") is not None:
        shown = object_from(data["resolved"], "resolved")
        resolved = _resolved(shown)
        extra |= {("resolved", k): v for k, v in shown.items() if k not in _RESOLVED}
    return Preset(
        name=text_from(data.get("name", ""), "name"),
        model=model,
        card=_card(card, model),
        values=values_from(data.get("values", {})),
        ranges={a: _range(a, r) for a, r in object_from(data.get("ranges", {}), "ranges").items()},
        saved_at=_moment(data.get("saved_at", 0.0), "saved_at"),
        resolved=resolved,
        extra=extra,
        classes=_classes(data.get("classes", [])),
    )


def _card(data: dict[str, Any], model: str) -> ModelCard:
    try:
        return card_from_data(data, model)
    except CardError as error:
        raise BadError(str(error)) from error


def _resolved(data: dict[str, Any]) -> Resolved:
    shape = data.get("shape")
    numbers = from_base64("the resolved position", data.get("position"), "<f4", MOST_NUMBERS)
    if not (isinstance(shape, list) and len(shape) == 2 and all(type(n) is int and n > 0 for n in shape)):
        raise BadError("the resolved position has no shape")
    if shape[0] * shape[1] != numbers.size:
        raise BadError("the resolved position does not have the shape that is told")
    effective = {a: number_from(x, a) for a, x in object_from(data.get("effective", {}), "effective").items()}
    position = numbers.astype(np.float32).reshape(shape)
    position.setflags(write=False)
    return Resolved(position, _moment(data.get("time", 0.0), "time"), effective)


def _classes(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or len(names) > MOST_CLASSES:
        raise BadError("its classes are no list of names, or too many")
    return tuple(text_from(name, "the name of a class") for name in names)


def _range(address: str, value: object) -> Range:
    if not (isinstance(value, list) and len(value) == 2):
        raise BadError(f"the range of {quoted(address)} is not a pair of numbers")
    lo, hi = number_from(value[0], address), number_from(value[1], address)
    if not lo < hi:
        raise BadError(f"the range of {quoted(address)} does not rise")
    return lo, hi


def _moment(value: object, what: str) -> float:
    seconds = number_from(value, what)
    if abs(seconds) > _FARTHEST_TIME:
        raise BadError(f"{what} is no moment on a clock")
    return seconds
