"""ONNX files as data: what is read of them, and what is refused, in a sentence, before anything plays them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.models.reading.limits import LIMITS, Account, Limits
from latentjockey.models.reading.plain import ONNX, Checkpoint, OverloadedError, RefusedError
from latentjockey.models.reading.protobuf import fields, signed, varint, varints
from latentjockey.models.reading.reader import read
from tests.models.reading import onnx_files as made
from tests.models.reading.onnx_files import attribute, body, field, graph, info, model, node, number, tensor
from tests.models.reading.test_reading_mutants import mutants

SMALL = Limits(made=1 << 25, tensors=1 << 25, text=1 << 24, operations=1_000_000, seconds=2.0)
Z, IMAGE = info("z", ["N", 12]), info("image", ["N", 3, 16, 16])


def read_bytes(path: Path, data: bytes, limits: Limits = LIMITS) -> Checkpoint:
    path.write_bytes(data)
    return read(path, limits)


def root_of(path: Path, data: bytes) -> dict[str, Any]:
    root = read_bytes(path, data).root
    assert isinstance(root, dict)
    return root


def with_node(*nodes: bytes, more: bytes = b"") -> bytes:
    """A generator with further operations."""
    steps, weights = body("z", 12)
    return model(graph([*steps, *nodes], [Z], [IMAGE], weights), more=more)


def with_weight(weight: bytes) -> bytes:
    steps, weights = body("z", 12)
    return model(graph(steps, [Z], [IMAGE], [*weights, weight]))


# -- what is read -----------------------------------------------------------------------------------------------------


def test_a_graph_is_read_as_data(tmp_path: Path) -> None:
    data = made.with_all()
    checkpoint = read_bytes(tmp_path / "a", data)
    assert checkpoint.form == ONNX
    root = checkpoint.root
    assert isinstance(root, dict)
    assert root["file"].tobytes() == data
    assert [(i["name"], i["type"], i["shape"]) for i in root["inputs"]] == [
        ("w", "float32", [1, 5, 12]), ("label", "int64", [1]), ("noise_0", "float32", [1, 1, 16, 16]),
        ("psi", "float32", []),
    ]  # fmt: skip
    assert [o["name"] for o in root["outputs"]] == ["flat", "out"]
    assert root["operations"][2] == {
        "op": "Gather", "inputs": ["table", "label"], "outputs": ["embedded"], "numbers": {},
    }  # fmt: skip
    assert np.array_equal(root["weights"]["w1"], made.weight(2, 8, 6, 4, 4))
    assert np.array_equal(root["weights"]["b0"], made.weight(1, 8 * 16)), "floats that lie typed, not raw"
    assert root["weights"]["to"].tolist() == [-1, 8, 4, 4]
    assert root["weights"]["psi"].shape == ()
    assert root["producer"] == "by hand"


def test_what_a_file_says_of_itself_is_read(tmp_path: Path) -> None:
    root = root_of(tmp_path / "a", made.plain(metadata={"author": "A. Painter", "license": "CC0-1.0"}))
    assert root["metadata"] == {"author": "A. Painter", "license": "CC0-1.0"}
    assert root["inputs"][0]["shape"] == [None, 12]


def test_shapes_that_are_not_told(tmp_path: Path) -> None:
    steps, weights = body("z", 12)
    root = root_of(tmp_path / "a", model(graph(steps, [info("z", None)], [info("image", [])], weights)))
    assert root["inputs"][0]["shape"] is None
    assert root["outputs"][0]["shape"] == []


@pytest.mark.parametrize("kind", ["float16", "float64", "uint8", "int32", "int64", "bool"])
def test_weights_of_every_type(tmp_path: Path, kind: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(kind)
    root = root_of(tmp_path / "a", with_weight(tensor("more", values)))
    assert np.array_equal(root["weights"]["more"], values.view("u1") if kind == "bool" else values)


def test_whole_numbers_that_lie_apart_are_those_that_lie_packed(tmp_path: Path) -> None:
    apart = b"".join(field(1, n) for n in (2, 2)) + field(2, 7) + b"".join(field(7, n) for n in (1, -2, 3, 4))
    root = root_of(tmp_path / "a", with_weight(apart + field(8, "more")))
    assert root["weights"]["more"].tolist() == [[1, -2], [3, 4]]


def test_bounds_of_a_constant_may_be_infinite_and_those_of_weights_not(tmp_path: Path) -> None:
    root_of(tmp_path / "a", with_weight(tensor("bound", np.array(np.inf, np.float32))))
    for wrong in (np.inf, -np.inf, 1e30):
        values = np.zeros(40, np.float32)
        values[7] = wrong
        with pytest.raises(RefusedError, match="'bound' are not all numbers"):
            read_bytes(tmp_path / "b", with_weight(tensor("bound", values)))
    with pytest.raises(RefusedError, match="not all numbers"):
        read_bytes(tmp_path / "c", with_weight(tensor("bound", np.array(np.nan, np.float32))))


def test_operations_that_the_file_defines_itself_are_its_own(tmp_path: Path) -> None:
    assert read_bytes(tmp_path / "a", with_node(node("twice", ["image"], ["x"], "mine"), more=function("twice"))).root


# -- what is refused --------------------------------------------------------------------------------------------------


def function(name: str, *calls: str, domain: str = "mine") -> bytes:
    """A function of a model's own that calls others."""
    steps = [node("Add", ["x", "x"], ["y"]), *(node(called, ["x"], ["z"], domain) for called in calls)]
    nodes = b"".join(field(7, step) for step in steps)
    return field(25, field(1, name) + field(4, "x") + field(5, "y") + nodes + field(10, domain))


def external(*entries: tuple[str, str], location: int = 1) -> bytes:
    """Weights that say that they lie somewhere else."""
    told = b"".join(field(13, field(1, key) + field(2, value)) for key, value in entries)
    return field(1, 4) + field(2, 1) + field(8, "far") + told + field(14, location)


def nested(depth: int) -> bytes:
    """Graphs within graphs, by an operation that holds one."""
    inner = graph([], [], [])
    for _ in range(depth):
        inner = graph([field(4, "If") + field(5, field(1, "then_branch") + field(6, inner) + field(20, 5))], [], [])
    return inner


def bomb(levels: int) -> bytes:
    """Functions each of which calls the one below four times."""
    return b"".join(function(f"f{n}", *([f"f{n - 1}"] * 4 if n else [])) for n in range(levels))


RAW = field(9, b"\0" * 16)
ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "weights beside": (lambda: with_weight(external(("location", "w.bin"))), "lie in another file"),
    "weights above": (lambda: with_weight(external(("location", "../../etc/passwd"))), "lie in another file"),
    "weights at the root": (lambda: with_weight(external(("location", "/etc/passwd"))), "lie in another file"),
    "weights in memory": (
        lambda: with_weight(external(("location", "*/_ORT_MEM_ADDR_/*"), ("offset", "4096"))),
        "lie in another file",
    ),
    "weights elsewhere without a path": (lambda: with_weight(external()), "lie in another file"),
    "weights with a path and a place within": (
        lambda: with_weight(external(("location", "/etc/passwd"), location=0)),
        "lie in another file",
    ),
    "a place of more than 32 bits": (lambda: with_weight(external(location=(1 << 32) + 1)), "lie in another file"),
    "weights elsewhere in a constant": (
        lambda: with_node(node("Constant", [], ["c"], value=external(("location", "/etc/passwd")))),
        "lie in another file",
    ),
    "weights elsewhere in a branch": (
        lambda: with_node(
            field(4, "If") + field(5, field(1, "b") + field(6, graph([], [], [], [external(("location", "x"))])))
        ),
        "lie in another file",
    ),
    "weights elsewhere in a function": (
        lambda: with_node(
            more=field(
                25,
                field(1, "f")
                + field(10, "mine")
                + field(7, node("Constant", [], ["c"], value=external(("location", "/etc/passwd")))),
            )
        ),
        "lie in another file",
    ),
    "somebody's operation": (lambda: with_node(node("Run", ["z"], ["x"], "evil.ops")), "library of its own"),
    "onnxruntime's own operation": (
        lambda: with_node(node("EPContext", ["z"], ["x"], "com.microsoft")),
        "library of its own",
    ),
    "Python's operation": (lambda: with_node(node("PythonOp", ["z"], ["x"], "com.microsoft")), "library of its own"),
    "an operation in a branch": (
        lambda: with_node(
            field(4, "If") + field(5, field(1, "b") + field(6, graph([node("Run", [], ["x"], "evil")], [], [])))
        ),
        "library of its own",
    ),
    "an operation in a function": (lambda: with_node(more=function("f", "g", domain="mine")), "library of its own"),
    "a function that calls itself": (lambda: with_node(more=function("f", "f")), "without end"),
    "functions that call each other": (lambda: with_node(more=function("f", "g") + function("g", "f")), "without end"),
    "a bomb of functions": (lambda: with_node(more=bomb(12)), "more operations"),
    "a long row of functions": (lambda: with_node(more=bomb(60)), "without end|more operations"),
    "graphs in graphs": (lambda: model(nested(1000)), "nested deeper"),
    "two graphs": (lambda: made.plain() + field(7, graph([], [], [])), "graph twice"),
    "two types of one input": (
        lambda: model(graph([], [field(1, "z") + 2 * field(2, field(1, field(1, 1)))], [IMAGE])),
        "type twice",
    ),
    "no graph": (lambda: field(1, 8) + field(2, "by hand"), "no graph"),
    "a version from the future": (lambda: model(graph([], [Z], [IMAGE]), ir=60), "IR version 60"),
    "a part from the future": (lambda: made.plain() + field(90, "x"), "number 90"),
    "a part of weights from the future": (lambda: with_weight(field(30, 1)), "number 30"),
    "training": (lambda: made.plain() + field(20, field(1, graph([], [], []))), "training info"),
    "sparse weights": (
        lambda: model(graph([], [Z], [IMAGE]) + field(15, field(1, tensor("s", np.zeros(3, np.float32))))),
        "sparse",
    ),
    "weights of texts": (lambda: with_weight(field(1, 1) + field(2, 8) + field(8, "t")), "type .number 8"),
    "weights of four bits": (lambda: with_weight(field(1, 1) + field(2, 22) + field(8, "t")), "type .number 22"),
    "a type of more than 32 bits": (lambda: with_weight(field(1, 4) + field(2, (1 << 32) + 1) + RAW), "of a type"),
    "more weights than bytes": (lambda: with_weight(field(1, 1 << 40) + field(2, 1) + RAW), "not as long"),
    "a shape whose product turns over": (
        lambda: with_weight(4 * field(1, 1 << 62) + field(2, 1) + RAW),
        "not as long",
    ),
    "less than no weights": (lambda: with_weight(field(1, -4) + field(2, 1) + RAW), "no shape that can be"),
    "weights twice": (
        lambda: with_weight(field(1, 4) + field(2, 1) + RAW + field(4, b"\0" * 16)),
        "not as long",
    ),
    "weights of another type": (lambda: with_weight(field(1, 2) + field(2, 1) + field(7, b"\1\1")), "another type"),
    "a number without end": (lambda: b"\x08\x08\x12\x00\x3a" + b"\xff" * 50, "larger than can be"),
    "a length beyond the file": (lambda: b"\x08\x08\x12\x00\x3a" + number(1 << 62) + b"x", "longer than what holds"),
    "a group": (lambda: made.plain() + number(7 << 3 | 3), "no kind"),
    "a field without a number": (lambda: made.plain() + b"\0\0", "no number"),
    "a name that is no text": (lambda: made.plain() + field(2, b"\xff\xfe"), "a number in it cannot be|cannot be"),
    "a text without end": (lambda: made.plain() + field(2, "x" * (1 << 17)), "longer than any"),
    "an input with a thousand sides": (
        lambda: model(graph([], [info("z", [1] * 1000)], [IMAGE])),
        "1000 sides",
    ),
    "a whole number that is a text": (lambda: made.plain() + field(1, "8"), "no whole number"),
    "a graph that is a number": (lambda: field(1, 8) + field(2, "x") + field(7, 1), "is a number"),
    "cut short": (lambda: made.plain()[:-9], "longer than what holds|cut short"),
}


@pytest.mark.parametrize("shape", ATTACKS)
def test_it_is_refused_in_a_sentence(tmp_path: Path, shape: str) -> None:
    make, why = ATTACKS[shape]
    with pytest.raises(RefusedError, match=why) as refused:
        read_bytes(tmp_path / "model.onnx", make(), SMALL)
    said = str(refused.value)
    assert not isinstance(refused.value, OverloadedError), said
    assert "\n" not in said
    assert 20 < len(said) < 400
    assert set(tmp_path.iterdir()) == {tmp_path / "model.onnx"}


def test_a_flood_of_parts_costs_a_bounded_time(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="more steps"):
        read_bytes(tmp_path / "a", made.plain() + field(14, b"") * 300_000, Limits(operations=200_000))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["plain", "with_classes", "with_all"])
def test_damaged_copies_are_read_or_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    data = getattr(made, kind)()
    was_read = 0
    for count, mutant in enumerate(mutants(data, 2000, f"onnx {kind}")):
        path = tmp_path / str(count)
        path.write_bytes(mutant)
        found = outcome(path)
        if isinstance(found, RefusedError):
            assert not isinstance(found, OverloadedError), (count, str(found))
            assert 3 < len(str(found)) < 400
            assert "\n" not in str(found)
        else:
            was_read += 1
            if found.form == ONNX:
                assert isinstance(found.root, dict)
                assert found.root["file"].tobytes() == mutant
                assert all(np.isfinite(w).all() for w in found.root["weights"].values() if w.size > 16)
        path.unlink()
    assert 0 < was_read < 2000


def outcome(path: Path) -> Checkpoint | RefusedError:
    try:
        return read(path, SMALL)
    except RefusedError as refused:
        return refused


# -- the wire ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=20))
def test_numbers_of_any_size_come_back(numbers: list[int]) -> None:
    data = memoryview(b"".join(map(number, numbers)))
    assert varints(data, Account(LIMITS)) == numbers


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_signed_number_comes_back(value: int) -> None:
    assert signed(varint(memoryview(number(value)), 0)[0]) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_refused(data: bytes) -> None:
    try:
        found = list(fields(memoryview(data), Account(LIMITS)))
    except RefusedError:
        return
    assert sum(len(value) for _, _, value in found if not isinstance(value, int)) <= len(data)


def test_an_attribute_is_what_was_written(tmp_path: Path) -> None:
    root = root_of(tmp_path / "a", with_node(field(4, "Op") + field(5, attribute("axis", -3))))
    assert root["operations"][-1]["numbers"] == {"axis": -3}
