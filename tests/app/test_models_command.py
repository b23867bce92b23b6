"""``latentjockey models``: what there is, and whose pictures it learned from, on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from latentjockey import cli
from latentjockey.models import album, container, library, trash
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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
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
    for said in ("64 px", "2 classes", "style network", "w+ 10 × 4", "CC0 1.0"):
        assert said in moths
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


@pytest.mark.parametrize(("words", "there"), [(["moth"], True), (["may", "style"], True), (["moth", "biggan"], False)])
def test_the_list_seeks_by_words(
    folder: Path, words: list[str], there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(["models", "list", "--models", str(folder), "--json", *words])
    names = [entry["name"] for entry in json.loads(capsys.readouterr().out)]
    assert (code, names) == (0, ["moths"] if there else [])


def test_the_speed_measured_here_and_the_provenance_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "moths.safetensors"
    album.keep_note(library.read(path), played=12.0, ms=23.4, device="cpu", size=(64, 64))
    assert cli.main(["models", "list", "--models", str(folder)]) == 0
    assert "23 ms" in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("moths"))
    assert cli.main(["models", "card", "moths", "--models", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "23 ms a frame of 64 × 64 px, on cpu" in said
    assert "open · CC0 1.0" in said
    assert cli.main(["models", "card", "moths", "--json", "--models", str(folder)]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["speed"] == {"ms": 23.4, "device": "cpu", "size": [64, 64]}
    assert (plain["provenance"], plain["family"], plain["w_dim"], plain["layers"]) == ("open", "style network", 4, 10)


def test_a_model_of_the_players_is_removed_and_nothing_else(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = library.own_folder()
    own.mkdir(parents=True)
    (folder / "moths.safetensors").rename(own / "moths.safetensors")
    (own / "moths.teachers").write_bytes(b"what judged it")
    assert cli.main(["models", "remove", "moths"]) == 0
    assert "Moths is in the trash" in capsys.readouterr().out
    assert list(own.iterdir()) == []
    lying = sorted(path.name for path in trash.folder().glob("*/*"))
    assert lying == ["from.json", "moths.safetensors", "moths.teachers"]
    for name, why in (("moths", "no model"), ("cppn", "built in"), ("night-garden", "bundled"), ("../x", "no model")):
        assert cli.main(["models", "remove", name]) == 2
        (sentence,) = capsys.readouterr().err.splitlines()
        assert why in sentence
