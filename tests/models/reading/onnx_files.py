"""ONNX files, written byte by byte: small generators of random numbers, and the parts that they are made of."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {"float32": 1, "uint8": 2, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11}


def number(value: int) -> bytes:
    """A varint."""
    value &= (1 << 64) - 1
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def field(at: int, value: bytes | str | int | float) -> bytes:
    """One field of a message."""
    if isinstance(value, int):
        return number(at << 3) + number(value)
    if isinstance(value, float):
        return number(at << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return number(at << 3 | 2) + number(len(data)) + data


def tensor(name: str, values: NDArray[Any], *, raw: bool = True) -> bytes:
    """TensorProto."""
    made = b"".join(field(1, n) for n in values.shape) + field(2, TYPES[str(values.dtype)])
    if raw:
        return made + field(8, name) + field(9, values.tobytes())
    if values.dtype.kind == "f":
        return made + field(4, values.astype("<f4").tobytes()) + field(8, name)
    return made + field(7, b"".join(number(int(n)) for n in values.reshape(-1))) + field(8, name)


def attribute(name: str, value: int | float | Sequence[int] | str | bytes) -> bytes:
    """AttributeProto: whole numbers, one float, a text, or (as bytes) a tensor."""
    if isinstance(value, bytes):
        return field(1, name) + field(5, value) + field(20, 4)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, n) for n in value) + field(20, 7)


def node(op: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Any) -> bytes:
    """NodeProto."""
    made = b"".join(field(1, n) for n in inputs) + b"".join(field(2, n) for n in outputs) + field(4, op)
    made += b"".join(field(5, attribute(name, value)) for name, value in attributes.items())
    return made + (field(7, domain) if domain else b"")


def info(name: str, shape: Sequence[int | str] | None, kind: str = "float32") -> bytes:
    """ValueInfoProto; a side that is a text is free, no shape is not told."""
    dims = b"".join(field(1, field(2, n) if isinstance(n, str) else field(1, n)) for n in shape or ())
    told = field(1, TYPES[kind]) + (field(2, dims) if shape is not None else b"")
    return field(1, name) + field(2, field(1, told))


def graph(
    nodes: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes], weights: Sequence[bytes] = ()
) -> bytes:
    """GraphProto."""
    made = b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, w) for w in weights)
    return made + b"".join(field(11, n) for n in inputs) + b"".join(field(12, n) for n in outputs)


def model(
    graph: bytes, metadata: Mapping[str, str] | None = None, *, ir: int = 8, opset: int = 17, more: bytes = b""
) -> bytes:
    """ModelProto."""
    made = field(1, ir) + field(2, "by hand") + field(7, graph) + field(8, field(1, "") + field(2, opset))
    props = (field(1, key) + field(2, value) for key, value in (metadata or {}).items())
    return made + b"".join(field(14, entry) for entry in props) + more


# -- generators -------------------------------------------------------------------------------------------------------


def weight(seed: int, *shape: int) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)


def body(heard: str, wide: int, *, last: str = "Tanh", seed: int = 0) -> tuple[list[bytes], list[bytes]]:
    """Operations and weights from ``heard`` (N, wide) to ``image`` (N, 3, 16, 16)."""
    nodes = [
        node("Gemm", [heard, "w0", "b0"], ["h0"]),
        node("Reshape", ["h0", "to"], ["h1"]),
        node("Relu", ["h1"], ["h2"]),
        node("ConvTranspose", ["h2", "w1"], ["h3"], kernel_shape=[4, 4], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["h3"], ["h4"]),
        node("ConvTranspose", ["h4", "w2"], ["h5"], kernel_shape=[4, 4], strides=[2, 2], pads=[1, 1, 1, 1]),
        node(last, ["h5"], ["image"]),
    ]
    weights = [
        tensor("w0", weight(seed, wide, 8 * 16)),
        tensor("b0", weight(seed + 1, 8 * 16), raw=False),
        tensor("to", np.array([-1, 8, 4, 4]), raw=False),
        tensor("w1", weight(seed + 2, 8, 6, 4, 4)),
        tensor("w2", weight(seed + 3, 6, 3, 4, 4)),
    ]
    return nodes, weights


def plain(
    batch: int | str = "N", wide: int = 12, metadata: Mapping[str, str] | None = None, last: str = "Tanh"
) -> bytes:
    """z (N, wide) → image (N, 3, 16, 16)."""
    nodes, weights = body("z", wide, last=last)
    image = info("image", [batch, 3, 16, 16])
    return model(graph(nodes, [info("z", [batch, wide])], [image], weights), metadata)


def with_classes(wide: int = 12, classes: int = 3) -> bytes:
    """z and class weights, laid side by side; a picture with its colours last, from 0 to 255, of sides not told."""
    nodes, weights = body("zc", wide + classes, last="Sigmoid")
    nodes.insert(0, node("Concat", ["z", "class_vector"], ["zc"], axis=1))
    nodes.append(node("Mul", ["image", "white"], ["loud"]))
    nodes.append(node("Transpose", ["loud"], ["picture"], perm=[0, 2, 3, 1]))
    weights.append(tensor("white", np.array(255.0, np.float32)))
    inputs = [info("z", ["N", wide]), info("class_vector", ["N", classes])]
    return model(graph(nodes, inputs, [info("picture", ["N", "h", "w", 3])], weights))


def with_all(layers: int = 5, wide: int = 12) -> bytes:
    """w (1, layers, wide), a label, a noise map, psi with a value of its own; grey, and another output besides."""
    nodes = [
        node("Mul", ["w", "psi"], ["w_psi"]),
        node("ReduceMean", ["w_psi"], ["flat"], axes=[1], keepdims=0),
        node("Gather", ["table", "label"], ["embedded"]),
        node("Add", ["flat", "embedded"], ["heard"]),
    ]
    more, weights = body("heard", wide)
    extra = [
        node("ReduceMean", ["image"], ["grey"], axes=[1], keepdims=1),
        node("Add", ["grey", "noise_0"], ["out"]),
    ]
    inputs = [
        info("w", [1, layers, wide]), info("label", [1], "int64"), info("noise_0", [1, 1, 16, 16]), info("psi", []),
    ]  # fmt: skip
    weights += [tensor("table", weight(9, 4, wide)), tensor("psi", np.array(0.7, np.float32))]
    outputs = [info("flat", [1, wide]), info("out", [1, 1, 16, 16])]
    return model(graph([*nodes, *more, *extra], inputs, outputs, weights))
