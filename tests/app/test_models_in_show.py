"""The library beside a show that plays: pictures of what played, and files that come, go, and come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import album, library
from latentjockey.models.card import ModelCard
from tests.models.reading import payloads

Until = Callable[..., bool]
PATIENCE_S = 120.0
CONFIG = StyleConfig(size=32, z_dim=8, w_dim=12, classes=2, channel_base=256, channel_max=16)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's folder with one small model."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    torch.manual_seed(3)
    place = library.own_folder()
    place.mkdir(parents=True)
    net = StyleNet(CONFIG)
    save(
        place / "moths.safetensors", net, ClassPrior(2, 8), name="Moths", classes=("dusk", "dawn"), card=ModelCard("x")
    )
    return place


def entry(show: Any, name: str) -> library.Entry | None:
    return next((found for found in show.models.models() if found.name == name), None)


def test_a_model_gets_its_picture_while_it_plays_and_is_removed_when_another_does(
    folder: Path, play: Any, until: Until
) -> None:
    stage = play(model="moths", standby=False)
    show = stage.show
    show.models.look()
    assert until(lambda: entry(show, "moths") is not None)
    stage.write(mix__crossfade=0.7)

    def pictured() -> bool:
        show.models.look()
        moths = entry(show, "moths")
        return moths is not None and show.models.picture(moths) is not None

    assert until(pictured, PATIENCE_S), stage.messages()
    moths = entry(show, "moths")
    assert moths is not None
    picture = show.models.picture(moths)
    assert picture is not None
    assert picture.ndim == 3
    assert np.asarray(picture).std() > 1.0

    def noted() -> bool:
        show.models.look()
        return "moths" in show.models.notes() and show.models.notes()["moths"].played > 1e9

    assert until(noted)

    show.models.remove(moths)
    assert until(lambda: "Moths plays now" in stage.messages()), stage.messages()
    assert (folder / "moths.safetensors").exists()
    stage.write(model="testcard")
    assert until(lambda: stage.text("/engine/model") == "testcard", PATIENCE_S), stage.messages()
    assert album.note_of(moths).ms >= 0.0
    show.models.remove(moths)
    assert until(lambda: show.models.removed() == "Moths"), stage.messages()
    assert list(folder.iterdir()) == []
    show.models.bring_back()
    assert until(lambda: (folder / "moths.safetensors").exists()), stage.messages()


def test_a_hostile_file_that_is_dropped_is_read_elsewhere_refused_and_not_copied(
    folder: Path, tmp_path: Path, play: Any, until: Until
) -> None:
    target = tmp_path / "made"
    path = tmp_path / "gift.pkl"
    path.write_bytes(payloads.LIVE["reduce"](str(target)))
    stage = play(standby=False)
    stage.show.models.bring(path)
    assert until(lambda: "gift.pkl cannot be used" in stage.messages(), PATIENCE_S), stage.messages()
    assert not target.exists()
    assert [each.name for each in folder.iterdir()] == ["moths.safetensors"]
    assert stage.text("/model") == "testcard"
    assert until(lambda: stage.show.models.reading() == "")


def test_a_preset_brings_its_model_and_its_places(folder: Path, play: Any, until: Until) -> None:
    stage = play(model="moths", standby=False)
    show = stage.show
    stage.write(deck__a__psi=0.25, deck__a__class=[0.5, -2.0])
    show.library.save("dusk")
    stage.write(model="testcard")
    assert until(lambda: stage.text("/engine/model") == "testcard", PATIENCE_S), stage.messages()
    stage.write(deck__a__psi=1.0)
    show.library.recall("dusk")
    assert until(lambda: stage.text("/engine/model") == "moths", PATIENCE_S), stage.messages()
    assert until(lambda: stage.number("/deck/a/psi") == 0.25), stage.messages()
    assert until(lambda: np.array_equal(show.bay.snapshot().vector("/deck/a/class"), [0.5, -2.0]))
