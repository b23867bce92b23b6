"""``latentjockey models``: what there is, and whose pictures it learned from, on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from latentjockey import cli
from latentjockey.models import container
from latentjockey.models.card import ModelCard, Source, card_from_data, card_to_data
from latentjockey.models.library import FOLDERS_VARIABLE
from latentjockey.models.style_spec import KEY

CARD = ModelCard(
    "Moths",
    "us",
    "Apache-2.0",
    "moths",
    "CC0 1.0",
    "asked",
    "Drawn at dusk.",
    (Source("Moths of May", "A Maker", "CC0 1.0", "asked", "https://example.org", 1200),),
    "20,000 steps",
    "Antennae.",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models that is not the player's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv(FOLDERS_VARIABLE, "")
    words = {
        "format": 1,
        "kind": "style",
        "name": "Moths",
        "config": {"size": 64, "z_dim": 4, "w_dim": 4, "classes": 2},
        "classes": ["dusk", "dawn"],
        "card": card_to_data(CARD),
    }
    place = tmp_path / "elsewhere"
    container.write(place / "moths.safetensors", {"w": np.zeros(4, np.float32)}, {KEY: json.dumps(words)})
    (place / "torn.safetensors").write_bytes(b"torn")
    return place


def test_the_list_names_every_model_and_why_one_does_not_play(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "list", "--models", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:] if line.split()[0] in ("moths", "cppn", "testcard", "torn")] == [
        "moths", "cppn", "testcard", "torn",
    ]  # fmt: skip
    (moths,) = (line for line in lines if line.startswith("moths"))
    assert "64 px, 2 classes" in moths
    assert "no safetensors file" in lines[-1]


def test_a_card_says_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "card", "moths", "--models", str(folder)]) == 0
    said = capsys.readouterr().out
    for part in ("Moths of May", "A Maker", "asked and agreed", "1,200", "20,000 steps", "Antennae.", "dusk, dawn"):
        assert part in said
    assert cli.main(["models", "card", str(folder / "moths.safetensors"), "--json"]) == 0
    assert card_from_data(json.loads(capsys.readouterr().out)["card"]) == CARD


def test_the_folders_are_named_to_engines_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--models", str(folder), "models", "list", "--json"])
    assert os.environ[FOLDERS_VARIABLE] == str(folder)
    assert "moths" in [entry["name"] for entry in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize("name", ["nobody", "torn", "torn.safetensors", "/nowhere/x.safetensors"])
def test_what_cannot_be_shown_is_one_sentence(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "card", name, "--models", str(folder)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("latentjockey: ")
    assert error.count("\n") == 1


def test_a_strangers_words_do_not_command_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;gone\x07\x1b[2J"
    words = {
        "format": 1,
        "kind": "style",
        "name": f"Moths{evil}",
        "config": {"size": 64, "z_dim": 4, "w_dim": 4, "classes": 1},
        "classes": [f"dusk{evil}"],
        "card": {"note": evil, "sources": [{"name": evil, "author": evil}]},
    }
    container.write(folder / "evil.safetensors", {"w": np.zeros(4, np.float32)}, {KEY: json.dumps(words)})
    for arguments in (["models", "card", "evil"], ["models", "list"]):
        assert cli.main([*arguments, "--models", str(folder)]) == 0
        assert "\x1b" not in capsys.readouterr().out
