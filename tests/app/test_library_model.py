"""A model in the player's folder plays in a real engine, and what it made says whose pictures it learned from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.control.source import HAND
from latentjockey.generators.registry import create
from latentjockey.generators.style.compiled import EAGER
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import directions, library
from latentjockey.models.card import ModelCard, Source
from latentjockey.models.container import read_header
from latentjockey.presets.still import read_still

CONFIG = StyleConfig(size=32, z_dim=8, w_dim=12, classes=2, channel_base=256, channel_max=16)
CARD = ModelCard(
    "Moths", "us", "Apache-2.0", "moths", "CC0 1.0", "asked", sources=(Source("Moths", "A Maker", "CC0 1.0", "asked"),)
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's folder with one small model, as the trainer writes them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    torch.manual_seed(3)
    place = library.own_folder()
    place.mkdir(parents=True)
    save(
        place / "moths.safetensors", StyleNet(CONFIG), ClassPrior(2, 8), name="Moths", classes=("dusk", "dawn"),
        card=CARD, directions=np.eye(3, 8, dtype=np.float32), direction_labels=["warm"],
    )  # fmt: skip
    return place


def test_the_show_knows_of_a_model_what_its_engine_does(folder: Path) -> None:
    entry = library.get("moths")
    generator = create("moths", "cpu")
    try:
        assert entry.spec == generator.spec
        spec = generator.spec
        assert (spec.num_ws, spec.bands) == (CONFIG.num_ws, CONFIG.bands)
        assert spec.direction_labels == ("warm", "", "")
        assert generator.embed(np.zeros((1, 8), np.float32)).shape == (1, spec.num_ws, spec.w_dim)
    finally:
        generator.close()
    rows = directions.load("moths")
    assert rows is not None
    np.testing.assert_array_equal(rows, np.eye(3, 8))
    assert "directions" in read_header(folder / "moths.safetensors")[0]


def test_a_still_of_it_carries_its_sources(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    wanted = ["--model", "moths", "--osc-in", "off", "--set", "/deck/a/class=0.61,-0.4", "-o", str(picture)]
    command = [sys.executable, "-m", "latentjockey", "still", *wanted]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ))
    assert made.returncode == 0, made.stderr
    with Image.open(picture) as image:
        said = image.text["Comment"]  # type: ignore[attr-defined]
        assert image.size == (32, 32)
    learned = "learned from: Moths by A Maker (CC0 1.0; asked and agreed)."
    assert said.startswith(f"asked for +0.61 dusk −0.40 dawn · {learned}")
    kept = read_still(picture)
    assert kept.model == "moths"
    assert kept.card == CARD


def test_how_it_runs_is_told_when_it_changes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: Any, until: Any
) -> None:
    monkeypatch.delenv(EAGER, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))  # no compiler
    stage = play(model="moths", standby=False)
    assert "eager" in stage.text("/engine/device")
    stage.show.bay.write([("/deck/a/drift/speed", 1.0), ("/deck/a/drift/spread", 1.0)], HAND)
    assert until(lambda: stage.text("/engine/device").endswith("eager: there is no C++ compiler on this machine"), 90)


@pytest.mark.parametrize("standby", [False, True])
def test_a_model_that_was_saved_anew_is_offered_and_loaded_beside_the_show(
    folder: Path, play: Any, until: Any, engines: Any, standby: bool
) -> None:
    stage = play(model="moths", standby=standby)
    if standby:
        assert until(lambda: len(engines(os.getpid())) == 2, 60)
    show, pid = stage.show, stage.pid
    show.models.look()
    assert until(lambda: show.models.models())
    assert not show.models.newer()
    spec = show.supervisor.model
    assert spec is not None
    stage.write(deck__a__class=[0.25, 0.75])
    rows = np.eye(8, dtype=np.float32)[::-1][:2]
    later = StyleConfig(size=32, z_dim=8, w_dim=12, classes=3, channel_base=256, channel_max=16)
    save(
        folder / "moths.safetensors", StyleNet(later), ClassPrior(3, 8), name="Moths", card=CARD,
        classes=("dawn", "noon", "dusk"), directions=rows, direction_labels=["", "hue"],
    )  # fmt: skip
    stamp = library.stamp(folder / "moths.safetensors")
    show.models.look()
    assert until(lambda: show.models.newer())
    assert stage.pid == pid
    stage.write(model__reload=True)
    assert until(lambda: stage.pid != pid, 120), stage.messages()
    assert show.supervisor.model is not None
    assert show.supervisor.model.file == stamp
    assert until(lambda: not show.models.newer())
    assert np.asarray(show.bay.value("/deck/a/class")).tolist() == [0.75, 0.0, 0.25]
    assert show.bay.layout.element("/deck/a/dir/1") == "hue"
    assert until(lambda: np.array_equal(np.asarray(directions.at_hand("moths")), rows))
    key = stage.key()
    stage.write(deck__b__class=[2.0, 0.0, 0.0], mix__crossfade=0.7)
    assert until(lambda: stage.key() != key)
    assert not stage.messages()


def test_what_cannot_be_loaded_anew_leaves_the_old_one_playing(folder: Path, play: Any, until: Any) -> None:
    stage = play(model="moths", standby=False)
    pid = stage.pid
    (folder / "moths.safetensors").write_bytes(b"torn")
    stage.write(model__reload=True)
    assert until(lambda: "moths" in stage.messages(), 120)
    assert (stage.pid, stage.text("/model"), stage.text("/engine/state")) == (pid, "moths", "playing")
    key = stage.key()
    stage.write(deck__a__class=[0.0, -2.0])
    assert until(lambda: stage.key() != key)
