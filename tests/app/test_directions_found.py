"""A model without directions is searched while it plays; then its decks have them, and dials lead the picture."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.control.source import HAND
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import prior_of
from latentjockey.jobs import directions_wish
from latentjockey.jobs.directions_desk import DirectionsDesk
from latentjockey.models import directions, library
from latentjockey.models.card import ModelCard

CONFIG = StyleConfig(size=32, z_dim=8, w_dim=12, channel_base=256, channel_max=16)
FIND, STOP, STATE = "/model/directions/find", "/model/directions/stop", "/model/directions/state"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The player's folder with two small models, of which one brings directions; searches are short."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    place = library.own_folder()
    place.mkdir(parents=True)
    for seed, (name, rows) in enumerate((("moths", None), ("wasps", np.eye(4, 8, dtype=np.float32)))):
        torch.manual_seed(seed)
        net, prior = StyleNet(CONFIG), prior_of(CONFIG)
        save(place / f"{name}.safetensors", net, prior, name=name, classes=(), card=ModelCard(name), directions=rows)
    return place


def short(monkeypatch: pytest.MonkeyPatch, count: int = 4, seconds: float = 1.0) -> None:
    command = partial(directions_wish.command, count=count, seconds=seconds)
    monkeypatch.setattr("latentjockey.app.DirectionsDesk", partial(DirectionsDesk, command=command))


def playing(play: Any, until: Any, name: str) -> Any:
    """A show with the model of this name; however busy the machine is, the test card comes soon."""
    stage = play(standby=False)
    stage.write(model=name)
    assert until(lambda: stage.text("/engine/model") == name, 120), stage.messages()
    return stage


def still(stage: Any) -> None:
    stage.write(deck__a__drift__speed=0.0, deck__b__drift__speed=0.0, mix__crossfade=0.0)


@pytest.mark.usefixtures("patient")
def test_what_is_found_while_a_model_plays_plays_at_once(
    folder: Path, play: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    stage = playing(play, until, "wasps")
    still(stage)
    stage.write(**{"deck__a__dir/1": 2.0})
    stage.write(model="moths")
    assert until(lambda: stage.text("/engine/model") == "moths", 120), stage.messages()
    bay = stage.show.bay
    assert bay.layout.resolve("/deck/a/dir") is None
    epoch, pid = bay.layout.epoch, stage.pid

    bay.write([(FIND, 1.0)], HAND)
    assert until(lambda: stage.text(STATE), 60), stage.messages()
    assert until(lambda: bay.layout.resolve("/deck/a/dir") is not None, 240), stage.messages()
    assert until(lambda: stage.text("/engine/state") == "playing" and stage.pid != pid, 120)
    assert bay.layout.epoch > epoch
    assert until(lambda: stage.text(STATE) == "")
    assert until(lambda: "4 directions were found for moths" in stage.messages())
    assert bay.layout.width("/deck/a/dir") == bay.layout.width("/deck/b/dir") == 4
    assert bay.value("/deck/a/dir").tolist() == [0.0, 2.0, 0.0, 0.0], "what slept is awake"

    assert until(lambda: directions.ways("moths") is not None)
    ways = directions.ways("moths")
    assert ways is not None

    def position() -> Any:
        frame = stage.frame()
        return frame.position if frame.stamp.epoch == bay.layout.epoch and not frame.held else None

    stage.write(deck__a__dir=np.zeros(4), deck__a__psi=1.0)
    assert until(lambda: position() is not None)
    spec = stage.show.supervisor.model
    assert spec is not None
    assert spec.direction_labels == tuple(bay.layout.specs[bay.layout.resolve("/deck/a/dir").index].words)
    place = bay.layout.resolve("/deck/a/dir").start
    assert until(lambda: np.abs(stage.frame().effective[place : place + 4]).max() == 0.0)
    assert until(lambda: position() is not None)
    before, first = stage.frame().rgb().astype(float), stage.frame().position
    stage.write(**{"deck__a__dir/0": -7.5})  # nothing is clamped
    assert until(lambda: stage.frame().effective[place] == -7.5)
    led = np.zeros_like(first)
    begin, end = ways.layers[0]
    led[begin:end] = -7.5 * ways.rows[0]
    np.testing.assert_allclose(stage.frame().position - first, led, atol=1e-3)
    assert np.abs(stage.frame().rgb() - before).mean() > 2

    bay.write([(FIND, 1.0)], HAND)
    assert until(lambda: "What plays has directions already" in stage.messages())


def test_a_cue_leaves_the_dials_of_layers_alone(
    folder: Path, play: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "latentjockey", "models", "directions", "moths", "--count", "3", "--seconds", "1"],
        capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "3 directions were found for moths" in " ".join(ran.stderr.split())
    stage = playing(play, until, "moths")
    still(stage)
    bay = stage.show.bay
    assert bay.layout.width("/deck/a/dir") == 3, "known as soon as it plays"
    z = np.linspace(-1, 1, 8)
    stage.write(deck__a__z=z, deck__a__dir=[1.0, -2.0, 0.5])
    bay.write([("/deck/a/cue/5/store", 1.0)], HAND)
    assert until(lambda: bay.value("/deck/a/cue/5/filled"))
    np.testing.assert_allclose(bay.value("/deck/a/cue/5/z"), z, atol=1e-6)
    stage.write(deck__a__z=np.zeros(8))
    bay.write([("/deck/a/cue/5/recall", 1.0)], HAND)
    assert until(lambda: np.allclose(bay.value("/deck/a/z"), z, atol=1e-6))
    assert bay.value("/deck/a/dir").tolist() == [1.0, -2.0, 0.5]


def test_it_is_given_up_by_a_press_and_refused_in_a_sentence(
    folder: Path, play: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch, 64, 3600.0)
    stage = playing(play, until, "moths")
    bay = stage.show.bay
    bay.write([(FIND, 1.0)], HAND)
    assert until(lambda: "%" in stage.text(STATE), 120), stage.messages()
    bay.write([(FIND, 1.0)], HAND)
    assert until(lambda: "Directions of moths are being found" in stage.messages())
    bay.write([(STOP, 1.0)], HAND)
    assert until(lambda: "was stopped; nothing of it is kept" in stage.messages(), 60)
    assert until(lambda: stage.text(STATE) == "")
    assert bay.layout.resolve("/deck/a/dir") is None
    assert library.spec_of("moths").directions == 0  # type: ignore[union-attr]


def test_a_model_without_a_file_says_that_nothing_can_be_found(
    folder: Path, play: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    stage = play(standby=False)
    stage.show.bay.write([(FIND, 1.0)], HAND)
    assert until(lambda: "has no file" in stage.messages(), 60), stage.messages()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["wasps"], 2, "wasps brings directions of its own."),
        (["nobody"], 2, "There is no model 'nobody'"),
        (["moths", "--method", "guess"], 2, "invalid choice"),
        (["moths", "--count", "0"], 2, "1 to 512 can be found"),
        (["moths", "--method", "sefa", "--count", "2", "--seconds", "1"], 0, "2 directions were found for moths"),
    ],
)
def test_the_command_line(folder: Path, arguments: list[str], code: int, words: str) -> None:
    command = [sys.executable, "-m", "latentjockey", "models", "directions", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ))
    assert ran.returncode == code, ran.stderr
    assert words in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
    if code == 0:
        assert all(label.startswith("SeFa ") for label in library.get("moths").spec.direction_labels)  # type: ignore[union-attr]
