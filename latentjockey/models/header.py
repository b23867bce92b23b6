"""What the header of any model file says of its model, checked before anything is believed. Pure, any thread.

The file is a safetensors container whose metadata has one key ``latentjockey``: a JSON object with ``format``,
``kind``, ``name``, ``config``, ``classes``, ``bands``, ``card``, ``direction_labels`` and more. What stands in
``config`` is the kind's own matter: :mod:`.style_spec` and the like read it, and have the rest read here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from latentjockey.control.spec import ControlSpec
from latentjockey.models.card import CardError, ModelCard, card_from_data
from latentjockey.models.container import TensorInfo
from latentjockey.models.spec import ModelSpec

KEY = "latentjockey"
FORMAT = 1
DIRECTIONS = "directions"
"""The tensor (k, z_dim) of directions, where there is one."""

MOST_CLASSES = 4096
MOST_DIRECTIONS = 512
_LONGEST_NAME = 80
_WEIGHTS = ("F32", "F16", "BF16")
_Shape = TypeVar("_Shape")


class ForeignError(ValueError):
    """The file is whole, but not one of ours; ``str()`` is the end of a sentence."""


class BrokenError(ValueError):
    """The file says it is ours, and what it says cannot be; ``str()`` is the end of a sentence."""


def said(metadata: Mapping[str, str], kinds: Collection[str]) -> Mapping[str, Any]:
    """The header, which is of one of ``kinds``: it stands under ``kind``.

    Raises ForeignError for a file of another program, BrokenError for one that cannot be understood.
    """
    text = metadata.get(KEY)
    if text is None:
        raise ForeignError("it is no model of latentjockey: nothing in it says how its network is built")
    try:
        words = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenError("what it says of itself is no JSON") from error
    words = table(words, "what it says of itself")
    kind = words.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ForeignError(f"it holds {shown(words.get('kind', 'something unnamed'))}, which is no model")
    made = words.get("format")
    if type(made) is not int or made < 1:
        raise BrokenError("it does not say which format it has")
    if made > FORMAT:
        raise BrokenError(f"a newer latentjockey wrote it (format {made}, this one reads {FORMAT}); update this one")
    return words


def described(
    name: str,
    words: Mapping[str, Any],
    tensors: Mapping[str, TensorInfo],
    *,
    z_dim: int,
    w_dim: int,
    num_ws: int,
    classes: int,
    bands: tuple[int, int],
    size: tuple[int, int],
    controls: tuple[ControlSpec, ...],
    mix: str = "lerp",
    straight: int = 0,
) -> tuple[ModelSpec, str]:
    """The spec of the model under the id ``name``, and its title, from its header's ``words`` and what its kind knows
    of its shape; ``bands`` are those of a file that names none. Raises BrokenError where the words do not fit."""
    called = _names(words.get("classes", []), "class", MOST_CLASSES)
    if len(called) != classes:
        raise BrokenError("it does not name as many classes as its network has")
    title = _line(words.get("name", ""), "name") or name
    count = _directions(tensors, z_dim)
    spec = ModelSpec(
        name=name,
        card=_card(words, title),
        z_dim=z_dim,
        num_ws=num_ws,
        w_dim=w_dim,
        bands=_bands(words.get("bands"), num_ws, bands),
        mix=mix,
        straight=straight,
        size=size,
        controls=controls,
        directions=count,
        classes=called,
        direction_labels=_labels(words.get("direction_labels", []), count),
    )
    return spec, title


def shape_in(words: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Shape]) -> _Shape:
    """The shape of the network in a header's ``words``, which its kind has a way to ``read``. Raises BrokenError, also
    for what that raises: ValueError, TypeError or OverflowError."""
    try:
        return read(table(words.get("config"), "the network's shape"))
    except BrokenError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        why = str(error).rstrip(".")
        raise BrokenError(f"{why[:1].lower()}{why[1:]}") from error


def require(tensors: Mapping[str, TensorInfo], wanted: Iterable[tuple[str, tuple[int, ...]]]) -> None:
    """The tensors in ``wanted``, by name and shape, are all there as weights. Raises BrokenError."""
    for key, shape in wanted:
        found = tensors.get(key)
        if found is None or found.shape != shape or found.dtype not in _WEIGHTS:
            raise BrokenError(f"its {key} is missing, or another than its network has")


def number(config: Mapping[str, Any], key: str, least: int, most: int) -> int:
    """A whole number of a network's shape. Raises BrokenError."""
    value = config.get(key, 0)
    if type(value) is not int or not least <= value <= most:
        raise BrokenError(f"its network's {key} is {shown(value)}, and {least} to {most} can be")
    return value


def table(value: object, what: str) -> Mapping[str, Any]:
    """``value``, which is an object of fields. Raises BrokenError where it is none."""
    if not isinstance(value, dict):
        raise BrokenError(f"{what} is no table of fields")
    return value


def shown(value: object) -> str:
    """Anything, in a few characters."""
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    return repr(value)[:40]


def _card(words: Mapping[str, Any], title: str) -> ModelCard:
    try:
        return card_from_data(words.get("card", {}), title)
    except CardError as error:
        raise BrokenError(str(error)) from error


def _bands(value: object, num_ws: int, standard: tuple[int, int]) -> tuple[int, int]:
    if value is None:
        return standard
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
