"""What an ONNX graph's inputs and outputs are to a player, as data. Pure, any thread.

The one description that the reader of ONNX files makes, that a model's header is checked by, and that its player feeds
the graph from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FLOATS = ("float32", "float16", "float64")
WHOLE = ("int64", "int32")
RANGES = ("", "signed", "unit", "byte")
"""What a picture's numbers mean: found out by trying, -1 to 1, 0 to 1, 0 to 255."""

LAYERS = 3
"""Layer latents of a graph that hears one latent: a third of its numbers each."""
LEAST_LAYERS, MOST_LAYERS = 3, 128
WIDEST = 1 << 16
MOST_CLASSES = 4096
MOST_INPUTS = 64
LARGEST_NOISE = 1 << 24
LARGEST_SIDE = 1 << 14
MOST_IN_A_BATCH = 64
_LONGEST_NAME = 400
_LONGEST_LABEL = 80
_ADDRESS = re.compile(r"[a-z0-9_]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Slot:
    """An input of the graph: its ``name``, the ``shape`` it is given in, a batch of 1 where that is free, and its
    ``type``. Raises ValueError for what no input is."""

    name: str
    shape: tuple[int, ...]
    type: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not 0 < len(self.name) <= _LONGEST_NAME:
            raise ValueError("an input has no name")
        sides_ok = len(self.shape) <= 8 and all(type(n) is int and 0 < n <= LARGEST_NOISE for n in self.shape)
        if not sides_ok or math.prod(self.shape) > LARGEST_NOISE:
            raise ValueError(f"the input {self.name[:40]!r} has a shape that cannot be")
        if self.type not in (*FLOATS, *WHOLE, "bool"):
            raise ValueError(f"the input {self.name[:40]!r} has a type that is not played")

    @property
    def batch(self) -> int:
        """How many pictures the graph insists on making at once."""
        return self.shape[0] if len(self.shape) > 1 else 1

    @property
    def width(self) -> int:
        """How many numbers there are for one picture."""
        return math.prod(self.shape) // self.batch


@dataclass(frozen=True, slots=True)
class Number:
    """An input of one number: ``address`` is the last segment of its control's, ``default`` what it begins at."""

    slot: Slot
    address: str
    default: float

    def __post_init__(self) -> None:
        if not isinstance(self.address, str) or not _ADDRESS.match(self.address):
            raise ValueError("an input of one number has no address")
        if type(self.default) not in (int, float) or not math.isfinite(self.default):
            raise ValueError(f"the input {self.slot.name[:40]!r} begins at what is no number")


@dataclass(frozen=True, slots=True)
class OnnxShape:
    """``latents`` are what a deck's place is laid into, one after the other; with ``per_layer`` there is one, (batch,
    layers, width), and each layer hears a latent of its own. ``classes`` hears the class weights, ``label`` the number
    of one of ``labels`` classes, which may have ``label_names``; ``numbers`` have controls, ``noise`` is drawn by a
    seed. ``image`` is the name of the output, empty where the first that looks like a picture counts; ``size`` its
    width and height, 0 where only playing tells; ``range`` one of :data:`RANGES`. Raises ValueError for what cannot be
    played.
    """

    latents: tuple[Slot, ...]
    per_layer: bool = False
    classes: Slot | None = None
    label: Slot | None = None
    labels: int = 0
    label_names: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    noise: tuple[Slot, ...] = ()
    image: str = ""
    size: tuple[int, int] = (0, 0)
    range: str = ""

    def __post_init__(self) -> None:
        if not self.latents or len(self.latents) + len(self.numbers) + len(self.noise) > MOST_INPUTS:
            raise ValueError("it hears no latent, or too much")
        if self.per_layer and (len(self.latents) > 1 or not LEAST_LAYERS <= self.num_ws <= MOST_LAYERS):
            raise ValueError("its layers cannot be played apart")
        if not 0 < self.z_dim <= WIDEST or self.class_count > MOST_CLASSES:
            raise ValueError(f"its latent has {self.z_dim} numbers, and up to {WIDEST} are played")
        if any(slot.type not in FLOATS for slot in (*self.latents, *self.noise, *filter(None, [self.classes]))):
            raise ValueError("its latents are no floats")
        if self.label is not None and (self.label.type not in WHOLE or not 0 < self.labels <= MOST_CLASSES):
            raise ValueError("it does not say how many classes it has")
        if self.label_names and not _are_names(self.label_names, self.labels):
            raise ValueError("it does not name as many classes as it has")
        if any(slot.batch > MOST_IN_A_BATCH for slot in (*self.latents, *filter(None, [self.classes, self.label]))):
            raise ValueError("it makes many pictures at once; export it for a batch of one")
        if len({number.address for number in self.numbers}) != len(self.numbers):
            raise ValueError("two of its numbers have one address")
        if self.range not in RANGES or not isinstance(self.image, str):
            raise ValueError("its picture is none that is played")
        if len(self.size) != 2 or any(type(n) is not int or not 0 <= n <= LARGEST_SIDE for n in self.size):
            raise ValueError("its picture has a size that cannot be")

    @property
    def num_ws(self) -> int:
        return self.latents[0].shape[1] if self.per_layer and len(self.latents[0].shape) == 3 else LAYERS

    @property
    def z_dim(self) -> int:
        widths = sum(slot.width for slot in self.latents)
        return widths // self.num_ws if self.per_layer else widths

    @property
    def class_count(self) -> int:
        return self.classes.width if self.classes is not None else 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def shape_from_json(config: Mapping[str, Any]) -> OnnxShape:
    """The shape in a header's ``config``. Raises ValueError or TypeError where it is none."""
    numbers = config.get("numbers", [])
    if not isinstance(numbers, list | tuple):
        raise ValueError("its numbers are no list")
    return OnnxShape(
        latents=_slots(config.get("latents")),
        per_layer=config.get("per_layer") is True,
        classes=_slot(config["classes"]) if config.get("classes") else None,
        label=_slot(config["label"]) if config.get("label") else None,
        labels=_whole(config.get("labels", 0)),
        label_names=tuple(config.get("label_names", ())),
        numbers=tuple(_number(each) for each in numbers),
        noise=_slots(config.get("noise", [])),
        image=config.get("image", ""),
        size=tuple(config.get("size", (0, 0))),
        range=config.get("range", ""),
    )


def _slots(data: object) -> tuple[Slot, ...]:
    if not isinstance(data, list | tuple):
        raise ValueError("its inputs are no list")
    return tuple(_slot(each) for each in data)


def _slot(data: Any) -> Slot:
    if not isinstance(data, Mapping) or not isinstance(data.get("shape"), list | tuple):
        raise ValueError("an input has no shape")
    return Slot(data.get("name", ""), tuple(data["shape"]), data.get("type", ""))


def _number(data: Any) -> Number:
    if not isinstance(data, Mapping):
        raise ValueError("a number is no table of fields")
    return Number(_slot(data.get("slot")), data.get("address", ""), data.get("default", 0.0))


def _are_names(names: tuple[str, ...], count: int) -> bool:
    texts = all(isinstance(n, str) and 0 < len(n) <= _LONGEST_LABEL and n.isprintable() for n in names)
    return texts and len(names) == len(set(names)) == count


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("it does not say how many classes it has")
    return value
