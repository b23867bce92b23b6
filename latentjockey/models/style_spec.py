"""What the header of a style model's file says of the model, checked before anything is believed. Pure, any thread.

The file is a safetensors container whose metadata has one key ``latentjockey``: a JSON object with ``format``,
``kind``, ``name``, ``config``, ``classes``, ``bands``, ``card``, ``direction_labels`` and ``training``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.card import CardError, ModelCard, card_from_data
from latentjockey.models.container import TensorInfo
from latentjockey.models.spec import ModelSpec

KEY = "latentjockey"
FORMAT = 1
KIND = "style"
DIRECTIONS = "directions"
"""The tensor (k, z_dim) of directions, where there is one."""

MOST_CLASSES = 4096
MOST_DIRECTIONS = 512
_WIDEST = 4096
_LARGEST, _SMALLEST = 4096, 8
_LONGEST_NAME = 80
_COARSE_ENDS, _MIDDLE_ENDS = 8, 32
"""The coarse layers are those up to 8×8, the middle ones those up to 32×32, where a file does not say otherwise."""


class ForeignError(ValueError):
    """The file is whole, but not one of ours; ``str()`` is the end of a sentence."""


class BrokenError(ValueError):
    """The file says it is ours, and what it says cannot be; ``str()`` is the end of a sentence."""


NATIVE = (
    ControlSpec(
        "/gen/noise",
        Kind.FLOAT,
        1.0,
        0.0,
        2.0,
        label="Noise",
        modulatable=True,
        help="How strongly each layer's own noise shows: 0 is smooth, 1 as learned, below zero its negative.",
    ),
    ControlSpec(
        "/gen/noise_seed",
        Kind.INT,
        0,
        0,
        999,
        label="Noise seed",
        unit="seed",
        modulatable=True,
        help="Which noise: 0 is what the model learned with, every other number another grain.",
    ),
    ControlSpec(
        "/gen/limit",
        Kind.FLOAT,
        1.0,
        0.0,
        1.0,
        label="Limit",
        modulatable=True,
        help="How much of a picture's loudness is taken back when it is far out: 0 lets it blaze.",
    ),
    ControlSpec(
        "/gen/fold",
        Kind.FLOAT,
        0.0,
        0.0,
        1.0,
        label="Fold",
        modulatable=True,
        help="What lies beyond black and white comes back mirrored instead of being cut.",
    ),
)
"""The controls that every style model has."""


def style_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    said = _said(metadata)
    config = _table(said.get("config"), "the network's shape")
    size = _number(config, "size", _SMALLEST, _LARGEST)
    if size & (size - 1):
        raise BrokenError(f"a picture of {size} px is no power of two")
    z_dim, w_dim = _number(config, "z_dim", 1, _WIDEST), _number(config, "w_dim", 1, _WIDEST)
    classes = _names(said.get("classes", []), "class", MOST_CLASSES)
    if len(classes) != _number(config, "classes", 0, MOST_CLASSES):
        raise BrokenError("it does not name as many classes as its network has")
    num_ws = 2 * (size.bit_length() - 2)
    title = _line(said.get("name", ""), "name") or name
    count = _directions(tensors, z_dim)
    labels = _labels(said.get("direction_labels", []), count)
    spec = ModelSpec(
        name=name,
        card=_card(said, title),
        z_dim=z_dim,
        num_ws=num_ws,
        w_dim=w_dim,
        bands=_bands(said.get("bands"), num_ws),
        mix="lerp",
        size=(size, size),
        controls=NATIVE,
        directions=count,
        classes=classes,
        direction_labels=labels,
    )
    return spec, title


def default_bands(num_ws: int) -> tuple[int, int]:
    """The ends (exclusive) of the coarse and middle layers of a network with ``num_ws`` layer latents."""

    def end(resolution: int) -> int:
        return min(2 * (resolution.bit_length() - 2) - 1, num_ws - 1)

    return end(_COARSE_ENDS), end(_MIDDLE_ENDS)


def _said(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    text = metadata.get(KEY)
    if text is None:
        raise ForeignError("it is no model of latentjockey: nothing in it says how its network is built")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenError("what it says of itself is no JSON") from error
    said = _table(said, "what it says of itself")
    if said.get("kind") != KIND:
        raise ForeignError(f"it holds {_shown(said.get('kind', 'something unnamed'))}, which is no model")
    made = said.get("format")
    if type(made) is not int or made < 1:
        raise BrokenError("it does not say which format it has")
    if made > FORMAT:
        raise BrokenError(f"a newer latentjockey wrote it (format {made}, this one reads {FORMAT}); update this one")
    return said


def _card(said: Mapping[str, Any], title: str) -> ModelCard:
    try:
        return card_from_data(said.get("card", {}), title)
    except CardError as error:
        raise BrokenError(str(error)) from error


def _bands(value: object, num_ws: int) -> tuple[int, int]:
    if value is None:
        return default_bands(num_ws)
    if not (isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)):
        raise BrokenError("its bands are not two numbers of layers")
    coarse, middle = value
    if not 0 < coarse <= middle < num_ws:
        raise BrokenError(f"its bands do not lie within its {num_ws} layers")
    return coarse, middle


def _directions(tensors: Mapping[str, TensorInfo], z_dim: int) -> int:
    info = tensors.get(DIRECTIONS)
    if info is None:
        return 0
    if info.dtype not in ("F64", "F32", "F16", "BF16") or len(info.shape) != 2 or info.shape[1] != z_dim:
        raise BrokenError("its directions are no rows of its latent space")
    if not 0 < info.shape[0] <= MOST_DIRECTIONS:
        raise BrokenError(f"it has {info.shape[0]} directions; 1 to {MOST_DIRECTIONS} can be")
    return info.shape[0]


def _labels(value: object, count: int) -> tuple[str, ...]:
    """One for each direction, empty where it has none."""
    labels = _names(value, "direction", MOST_DIRECTIONS, empty=True)
    if len(labels) > count:
        raise BrokenError("it names more directions than it has")
    return (*labels, *([""] * (count - len(labels)))) if any(labels) else ()


def _names(value: object, what: str, most: int, *, empty: bool = False) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise BrokenError(f"its {what} names are no list of up to {most}")
    names = tuple(_line(name, f"{what} name") for name in value)
    if not empty and (not all(names) or len(set(names)) != len(names)):
        raise BrokenError(f"two of its {what} names are the same, or one is empty")
    return names


def _line(value: object, what: str) -> str:
    """One line of text that can be shown anywhere."""
    if not isinstance(value, str):
        raise BrokenError(f"its {what} is no text")
    plain = "".join(c if c.isprintable() else " " for c in value[: 4 * _LONGEST_NAME])
    return " ".join(plain.split())[:_LONGEST_NAME]


def _number(config: Mapping[str, Any], key: str, least: int, most: int) -> int:
    value = config.get(key, 0)
    if type(value) is not int or not least <= value <= most:
        raise BrokenError(f"its network's {key} is {_shown(value)}, and {least} to {most} can be")
    return value


def _table(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BrokenError(f"{what} is no table of fields")
    return value


def _shown(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    return repr(value)[:40]
