"""Model files come in from outside, are copied whole, and play; the credit in the bay follows the hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.control.values import Value
from latentjockey.models import container, library, trust
from latentjockey.models.card import ModelCard, Source, card_to_data
from latentjockey.models.spec import ModelSpec
from latentjockey.models.style_spec import KEY
from latentjockey.options import DEFAULT_MODEL
from latentjockey.session.credit import CreditTeller
from latentjockey.session.keeper import Keeper
from latentjockey.session.model_shelf import ModelShelf, take

CARD = ModelCard(
    "Moths", "us", "Apache-2.0", "moths", "CC0 1.0", "asked", sources=(Source("Moths", "us", "CC0", "asked"),)
)
WORDS = {
    "format": 1,
    "kind": "style",
    "name": "Moths",
    "config": {"size": 64, "z_dim": 4, "w_dim": 4, "classes": 2},
    "classes": ["dusk", "dawn"],
    "card": card_to_data(CARD),
}


def model_file(path: Path, seed: int = 0) -> Path:
    container.write(path, {"w": np.full((4,), seed, np.float32)}, {KEY: json.dumps(WORDS)})
    return path


class Rig:
    def __init__(self) -> None:
        self.clock, self.messages = ManualClock(1.0), Messages()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.keeper = Keeper(self.messages, self.clock)
        self.shelf = ModelShelf(self.keeper, self.bay)

    def settle(self) -> None:
        self.keeper.close()

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.messages.recent()]


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = Rig()
    yield made
    made.settle()


def test_a_file_that_is_brought_is_copied_and_plays(rig: Rig, tmp_path: Path) -> None:
    outside = model_file(tmp_path / "Moths of May.safetensors")
    rig.shelf.bring(outside)
    rig.settle()
    assert rig.bay.value("/model") == "moths-of-may"
    copied = rig.shelf.folder() / "Moths of May.safetensors"
    assert copied.read_bytes() == outside.read_bytes()
    assert "moths-of-may" in [entry.name for entry in rig.shelf.models()]
    assert not rig.said
    assert library.get("moths-of-may").path == copied


def test_bringing_it_again_copies_nothing(rig: Rig, tmp_path: Path) -> None:
    first, other = model_file(tmp_path / "a.safetensors"), model_file(tmp_path / "b" / "a.safetensors", 7)
    assert [take(first), take(first), take(other)] == ["a", "a", "a-2"]
    assert sorted(path.name for path in rig.shelf.folder().iterdir()) == ["a 2.safetensors", "a.safetensors"]


def test_a_built_in_name_is_not_taken_away(rig: Rig, tmp_path: Path) -> None:
    assert take(model_file(tmp_path / "cppn.safetensors")) == "cppn-2"


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\xff" * 64])
def test_what_is_no_model_is_refused_in_a_sentence(rig: Rig, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    rig.shelf.bring(path)
    rig.settle()
    assert rig.bay.value("/model") == DEFAULT_MODEL
    (sentence,) = rig.said
    assert sentence.startswith("x.safetensors ")
    assert not rig.shelf.folder().exists()


def test_the_folder_of_a_diffusion_model_is_copied_once_and_plays(rig: Rig, tmp_path: Path) -> None:
    outside = tmp_path / "Small Decoder"
    outside.mkdir()
    (outside / "config.json").write_text('{"_class_name": "AutoencoderTiny"}')
    container.write(outside / "diffusion_pytorch_model.safetensors", {"w": np.zeros(2, np.float32)}, {})
    for _ in range(2):
        rig.shelf.bring(outside if not rig.shelf.folder().exists() else rig.shelf.folder() / "Small Decoder")
        rig.settle()
        assert rig.bay.value("/model") == "small-decoder"
    assert [path.name for path in rig.shelf.folder().iterdir()] == ["Small Decoder"]
    assert not rig.said


def test_a_generator_that_somebody_wrote_is_copied_and_plays_when_it_is_trusted(rig: Rig, tmp_path: Path) -> None:
    outside = tmp_path / "Waves"
    outside.mkdir()
    (outside / "generator.py").write_text("raise SystemExit")
    (outside / "model.json").write_text('{"z_dim": 4}')
    rig.shelf.bring(outside)
    rig.settle()
    assert rig.bay.value("/model") == DEFAULT_MODEL
    (sentence,) = rig.said
    assert "waves has code of its own" in sentence
    copied = rig.shelf.folder() / "Waves"
    trust.trust(copied)
    again = Rig()
    again.shelf.bring(copied)
    again.settle()
    assert again.bay.value("/model") == "waves"
    assert sorted(path.name for path in rig.shelf.folder().iterdir()) == ["Waves"]


def test_no_room_leaves_nothing_behind(rig: Rig, tmp_path: Path) -> None:
    outside = model_file(tmp_path / "x.safetensors")
    rig.shelf.folder().parent.mkdir(parents=True, exist_ok=True)
    rig.shelf.folder().write_text("a file where the folder should be")
    rig.shelf.bring(outside)
    rig.settle()
    assert "could not be copied" in rig.said[0]
    assert rig.bay.value("/model") == DEFAULT_MODEL


SPEC = ModelSpec("moths", CARD, 4, 10, 4, (3, 7), mix="lerp", classes=("dusk", "dawn"))


def test_the_credit_in_the_bay_follows_the_hands() -> None:
    bay = Bay(Layout(1, builtin(4, (64, 64), (), 0, SPEC.classes)), ManualClock())
    playing: list[ModelSpec | None] = [None]
    teller = CreditTeller(bay, lambda: playing[0])
    assert teller.move(0.0) is False
    assert bay.value("/model/credit") == ""
    playing[0] = SPEC
    teller.move(1.0)
    learned = "learned from: Moths by us (CC0; asked and agreed)"
    assert bay.value("/model/credit") == f"asked for +1.00 dusk · {learned}"
    bay.write([("/deck/a/class", np.array([0.25, -2.0]))], HAND)
    teller.move(1.1)
    assert bay.value("/model/credit") == f"asked for +1.00 dusk · {learned}"
    teller.move(2.0)
    assert bay.value("/model/credit") == f"asked for −2.00 dawn +0.25 dusk · {learned}"
    revision = bay.snapshot().revision
    teller.move(3.0)
    assert bay.snapshot().revision == revision


def test_the_credit_follows_a_glide_to_its_end() -> None:
    bay = Bay(Layout(1, builtin(4, (64, 64), (), 0, SPEC.classes)), ManualClock())
    teller = CreditTeller(bay, lambda: SPEC)
    bay.write(
        [
            ("/deck/a/class", [0.0, 1.0]), ("/deck/a/glide/class", [1.0, -1.0]), ("/deck/a/glide/shape", "linear"),
            ("/deck/a/glide/since", 0.0), ("/deck/a/glide/duration", 2.0),
        ],
        HAND,
    )  # fmt: skip
    said = []
    for t in (0.5, 1.5, 2.5, 3.5):
        teller.move(t)
        said.append(str(bay.value("/model/credit")).split(" · ")[0])
    assert said == ["asked for +0.75 dusk +0.25 dawn", "asked for +0.75 dawn +0.25 dusk", *["asked for +1.00 dawn"] * 2]


def test_modulation_is_in_what_is_asked_for() -> None:
    bay = Bay(Layout(1, builtin(4, (64, 64), (), 0, SPEC.classes)), ManualClock())
    teller = CreditTeller(bay, lambda: SPEC)
    route: list[tuple[str, Value]] = [
        ("/mod/1/source", "low"), ("/mod/1/target", "/deck/a/class/1"), ("/mod/1/amount", 0.5), ("/mod/1/on", True),
    ]  # fmt: skip
    assert not bay.write(route, HAND).refused
    bay.write([("/audio/low", 1.0)], CONDUCTOR)
    teller.move(0.0)
    said = str(bay.value("/model/credit"))
    assert said.startswith("asked for +1.50 dawn +1.00 dusk · ")
    assert list(bay.snapshot().vector("/deck/a/class")) == [1.0, 0.0]
