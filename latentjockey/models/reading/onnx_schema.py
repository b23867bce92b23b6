"""What the messages of an ONNX file are made of, as data: field numbers, names and kinds of ``onnx.proto``. Pure.

From the ONNX project's published schema, up to IR version 13. Whatever stands in a file and not here refuses the file:
what plays a graph later may give a meaning to it that nobody looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INT, REAL, TEXT, RAW = "int", "real", "text", "raw"
"""Kinds that are no messages: whole number, four or eight bytes of a float, text in UTF-8, bytes as they lie there."""
SKIPPED = "skipped"
"""Texts for people and notes for other machines: bounded by the file, and not kept."""
REFUSED = "refused"
"""Parts that no generator needs, and that could hold anything."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field: ``kind`` is one of the above or the name of a message; ``many`` may stand there any number of times."""

    name: str
    kind: str
    many: bool = False


def _message(**held: tuple[int, str] | tuple[int, str, bool]) -> dict[int, Field]:
    return {number: Field(name, kind, bool(many)) for name, (number, kind, *many) in held.items()}


MODEL, GRAPH, NODE, TENSOR = "model", "graph", "node", "tensor"

MESSAGES: Mapping[str, Mapping[int, Field]] = {
    MODEL: _message(
        ir_version=(1, INT), producer_name=(2, TEXT), producer_version=(3, TEXT), domain=(4, TEXT),
        model_version=(5, INT), doc_string=(6, TEXT), graph=(7, GRAPH), opset_import=(8, "opset", True),
        metadata_props=(14, "entry", True), training_info=(20, REFUSED, True), functions=(25, "function", True),
        configuration=(26, SKIPPED, True),
    ),
    GRAPH: _message(
        node=(1, NODE, True), name=(2, TEXT), initializer=(5, TENSOR, True), doc_string=(10, SKIPPED),
        input=(11, "value_info", True), output=(12, "value_info", True), value_info=(13, SKIPPED, True),
        quantization_annotation=(14, SKIPPED, True), sparse_initializer=(15, REFUSED, True),
        metadata_props=(16, SKIPPED, True),
    ),
    NODE: _message(
        input=(1, TEXT, True), output=(2, TEXT, True), name=(3, SKIPPED), op_type=(4, TEXT),
        attribute=(5, "attribute", True), doc_string=(6, SKIPPED), domain=(7, TEXT), overload=(8, TEXT),
        metadata_props=(9, SKIPPED, True), device_configurations=(10, SKIPPED, True),
    ),
    "attribute": _message(
        name=(1, TEXT), f=(2, REAL), i=(3, INT), s=(4, RAW), t=(5, TENSOR), g=(6, GRAPH), floats=(7, REAL, True),
        ints=(8, INT, True), strings=(9, SKIPPED, True), tensors=(10, TENSOR, True), graphs=(11, GRAPH, True),
        doc_string=(13, SKIPPED), tp=(14, SKIPPED), type_protos=(15, SKIPPED, True), type=(20, INT),
        ref_attr_name=(21, TEXT), sparse_tensor=(22, REFUSED), sparse_tensors=(23, REFUSED, True),
    ),
    TENSOR: _message(
        dims=(1, INT, True), data_type=(2, INT), segment=(3, REFUSED), float_data=(4, REAL, True),
        int32_data=(5, INT, True), string_data=(6, SKIPPED, True), int64_data=(7, INT, True), name=(8, TEXT),
        raw_data=(9, RAW), double_data=(10, REAL, True), uint64_data=(11, INT, True), doc_string=(12, SKIPPED),
        external_data=(13, "entry", True), data_location=(14, INT), metadata_props=(16, SKIPPED, True),
    ),
    "value_info": _message(
        name=(1, TEXT), type=(2, "type"), doc_string=(3, SKIPPED), metadata_props=(4, SKIPPED, True),
    ),
    "type": _message(
        tensor_type=(1, "tensor_type"), sequence_type=(4, SKIPPED), map_type=(5, SKIPPED), denotation=(6, SKIPPED),
        sparse_tensor_type=(8, SKIPPED), optional_type=(9, SKIPPED),
    ),
    "tensor_type": _message(elem_type=(1, INT), shape=(2, "shape")),
    "shape": _message(dim=(1, "dim", True)),
    "dim": _message(dim_value=(1, INT), dim_param=(2, TEXT), denotation=(3, SKIPPED)),
    "entry": _message(key=(1, TEXT), value=(2, TEXT)),
    "opset": _message(domain=(1, TEXT), version=(2, INT)),
    "function": _message(
        name=(1, TEXT), input=(4, TEXT, True), output=(5, TEXT, True), attribute=(6, TEXT, True), node=(7, NODE, True),
        doc_string=(8, SKIPPED), opset_import=(9, "opset", True), domain=(10, TEXT),
        attribute_proto=(11, "attribute", True), value_info=(12, SKIPPED, True), overload=(13, TEXT),
        metadata_props=(14, SKIPPED, True),
    ),
}  # fmt: skip

DOMAINS = frozenset({"", "ai.onnx"})
"""Where operations come from that are ONNX's own. Those of any other domain would need somebody's library."""

NEWEST_IR = 13

ELEMENTS: Mapping[int, tuple[str, str, str]] = {
    1: ("float32", "<f4", "float_data"),
    2: ("uint8", "u1", "int32_data"),
    3: ("int8", "i1", "int32_data"),
    4: ("uint16", "<u2", "int32_data"),
    5: ("int16", "<i2", "int32_data"),
    6: ("int32", "<i4", "int32_data"),
    7: ("int64", "<i8", "int64_data"),
    9: ("bool", "u1", "int32_data"),
    10: ("float16", "<f2", "int32_data"),
    11: ("float64", "<f8", "double_data"),
    12: ("uint32", "<u4", "uint64_data"),
    13: ("uint64", "<u8", "uint64_data"),
    16: ("bfloat16", "<u2", "int32_data"),
}
"""Types of elements by their number: name, how one lies in raw bytes, and in which field they lie where not raw."""
