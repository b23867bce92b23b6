"""What ``model.json`` of a generator that its player wrote says of it: its shape, its controls, its card. Any thread.

Read as data and checked before anything is believed, so that a show offers the controls of such a generator without
running its code. Every key but ``z_dim`` may be left out:

================  =============================================================  =======================
key               what                                                           else
================  =============================================================  =======================
``name``          its title                                                      the folder's name
``z_dim``         how many numbers a place has
``num_ws``        layer latents, at least 3                                      3
``w_dim``         how wide each of them is                                       z_dim, and the classes
``bands``         ends (exclusive) of the coarse and of the middle layers        thirds
``mix``           ``slerp`` or ``lerp`` between two layer latents                slerp
``size``          width and height it likes best, in pixels                      256, 256
``classes``       names of classes                                               none
``controls``      controls under ``/gen/``: ``name``, ``default``, ``lo``,
                  ``hi``, ``label``, ``help``, ``kind`` (``float``, ``int``,
                  ``bool``, ``choice``), ``choices``                             none
``card``          its model card                                                 undisclosed
================  =============================================================  =======================
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.header import MOST_CLASSES, BrokenError, described, number, shown, table
from latentjockey.models.own_files import LARGEST_TEXT
from latentjockey.models.spec import ModelSpec

WIDEST = 1 << 16
LEAST_LAYERS, MOST_LAYERS = 3, 256
LARGEST_SIDE = 4096
MOST_CONTROLS = 64
MOST_CHOICES = 64
_LARGEST_LATENTS = 1 << 22
_NAME = re.compile(r"[a-z0-9_]{1,40}\Z")
_LONGEST = 200
_KINDS = {"float": Kind.FLOAT, "int": Kind.INT, "bool": Kind.BOOL, "choice": Kind.CHOICE}


def own_spec(name: str, text: bytes | bytearray) -> tuple[ModelSpec, str]:
    """The spec of the generator under the id ``name``, and its title, from its ``model.json``. Raises BrokenError, the
    end of a sentence."""
    if len(text) > LARGEST_TEXT:
        raise BrokenError("its model.json is too long")
    try:
        words = table(json.loads(text), "its model.json")
    except (ValueError, RecursionError) as error:
        if isinstance(error, BrokenError):
            raise
        raise BrokenError("its model.json is no JSON") from error
    classes = words.get("classes", [])
    count = len(classes) if isinstance(classes, list) else 0
    z_dim = number(words, "z_dim", 1, WIDEST)
    num_ws = number({"num_ws": LEAST_LAYERS, **words}, "num_ws", LEAST_LAYERS, MOST_LAYERS)
    w_dim = number({"w_dim": z_dim + count, **words}, "w_dim", 1, WIDEST + MOST_CLASSES)
    if num_ws * w_dim > _LARGEST_LATENTS:
        raise BrokenError(f"{num_ws} layer latents of {w_dim} are more than is played")
    mix = words.get("mix", "slerp")
    if mix not in ("slerp", "lerp"):
        raise BrokenError(f"it mixes by {shown(mix)}, and by slerp or lerp can be")
    return described(
        name,
        words,
        {},
        z_dim=z_dim,
        w_dim=w_dim,
        num_ws=num_ws,
        classes=count,
        bands=(num_ws // 3, 2 * (num_ws // 3)),
        size=_size(words.get("size", [256, 256])),
        controls=_controls(words.get("controls", [])),
        mix=mix,
    )


def _size(value: object) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)):
        raise BrokenError("its size is not a width and a height")
    width, height = value
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise BrokenError(f"its size is {width}×{height}, and 1 to {LARGEST_SIDE} pixels can be")
    return width, height


def _controls(value: object) -> tuple[ControlSpec, ...]:
    if not isinstance(value, list) or len(value) > MOST_CONTROLS:
        raise BrokenError(f"its controls are no list of up to {MOST_CONTROLS}")
    made = tuple(_control(table(each, "a control")) for each in value)
    if len({control.address for control in made}) != len(made):
        raise BrokenError("two of its controls have one name")
    return made


def _control(words: Mapping[str, Any]) -> ControlSpec:
    name = words.get("name")
    if not isinstance(name, str) or not _NAME.match(name):
        raise BrokenError(f"a control's name is {shown(name)}, and small letters, digits and _ can be")
    kind = words.get("kind", "float")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BrokenError(f"the control {name} is {shown(kind)}, and {', '.join(_KINDS)} can be")
    choices = _choices(name, words.get("choices", [])) if kind == "choice" else ()
    default = _number(name, "default", words.get("default", 0))
    low = 0.0 if choices else _number(name, "lo", words.get("lo", min(0.0, default)))
    high = float(max(1, len(choices) - 1)) if choices else _number(name, "hi", words.get("hi", max(1.0, default)))
    if not low < high:
        raise BrokenError(f"the control {name} does not rise from lo to hi")
    if choices and not 0 <= default < len(choices):
        raise BrokenError(f"the control {name} begins at no choice")
    label, text = _text(words.get("label", "")), _text(words.get("help", ""))
    return ControlSpec(
        f"/gen/{name}",
        _KINDS[kind],
        int(default) if choices or kind == "int" else bool(default) if kind == "bool" else default,
        low,
        high,
        label=label,
        help=text or f"A control of this generator's own: {label or name}.",
        choices=choices,
        modulatable=kind == "float",
    )


def _choices(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_CHOICES:
        raise BrokenError(f"the control {name} names no choices")
    choices = tuple(_text(each) for each in value)
    if not all(choices) or len(set(choices)) != len(choices):
        raise BrokenError(f"the control {name} has two choices of one name")
    return choices


def _number(name: str, key: str, value: object) -> float:
    if type(value) not in (int, float, bool) or not isinstance(value, int | float):
        raise BrokenError(f"the control {name} has no number for {key}")
    try:
        made = float(value)
    except OverflowError as error:
        raise BrokenError(f"the control {name} has no number for {key}") from error
    if not math.isfinite(made) or abs(made) > 1e12:
        raise BrokenError(f"the control {name} has no number for {key}")
    return made


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BrokenError("a control's label, help and choices are texts")
    return " ".join("".join(c if c.isprintable() else " " for c in value[:_LONGEST]).split())
