"""What an ONNX graph's inputs and outputs are found to be, what has to be said, and what is refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.models import container, library
from latentjockey.models.card import UNDISCLOSED
from latentjockey.models.families.family import Converted
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.onnx_shape import OnnxShape, Slot, shape_from_json
from latentjockey.models.onnx_spec import FILE, KIND, controls_of
from latentjockey.models.reading.plain import ONNX, PICKLE, RefusedError
from latentjockey.models.reading.reader import read
from tests.models.families.published import checkpoint, store
from tests.models.reading import onnx_files as made
from tests.models.reading.onnx_files import body, graph, info, model, node, tensor


def converted(data: bytes, tmp_path: Path, **asked: Any) -> Converted:
    (tmp_path / "a.onnx").write_bytes(data)
    found = Onnx().convert(read(tmp_path / "a.onnx"), asked)
    assert found is not None
    return found


def shape_of(data: bytes, tmp_path: Path, **asked: Any) -> OnnxShape:
    return shape_from_json(converted(data, tmp_path, **asked).config)


def hears(inputs: list[bytes], outputs: list[bytes] | None = None, *more: bytes) -> bytes:
    """A graph with these inputs; nothing here looks at what it does with them but by name."""
    steps, weights = body("z", 12)
    return model(graph([*more, *steps], inputs, outputs or [info("image", ["N", 3, 16, 16])], weights))


def test_the_plain_kind(tmp_path: Path) -> None:
    found = converted(made.plain(), tmp_path)
    shape = shape_from_json(found.config)
    assert found.kind == KIND
    assert found.tensors[FILE].tobytes() == made.plain()
    assert shape.latents == (Slot("z", (1, 12), "float32"),)
    assert (shape.z_dim, shape.num_ws, shape.per_layer, shape.class_count) == (12, 3, False, 0)
    assert (shape.image, shape.size, shape.range) == ("image", (16, 16), "signed")
    assert found.card.licence == UNDISCLOSED


@pytest.mark.parametrize(("last", "wanted"), [("Tanh", "signed"), ("Sigmoid", "unit"), ("Identity", ""), ("Relu", "")])
def test_the_last_operation_tells_the_range(tmp_path: Path, last: str, wanted: str) -> None:
    assert shape_of(made.plain(last=last), tmp_path).range == wanted
    assert shape_of(made.plain(last=last), tmp_path, range="0..255").range == "byte"


def test_classes_as_weights_of_a_second_input(tmp_path: Path) -> None:
    found = converted(made.with_classes(), tmp_path, classes=["cat", "dog", "eel"])
    shape = shape_from_json(found.config)
    assert found.classes == ("cat", "dog", "eel")
    assert shape.classes == Slot("class_vector", (1, 3), "float32")
    assert shape.latents == (Slot("z", (1, 12), "float32"),)
    assert (shape.size, shape.range) == ((0, 0), "")
    with pytest.raises(RefusedError, match="3 classes, and 2 different"):
        converted(made.with_classes(), tmp_path, classes=["cat", "dog"])


def test_everything_at_once(tmp_path: Path) -> None:
    shape = shape_of(made.with_all(), tmp_path)
    assert (shape.per_layer, shape.num_ws, shape.z_dim) == (True, 5, 12)
    assert (shape.label, shape.labels) == (Slot("label", (1,), "int64"), 4)
    assert [slot.name for slot in shape.noise] == ["noise_0"]
    assert [(n.address, round(n.default, 6)) for n in shape.numbers] == [("psi", 0.7)]
    assert shape.image == "out"


def test_several_latents_are_one_place(tmp_path: Path) -> None:
    data = hears([info("content", ["N", 8]), info("style", ["N", 5])])
    shape = shape_of(data, tmp_path)
    assert [slot.name for slot in shape.latents] == ["content", "style"]
    assert shape.z_dim == 13
    chosen = shape_of(hears([info("a", ["N", 8]), info("noise", ["N", 5])]), tmp_path)
    assert [slot.name for slot in chosen.latents] == ["a"]
    assert [slot.name for slot in chosen.noise] == ["noise"]


def test_a_latent_called_noise_is_one_where_nothing_else_is(tmp_path: Path) -> None:
    assert shape_of(hears([info("noise", ["N", 12, 1, 1])]), tmp_path).latents[0].shape == (1, 12, 1, 1)


def test_a_lone_map_is_a_latent(tmp_path: Path) -> None:
    shape = shape_of(hears([info("latent", [1, 4, 8, 8])]), tmp_path)
    assert (shape.z_dim, shape.per_layer) == (256, False)


def test_a_batch_that_cannot_be_one(tmp_path: Path) -> None:
    shape = shape_of(made.plain(4), tmp_path)
    assert (shape.latents[0].batch, shape.z_dim) == (4, 12)
    with pytest.raises(RefusedError, match="batch of one"):
        shape_of(made.plain(500), tmp_path)


@pytest.mark.parametrize(
    ("steps", "weights", "width"),
    [
        ([node("Gemm", ["z", "w"], ["x"])], (9, 4), 9),
        ([node("Gemm", ["z", "w"], ["x"], transB=1)], (9, 4), 4),
        ([node("MatMul", ["z", "w"], ["x"])], (9, 4), 9),
        ([node("Reshape", ["z", "s"], ["r"]), node("ConvTranspose", ["r", "w"], ["x"])], (9, 4, 3, 3), 9),
        ([node("Unsqueeze", ["z", "s"], ["r"]), node("Conv", ["r", "w"], ["x"])], (9, 4, 3, 3), 4),
    ],
)
def test_a_width_that_only_the_weights_tell(
    tmp_path: Path, steps: list[bytes], weights: tuple[int, ...], width: int
) -> None:
    held = [tensor("w", np.zeros(weights, np.float32))]
    data = model(graph(steps, [info("z", ["N", "d"])], [info("x", ["N", 3, 8, 8])], held))
    assert shape_of(data, tmp_path).z_dim == width
    assert shape_of(data, tmp_path, width=77).z_dim == 77


def test_a_width_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    data = model(graph([], [info("z", None)], [info("x", ["N", 3, 8, 8])]))
    with pytest.raises(RefusedError, match=r"'z' has; say it with --say width=NUMBER"):
        converted(data, tmp_path)
    assert shape_of(data, tmp_path, width=100).z_dim == 100


def test_a_number_of_classes_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    data = hears([info("z", ["N", 12]), info("y", ["N"], "int64")])
    with pytest.raises(RefusedError, match="--say classes=NUMBER"):
        converted(data, tmp_path)
    assert shape_of(data, tmp_path, classes=7).labels == 7


def test_classes_that_have_numbers_may_be_named(tmp_path: Path) -> None:
    found = converted(made.with_all(), tmp_path, classes=["ash", "elm", "fir", "oak"])
    assert found.classes == (), "there are no weights of them"
    label = next(c for c in controls_of(shape_from_json(found.config)) if c.address == "/gen/label")
    assert (label.kind.name, label.choices) == ("CHOICE", ("ash", "elm", "fir", "oak"))
    with pytest.raises(RefusedError, match="different names"):
        converted(made.with_all(), tmp_path, classes=["ash", "ash"])


def test_switches_and_numbers_become_controls(tmp_path: Path) -> None:
    inputs = [
        info("z", ["N", 12]), info("Truncation Psi", []), info("on", [], "bool"), info("steps", [1], "int32"),
        info("drive", [1]),
    ]  # fmt: skip
    shape = shape_of(hears(inputs), tmp_path)
    kinds = {control.address: control.kind.name for control in controls_of(shape)}
    assert kinds["/gen/truncation_psi"] == "FLOAT"
    assert kinds["/gen/on"] == "BOOL"
    assert kinds["/gen/steps"] == "INT"
    assert "/gen/drive_2" in kinds, "drive is a control of every graph"
    assert shape.label is None


@pytest.mark.parametrize(
    ("inputs", "outputs", "asked", "why"),
    [
        ([], None, {}, "hears no latent"),
        ([info("psi", [1])], None, {}, "hears no latent"),
        ([info("z", ["N", 12]), info("tokens", [1, 77], "int64")], None, {}, "77 whole numbers"),
        ([info("z", ["N", 12]), info("words", None, "uint8")], None, {}, "as uint8"),
        ([info("z", ["N", 12])], [info("score", ["N", 1])], {}, "shape of a picture: it has 'score'"),
        ([info("z", ["N", 12])], None, {"latent": "u"}, "no input 'u' of floats; it has 'z'"),
        ([info("z", ["N", 12])], None, {"image": "u"}, "say it with --say image"),
        ([info("z", ["N", 12])], None, {"range": "wide"}, "range is one of"),
        ([info("z", ["N", 1 << 20])], None, {}, "up to 65536 are played"),
        ([info("z", ["N", 12]), info("y", [1, 1 << 20], "float32")], None, {}, "not played here|1048588 numbers"),
        ([info("z", ["N", 12]), info("m", [1, 1, 1 << 20, 1 << 20])], None, {}, "shape that cannot be"),
    ],
)
def test_what_cannot_be_played_is_said(
    tmp_path: Path, inputs: list[bytes], outputs: list[bytes] | None, asked: dict[str, Any], why: str
) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        converted(hears(inputs, outputs), tmp_path, **asked)
    assert not str(refused.value).endswith(".")


def test_weights_among_the_inputs_are_none(tmp_path: Path) -> None:
    """As files of the first years have it."""
    steps, weights = body("z", 12)
    inputs = [info("z", ["N", 12]), info("w0", [12, 128]), info("b0", [128])]
    old = model(graph(steps, inputs, [info("image", ["N", 3, 16, 16])], weights), ir=3)
    assert shape_of(old, tmp_path).latents == (Slot("z", (1, 12), "float32"),)


def test_the_card_is_what_the_file_says(tmp_path: Path) -> None:
    words = {
        "Author": "A. Painter",
        "license": "CC0-1.0",
        "dataset": "my own drawings",
        "consent": "own",
        "name": "Ink",
    }
    found = converted(made.plain(metadata=words), tmp_path)
    card = found.card
    assert found.name == "Ink"
    assert (card.author, card.licence, card.data, card.consent) == ("A. Painter", "CC0-1.0", "my own drawings", "own")
    assert card.data_licence == UNDISCLOSED


def test_a_file_of_another_form_is_not_ours() -> None:
    assert Onnx().convert(checkpoint({"w": np.zeros(3)}, PICKLE), {}) is None


def test_what_is_stored_is_what_was_found(tmp_path: Path) -> None:
    found = converted(made.with_all(), tmp_path)
    path = store(tmp_path / "x.safetensors", found)
    entry = library.read(path)
    assert entry.spec is not None
    assert (entry.spec.num_ws, entry.spec.w_dim, entry.spec.mix) == (5, 12, "lerp")
    tensors, _ = container.read_header(path)
    assert container.read_tensor(path, tensors[FILE]).tobytes() == made.with_all()


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=6),
    st.lists(st.integers(-3, 300), max_size=4), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_header_is_a_shape_or_broken(data: st.DataObject) -> None:
    config = copy.deepcopy(HEADER)
    tables: list[dict[str, Any]] = [config, config["label"], config["latents"][0], config["numbers"][0]]
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from(tables))
        table[data.draw(st.sampled_from(sorted(table)))] = data.draw(JUNK)
    try:
        shape = shape_from_json(config)
    except (ValueError, TypeError, OverflowError):
        return
    assert controls_of(shape)
    assert shape.z_dim > 0


HEADER: dict[str, Any] = {
    "latents": [{"name": "w", "shape": [1, 5, 12], "type": "float32"}], "per_layer": True, "classes": None,
    "label": {"name": "label", "shape": [1], "type": "int64"}, "labels": 4, "label_names": ["a", "b", "c", "d"],
    "numbers": [{"slot": {"name": "psi", "shape": [], "type": "float32"}, "address": "psi", "default": 0.7}],
    "noise": [], "image": "out", "size": [16, 16], "range": "",
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_graph_has_roles_or_is_refused(data: st.DataObject) -> None:
    side = st.one_of(st.none(), st.integers(1, 9))
    kinds = st.sampled_from(["float32", "float16", "int64", "int32", "bool", "uint8", ""])
    names = st.sampled_from(["z", "noise", "label", "c", "psi", "x", "image"])
    held = st.fixed_dictionaries(
        {"name": names, "type": kinds, "shape": st.one_of(st.none(), st.lists(side, max_size=5))}
    )
    root = {
        "file": np.zeros(4, np.uint8), "ir_version": data.draw(st.sampled_from([3, 8])), "name": "", "producer": "",
        "note": "", "metadata": {}, "inputs": data.draw(st.lists(held, max_size=4, unique_by=lambda i: i["name"])),
        "outputs": data.draw(st.lists(held, max_size=3)), "operations": [],
        "weights": data.draw(st.dictionaries(names, st.just(np.ones(1, np.float32)), max_size=1)),
    }  # fmt: skip
    try:
        found = Onnx().convert(checkpoint(root, ONNX), data.draw(st.sampled_from([{}, {"width": 5}, {"latent": "z"}])))
    except RefusedError as refused:
        told = str(refused)
    else:
        assert found is not None
        told = f"{shape_from_json(found.config).z_dim}"
    assert told
    assert "\n" not in told
