"""What plays is remembered: a clean picture once, how fast it is, when it played; nothing else is touched by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import ENGINE, HAND
from latentjockey.control.values import Value
from latentjockey.host.previews import with_writes
from latentjockey.models import album, library, pruning
from latentjockey.models.builtin import CPPN, TESTCARD
from latentjockey.models.controls import controls_of
from latentjockey.models.pair import pair
from latentjockey.models.spec import ModelSpec
from latentjockey.session import model_memory
from latentjockey.session.model_memory import ModelMemory, clean

PICTURE = np.full((24, 32, 3), 200, np.uint8)


class Engine:
    """Draws what it is asked for when the test says so."""

    def __init__(self) -> None:
        self.wanted: dict[str, Sequence[tuple[str, Value]]] = {}
        self.made: dict[str, np.ndarray] = {}

    def want(self, key: str, writes: Sequence[tuple[str, Value]]) -> None:
        assert key not in self.wanted, "asked once"
        self.wanted[key] = writes

    def picture(self, key: str) -> np.ndarray | None:
        return self.made.get(key)


class Now:
    """A keeper that does everything at once."""

    def do(self, job: Callable[[], None]) -> None:
        job()


class Rig:
    def __init__(self) -> None:
        self.bay = Bay(Layout(1, controls_of(CPPN)), ManualClock())
        self.engine = Engine()
        self.spec: ModelSpec | None = None
        self.memory = ModelMemory(self.bay, self.engine, Now(), lambda: self.spec)  # type: ignore[arg-type]
        self.t = 10.0

    def play(self, spec: ModelSpec, ms: float = 20.0) -> None:
        self.spec = spec
        told = [
            ("/engine/model", spec.name),
            ("/model", spec.name),
            ("/engine/render_ms", ms),
            ("/engine/device", "cpu"),
        ]
        self.bay.write(told, ENGINE)  # type: ignore[arg-type]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.t += 0.05
            assert self.memory.move(self.t) is False


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(album, "_BUILT_IN", tmp_path / "none")
    return Rig()


def entry(name: str) -> library.Entry:
    found = library.find(name)
    assert found is not None
    return found


def test_a_picture_is_asked_for_once_when_it_has_settled_and_kept(rig: Rig) -> None:
    rig.play(CPPN)
    rig.run(1.0)
    assert not rig.engine.wanted
    rig.run(3.0)
    ((key, writes),) = rig.engine.wanted.items()
    assert dict(writes)["/mix/crossfade"] == 0.0
    rig.engine.made[key] = PICTURE
    rig.run(1.0)
    kept = album.picture_of(entry("cppn"))
    assert kept is not None
    assert abs(int(kept.mean()) - 200) < 4
    rig.play(TESTCARD)
    rig.run(0.5)
    rig.play(CPPN)
    rig.run(10.0)
    assert len(rig.engine.wanted) == 1


def test_one_that_never_comes_is_not_waited_for_for_ever(rig: Rig) -> None:
    rig.play(CPPN)
    rig.run(40.0)
    assert len(rig.engine.wanted) == 1
    rig.engine.made = dict.fromkeys(rig.engine.wanted, PICTURE)
    rig.run(2.0)
    assert album.picture_of(entry("cppn")) is None


def test_the_speed_is_the_median_while_it_plays_and_kept_when_another_plays(rig: Rig) -> None:
    rig.play(CPPN, 20.0)
    rig.run(3.0)
    rig.play(CPPN, 900.0)
    rig.run(0.3)
    rig.play(CPPN, 20.0)
    rig.run(1.0)
    rig.play(TESTCARD, 3.0)
    rig.run(0.5)
    note = album.note_of(entry("cppn"))
    assert (note.ms, note.device, note.width, note.height) == (20.0, "cpu", 256, 256)
    assert note.played > 1e9
    assert album.note_of(entry("testcard")).ms == 0.0
    rig.run(5.0)
    rig.memory.close()
    assert album.note_of(entry("testcard")).ms == 3.0


def test_while_another_one_is_still_shown_nothing_is_measured_or_asked_for(rig: Rig) -> None:
    rig.play(CPPN)
    rig.bay.write([("/engine/model", "testcard")], ENGINE)
    rig.run(20.0)
    assert not rig.engine.wanted
    assert album.note_of(entry("cppn")).ms == 0.0


def test_of_two_that_play_together_each_played_and_neither_is_measured(rig: Rig) -> None:
    rig.play(pair(CPPN, TESTCARD))
    rig.run(20.0)
    for name in ("cppn", "testcard"):
        note = album.note_of(entry(name))
        assert note.played > 1e9
        assert note.ms == 0.0
    assert not rig.engine.wanted


def test_caches_are_pruned_when_nothing_is_being_loaded_and_not_again_for_an_hour(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[object] = []
    monkeypatch.setattr(pruning, "prune", lambda now, kept: pruned.append(kept))
    rig.play(CPPN)
    rig.bay.write([("/model", "night-garden")], HAND)
    rig.run(model_memory.PRUNES_AFTER_S + 5.0)
    assert not pruned
    rig.bay.write([("/model", "cppn")], HAND)
    rig.run(60.0)
    assert len(pruned) == 1


def test_a_clean_picture_has_nothing_of_what_hands_did() -> None:
    spec = replace(CPPN, classes=("dusk", "dawn"))
    bay = Bay(Layout(1, controls_of(spec)), ManualClock())
    before = bay.snapshot()
    bay.write(
        [
            ("/deck/a/class", [0.0, -3.0]), ("/deck/a/psi", 4.0), ("/break/amount", 2.0), ("/gen/hue", 90.0),
            ("/mix/crossfade", 0.8), ("/echo/amount", 0.5), ("/deck/a/eq/fine", -1.0), ("/deck/a/z", np.ones(512)),
        ],
        HAND,
    )  # fmt: skip
    writes = clean(bay.layout, spec)
    touched, untouched = with_writes(bay.snapshot(), writes), with_writes(before, writes)
    layout = bay.layout
    for address in ("/deck/a/class", "/deck/a/psi", "/break/amount", "/gen/hue", "/mix/crossfade", "/echo/amount",
                    "/deck/a/eq/fine", "/deck/a/z"):  # fmt: skip
        target = layout.resolve(address)
        assert target is not None
        np.testing.assert_array_equal(touched[target.start : target.stop], untouched[target.start : target.stop])
