"""LoRA files put beside a model of the player's own: by the command line, and dropped while it plays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.cli import main
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.models import container, library, lora_adding
from latentjockey.models.adding import Notes, add, check
from latentjockey.models.diffusion_adding import add as add_folder
from latentjockey.options import DEFAULT_MODEL
from latentjockey.session.keeper import Keeper
from latentjockey.session.model_shelf import ModelShelf
from latentjockey.session.unheard import Unheard


def lora(path: Path, layer: str = "mid_block.a", width: int = 8) -> Path:
    held = {
        f"unet.{layer}.lora_A.weight": np.ones((2, width), np.float32),
        f"unet.{layer}.lora_B.weight": np.ones((6, 2), np.float32),
    }
    container.write(path, held, {"license": "CC0-1.0"})
    return path


@pytest.fixture
def moths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A diffusion model of the player's own, of which only the headers are looked at here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = library.own_folder() / "moths"
    folder.mkdir(parents=True)
    config = {"_class_name": "UNet2DModel", "in_channels": 3, "sample_size": 32}
    (folder / "config.json").write_text(json.dumps(config))
    weights = {"mid_block.a.weight": np.zeros((6, 8), np.float32)}
    container.write(folder / "diffusion_pytorch_model.safetensors", weights, {})
    return folder


def loras_of(name: str) -> list[str]:
    spec = library.get(name).spec
    assert spec is not None
    return [each.label for each in spec.controls if each.address.startswith("/gen/lora/")]


def test_it_is_copied_beside_the_model_and_has_a_weight_there(moths: Path, tmp_path: Path) -> None:
    path = lora(tmp_path / "dusk.safetensors")
    before = library.get("moths").stamp
    assert main(["models", "add", str(path), "--for", "moths"]) == 0
    assert (moths / "loras" / "dusk.safetensors").read_bytes() == path.read_bytes()
    assert loras_of("moths") == ["dusk"]
    assert library.get("moths").spec.file != before  # type: ignore[union-attr]
    target, unheard = lora_adding.add(path, "moths", "dawn")
    assert (target.stem, unheard) == ("dawn", "")
    assert loras_of("moths") == ["dawn", "dusk"]
    spec = library.get("moths").spec
    assert spec is not None
    assert spec.card.note == "LoRAs beside it: dawn (licence CC0-1.0), dusk (licence CC0-1.0)."


def test_what_does_not_fit_is_refused_in_a_sentence_and_not_copied(moths: Path, tmp_path: Path) -> None:
    wide = lora(tmp_path / "wide.safetensors", width=9)
    with pytest.raises(StageError, match="does not fit moths: none of the layers"):
        lora_adding.add(wide, "moths")
    with pytest.raises(StageError, match="hears no LoRAs"):
        lora_adding.add(wide, DEFAULT_MODEL)
    other = tmp_path / "other.safetensors"
    container.write(other, {"lora_unet_a.hada_w1_a": np.zeros((2, 2), np.float32)}, {})
    with pytest.raises(StageError, match="it is a LoHa"):
        lora_adding.add(other, "moths")
    assert not (moths / "loras").exists()


def test_a_file_that_cannot_be_heard_is_said_and_the_model_plays_without_it(moths: Path) -> None:
    (moths / "loras").mkdir()
    container.write(moths / "loras" / "odd.safetensors", {"lora_unet_a.lokr_w1": np.zeros((2, 2), np.float32)}, {})
    (moths / "loras" / "cut.safetensors").write_bytes(b"cut")
    assert loras_of("moths") == []
    told = check(moths)
    assert "odd.safetensors is not heard: it is a LoKr" in told
    assert "cut.safetensors is no safetensors file" in told
    spec = library.get("moths").spec
    assert spec is not None
    assert "odd.safetensors is not heard" in spec.card.note


def test_a_name_is_not_taken_twice_and_no_more_than_eight_are_heard(moths: Path, tmp_path: Path) -> None:
    path = lora(tmp_path / "dusk.safetensors")
    for number in range(8):
        lora_adding.add(path, "moths", f"dusk {number}")
    with pytest.raises(StageError, match="called dusk 1 already"):
        lora_adding.add(path, "moths", "dusk 1")
    with pytest.raises(StageError, match="has 8 LoRAs, which is the most"):
        lora_adding.add(path, "moths")


def test_checked_it_is_described_and_added_it_asks_for_its_model(tmp_path: Path) -> None:
    path = lora(tmp_path / "dusk.safetensors")
    assert check(path) == "dusk.safetensors is a LoRA: 1 layer, rank 2, licence CC0-1.0."
    with pytest.raises(StageError, match="say which with --for NAME"):
        add(path, Notes())


def test_a_copy_of_a_model_has_its_loras(moths: Path, tmp_path: Path) -> None:
    lora_adding.add(lora(tmp_path / "dusk.safetensors"), "moths")
    assert (add_folder(moths, "more moths") / "loras" / "dusk.safetensors").is_file()


def test_dropped_it_comes_beside_the_model_that_plays_which_is_loaded_anew(moths: Path, tmp_path: Path) -> None:
    clock, messages = ManualClock(1.0), Messages()
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    keeper = Keeper(messages, clock)
    names = ["moths", DEFAULT_MODEL]
    shelf = ModelShelf(keeper, bay, playing=lambda: library.spec_of(names[0]))
    before = bay.value("/model/reload")
    shelf.bring(lora(tmp_path / "dusk.safetensors"))
    keeper.close()
    assert loras_of("moths") == ["dusk"]
    assert bay.value("/model/reload") != before
    assert not messages.total


def partly(path: Path) -> Path:
    held = {
        f"unet.{layer}.lora_{letter}.weight": np.ones(shape, np.float32)
        for layer in ("mid_block.a", "mid_block.b", "mid_block.c")
        for letter, shape in (("A", (2, 8)), ("B", (6, 2)))
    }
    container.write(path, held, {})
    return path


PARTLY = (
    "The LoRA dusk is heard in part with moths: 1 of its 3 layers fit and 2 do not, such as mid_block_b; it does less "
    "than it was taught, or other things."
)


def test_what_is_heard_in_part_is_said_by_the_terminal(
    moths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", str(partly(tmp_path / "dusk.safetensors")), "--for", "moths"]) == 0
    assert PARTLY in capsys.readouterr().out
    assert main(["models", "check", str(moths)]) == 0
    assert PARTLY in capsys.readouterr().out
    spec = library.get("moths").spec
    assert spec is not None
    assert spec.unheard == (PARTLY,)


def test_checked_for_a_model_it_is_said_how_it_fits(
    moths: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = partly(tmp_path / "dusk.safetensors")
    assert main(["models", "check", str(path), "--for", "moths"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "dusk.safetensors is a LoRA: 3 layers, rank 2, licence undisclosed.",
        PARTLY,
    ]
    assert main(["models", "check", str(lora(tmp_path / "dawn.safetensors")), "--for", "moths"]) == 0
    assert capsys.readouterr().out.endswith("All of it is heard with moths.\n")
    assert main(["models", "check", str(path), "--for", DEFAULT_MODEL]) == 1
    assert main(["models", "check", str(moths), "--for", "moths"]) == 1
    assert "moths is no LoRA" in capsys.readouterr().out
    assert not (moths / "loras").exists()


def test_it_is_said_once_when_the_model_begins_and_anew_when_it_is_another() -> None:
    messages, spec = Messages(), library.spec_of(DEFAULT_MODEL)
    said = Unheard(messages, ManualClock(1.0))

    def texts() -> list[str]:
        return [each.text for each in messages.recent()]

    said.begins(None)
    said.begins(spec)
    assert texts() == []
    moths = replace(spec, name="moths", unheard=("One.", "Two."))
    for playing in (moths, spec, moths, replace(spec, name="a+b", pair=(moths, spec))):
        said.begins(playing)
    assert sorted(texts()) == ["One.", "Two."]
    said.begins(replace(moths, unheard=("Two.", "Three.")))
    assert sorted(texts()) == ["One.", "Three.", "Two."]
    said.begins(replace(moths, unheard=()))
    said.begins(moths)
    assert (sorted(texts()), messages.total) == (["One.", "Three.", "Two."], 5)


def test_dropped_on_a_model_that_hears_none_it_is_refused(tmp_path: Path) -> None:
    clock, messages = ManualClock(1.0), Messages()
    keeper = Keeper(messages, clock)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    shelf = ModelShelf(keeper, bay, playing=lambda: library.spec_of(DEFAULT_MODEL))
    shelf.bring(lora(tmp_path / "dusk.safetensors"))
    keeper.close()
    assert [each.text for each in messages.recent()] == [
        "dusk.safetensors is a LoRA; let a diffusion model of your own play, and drop it then."
    ]
