"""A DCGAN as an ONNX file, byte by byte: protobuf needs no library for so little. Pure, numpy only.

The graph hears ``z`` (1, z_dim) and, where the network has classes, ``class_vector`` (1, classes); it gives ``image``
(1, 3, H, W) from -1 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.dcgan_shape import TRANSPOSED, DcganShape

_IR, _OPSET = 8, 17
_FLOAT32, _INT64 = 1, 7
_WHOLE_ATTRIBUTE, _WHOLES_ATTRIBUTE = 2, 7
_ACTIVATIONS = {"relu": "Relu", "none": "Identity"}


def dcgan_graph(shape: DcganShape, tensors: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The file of the network of ``shape`` with these ``tensors``, named as in a model file of ours.

    Raises ValueError for a shape that is not one of transposed convolutions with rectifiers, and tanh at the end.
    """
    if shape.output != "tanh" or any(s.op != TRANSPOSED or s.activation not in _ACTIVATIONS for s in shape.stages):
        raise ValueError("only transposed convolutions with rectifiers and tanh are written")
    heard = [("z", shape.z_dim), *([("class_vector", shape.classes)] if shape.classes else [])]
    nodes = [_node("Concat", [name for name, _ in heard], "heard", axis=1), _node("Reshape", ["heard", "map"], "x0")]
    weights = [_tensor("map", np.array([1, shape.width, 1, 1], np.int64))]
    for i, stage in enumerate(shape.stages):
        steps, pads = [stage.stride] * 2, [stage.padding] * 4
        made = _node("ConvTranspose", [f"x{i}", f"w{i}", f"b{i}"], f"h{i}", strides=steps, pads=pads,
                     kernel_shape=[stage.kernel] * 2, output_padding=[stage.extra] * 2)  # fmt: skip
        nodes += [made, _node(_ACTIVATIONS[stage.activation], [f"h{i}"], f"x{i + 1}")]
        weights += [_tensor(f"{to}{i}", tensors[f"stages.{i}.{part}"]) for to, part in (("w", "weight"), ("b", "bias"))]
    nodes.append(_node("Tanh", [f"x{len(shape.stages)}"], "image"))
    side = shape.sides[-1]
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "dcgan")
    graph += b"".join(_field(5, weight) for weight in weights)
    graph += b"".join(_field(11, _info(name, (1, width))) for name, width in heard)
    graph += _field(12, _info("image", (1, 3, side, side)))
    return _field(1, _IR) + _field(7, graph) + _field(8, _field(1, "") + _field(2, _OPSET))


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def _field(at: int, value: bytes | str | int) -> bytes:
    """One field of a message: a number, or anything that has a length."""
    if isinstance(value, int):
        return _varint(at << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(at << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, values: NDArray[Any]) -> bytes:
    kind = _FLOAT32 if values.dtype.kind == "f" else _INT64
    sides = b"".join(_field(1, n) for n in values.shape)
    return sides + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def _node(operation: str, inputs: Sequence[str], output: str, **attributes: int | Sequence[int]) -> bytes:
    made = b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, operation)
    return made + b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _WHOLE_ATTRIBUTE)
    return _field(1, name) + b"".join(_field(8, n) for n in value) + _field(20, _WHOLES_ATTRIBUTE)


def _info(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_field(1, _field(1, n)) for n in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT32) + _field(2, sides)))
