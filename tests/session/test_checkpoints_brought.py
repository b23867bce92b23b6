"""A checkpoint of another program comes in from outside: read in a process of its own first, then copied and wanted;
one that is refused is not copied."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.models import container, foreign, library
from latentjockey.models.header import KEY
from latentjockey.models.spec import ModelSpec
from latentjockey.options import DEFAULT_MODEL
from latentjockey.session.keeper import Keeper
from latentjockey.session.model_shelf import ModelShelf, take


def model(path: Path) -> Path:
    """A model file of ours, small."""
    config = {"size": 16, "z_dim": 4, "w_dim": 4, "classes": 0}
    words = {"format": 1, "kind": "style", "name": "Faces", "config": config, "classes": []}
    container.write(path, {"w": np.zeros(4, np.float32)}, {KEY: json.dumps(words)})
    return path


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise AssertionError("the show read a checkpoint")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(foreign, "_run", refuse)


def brought(path: Path) -> tuple[ModelShelf, Bay, list[str]]:
    """A file was brought to an empty library: the shelf, the bay, and what was said."""
    messages, clock = Messages(), ManualClock(1.0)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    keeper, reader = Keeper(messages, clock), Keeper(messages, clock, "reader")
    shelf = ModelShelf(keeper, bay, reader=reader)
    shelf.bring(path)
    reader.close()
    keeper.close()
    return shelf, bay, [message.text for message in messages.recent()]


def test_what_is_refused_is_never_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "My Faces.pkl"
    path.write_bytes(b"\x80\x04N.")
    refused = {"sha256": "", "refused": "it asks for os.system, which no model needs"}
    monkeypatch.setattr(foreign, "_run", lambda request: (json.dumps(refused).encode(), 0))
    shelf, bay, said = brought(path)
    assert len(said) == 1
    assert "My Faces.pkl cannot be used: it asks for os.system" in said[0]
    assert bay.value("/model") == DEFAULT_MODEL
    assert not library.own_folder().exists()
    assert shelf.reading() == ""
    assert "my-faces" not in [entry.name for entry in shelf.models()]


def test_it_is_read_by_another_process_then_copied_whole_and_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "My Faces.pth"
    path.write_bytes(b"what a checkpoint holds")
    runs: list[str] = []

    def child(request: bytes) -> tuple[bytes, int]:
        asked = json.loads(request)
        runs.append(asked["path"])
        model(Path(asked["into"]))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return json.dumps({"sha256": sha256, "form": "torch", "family": "DCGAN"}).encode(), 0

    monkeypatch.setattr(foreign, "_run", child)
    shelf, bay, said = brought(path)
    assert not said
    assert bay.value("/model") == "my-faces"
    assert runs == [str(path)]
    assert (shelf.folder() / "My Faces.pth").read_bytes() == path.read_bytes()
    (entry,) = (entry for entry in shelf.models() if entry.name == "my-faces")
    assert entry.spec is not None
    assert entry.source == shelf.folder() / "My Faces.pth"
    assert take(path) == "my-faces"


def test_one_that_was_written_anew_is_offered(tmp_path: Path) -> None:
    library.own_folder().mkdir(parents=True)
    path = library.own_folder() / "faces.pkl"
    path.write_bytes(b"\x80\x04N.")
    now = library.stamp(path)
    assert now is not None
    clock = ManualClock(1.0)
    keeper = Keeper(Messages(), clock)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    playing = [ModelSpec("faces", library.read(path).card, 4, 4, 4, (1, 2), file=now)]
    shelf = ModelShelf(keeper, bay, lambda: playing[0])
    shelf.look()
    keeper.close()
    assert not shelf.newer()
    playing[0] = ModelSpec("faces", playing[0].card, 4, 4, 4, (1, 2), file=(now[0] - 1, now[1], now[2]))
    assert shelf.newer()
