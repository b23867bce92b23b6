"""Deleting presets: nothing of the player's is ever lost at once, and nothing bundled is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import encode
from latentjockey.presets.store import PresetStore


def preset(crossfade: float) -> Preset:
    return Preset("", "cppn", CPPN.card, {"/mix/crossfade": crossfade})


@pytest.fixture
def store(tmp_path: Path) -> PresetStore:
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    (bundled / "Reef.json").write_bytes(encode(preset(0.2)))
    return PresetStore(tmp_path / "presets", bundled)


def crossfade(store: PresetStore, name: str) -> object:
    return store.load(name).values["/mix/crossfade"]


def test_stored_tells_own_from_bundled_and_one_version_from_the_next(store: PresetStore) -> None:
    store.save("Dawn", preset(0.1))
    assert [(p.name, p.own) for p in store.stored()] == [("Dawn", True), ("Reef", False)]
    before = store.stored()[1].stamp
    store.save("Reef", preset(0.9))
    (reef,) = (p for p in store.stored() if p.name == "Reef")
    assert reef.own
    assert reef.stamp != before


def test_what_is_deleted_comes_back(store: PresetStore, tmp_path: Path) -> None:
    store.save("Dawn", preset(0.1))
    store.delete("Dawn")
    assert store.names() == ["Reef"]
    assert len(list((tmp_path / "trash").iterdir())) == 1
    store.undelete("Dawn")
    assert crossfade(store, "Dawn") == 0.1
    assert not list((tmp_path / "trash").iterdir())


def test_deleting_ones_own_uncovers_the_bundled_one_which_stays(store: PresetStore) -> None:
    store.save("Reef", preset(0.9))
    store.delete("Reef")
    assert crossfade(store, "Reef") == 0.2
    with pytest.raises(StageError, match="only your own"):
        store.delete("Reef")
    assert crossfade(store, "Reef") == 0.2


def test_what_was_saved_over_changes_places_with_what_is_there(store: PresetStore) -> None:
    store.save("Dawn", preset(0.1))
    store.save("Dawn", preset(0.5))
    store.undelete("Dawn")
    assert crossfade(store, "Dawn") == 0.1
    store.undelete("Dawn")
    assert crossfade(store, "Dawn") == 0.5


def test_the_newest_of_several_comes_back_first(store: PresetStore) -> None:
    for number in (0.1, 0.2, 0.3):
        store.save("Dawn", preset(number))
        store.delete("Dawn")
    store.undelete("Dawn")
    assert crossfade(store, "Dawn") == 0.3


def test_the_trash_stays_small_and_keeps_the_newest(store: PresetStore, tmp_path: Path) -> None:
    for number in range(130):
        store.save("Dawn", preset(float(number)))
    assert len(list((tmp_path / "trash").iterdir())) == 100
    store.undelete("Dawn")
    assert crossfade(store, "Dawn") == 128.0


@pytest.mark.parametrize("name", ["nobody", "../presets/Dawn", "..", ""])
def test_what_was_never_thrown_away_cannot_come_back(store: PresetStore, name: str) -> None:
    with pytest.raises(StageError, match="trash holds no"):
        store.undelete(name)


def test_names_from_the_network_delete_nothing_elsewhere(store: PresetStore, tmp_path: Path) -> None:
    store.save("Dawn", preset(0.1))
    outside = tmp_path / "letter.json"
    outside.write_text("{}")
    for name in ("../letter", "../letter.json", str(outside)):
        with pytest.raises(StageError):
            store.delete(name)
    assert outside.read_text() == "{}"
    assert "Dawn" in store.names()
