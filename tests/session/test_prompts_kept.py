"""Prompts in what is kept: presets, stills, cues and undo bring texts and weights back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.prompts import PROMPTS
from latentjockey.control.source import HAND
from latentjockey.control.values import LONGEST_TEXT
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.host.said import Said
from latentjockey.modulation.matrix import modulated
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.presets.preset import batch, capture
from latentjockey.presets.schema import decode, encode
from latentjockey.presets.still import read_still
from latentjockey.presets.store import PresetStore
from latentjockey.session.library import Library
from tests.models.prompting import layout_of, prompting
from tests.session.conftest import Players

WEIGHTS = st.lists(st.floats(-1e30, 1e30), min_size=PROMPTS, max_size=PROMPTS)


class Writers(Players):
    """An evening with a model that is asked in words."""

    @staticmethod
    def layout(epoch: int, *, model: str = "", directions: int = 0) -> Layout:
        return layout_of(prompting(), epoch=epoch)

    @staticmethod
    def _fill(spec: object, seed: float) -> list[tuple[str, np.ndarray]]:
        return [(f"{spec.address[:-5]}/z", z_from_seed(int(seed), prompting().z_dim))]  # type: ignore[attr-defined]

    def text(self, number: int) -> str:
        return str(self.bay.value(f"/gen/prompt/{number}"))

    def weights(self, deck: str = "a") -> list[float]:
        return np.asarray(self.bay.value(f"/deck/{deck}/class")).tolist()


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200), WEIGHTS)
def test_a_preset_is_the_texts_and_their_weights(text: str, weights: list[float]) -> None:
    bay = Bay(layout_of(prompting()), ManualClock())
    bay.write([("/gen/prompt/3", text), ("/gen/negative", text[::-1]), ("/deck/b/class", weights)], HAND)
    kept = decode(encode(capture(bay.snapshot(), {}, prompting(), "x", now=0.0)), "x")
    other = Bay(layout_of(prompting()), ManualClock())
    other.write([("/gen/prompt/1", "another")], HAND)
    assert not other.write(batch(kept, other.layout).writes, HAND).refused
    assert other.value("/gen/prompt/3") == text
    assert other.value("/gen/negative") == text[::-1]
    assert other.value("/gen/prompt/1") == "water"
    assert np.asarray(other.value("/deck/b/class")).tolist() == weights


def test_a_preset_with_half_a_character_or_the_longest_text_can_be_kept() -> None:
    bay = Bay(layout_of(prompting()), ManualClock())
    bay.write([("/gen/prompt/1", "half \ud800"), ("/gen/prompt/2", "日" * LONGEST_TEXT)], HAND)
    kept = decode(encode(capture(bay.snapshot(), {}, prompting(), "x", now=0.0)), "x")
    assert (kept.values["/gen/prompt/1"], kept.values["/gen/prompt/2"]) == ("half ?", "日" * LONGEST_TEXT)


class Room:
    """A library over a bay, with a picture on stage that took its time."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(50.0)
        self.bay = Bay(layout_of(prompting()), self.clock)
        self.said = Said()
        self.picture: Frame | None = None
        self.library = Library(
            self.bay, self, self.clock, Messages(), PresetStore(folder / "presets"), lambda: folder / "pictures",
            prompting, texts=self.said.at,
        )  # fmt: skip

    def acquire(self) -> Frame | None:
        return self.picture

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return False

    def write(self, address: str, text: str) -> None:
        self.bay.write([(address, text)], HAND)
        snapshot = self.bay.snapshot()
        self.said.note(snapshot.layout.epoch, snapshot.revision, snapshot.own_texts())

    def show(self) -> None:
        values = modulated(self.bay.snapshot(), self.clock.now()).values[: self.bay.layout.engine_size]
        stamp = Stamp(1, 1, self.bay.layout.epoch, self.bay.revision, self.clock.now(), 0, 0, 0, 0, 0)
        self.picture = Frame(np.zeros((3, 8, 8), np.uint8), stamp, values.copy(), np.zeros((3, 8), np.float32))


def test_a_still_has_the_text_of_its_picture_though_another_was_written_since(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write("/gen/prompt/1", "a moth")
    room.show()
    room.write("/gen/prompt/1", "a whale")  # its picture is still being made
    path = room.library.still("moment")
    assert read_still(path).values["/gen/prompt/1"] == "a moth"
    with Image.open(path) as picture:
        assert picture.text["Comment"].startswith("asked for +1.00 ‘a moth’ · ")  # type: ignore[attr-defined]
    room.library.recall_file(path)
    assert room.bay.value("/gen/prompt/1") == "a moth"
    assert room.library.credit().startswith("asked for +1.00 ‘a moth’ · ")


def test_a_cue_is_a_place_and_leaves_the_texts() -> None:
    evening = Writers()
    evening.write(("/gen/prompt/2", "a moth"), ("/deck/a/class", np.eye(1, PROMPTS, 1)[0]))
    evening.write(("/deck/a/cue/1/store", 1))
    evening.write(
        ("/gen/prompt/2", "a whale"), ("/deck/a/class", np.eye(1, PROMPTS, 5)[0]), ("/deck/a/glide/time", 0.5)
    )
    evening.write(("/deck/a/cue/1/recall", 1))
    evening.run(1.0)
    assert evening.weights() == np.eye(1, PROMPTS, 1)[0].tolist()
    assert evening.text(2) == "a whale"


def test_a_text_is_undone_and_done_again() -> None:
    evening = Writers()
    evening.write(("/gen/prompt/2", "a moth"))
    evening.run(3.0)
    evening.write(("/deck/a/class/3", -0.5))
    evening.run(3.0)
    evening.write(("/session/undo", 1), source=HAND)
    evening.run(2.0)
    assert (evening.text(2), evening.weights()[3]) == ("a moth", 0.0)
    evening.write(("/session/undo", 1))
    assert evening.text(2) == "stone"
    evening.write(("/session/redo", 1))
    assert evening.text(2) == "a moth"


def test_panic_and_another_seed_leave_the_texts() -> None:
    evening = Writers()
    evening.write(("/gen/prompt/1", "a moth"))
    evening.write(("/deck/a/randomise", 1), ("/panic", 1))
    evening.run(1.5)
    assert evening.text(1) == "a moth"
