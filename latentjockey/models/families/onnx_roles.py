"""What each input and output of an ONNX graph is to a player, found from names, types and shapes. Pure.

What cannot be found may be said in ``asked``, every key of which may be left out:

=============  ======================================================  ==========================================
key            what                                                    else
=============  ======================================================  ==========================================
``latent``     name of the input that is the latent, or a list         every vector of floats that is no class
``label``      name of the input that hears the class                  by its name, or the only whole number
``classes``    names of the classes, or how many there are             the width of that input, or of its table
``image``      name of the output that is the picture                  the first of a picture's shape
``width``      how many numbers a latent without a told width has      as many as its first weights want
``range``      ``-1..1``, ``0..1`` or ``0..255``                       by the last operation, or by trying
=============  ======================================================  ==========================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latentjockey.models.onnx_shape import FLOATS, LEAST_LAYERS, MOST_CLASSES, WHOLE, Number, OnnxShape, Slot
from latentjockey.models.onnx_spec import TAKEN
from latentjockey.models.reading.plain import RefusedError

_CLASS = re.compile(r"class|label|cond|one_?hot|categor|^[yc]$", re.IGNORECASE)
_NOISE = re.compile(r"noise", re.IGNORECASE)
_PICTURE = re.compile(r"imag|img|pict|rgb|fake|sample|pixel|out", re.IGNORECASE)
_RANGES = {"-1..1": "signed", "0..1": "unit", "0..255": "byte"}
_LAST = {"Tanh": "signed", "Sigmoid": "unit"}
_PASSING = ("Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Flatten")
_COLOURS = (1, 3, 4)
_SAY = "say it with --say"
_LEAST_IR_WITH_DEFAULTS = 4
"""Before this version every weight stood among the inputs."""
_MOST_LOOKED_AT = 4096


@dataclass(slots=True)
class _Found:
    """Inputs by what they are."""

    vectors: list[Slot]
    layered: list[Slot]
    maps: list[Slot]
    numbers: list[tuple[Slot, float]]
    whole: list[Slot]


def roles(root: Mapping[str, Any], asked: Mapping[str, Any]) -> OnnxShape:
    """The shape of the graph in ``root``, which was read of an ONNX file. Raises RefusedError, with what to say."""
    found = _sorted(root, asked)
    label_name = _name(asked, "label")
    classes = _class_vector(found, label_name, _names(asked.get("latent")))
    label, labels = _label(found, root, asked, label_name)
    latents, per_layer = _latents(found, _names(asked.get("latent")), classes)
    noise = [slot for slot in (*found.maps, *found.layered, *found.vectors) if slot not in latents and slot != classes]
    for slot in noise:
        if len(slot.shape) < 3 and not _NOISE.search(slot.name):
            raise RefusedError(f"it hears {_shown(slot.name)}, of which nothing tells what it is; {_SAY} latent=NAME")
    image, size, range_ = _image(root, asked)
    numbers = [*found.numbers, *((slot, 0.0) for slot in found.whole if slot != label)]
    try:
        return OnnxShape(
            tuple(latents), per_layer, classes, label, labels, _label_names(asked, labels), tuple(_addressed(numbers)),
            tuple(noise), image, size, range_,
        )  # fmt: skip
    except ValueError as error:
        raise RefusedError(
            f"it is a graph that is not played here: {error}; {_SAY} latent=NAME and label=NAME"
        ) from error


# -- inputs -----------------------------------------------------------------------------------------------------------


def _sorted(root: Mapping[str, Any], asked: Mapping[str, Any]) -> _Found:
    """Every input that has to be given something, by what it looks like."""
    found = _Found([], [], [], [], [])
    latents = _names(asked.get("latent"))
    for held in root["inputs"]:
        name, kind = held["name"], held["type"]
        weight = root["weights"].get(name)
        if weight is not None:
            fits = root["ir_version"] >= _LEAST_IR_WITH_DEFAULTS and weight.size == 1 and kind in FLOATS
            if fits and weight.dtype.kind == "f" and math.isfinite(float(weight.reshape(-1)[0])):
                found.numbers.append((_slot(name, list(weight.shape), kind), float(weight.reshape(-1)[0])))
            continue
        if kind not in (*FLOATS, *WHOLE, "bool"):
            raise RefusedError(
                f"it hears {_shown(name)} as {kind or 'what is no array'}; floats, whole numbers and switches can be"
            )
        _place(found, _slot(name, _sides(root, asked, held), kind), latents)
    return found


def _place(found: _Found, slot: Slot, latents: Sequence[str]) -> None:
    """Put ``slot`` where it belongs by its type and shape."""
    free = [n for n in slot.shape[1:] if n > 1]
    if slot.type == "bool" or slot.type in WHOLE:
        if slot.width != 1:
            raise RefusedError(f"it hears {slot.width} whole numbers as {_shown(slot.name)}, which is not played here")
        if slot.type in WHOLE:
            found.whole.append(slot)
        else:
            found.numbers.append((slot, 0.0))
    elif slot.width == 1 and slot.name not in latents:
        found.numbers.append((slot, 1.0))
    elif len(slot.shape) == 3 and len(free) == 2 and slot.shape[1] >= LEAST_LAYERS:
        found.layered.append(slot)
    elif len(free) > 1:
        found.maps.append(slot)
    else:
        found.vectors.append(slot)


def _slot(name: str, shape: Sequence[int], kind: str) -> Slot:
    try:
        return Slot(name, tuple(shape), kind)
    except ValueError as error:
        raise RefusedError(f"it is a graph that is not played here: {error}") from error


def _sides(root: Mapping[str, Any], asked: Mapping[str, Any], held: Mapping[str, Any]) -> list[int]:
    """The shape of an input with every side that is free made certain."""
    name, sides = held["name"], held["shape"]
    if sides is None:
        sides = [None, None]
    if len(sides) == 1:
        if sides[0] is not None:
            return list(sides)
        width = _said_width(asked) if held["type"] in FLOATS and name in _names(asked.get("latent")) else None
        return [width or 1]
    made = [1 if sides[:1] == [None] else n for n in sides[:1]] + list(sides[1:])
    if None in made[1:2] and held["type"] in FLOATS:
        width = _said_width(asked) or _heard_width(root, name)
        if width is None:
            raise RefusedError(f"it does not say how many numbers its input {_shown(name)} has; {_SAY} width=NUMBER")
        made[1] = width
    return [n or 1 for n in made]


def _said_width(asked: Mapping[str, Any]) -> int | None:
    width = asked.get("width")
    if width is None:
        return None
    if type(width) is not int or width < 1:
        raise RefusedError("width is a whole number, such as width=100")
    return width


def _heard_width(root: Mapping[str, Any], name: str) -> int | None:
    """How many numbers the first weights that hear ``name`` want, where that can be seen."""
    for step in _after(root, name):
        for weight in (root["weights"].get(each) for each in step["inputs"]):
            if weight is None or weight.ndim < 2:
                continue
            if step["op"] == "Gemm":
                return int(weight.shape[1 if step["numbers"].get("transB") else 0])
            if step["op"] == "MatMul":
                return int(weight.shape[-2])
            if step["op"] in ("Conv", "ConvTranspose"):
                return int(weight.shape[0 if step["op"] == "ConvTranspose" else 1])
    return None


def _after(root: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The operations that hear ``name``, through those that only change its shape."""
    heard = {name}
    for step in root["operations"][:_MOST_LOOKED_AT]:
        if heard.intersection(step["inputs"]):
            yield step
            if step["op"] in _PASSING:
                heard.update(step["outputs"])


# -- roles ------------------------------------------------------------------------------------------------------------


def _latents(found: _Found, wanted: Sequence[str], classes: Slot | None) -> tuple[list[Slot], bool]:
    """What a deck's place goes into, and whether each layer hears one of its own."""
    every = [slot for slot in (*found.vectors, *found.layered, *found.maps) if slot != classes]
    if wanted:
        chosen = [slot for name in wanted for slot in every if slot.name == name]
        if len(chosen) != len(wanted):
            raise RefusedError(
                f"it has no input {_listed(wanted)} of floats; it has {_listed([s.name for s in every])}"
            )
        return chosen, len(chosen) == 1 and chosen[0] in found.layered
    plain = [slot for slot in found.vectors if slot != classes]
    quiet = [slot for slot in plain if not _NOISE.search(slot.name)]
    if plain:
        return quiet or plain, False
    if found.layered:
        return found.layered[:1], True
    if found.maps:
        return found.maps[:1], False
    raise RefusedError("it hears no latent: none of its inputs is a row of floats")


def _class_vector(found: _Found, wanted: str, latents: Sequence[str]) -> Slot | None:
    """The input that hears one weight for each class."""
    rest = [slot for slot in found.vectors if slot.name not in latents]
    if wanted:
        return next((slot for slot in rest if slot.name == wanted and slot.width <= MOST_CLASSES), None)
    called = [slot for slot in rest if _CLASS.search(slot.name) and slot.width <= MOST_CLASSES]
    others = len(found.vectors) + len(found.layered) + len(found.maps) > len(called[:1])
    return called[0] if called and others else None


def _label(found: _Found, root: Mapping[str, Any], asked: Mapping[str, Any], wanted: str) -> tuple[Slot | None, int]:
    """The input that hears the number of a class, and how many classes there are."""
    called = [slot for slot in found.whole if slot.name == wanted or (not wanted and _CLASS.search(slot.name))]
    label = called[0] if called else None
    if label is None and not wanted and len(found.whole) == 1:
        label = found.whole[0] if _table(root, found.whole[0].name) else None
    if label is None:
        return None, 0
    said = asked.get("classes")
    count = said if type(said) is int else len(said) if isinstance(said, list | tuple) else _table(root, label.name)
    if not 0 < count <= MOST_CLASSES:
        raise RefusedError(
            f"it hears the number of a class as {_shown(label.name)}, and nothing tells how many there are; {_SAY} "
            "classes=NUMBER"
        )
    return label, count


def _label_names(asked: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """Names that were said for classes that have numbers."""
    return class_names(asked, count) if count and isinstance(asked.get("classes"), list | tuple) else ()


def _table(root: Mapping[str, Any], name: str) -> int:
    """How many rows the table has in which the graph looks ``name`` up, 0 where that cannot be seen."""
    for step in _after(root, name):
        first = root["weights"].get(step["inputs"][0]) if step["inputs"] else None
        if step["op"] == "Gather" and first is not None and first.ndim:
            axis = step["numbers"].get("axis", 0)
            return int(first.shape[axis]) if -first.ndim <= axis < first.ndim else 0
        if step["op"] == "OneHot" and len(step["inputs"]) > 1:
            depth = root["weights"].get(step["inputs"][1])
            sure = depth is not None and depth.size == 1 and depth.dtype.kind in "iu"
            return int(depth.reshape(-1)[0]) if sure else 0
    return 0


def _addressed(numbers: Sequence[tuple[Slot, float]]) -> Iterator[Number]:
    taken = set(TAKEN)
    for slot, default in numbers:
        plain = re.sub(r"[^a-z0-9]+", "_", slot.name.lower()).strip("_")[:32] or "input"
        address = next(a for n in range(1, len(taken) + 2) if (a := plain if n == 1 else f"{plain}_{n}") not in taken)
        taken.add(address)
        yield Number(slot, address, default)


# -- the picture ------------------------------------------------------------------------------------------------------


def _image(root: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[str, tuple[int, int], str]:
    """Name, width and height (0 where not told) and range of the output that is the picture."""
    wanted = _name(asked, "image")
    outputs = [held for held in root["outputs"] if held["name"] and held["type"] in (*FLOATS, "uint8")]
    if wanted:
        outputs = [held for held in outputs if held["name"] == wanted]
    ranked = sorted(outputs, key=_likeness, reverse=True)
    if not ranked or not (_likeness(ranked[0])[0] or wanted):
        told = _listed([held["name"] for held in root["outputs"]])
        raise RefusedError(f"none of its outputs has the shape of a picture: it has {told}; {_SAY} image=NAME")
    best = ranked[0]
    size = _size(best["shape"]) or (0, 0)
    certain = wanted or size != (0, 0) or len(outputs) == 1
    return best["name"] if certain else "", size, _range(root, asked, best)


def _likeness(held: Mapping[str, Any]) -> tuple[int, bool]:
    """How much an output is like a picture: by shape, then by name."""
    shape = held["shape"]
    if shape is None:
        return 1, bool(_PICTURE.search(held["name"]))
    if _size(shape) is not None:
        return 2, bool(_PICTURE.search(held["name"]))
    colours = len(shape) in (3, 4) and any(n is None or n in _COLOURS for n in (shape[-3], shape[-1]))
    return int(colours), bool(_PICTURE.search(held["name"]))


def _size(shape: Sequence[int | None] | None) -> tuple[int, int] | None:
    """Width and height of a picture of this shape, ``None`` where it is none, or does not tell."""
    if shape is None or len(shape) not in (3, 4):
        return None
    if shape[-3] in _COLOURS and shape[-1] and shape[-2]:
        return shape[-1], shape[-2]
    if shape[-1] in _COLOURS and shape[-2] and shape[-3]:
        return shape[-2], shape[-3]
    return None


def _range(root: Mapping[str, Any], asked: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    said = asked.get("range")
    if said is not None:
        if said not in _RANGES:
            raise RefusedError(f"range is one of {', '.join(_RANGES)}")
        return _RANGES[said]
    if image["type"] == "uint8":
        return "byte"
    name = image["name"]
    for step in reversed(root["operations"][-_MOST_LOOKED_AT:]):
        if name in step["outputs"]:
            if step["op"] not in _PASSING or not step["inputs"]:
                return _LAST.get(step["op"], "")
            name = step["inputs"][0]
    return ""


# -- what was said ----------------------------------------------------------------------------------------------------


def _name(asked: Mapping[str, Any], key: str) -> str:
    value = asked.get(key, "")
    if not isinstance(value, str | int | float):
        raise RefusedError(f"{key} is the name of one of its inputs or outputs")
    return str(value)


def _names(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def class_names(asked: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """Names for ``count`` classes: those that were said, else their numbers. Raises RefusedError where they do not
    fit."""
    said = asked.get("classes")
    if isinstance(said, list | tuple) and count:
        names = tuple(map(str, said))
        if len(names) != count or len(set(names)) != count or not all(names):
            raise RefusedError(f"it has {count} classes, and {len(names)} different names are needed for them")
        return names
    return tuple(f"class {n}" for n in range(count))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_shown(name) for name in names[:6])
    return (shown or "none") + (" and more" if len(names) > 6 else "")


def _shown(text: str) -> str:
    return repr("".join(c if c.isprintable() else "?" for c in text[:60]))
