"""What the header of an ONNX model's file says of the model, checked before anything is believed. Pure, any thread.

The file is a container of ours whose tensor ``file`` holds the ONNX file, byte by byte; ``config`` is an
:class:`~latentjockey.models.onnx_shape.OnnxShape`.
"""

from __future__ import annotations

from collections.abc import Mapping

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.container import TensorInfo
from latentjockey.models.header import BrokenError, described, said, shape_in
from latentjockey.models.onnx_shape import Number, OnnxShape, shape_from_json
from latentjockey.models.spec import ModelSpec
from latentjockey.models.squashed import DRIVE, FOLD, SQUASHED

KIND = "onnx"
FILE = "file"
"""The tensor that is the ONNX file, uint8."""

RANGE, LABEL, NOISE, NOISE_SEED = "/gen/range", "/gen/label", "/gen/noise", "/gen/noise_seed"
RANGE_CHOICES = ("as found", "-1 to 1", "0 to 1", "0 to 255")
"""What ``/gen/range`` offers; in the order of :data:`~latentjockey.models.onnx_shape.RANGES`."""
TAKEN = frozenset(address.removeprefix("/gen/") for address in (DRIVE, FOLD, RANGE, LABEL, NOISE, NOISE_SEED))
"""Last segments of addresses that every graph's controls, or none, have."""

STANDARD_SIZE = 256
"""Side of a picture whose size only playing tells, in pixels."""
_SMALLEST, _LARGEST_SHOWN = 16, 4096
_MOST_SEEDS = 2**31 - 1


def onnx_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    words = said(metadata, (KIND,))
    shape = shape_in(words, shape_from_json)
    file = tensors.get(FILE)
    if file is None or file.dtype != "U8" or len(file.shape) != 1:
        raise BrokenError("the graph is missing in it")
    width, height = (min(max(side, _SMALLEST), _LARGEST_SHOWN) if side else STANDARD_SIZE for side in shape.size)
    third = max(1, shape.num_ws // 3)
    return described(
        name,
        words,
        tensors,
        z_dim=shape.z_dim,
        w_dim=shape.z_dim + shape.class_count,
        num_ws=shape.num_ws,
        classes=shape.class_count,
        bands=(third, 2 * third),
        size=(width, height),
        controls=controls_of(shape),
        mix="lerp" if shape.per_layer else "slerp",
    )


def controls_of(shape: OnnxShape) -> tuple[ControlSpec, ...]:
    """What a hand can move of a graph apart from its latents and classes."""
    made = [*SQUASHED]
    if shape.label is not None:
        text = "Which class the graph is asked for, by its number; after the last the first comes again."
        kind, last = Kind.CHOICE if shape.label_names else Kind.INT, max(1, shape.labels - 1)
        made.append(ControlSpec(LABEL, kind, 0, 0, last, label="Class", help=text, choices=shape.label_names))
    made.extend(_control(number) for number in shape.numbers)
    if shape.noise:
        text = "How strong the graph's noise inputs are; below zero is their negative."
        made.append(ControlSpec(NOISE, Kind.FLOAT, 1.0, 0.0, 2.0, label="Noise", help=text, modulatable=True))
        text = "Seed of the graph's noise inputs."
        made.append(ControlSpec(NOISE_SEED, Kind.INT, 0, 0, 999, label="Noise seed", help=text))
    text = "What the graph's numbers mean: black and white are where they were found, or where you say."
    made.append(ControlSpec(RANGE, Kind.CHOICE, 0, 0, 3, label="Range", help=text, choices=RANGE_CHOICES))
    return tuple(made)


def _control(number: Number) -> ControlSpec:
    address, label = f"/gen/{number.address}", number.slot.name[:40]
    text = f"The graph's input {number.slot.name[:60]}, as it is given to it."
    if number.slot.type == "bool":
        return ControlSpec(address, Kind.BOOL, bool(number.default), label=label, help=text)
    if number.slot.type in ("int64", "int32"):
        return ControlSpec(address, Kind.INT, int(number.default), 0, 999, label=label, help=text)
    reach = max(2.0, 2.0 * abs(number.default))
    low = -reach if number.default < 0 else 0.0
    return ControlSpec(address, Kind.FLOAT, number.default, low, reach, label=label, help=text, modulatable=True)
