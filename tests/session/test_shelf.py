"""The shelf answers at once, reads when the keeper has time, and never trusts a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import ENGINE, HAND, RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Preset, capture
from latentjockey.presets.store import PresetStore, load_file
from latentjockey.session import shelf
from latentjockey.session.keeper import Keeper
from latentjockey.session.moves import place
from latentjockey.session.shelf import Shelf


class Jobs:
    """A keeper whose jobs wait until the test lets them run."""

    def __init__(self) -> None:
        self.queue: list[Callable[[], None]] = []

    def do(self, job: Callable[[], None]) -> None:
        self.queue.append(job)

    def run(self) -> None:
        while self.queue:
            self.queue.pop(0)()


class Place:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(50.0)
        self.bay = Bay(Layout(1, builtin(32, (256, 256))), self.clock)
        self.bay.write([("/engine/model", "cppn")], ENGINE)
        self.store = PresetStore(folder / "presets")
        self.jobs = Jobs()
        self.shelf = Shelf(self.store, cast(Keeper, self.jobs), self.bay, self.clock)

    def save(self, name: str, model: str = "cppn") -> None:
        kept = capture(self.bay.snapshot(), {}, (model, CPPN.card), name, now=self.clock.now())
        self.store.save(name, kept)

    def look(self) -> None:
        self.shelf.look()
        self.jobs.run()


@pytest.fixture
def there(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_looking_waits_for_the_keeper_and_is_asked_once(there: Place) -> None:
    there.save("Dawn")
    there.shelf.look()
    there.shelf.look()
    assert there.shelf.presets() == ()
    assert len(there.jobs.queue) == 1
    there.jobs.run()
    seen = there.shelf.presets()
    assert [preset.name for preset in seen] == ["Dawn"]
    there.look()
    assert there.shelf.presets() is seen


def test_the_content_gives_the_picture_at_the_moment_it_was_kept(there: Place) -> None:
    rng = np.random.default_rng(1)
    walk = [("/deck/a/z", rng.normal(size=32)), ("/deck/a/drift/speed", 0.9), ("/deck/a/cue/1/filled", True)]
    there.bay.write([*walk, ("/engine/width", 640), ("/transport/bpm", 90.0)], HAND)
    then = place(there.bay.snapshot(), "a", 50.0)
    there.save("Dawn")
    there.look()
    there.clock.advance(1000.0)
    (preset,) = there.shelf.presets()
    assert there.shelf.content(preset) is None
    assert there.shelf.content(preset) is None
    assert len(there.jobs.queue) == 1
    there.jobs.run()
    content = there.shelf.content(preset)
    assert content is not None
    assert content.model == "cppn"
    addresses = {address for address, _ in content.writes}
    assert not any(a.startswith(("/engine/", "/transport/")) or "/cue/" in a or a == "/model" for a in addresses)
    other = Bay(Layout(1, builtin(32, (256, 256))), there.clock)
    assert not other.write(content.writes, RECALL).refused
    assert np.array_equal(place(other.snapshot(), "a", 2000.0), then)


def test_a_preset_of_another_model_has_no_picture_here(there: Place) -> None:
    there.save("Dawn", "painted eyes")
    there.look()
    (preset,) = there.shelf.presets()
    there.shelf.content(preset)
    there.jobs.run()
    content = there.shelf.content(preset)
    assert content is not None
    assert (content.model, content.writes, content.trouble) == ("painted eyes", (), "")


def test_a_damaged_file_is_told_and_nothing_else_happens(there: Place, tmp_path: Path) -> None:
    there.save("Dawn")
    (tmp_path / "presets" / "Wreck.json").write_bytes(b'{"format": "latentjockey-preset", "values": [[[')
    there.look()
    wreck = there.shelf.presets()[1]
    there.shelf.content(wreck)
    there.jobs.run()
    content = there.shelf.content(wreck)
    assert content is not None
    assert content.writes == ()
    assert "Wreck.json" in content.trouble


def test_another_version_of_the_file_is_read_anew(there: Place) -> None:
    there.save("Dawn")
    there.look()
    (old,) = there.shelf.presets()
    there.shelf.content(old)
    there.jobs.run()
    there.bay.write([("/mix/crossfade", 0.75)], HAND)
    there.save("Dawn")
    os.utime(old.path, ns=(old.stamp + 10**9, old.stamp + 10**9))
    there.look()
    (new,) = there.shelf.presets()
    there.shelf.content(new)
    there.jobs.run()
    content = there.shelf.content(new)
    assert content is not None
    assert dict(content.writes)["/mix/crossfade"] == 0.75


def test_delete_and_undelete_change_what_is_there(there: Place) -> None:
    there.save("Dawn")
    there.look()
    there.shelf.delete("Dawn")
    there.jobs.run()
    assert there.shelf.presets() == ()
    there.shelf.undelete("Dawn")
    there.jobs.run()
    assert [preset.name for preset in there.shelf.presets()] == ["Dawn"]


def test_no_preset_has_controls_that_act(there: Place) -> None:
    there.store.save("Trap", Preset("Trap", "cppn", CPPN.card, {"/panic": 1, "/preset/save": "x", "/deck/a/psi": 0.5}))
    there.look()
    (trap,) = there.shelf.presets()
    there.shelf.content(trap)
    there.jobs.run()
    content = there.shelf.content(trap)
    assert content is not None
    assert content.writes == (("/deck/a/psi", 0.5),)


def test_each_preset_says_what_it_plays_and_is_read_for_that_once(
    there: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> Preset:
        read.append(path)
        return load_file(path)

    monkeypatch.setattr(shelf, "load_file", counted)
    there.save("Dawn", "painted eyes")
    there.save("Reef")
    (tmp_path / "presets" / "Torn.json").write_text("{")
    for _ in range(3):
        there.look()
    assert {p.name: p.model for p in there.shelf.presets()} == {"Dawn": "painted eyes", "Reef": "cppn", "Torn": ""}
    assert sorted(path.name for path in read) == ["Dawn.json", "Reef.json", "Torn.json"]
