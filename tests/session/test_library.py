"""The library and the session's files: what is kept comes back, and only what belongs to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.models.builtin import BUILTIN
from latentjockey.models.spec import ModelSpec
from latentjockey.modulation.matrix import modulated
from latentjockey.modulation.routes import assigned
from latentjockey.navigation.deck import deck_z
from latentjockey.navigation.state import deck_state
from latentjockey.presets.journal import read_journal
from latentjockey.presets.still import read_still
from latentjockey.presets.store import PresetStore
from latentjockey.session.appointed import Appointed
from latentjockey.session.autosave import SessionFiles
from latentjockey.session.keeper import Keeper
from latentjockey.session.library import Library


class Room:
    """A library over a real bay, with one picture on stage."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(50.0)
        self.messages = Messages()
        self.playing: ModelSpec | None = BUILTIN["cppn"]
        self.bay = Bay(self.layout("cppn", 1), self.clock)
        self.picture: Frame | None = None
        self.folder = folder
        store = PresetStore(folder / "presets")
        self.library = Library(
            self.bay, self, self.clock, self.messages, store, lambda: folder / "pictures", lambda: self.playing
        )  # fmt: skip

    @staticmethod
    def layout(model: str, epoch: int) -> Layout:
        spec = BUILTIN[model]
        return Layout(epoch, builtin(spec.z_dim, spec.size, spec.controls))

    def acquire(self) -> Frame | None:
        return self.picture

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return False

    def show(self) -> None:
        """Put the picture of now on stage."""
        values = modulated(self.bay.snapshot(), self.clock.now()).values[: self.bay.layout.engine_size]
        stamp = Stamp(1, 1, 1, self.bay.revision, self.clock.now(), 0, 0, 0, 0, 0)
        pixels = np.random.default_rng(1).integers(0, 255, (3, 20, 30), np.uint8)
        self.picture = Frame(pixels, stamp, values.copy(), np.zeros((9, 512), np.float32))

    def hand(self, **values: object) -> None:
        self.bay.write([(name.replace("_", "/"), value) for name, value in values.items()], HAND)  # type: ignore[misc]

    def said(self) -> str:
        latest = self.messages.latest()
        return "" if latest is None else latest.text


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


EVENING = ("/engine/width", "/transport/bpm", "/deck/a/cue/3/filled", "/engine/fps_cap")


def test_a_preset_brings_the_picture_back_and_leaves_the_evening_alone(room: Room) -> None:
    room.bay.write([("/deck/a/psi", -4.5), ("/gen/hue", 31.0), ("/deck/a/z/7", 12.5)], HAND)
    room.bay.set_range("/deck/a/psi", -9.0, 9.0)
    room.library.save("far out")
    later = zip(EVENING, (640, 90.0, True, 24.0), strict=True)
    room.bay.write([("/deck/a/psi", 1.0), ("/gen/hue", 0.0), ("/deck/a/z/7", 0.0), *later], HAND)
    room.bay.set_range("/deck/a/psi", -1.0, 1.0)
    room.library.recall("far out")
    assert [room.bay.number(a) for a in ("/deck/a/psi", "/gen/hue")] == [-4.5, 31.0]
    assert np.asarray(room.bay.value("/deck/a/z/7"))[0] == 12.5
    assert room.bay.range("/deck/a/psi") == (-9.0, 9.0)
    assert [room.bay.number(a) for a in EVENING] == [640, 90, 1, 24]


def test_a_whole_session_brings_the_evening_back_too(room: Room) -> None:
    room.bay.write([("/engine/width", 640), ("/transport/bpm", 90.0), ("/deck/a/cue/3/filled", True)], HAND)
    kept = room.library.now("session")
    room.bay.write([("/engine/width", 64), ("/transport/bpm", 200.0), ("/deck/a/cue/3/filled", False)], HAND)
    room.library.recall_preset(kept, whole=True)
    assert [room.bay.number(a) for a in EVENING[:3]] == [640, 90, 1]


def test_a_preset_moves_neither_the_beat_nor_who_leads_it(room: Room) -> None:
    room.bay.write([("/transport/beat", 7.25), ("/transport/since", 40.0), ("/transport/bpm", 133.0)], CONDUCTOR)
    room.bay.write([("/transport/source", "midi clock"), ("/transport/quantise", "bar")], HAND)
    room.library.save("somewhere")
    room.bay.write([("/transport/beat", 1.5), ("/transport/since", 49.0), ("/transport/bpm", 90.0)], CONDUCTOR)
    room.bay.write([("/transport/source", "internal"), ("/transport/quantise", "off")], HAND)
    transport = [s.address for s in room.bay.layout.specs if s.address.startswith("/transport/")]
    before = {address: room.bay.value(address) for address in transport}
    room.clock.advance(9.0)
    room.library.recall("somewhere")
    assert before == {address: room.bay.value(address) for address in before}


def test_a_preset_for_a_moment_is_ready_before_and_plays_then(room: Room) -> None:
    appointed = Appointed()
    library = Library(
        room.bay, room, room.clock, room.messages, PresetStore(room.folder / "presets"), lambda: room.folder,
        lambda: room.playing, appoint=appointed.at,
    )  # fmt: skip
    room.bay.write([("/deck/a/psi", -2.0), ("/deck/a/drift/speed", 1.0)], HAND)
    library.save("then")
    room.bay.write([("/deck/a/psi", 1.0), ("/deck/a/drift/speed", 0.0)], HAND)
    library.recall("then", at=room.clock.now() + 0.2)
    appointed.move(room.clock.now() + 0.19)
    assert room.bay.number("/deck/a/psi") == 1.0
    appointed.move(room.clock.now() + 0.2)
    assert room.bay.number("/deck/a/psi") == -2.0
    assert room.bay.number("/deck/a/drift/since") == pytest.approx(0.2), "its walk, anchored at 0, goes on from then"


def test_a_still_under_modulation_comes_back_as_it_looked(room: Room) -> None:
    room.bay.write([("/mix/crossfade", 0.4), ("/lfo/1/rate", 0.3), ("/lfo/2/rate", 0.9)], HAND)
    targets = (("/mix/crossfade", "lfo 1"), ("/deck/a/z/7", "lfo 2"), ("/fx/1/mix", "lfo 2"))
    for target, source in targets:
        room.bay.write(assigned(room.bay.snapshot(), target, source), HAND)
    room.clock.advance(1.7)
    room.show()
    shown = modulated(room.bay.snapshot(), room.clock.now())
    assert shown.number("/mix/crossfade") != 0.4
    path = room.library.still("moment")
    room.clock.advance(33.3)
    room.library.recall_file(path)
    now = modulated(room.bay.snapshot(), room.clock.now())
    assert now is room.bay.snapshot(), "no route plays on"
    for address, _ in targets:
        assert now.vector(address) == pytest.approx(shown.vector(address))
    assert room.bay.value("/mod/1/target") == "/mix/crossfade", "one press brings it back to life"


def test_a_still_comes_back_held_on_exactly_its_place(room: Room) -> None:
    room.bay.write([("/deck/a/z", np.linspace(-2, 2, 512)), ("/deck/a/drift/speed", 0.7)], HAND)
    room.clock.advance(3.3)
    room.show()
    shown = deck_z(deck_state(room.bay.snapshot(), "a"), room.clock.now())
    room.bay.write([("/deck/a/z", np.zeros(512)), ("/deck/a/psi", 9.0)], HAND)  # the hand is faster than the disk
    path = room.library.still("moment")
    room.clock.advance(100.0)
    room.library.recall_file(path)
    for _ in range(3):
        snapshot = room.bay.snapshot()
        assert np.array_equal(deck_z(deck_state(snapshot, "a"), room.clock.now()), shown)
        assert snapshot.number("/deck/a/psi") == 1.0
        room.clock.advance(1.7)


def test_a_still_says_its_size_and_no_cue(room: Room) -> None:
    room.show()
    kept = read_still(room.library.still("x"))
    assert kept.values["/engine/width"] == 256
    assert not [a for a in kept.values if "/cue/" in a or a.startswith("/transport")]
    assert kept.card == BUILTIN["cppn"].card


def test_a_still_says_what_was_asked_for_and_learned_from(room: Room) -> None:
    room.show()
    with Image.open(room.library.still("x")) as picture:
        said = picture.text["Comment"]  # type: ignore[attr-defined]
    assert said == room.library.credit() == "asked for a place · learned from: nobody’s pictures."


def test_without_a_picture_there_is_no_still(room: Room) -> None:
    with pytest.raises(StageError, match="no picture yet"):
        room.library.still("x")


def test_a_preset_of_another_model_waits_for_it(room: Room) -> None:
    room.bay.write([("/gen/hue", 31.0)], HAND)
    room.library.save("coloured")
    room.playing = BUILTIN["testcard"]
    room.bay.install(room.layout("testcard", 2))
    here = room.bay.snapshot().values.copy()
    room.library.recall("coloured")
    assert room.bay.value("/model") == "cppn"
    assert np.array_equal(room.bay.snapshot().values, here)  # what plays meanwhile stays where it is
    room.library.model_plays("testcard")  # which is no news
    room.playing = BUILTIN["cppn"]
    room.bay.install(room.layout("cppn", 3))
    room.bay.write([("/gen/hue", 0.0)], HAND)
    room.library.model_plays("cppn")
    assert room.bay.number("/gen/hue") == 31.0
    room.bay.write([("/gen/hue", 5.0)], HAND)
    room.library.model_plays("cppn")
    assert room.bay.number("/gen/hue") == 5.0, "recalled once only"


def test_a_preset_waits_no_longer_once_another_model_was_chosen(room: Room) -> None:
    room.bay.write([("/gen/hue", 31.0)], HAND)
    room.library.save("coloured")
    room.playing = BUILTIN["testcard"]
    room.bay.install(room.layout("testcard", 2))
    room.library.recall("coloured")
    room.bay.write([("/model", "testcard")], HAND)
    room.library.model_plays("testcard")
    room.playing = BUILTIN["cppn"]
    room.bay.install(room.layout("cppn", 3))
    room.bay.write([("/model", "cppn"), ("/gen/hue", 0.0)], HAND)
    room.library.model_plays("cppn")
    assert room.bay.number("/gen/hue") == 0.0


def test_an_unknown_preset_is_one_sentence(room: Room) -> None:
    with pytest.raises(StageError, match="There is no preset 'nowhere'"):
        room.library.recall("nowhere")


@pytest.fixture
def keeper(room: Room) -> Iterator[Keeper]:
    made = Keeper(room.messages, room.clock)
    yield made
    made.close()


def test_the_keeper_goes_on_after_a_failed_job(room: Room, keeper: Keeper) -> None:
    def fail() -> None:
        raise StageError("The cupboard is locked.")

    done = threading.Event()
    keeper.do(fail)
    keeper.do(lambda: (room.folder / "no" / "such").read_bytes() and None)
    keeper.do(done.set)
    assert done.wait(60)
    texts = [message.text for message in room.messages.recent()]
    assert texts[0] == "The cupboard is locked."
    assert "No such file" in texts[1]


def test_the_session_is_kept_and_offered_back(room: Room, keeper: Keeper) -> None:
    def files() -> SessionFiles:
        return SessionFiles(room.folder, keeper, room.clock, room.messages, lambda: room.library.now("session"))

    first = files()
    assert first.last is None
    for step in range(5):
        room.clock.advance(1.0)
        before = room.bay.number("/deck/a/psi")
        room.bay.write([("/deck/a/psi", float(step))], HAND)
        first.note({"/deck/a/psi": (before, float(step))}, room.clock.now(), "surface")
    done = threading.Event()
    keeper.do(first.close)
    keeper.do(done.set)
    assert done.wait(60)
    last = files().last
    assert last is not None
    assert last.values["/deck/a/psi"] == 4.0
    (path,) = (room.folder / "journal").glob("*.jsonl")
    told = read_journal(path)
    assert [entry.changes["/deck/a/psi"] for entry in told.entries] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_damaged_session_does_not_stop_the_show(room: Room, keeper: Keeper) -> None:
    (room.folder / "session.json").write_bytes(b'{"format": "latentjockey-preset", "ver')
    files = SessionFiles(room.folder, keeper, room.clock, room.messages, lambda: room.library.now("session"))
    assert files.last is None
    assert "session.json" in room.said()
