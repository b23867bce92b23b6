"""Models that are folders, with a config.json beside their weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.models import adding, container, library
from latentjockey.models.beside import told_beside, weights_of
from tests.models.families.biggan_files import CHANNELS, CLASSES, SMALL, Z, state

CONFIG = {"layers": SMALL, "channel_width": CHANNELS, "z_dim": Z, "eps": 1e-4, "num_classes": CLASSES}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path / "own")
    folder = tmp_path / "biggan-tiny"
    folder.mkdir()
    container.write(folder / "model.safetensors", state(), {})
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def test_a_folder_of_a_hub_is_added_under_its_own_name(folder: Path) -> None:
    names = {str(i): name for i, name in enumerate(("ant", "bee", "cow", "dog", "eel"))}
    doubling = [[True, before, after] for _, before, after in SMALL]
    (folder / "config.json").write_text(json.dumps({**CONFIG, "id2label": names, "layers": doubling}))
    assert "BigGAN-deep (safetensors" in adding.check(folder)
    path = adding.add(folder, adding.Notes())
    spec = library.read(path).spec
    assert path.stem == "biggan-tiny"
    assert spec is not None
    assert spec.classes == ("ant", "bee", "cow", "dog", "eel")
    assert spec.size == (256, 256)


def test_what_a_person_says_counts_before_the_file_beside(folder: Path) -> None:
    path = adding.add(folder / "model.safetensors", adding.Notes(name="Mine"), {"classes": list("vwxyz")})
    spec = library.read(path).spec
    assert spec is not None
    assert spec.classes == tuple("vwxyz")
    assert spec.size == (32, 32)


@pytest.mark.parametrize(
    "config", [None, "", "[]", "{", '{"layers": []}', "9" * 5000, "[" * 100_000, '{"z_dim": 1, "architectures": ["X"]}']
)
def test_any_other_file_beside_says_nothing(folder: Path, config: str | None) -> None:
    if config is None:
        (folder / "config.json").unlink()
    else:
        (folder / "config.json").write_text(config)
    assert told_beside(folder / "model.safetensors") == {}


@pytest.mark.parametrize("labels", [3, {}, {"1": "a"}, {"0": "a", "1": "a"}, {"0": ""}, {"0": 4}])
def test_names_that_are_not_whole_are_left(folder: Path, labels: Any) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, "id2label": labels}))
    assert "classes" not in told_beside(folder / "model.safetensors")


def test_a_folder_that_holds_no_weights_or_several_is_a_sentence(folder: Path) -> None:
    assert weights_of(folder) == folder / "model.safetensors"
    (folder / "model.safetensors").rename(folder / "other.pth")
    assert weights_of(folder) == folder / "other.pth"
    (folder / "another.pth").touch()
    with pytest.raises(StageError, match="2 files of weights"):
        weights_of(folder)
    (folder / "another.pth").unlink()
    (folder / "other.pth").unlink()
    with pytest.raises(StageError, match="no file of weights"):
        adding.check(folder)
