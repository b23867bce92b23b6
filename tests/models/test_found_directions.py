"""What was found for a model: kept by content, believed only as far as it fits, and never run."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.models import container, directions, found_directions, library
from latentjockey.models.found_directions import KEY, Found, NotWholeError, W, Z
from latentjockey.models.style_spec import KEY as MODEL_KEY

CONFIG = {"size": 64, "z_dim": 4, "w_dim": 6, "classes": 0}
LAYERS = 10
"""Layer latents of a model of 64 px."""


def made(space: str = W, count: int = 3, dim: int = 6) -> Found:
    dice = np.random.default_rng(count)
    return Found(
        space=space,
        rows=dice.standard_normal((count, dim)).astype(np.float32),
        layers=np.array([[0, LAYERS], [0, 2], [2, LAYERS]][:count], np.int64),
        labels=("PCA 1", "SeFa 1 coarse", "SeFa 2 fine")[:count],
        effects=np.array([0.2, 0.1, 0.001][:count], np.float32),
        evened=np.full(count, 0.05, np.float32),
        alive=np.array([True, True, False][:count]),
        random=0.08,
        places=4,
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's folder of models."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    place = library.own_folder()
    place.mkdir(parents=True)
    return place


def model(path: Path, config: dict[str, int] = CONFIG, word: str = "", **tensors: Any) -> Path:
    words = {"format": 1, "kind": "style", "name": "Moths", "config": config, "note": word}
    weights = {"w": np.zeros(4, np.float32), **tensors}
    container.write(path, weights, {MODEL_KEY: json.dumps(words)})
    return path


def keep(path: Path, found: Found) -> Path:
    target = found_directions.identified(path)
    found_directions.save(target, found)
    return target


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path, found = tmp_path / "a.safetensors", made()
    found_directions.save(path, found)
    again = found_directions.load(path)
    for name in ("rows", "layers", "effects", "evened", "alive"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
        assert not getattr(again, name).flags.writeable
    assert (again.space, again.labels, again.random, again.places) == (W, found.labels, 0.08, 4)


Change = Callable[[dict[str, Any], dict[str, Any]], None]


def _set(key: str, value: Any) -> Change:
    return lambda words, tensors: words.__setitem__(key, value)


def _tensor(key: str, value: Any) -> Change:
    return lambda words, tensors: tensors.__setitem__(key, value)


@pytest.mark.parametrize(
    "change",
    [
        _set("format", 2),
        _set("format", "1"),
        _set("space", "x"),
        _set("labels", ["PCA 1"]),
        _set("labels", "PCA"),
        _set("labels", [1, 2, 3]),
        _set("random", "loud"),
        _tensor("rows", np.full((3, 6), np.nan, np.float32)),
        _tensor("rows", np.full((3, 6), np.inf, np.float32)),
        _tensor("rows", np.full((3, 6), 1e30, np.float32)),
        _tensor("rows", np.zeros((3, 6), np.float64)),
        _tensor("rows", np.zeros(18, np.float32)),
        _tensor("rows", np.zeros((0, 6), np.float32)),
        _tensor("rows", np.zeros((600, 6), np.float32)),
        _tensor("layers", np.array([[0, 0], [0, 1], [0, 1]])),
        _tensor("layers", np.array([[-1, 1], [0, 1], [0, 1]])),
        _tensor("layers", np.array([[0, 1 << 40], [0, 1], [0, 1]])),
        _tensor("layers", np.zeros((2, 2), np.int64)),
        _tensor("effects", np.full(3, np.nan, np.float32)),
        _tensor("evened", np.zeros(2, np.float32)),
        _tensor("alive", np.zeros(3, np.float32)),
    ],
)
def test_a_strangers_file_is_refused_in_one_sentence(tmp_path: Path, change: Change) -> None:
    path, found = tmp_path / "a.safetensors", made()
    found_directions.save(path, found)
    infos, metadata = container.read_header(path)
    words = json.loads(metadata[KEY])
    tensors = {name: container.read_tensor(path, info) for name, info in infos.items()}
    change(words, tensors)
    container.write(path, tensors, {KEY: json.dumps(words)})
    with pytest.raises(NotWholeError) as refused:
        found_directions.load(path)
    assert str(refused.value).startswith("a.safetensors ")
    assert str(refused.value).count(".") == 2


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


@pytest.mark.parametrize("content", [b"", b"\x80\x04", pickle.dumps(_Bomb()), b"\x93NUMPY" + bytes(99), bytes(4096)])
def test_nothing_else_is_ever_read_or_run(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(StageError):
        found_directions.load(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0.0, 1.0), byte=st.integers(0, 255), cut=st.booleans())
def test_any_mutant_gives_whole_directions_or_one_sentence(tmp_path: Path, place: float, byte: int, cut: bool) -> None:
    path = tmp_path / "a.safetensors"
    found_directions.save(path, made())
    content = bytearray(path.read_bytes())
    at = min(len(content) - 1, int(place * len(content)))
    content[at] = byte
    path.write_bytes(bytes(content[:at] if cut else content))
    found, refusal = None, ""
    try:
        found = found_directions.load(path)
    except StageError as error:
        refusal = str(error)
    if found is None:
        assert refusal.endswith(".")
        return
    assert np.isfinite(found.rows).all()
    assert len(found.rows) == len(found.labels) == len(found.layers) == len(found.alive)
    assert (found.layers[:, 0] < found.layers[:, 1]).all()


@given(st.lists(st.text(max_size=60), max_size=12))
def test_labels_can_be_shown_anywhere_and_no_two_are_the_same(words: list[str]) -> None:
    labels = found_directions.labelled(words)
    assert len(set(labels)) == len(labels) == len(words)
    assert all(label and label.isprintable() and len(label) <= 40 for label in labels)


# -- by model ---------------------------------------------------------------------------------------------------------


def test_a_model_has_what_was_found_for_its_content(home: Path) -> None:
    path = model(home / "moths.safetensors")
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]
    keep(path, made())
    spec = library.get("moths").spec
    assert spec is not None
    assert (spec.directions, spec.layer_directions, spec.faint_directions) == (3, True, (2,))
    assert spec.direction_labels == ("PCA 1", "SeFa 1 coarse", "SeFa 2 fine")
    assert directions.load("moths") is None
    ways = directions.ways("moths")
    assert ways is not None
    np.testing.assert_array_equal(ways.rows, made().rows)


def test_another_name_or_place_of_the_same_file_has_them_too_once_it_is_loaded(home: Path) -> None:
    path = model(home / "moths.safetensors")
    keep(path, made())
    path.rename(home / "wasps.safetensors")
    assert library.spec_of("wasps").directions == 0  # type: ignore[union-attr]
    assert library.get("wasps").spec.directions == 3  # type: ignore[union-attr]
    assert library.spec_of("wasps").directions == 3  # type: ignore[union-attr]


def test_a_file_that_was_trained_on_has_none_of_what_was_found_before(home: Path) -> None:
    path = model(home / "moths.safetensors", word="aa")
    keep(path, made())
    assert library.get("moths").spec.directions == 3  # type: ignore[union-attr]
    model(path, word="bb")  # of the same size
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]


def test_those_of_z_move_the_place_and_those_of_another_width_are_passed_over(home: Path) -> None:
    path = model(home / "moths.safetensors")
    keep(path, made(Z, dim=4))
    spec = library.get("moths").spec
    assert spec is not None
    assert (spec.directions, spec.layer_directions) == (3, False)
    np.testing.assert_array_equal(directions.load("moths"), made(Z, dim=4).rows)
    assert directions.ways("moths") is None
    keep(path, made(Z, dim=5))
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]
    assert directions.load("moths") is None


def test_a_model_keeps_the_directions_that_it_brings(home: Path) -> None:
    path = model(home / "moths.safetensors", directions=np.eye(2, 4, dtype=np.float32))
    keep(path, made())
    assert found_directions.brings_its_own(path)
    spec = library.get("moths").spec
    assert spec is not None
    assert (spec.directions, spec.layer_directions, spec.direction_labels) == (2, False, ())
    np.testing.assert_array_equal(directions.load("moths"), np.eye(2, 4))
    assert directions.ways("moths") is None


@pytest.mark.parametrize("content", [b"", pickle.dumps(_Bomb()), bytes(300)])
def test_a_damaged_file_is_as_good_as_none(home: Path, content: bytes) -> None:
    target = keep(model(home / "moths.safetensors"), made())
    target.write_bytes(content)
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]
    assert directions.ways("moths") is None or directions.load("moths") is None


def test_layers_that_a_model_has_not_are_no_directions_of_it(home: Path) -> None:
    path = model(home / "moths.safetensors", {**CONFIG, "size": 32})
    keep(path, made())
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]


def test_what_lies_about_in_the_folder_harms_nobody(home: Path) -> None:
    path = model(home / "moths.safetensors")
    folder = keep(path, made()).parent
    for name in ("a.safetensors", f"{'0' * 64}-x.safetensors", f"{'0' * 64}-{'9' * 40}.safetensors", "notes.txt"):
        (folder / name).write_bytes(b"?")
    assert library.get("moths").spec.directions == 3  # type: ignore[union-attr]


def test_a_file_that_is_gone_is_one_sentence(home: Path) -> None:
    with pytest.raises(StageError, match="look whether it is still there"):
        found_directions.identified(home / "none.safetensors")
