"""The library finds models wherever they lie, and a file of any kind is either a model or a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.models import container, directions, library
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.card import ModelCard, Source, card_to_data
from latentjockey.models.style_spec import KEY, default_bands

CARD = ModelCard(
    "Night garden",
    "the author",
    "Apache-2.0",
    "drawn by code",
    "Apache-2.0",
    "own",
    sources=(Source("night garden", "the author", "Apache-2.0", "own"),),
)


def said(**changes: Any) -> dict[str, Any]:
    """What a good model of ours says of itself."""
    config = {"size": 128, "z_dim": 8, "w_dim": 12, "classes": 3}
    words: dict[str, Any] = {
        "format": 1,
        "kind": "style",
        "name": "Night garden",
        "config": config,
        "classes": ["bloom", "mask", "moth"],
        "bands": [3, 7],
        "card": card_to_data(CARD),
        "direction_labels": ["", "warm"],
    }
    return words | changes


def make(path: Path, words: dict[str, Any], rows: np.ndarray | None = None) -> Path:
    tensors: dict[str, np.ndarray] = {"synthesis.const": np.zeros((4, 4), np.float32)}
    if rows is not None:
        tensors["directions"] = rows
    else:
        words = words | {"direction_labels": []}
    container.write(path, tensors, {KEY: json.dumps(words)})
    return path


ROWS = np.array([[2.0] + [0.0] * 7, [1.0, 1.0] + [0.0] * 6], np.float32)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's own folder of models, empty."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(library, "_BUNDLED", tmp_path / "none")
    folder = library.own_folder()
    folder.mkdir(parents=True)
    return folder


def test_the_built_in_models_are_there_and_stay_what_they_are(own: Path) -> None:
    make(own / "cppn.safetensors", said(), ROWS)
    for name, spec in BUILTIN.items():
        found = library.find(name)
        assert found is not None
        assert found.spec is spec
        assert found.origin == "built in"
    (usurper,) = (entry for entry in library.entries() if entry.origin == "own")
    assert usurper.spec is None
    assert "another model is called cppn" in usurper.trouble


def test_a_file_of_ours_is_a_model(own: Path) -> None:
    path = make(own / "Night Garden.safetensors", said(), ROWS)
    found = library.get("night-garden")
    spec = found.spec
    assert spec is not None
    assert (found.title, found.path, found.origin) == ("Night garden", path, "own")
    assert found.bytes == path.stat().st_size
    assert (spec.name, spec.size, spec.z_dim, spec.w_dim, spec.num_ws) == ("night-garden", (128, 128), 8, 12, 12)
    assert (spec.mix, spec.bands, spec.classes) == ("lerp", (3, 7), ("bloom", "mask", "moth"))
    assert (spec.directions, spec.direction_labels) == (2, ("", "warm"))
    assert spec.card == CARD
    assert all(control.address.startswith("/gen/") for control in spec.controls)


def test_directions_have_length_one_and_keep_their_way(own: Path) -> None:
    make(own / "x.safetensors", said(), ROWS)
    rows = directions.load("x")
    assert rows is not None
    np.testing.assert_allclose(rows, [[1] + [0] * 7, [0.5**0.5, 0.5**0.5] + [0] * 6], atol=1e-6)


@pytest.mark.parametrize("rows", [np.full((2, 8), np.nan, np.float32), np.zeros((2, 8), np.float32)])
def test_useless_directions_are_none(own: Path, rows: np.ndarray) -> None:
    make(own / "x.safetensors", said(), rows)
    assert directions.load("x") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_model_and_is_not_waited_for(own: Path) -> None:
    for name in ("x.safetensors", "y.pkl", "z.onnx", "folder/config.json", "other/model_index.json"):
        (own / name).parent.mkdir(exist_ok=True)
        os.mkfifo(own / name)
    found = {entry.name: entry.trouble for entry in library.entries() if entry.origin == "own"}
    assert set(found) == {"x", "y", "z"}
    assert found["x"] == "x.safetensors is no file: a pipe or a device of that name cannot be a model; remove it."


def test_a_file_that_was_replaced_is_read_anew(own: Path) -> None:
    path = make(own / "x.safetensors", said(), ROWS)
    assert library.get("x").title == "Night garden"
    make(path, said(name="Second night", direction_labels=[]), ROWS[:1])
    assert library.get("x").title == "Second night"
    rows = directions.load("x")
    assert rows is not None
    assert rows.shape == (1, 8)
    path.unlink()
    assert library.find("x") is None


def test_more_folders_come_from_the_environment_and_go_first(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    make(first / "x.safetensors", said(name="first"))
    make(second / "x.safetensors", said(name="second"))
    make(own / "y.safetensors", said(name="third"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, os.pathsep.join((str(first), str(second))))
    assert library.get("x").title == "first"
    assert library.get("y").title == "third"
    assert [e.name for e in library.entries() if e.trouble] == ["x"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"kind": "dataset"}, "'dataset'"),
        ({"format": 2}, "newer latentjockey"),
        ({"format": True}, "which format"),
        ({"config": 7}, "no table"),
        ({"config": {"size": 100, "z_dim": 8, "w_dim": 12, "classes": 3}}, "power of two"),
        ({"config": {"size": 2**20, "z_dim": 8, "w_dim": 12, "classes": 3}}, "size"),
        ({"config": {"size": 128, "z_dim": 8.0, "w_dim": 12, "classes": 3}}, "z_dim"),
        ({"classes": ["a", "b"]}, "as many classes"),
        ({"classes": ["a", "a", "b"]}, "the same"),
        ({"classes": "abc"}, "no list"),
        ({"bands": [7, 3]}, "bands"),
        ({"bands": [3, 12]}, "bands"),
        ({"card": []}, "card"),
        ({"card": {"sources": [{"name": 3}]}}, "no text"),
        ({"direction_labels": ["a", "b", "c"]}, "more directions"),
    ],
)
def test_what_cannot_be_is_a_sentence(own: Path, words: dict[str, Any], why: str) -> None:
    make(own / "x.safetensors", said(**words), ROWS)
    (entry,) = (entry for entry in library.entries() if entry.origin == "own")
    assert entry.spec is None
    assert why in entry.trouble
    assert entry.trouble.startswith("x.safetensors ")
    assert entry.trouble.endswith(".")
    with pytest.raises(library.NoModelError, match=r"x\.safetensors"):
        library.get("x")


def test_files_of_others_say_so(own: Path) -> None:
    container.write(own / "a.safetensors", {"w": np.zeros(3, np.float32)}, {"format": "pt"})
    (own / "b.safetensors").write_bytes(b"not at all")
    (own / "c.safetensors").mkdir()
    (own / "notes.txt").write_text("no model")
    troubles = {e.name: e.trouble for e in library.entries() if e.origin == "own"}
    assert list(troubles) == ["a", "b", "c"]
    assert troubles["a"] == ""
    assert library.read(own / "a.safetensors").unread
    assert "no safetensors file" in troubles["b"]
    assert "cannot be read" in troubles["c"]


def test_an_unknown_name_says_which_there_are(own: Path) -> None:
    make(own / "moths.safetensors", said(name="Moths"))
    with pytest.raises(library.NoModelError, match=r"there are moths, cppn, testcard\."):
        library.get("butterflies")


@given(size=st.sampled_from([8, 16, 32, 64, 128, 256, 512, 1024]))
def test_bands_that_a_file_leaves_out_lie_within_the_layers(size: int) -> None:
    num_ws = 2 * (size.bit_length() - 2)
    coarse, middle = default_bands(num_ws)
    assert 0 < coarse <= middle < num_ws


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200)
@given(key=st.sampled_from([*said(), "new"]), value=JSON)
def test_any_words_give_a_model_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, key: str, value: Any) -> None:
    path = make(tmp_path_factory.mktemp("models") / "x.safetensors", said(**{key: value}), ROWS)
    entry = library.read(path)
    assert (entry.spec is not None) + bool(entry.trouble) + entry.unread == 1
    assert "\n" not in entry.trouble
    assert entry.title


@settings(max_examples=100)
@given(data=st.data())
def test_any_bytes_give_a_model_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = make(tmp_path_factory.mktemp("models") / "x.safetensors", said(), ROWS)
    whole = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    entry = library.read(path)
    assert (entry.spec is not None) + bool(entry.trouble) + entry.unread == 1


def test_the_players_own_hides_what_came_along_unless_it_cannot_be_played(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    monkeypatch.setattr(library, "_BUNDLED", bundled)
    make(bundled / "garden.safetensors", said(), ROWS)
    (own / "garden.safetensors").write_bytes(b"not a model at all")
    assert library.get("garden").origin == "bundled"
    make(own / "garden.safetensors", said(), ROWS)
    assert library.get("garden").origin == "own"
    (hidden,) = (entry for entry in library.entries() if entry.trouble)
    assert hidden.origin == "bundled"
