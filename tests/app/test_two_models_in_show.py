"""Two models in a real engine: chosen deck by deck, mixed on stage, kept in presets and stills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import library
from latentjockey.models.card import ModelCard
from latentjockey.presets.still import read_still

PATIENCE_S = 120.0
CONFIG = StyleConfig(size=32, z_dim=8, w_dim=12, classes=2, channel_base=256, channel_max=16)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's folder with one small model of two classes, of whose pictures nothing is told."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    torch.manual_seed(4)
    place = library.own_folder()
    place.mkdir(parents=True)
    save(
        place / "moths.safetensors", StyleNet(CONFIG), ClassPrior(2, 8), name="Moths", classes=("dusk", "dawn"),
        card=ModelCard("Moths"), directions=np.eye(3, 8, dtype=np.float32), direction_labels=["warm"],
    )  # fmt: skip
    return place


def settled(stage: Any, name: str) -> bool:
    return stage.text("/engine/model") == stage.text("/model") == name and not stage.frame().held


def test_a_deck_takes_another_model_while_the_other_plays_on(folder: Path, play: Any, until: Any) -> None:
    stage = play(standby=False)
    pid = stage.pid
    stage.write(deck__b__model="moths")
    assert until(lambda: settled(stage, "testcard+moths"), PATIENCE_S), stage.messages()
    assert stage.pid != pid
    assert (stage.text("/deck/a/model"), stage.text("/deck/b/model")) == ("testcard", "moths")
    width = stage.show.bay.layout.width
    assert (width("/deck/a/z"), width("/deck/b/z"), width("/deck/b/class"), width("/deck/a/class")) == (512, 8, 2, 0)
    assert width("/deck/b/dir") == 3
    model = stage.show.supervisor.model
    assert model is not None
    assert not model.card.open, "what one of them hides is hidden"

    def shown() -> Any:
        return stage.frame().rgb().astype(float)

    before = shown()
    stage.write(mix__crossfade=1.0, deck__b__class=[0.0, 1.0])
    assert until(lambda: np.abs(shown() - before).mean() > 3)
    far, rows = shown(), stage.frame().position
    assert rows.shape == model.shape
    assert (rows[:3] == 0).all(), "what is not seen is not drawn"
    stage.write(mix__crossfade=0.5)
    assert until(lambda: np.abs(shown() - 0.5 * (before + far)).max() <= 1.5)
    assert until(lambda: stage.text("/model/credit").startswith("asked for +0.50 dawn · learned from: Moths"))

    stage.write(deck__b__breed=True)
    assert until(lambda: "The decks play two models" in stage.messages())

    stage.write(deck__b__model="")
    assert until(lambda: settled(stage, "testcard"), PATIENCE_S), stage.messages()
    assert stage.text("/deck/b/model") == "testcard"
    assert stage.show.bay.layout.width("/deck/b/z") == 512


def test_both_names_at_once_and_a_name_that_nobody_has(folder: Path, play: Any, until: Any) -> None:
    stage = play(standby=False)
    stage.write(deck__a__model="moths", deck__b__model="testcard")
    assert until(lambda: settled(stage, "moths+testcard"), PATIENCE_S), stage.messages()
    stage.write(deck__a__model="nobody")
    assert until(lambda: "There is no model 'nobody'" in stage.messages(), PATIENCE_S)
    assert until(lambda: settled(stage, "moths+testcard"), PATIENCE_S)
    assert until(lambda: stage.text("/deck/a/model") == "moths")


def test_a_preset_and_a_still_of_two_models_bring_both_back(
    folder: Path, play: Any, until: Any, tmp_path: Path
) -> None:
    stage = play(model="testcard+moths", standby=False)
    assert (stage.text("/deck/a/model"), stage.text("/deck/b/model")) == ("testcard", "moths")
    z = np.linspace(-2, 2, 8)
    stage.write(deck__b__z=z, deck__b__class=[-2.0, 4.0], mix__crossfade=0.75)
    assert until(lambda: stage.frame().effective[stage.show.bay.layout.resolve("/mix/crossfade").start] == 0.75)
    kept = stage.show.library.still_at(tmp_path / "both.png")
    said = read_still(kept)
    assert said.model == "testcard+moths"
    assert said.card is not None
    assert said.card.consent == "undisclosed"
    stage.write(model="testcard")
    assert until(lambda: settled(stage, "testcard"), PATIENCE_S), stage.messages()
    stage.show.library.recall_file(kept)
    assert until(lambda: settled(stage, "testcard+moths"), PATIENCE_S), stage.messages()
    assert until(lambda: np.allclose(stage.show.bay.value("/deck/b/z"), z))
    assert until(lambda: stage.show.bay.value("/deck/b/class").tolist() == [-2.0, 4.0])
    assert until(lambda: stage.number("/mix/crossfade") == 0.75)


def test_a_preset_of_one_model_lands_on_the_deck_that_plays_it(folder: Path, play: Any, until: Any) -> None:
    stage = play(model="moths", standby=False)
    z = np.linspace(1, -1, 8)
    stage.write(deck__a__z=z)
    stage.show.library.save("a moth")
    stage.write(model="testcard+moths")
    assert until(lambda: settled(stage, "testcard+moths"), PATIENCE_S), stage.messages()
    stage.show.library.recall_onto_deck("a moth", "b")
    assert until(lambda: np.allclose(stage.show.bay.value("/deck/b/z"), z)), stage.show.bay.value("/deck/b/z")
    with pytest.raises(Exception, match="testcard plays"):
        stage.show.library.recall_onto_deck("a moth", "a")
