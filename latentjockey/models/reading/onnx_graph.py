"""An ONNX file as data: what goes in and comes out, its operations, its weights, what it says of itself. numpy only.

Nothing of the graph is run here, and nothing follows a path: weights that lie in other files, and operations that
would need somebody's library, refuse the file. Every part is compared with the schema, every weight with its bytes, so
that the program that plays the graph later is given only what was understood here.

The file itself stays in what is read, as bytes: it is what will be played.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.onnx_schema import (
    DOMAINS,
    ELEMENTS,
    INT,
    MESSAGES,
    MODEL,
    NEWEST_IR,
    RAW,
    REAL,
    REFUSED,
    SKIPPED,
    TEXT,
    Field,
)
from latentjockey.models.reading.plain import RefusedError
from latentjockey.models.reading.protobuf import BYTES, EIGHT, FOUR, VARINT, fields, real, signed, varints

Message = dict[str, Any]

_LARGEST = (1 << 31) - 1
_DEEPEST = 40
_DEEPEST_FUNCTIONS = 12
_MOST_OPERATIONS = 200_000
_LONGEST_TEXT = 1 << 16
_SMALL = 16
"""Constants of so few numbers may be infinite, as the bounds of a clip are."""
_WILDEST = 1e18
_MOST_DIMENSIONS = 8
_EXPORTED = "export it again with its weights in the file (external_data=False)"


def is_onnx(head: bytes) -> bool:
    """Whether a file begins as the programs that write ONNX begin: a small version, then who wrote it, or the graph."""
    return (
        len(head) > 4 and head[0] == 0x08 and head[1] < 0x40 and head[2] in (0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42)
    )


def read_graph(data: memoryview, account: Account) -> dict[str, Any]:
    """What the file in ``data`` holds, as plain data. Raises RefusedError.

    ``file`` is the file itself (uint8); ``inputs`` and ``outputs`` are lists of ``name``, ``type`` (empty where it is
    no tensor) and ``shape`` (``None`` for sides that are not told, ``None`` altogether where nothing is);
    ``operations`` of the graph itself are lists of ``op``, ``inputs``, ``outputs`` and whole-number ``numbers``;
    ``weights`` are the initializers by name, ``metadata`` texts by name, ``producer`` who wrote it, ``note`` what was
    written of it.
    """
    if len(data) > _LARGEST:
        raise RefusedError("it is larger than 2 GiB, which no ONNX file can be")
    model = _parsed(data, MODEL, account, 0)
    _look_at_version(model)
    if "graph" not in model:
        raise damaged("there is no graph in it")
    _look_at_operations(model)
    graph = model["graph"]
    _Weights(account).look_at(model)
    entries = [(entry.get("key", ""), entry.get("value", "")) for entry in model.get("metadata_props", [])]
    return {
        "file": np.frombuffer(data, np.uint8),
        "ir_version": model["ir_version"],
        "name": graph.get("name", ""),
        "producer": " ".join(filter(None, (model.get("producer_name"), model.get("producer_version")))),
        "note": model.get("doc_string", ""),
        "metadata": {key: value for key, value in entries if key},
        "inputs": [_told(held) for held in graph.get("input", [])],
        "outputs": [_told(held) for held in graph.get("output", [])],
        "operations": [_operation(node) for node in graph.get("node", [])],
        "weights": {t.get("name", ""): t["values"] for t in graph.get("initializer", [])},
    }


# -- messages ---------------------------------------------------------------------------------------------------------


def _parsed(data: memoryview, kind: str, account: Account, depth: int) -> Message:
    """The message in ``data``, and all within it, by the names of the schema."""
    if depth > _DEEPEST:
        raise RefusedError("its graphs are nested deeper than those of any model; it is damaged, or no model")
    schema = MESSAGES[kind]
    made: Message = {}
    for number, wire, value in fields(data, account):
        field = schema.get(number)
        if field is None:
            raise RefusedError(
                f"its {kind.replace('_', ' ')} has a part (number {number}) that ONNX did not have when this was "
                "written; it is damaged, or export it for an older version of ONNX"
            )
        if field.kind == SKIPPED:
            continue
        if field.kind == REFUSED:
            raise RefusedError(f"it holds {field.name.replace('_', ' ')}, which is not played here; export it without")
        _put(made, field, wire, value, account, depth)
    return made


def _put(made: Message, field: Field, wire: int, value: int | memoryview, account: Account, depth: int) -> None:
    if field.kind == INT:
        _put_int(made, field, wire, value, account)
        return
    if isinstance(value, int):
        raise damaged(f"its {field.name} is a number")
    if field.kind == REAL:
        if wire not in (FOUR, EIGHT) and not (wire == BYTES and field.many):
            raise damaged(f"its {field.name} is no number")
        held: Any = value if field.many else real(value)
    elif wire != BYTES:
        raise damaged(f"its {field.name} is a number")
    elif field.kind == TEXT:
        if len(value) > _LONGEST_TEXT:
            raise damaged(f"its {field.name} is longer than any")
        held = str(value, "utf-8")
    elif field.kind == RAW:
        held = value
    else:
        if field.name in made and not field.many:  # which a writer never does, and readers join in ways of their own
            raise damaged(f"it has its {field.name} twice")
        held = _parsed(value, field.kind, account, depth + 1)
    if field.many:
        made.setdefault(field.name, []).append(held)
    else:
        made[field.name] = held


def _put_int(made: Message, field: Field, wire: int, value: int | memoryview, account: Account) -> None:
    if wire == VARINT and isinstance(value, int):
        found = [value]
    elif wire == BYTES and field.many and not isinstance(value, int):
        found = varints(value, account)
    else:
        raise damaged(f"its {field.name} is no whole number")
    if field.many:
        made.setdefault(field.name, []).extend(map(signed, found))
    else:
        made[field.name] = signed(found[0])


def _told(held: Message) -> dict[str, Any]:
    """The name, type and shape of an input or output."""
    tensor = held.get("type", {}).get("tensor_type")
    if tensor is None:
        return {"name": held.get("name", ""), "type": "", "shape": None}
    dims = tensor["shape"].get("dim", []) if "shape" in tensor else None
    if dims is not None and len(dims) > _MOST_DIMENSIONS:
        raise damaged(f"an input or output has {len(dims)} sides")
    sides = None if dims is None else [_side(dim) for dim in dims]
    element = ELEMENTS.get(tensor.get("elem_type", 0))
    return {"name": held.get("name", ""), "type": element[0] if element else "", "shape": sides}


def _side(dim: Message) -> int | None:
    size: int = dim.get("dim_value", 0)
    return size if size > 0 and "dim_param" not in dim else None


def _operation(node: Message) -> dict[str, Any]:
    numbers = {a.get("name", ""): a["i"] for a in node.get("attribute", []) if "i" in a}
    return {
        "op": node.get("op_type", "") if node.get("domain", "") in DOMAINS else "",
        "inputs": node.get("input", []),
        "outputs": node.get("output", []),
        "numbers": numbers,
    }


# -- what is refused --------------------------------------------------------------------------------------------------


def _look_at_version(model: Message) -> None:
    version = model.get("ir_version", 0)
    if not 0 < version <= NEWEST_IR:
        raise RefusedError(
            f"it is of ONNX's IR version {version}, and 1 to {NEWEST_IR} are read; it is damaged, or export it for "
            "an older one"
        )


def _look_at_operations(model: Message) -> None:
    """That every operation is ONNX's own or defined in the file, and that all that would be done is bounded."""
    functions = {_called(f, "name"): f for f in model.get("functions", [])}
    if len(functions) != len(model.get("functions", [])):
        raise damaged("two of its functions have one name")
    weights: dict[tuple[str, ...], int] = {}

    def weigh(nodes: list[Message], within: tuple[tuple[str, ...], ...]) -> int:
        total = 0
        for node in nodes:
            called = _called(node, "op_type")
            if called in functions:
                total += function_weight(called, within)
            elif called[0] not in DOMAINS:
                raise RefusedError(
                    f"it asks for the operation {_shown(called[1])} of {_shown(called[0])}, which is not ONNX's own "
                    "and would need a library of its own, and none is loaded; export it with ONNX's operations alone"
                )
            total += 1
            for attribute in node.get("attribute", []):
                inner = attribute.get("graphs", []) + ([attribute["g"]] if "g" in attribute else [])
                total += sum(weigh(graph.get("node", []), within) for graph in inner)
            if total > _MOST_OPERATIONS:
                raise RefusedError("it has more operations than any generator; it was made to keep a machine busy")
        return total

    def function_weight(called: tuple[str, ...], within: tuple[tuple[str, ...], ...]) -> int:
        if called in within or len(within) > _DEEPEST_FUNCTIONS:
            raise RefusedError("its functions call each other without end, as in no model")
        if called not in weights:
            weights[called] = weigh(functions[called].get("node", []), (*within, called))
        return weights[called]

    weigh(model["graph"].get("node", []), ())
    for called in functions:
        function_weight(called, ())


def _called(held: Message, name: str) -> tuple[str, ...]:
    return held.get("domain", ""), held.get(name, ""), held.get("overload", "")


def _shown(text: str) -> str:
    """A word of a stranger's, in a few characters."""
    return repr("".join(c if c.isprintable() else "?" for c in text[:60]))


# -- weights ----------------------------------------------------------------------------------------------------------


class _Weights:
    """Turns every tensor of a model into an array, which stands under ``values`` in its message then."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def look_at(self, model: Message) -> None:
        for tensor in self._of_graph(model["graph"]):
            tensor["values"] = self._array(tensor)
        for function in model.get("functions", []):
            for tensor in self._of_nodes(function.get("node", [])):
                tensor["values"] = self._array(tensor)
            for tensor in self._of_attributes(function.get("attribute_proto", [])):
                tensor["values"] = self._array(tensor)

    def _of_graph(self, graph: Message) -> Iterator[Message]:
        yield from graph.get("initializer", [])
        yield from self._of_nodes(graph.get("node", []))

    def _of_nodes(self, nodes: list[Message]) -> Iterator[Message]:
        for node in nodes:
            yield from self._of_attributes(node.get("attribute", []))

    def _of_attributes(self, attributes: list[Message]) -> Iterator[Message]:
        for attribute in attributes:
            if "t" in attribute:
                yield attribute["t"]
            yield from attribute.get("tensors", [])
            for graph in attribute.get("graphs", []) + ([attribute["g"]] if "g" in attribute else []):
                yield from self._of_graph(graph)

    def _array(self, tensor: Message) -> NDArray[Any]:
        name = _shown(tensor.get("name", ""))
        if tensor.get("external_data") or tensor.get("data_location", 0):
            raise RefusedError(f"its weights {name} lie in another file, and only this one is read; {_EXPORTED}")
        element = ELEMENTS.get(tensor.get("data_type", 0))
        if element is None:
            raise RefusedError(
                f"its weights {name} are of a type (number {tensor.get('data_type', 0)}) that is not read here; export "
                "it in float32"
            )
        shape = tuple(tensor.get("dims", []))
        if len(shape) > _MOST_DIMENSIONS or any(n < 0 for n in shape):
            raise damaged(f"its weights {name} have no shape that can be")
        count = math.prod(shape)
        values = self._values(tensor, element, count)
        if values.size != count:
            raise damaged(f"its weights {name} are not as many as their shape says")
        self._account.hold(values.nbytes)
        _look_at_numbers(name, self._floats(values) if element[0] == "bfloat16" else values)
        return values.reshape(shape)

    def _values(self, tensor: Message, element: tuple[str, str, str], count: int) -> NDArray[Any]:
        _, code, field = element
        dtype = np.dtype(code)
        typed = [f for f in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data") if f in tensor]
        if "raw_data" in tensor:
            raw = tensor["raw_data"]
            if typed or len(raw) != count * dtype.itemsize:
                raise damaged("its weights are not as long as their shape says")
            return np.frombuffer(raw, dtype)
        if typed and typed != [field]:
            raise damaged("its weights are of another type than they say")
        held = tensor.get(field, [])
        if field in ("float_data", "double_data"):
            return self._joined(held, dtype)
        self._account.make(8 * len(held))
        wide = np.array([n & ((1 << 64) - 1) for n in held], np.uint64)
        return wide.astype(np.uint16).view(dtype) if element[0] == "float16" else wide.astype(dtype)

    def _joined(self, pieces: list[memoryview], dtype: np.dtype[Any]) -> NDArray[Any]:
        if any(len(piece) % dtype.itemsize for piece in pieces):
            raise damaged("its weights are no whole numbers of bytes")
        if len(pieces) == 1:
            return np.frombuffer(pieces[0], dtype)
        self._account.make(sum(map(len, pieces)))
        return np.frombuffer(b"".join(pieces), dtype)

    def _floats(self, bits: NDArray[Any]) -> NDArray[np.float32]:
        self._account.make(4 * bits.size)
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _look_at_numbers(name: str, values: NDArray[Any]) -> None:
    """That floats are numbers that weights can be; a constant may be infinite."""
    if values.dtype.kind != "f" or not values.size:
        return
    with np.errstate(invalid="ignore"):
        low, high = float(values.min()), float(values.max())
    sound = not math.isnan(low) and (values.size <= _SMALL or -_WILDEST <= low <= high <= _WILDEST)
    if not sound:
        raise RefusedError(f"its weights {name} are not all numbers that can be; it is damaged, or its training failed")
