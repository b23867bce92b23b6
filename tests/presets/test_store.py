"""The preset store: shadowing, whole files, names from the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import encode
from latentjockey.presets.still import encode_still
from latentjockey.presets.store import PresetStore, load_file


def preset(crossfade: float) -> Preset:
    return Preset("", "cppn", CPPN.card, {"/mix/crossfade": crossfade})


def test_the_players_preset_hides_the_bundled_one(tmp_path: Path) -> None:
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    (bundled / "Dawn.json").write_bytes(encode(preset(0.1)))
    (bundled / "Reef.json").write_bytes(encode(preset(0.2)))
    (bundled / ".hidden.json").write_bytes(b"")
    (bundled / "notes.txt").write_text("x")
    store = PresetStore(tmp_path / "mine", bundled)
    assert store.names() == ["Dawn", "Reef"]
    assert store.load("Dawn").values["/mix/crossfade"] == 0.1
    store.save("Dawn", preset(0.9))
    assert store.names() == ["Dawn", "Reef"]
    assert store.load("Dawn").values["/mix/crossfade"] == 0.9
    assert store.load("Dawn").name == "Dawn"
    assert store.load("Reef").name == "Reef"
    assert (bundled / "Dawn.json").read_bytes() == encode(preset(0.1))


def test_an_unknown_name_is_told_with_what_is_near(tmp_path: Path) -> None:
    store = PresetStore(tmp_path)
    with pytest.raises(StageError, match="none has been saved yet"):
        store.load("x")
    store.save("Night garden", preset(0.0))
    with pytest.raises(StageError, match="Night garden"):
        store.load("night gardn")


NAMES = st.text(min_size=1, max_size=120) | st.sampled_from(
    ["../../evil", "/etc/passwd", "..", ".", "a/../../b", "C:\\x", "con", "NUL.json", "\0", "~/x", "a\nb", "-rf"]
)


@given(NAMES)
@settings(deadline=None)
def test_no_name_reaches_outside_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.mktemp("store")
    store = PresetStore(root / "mine")
    path = store.save(name, preset(0.5))
    assert path.resolve().parent == (root / "mine").resolve()
    assert [p.name for p in root.iterdir()] == ["mine"]
    assert store.load(name).values["/mix/crossfade"] == 0.5
    assert path.stem.casefold() not in {"con", "nul"}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(StageError, match="could not be saved"):
        PresetStore(blocker / "presets").save("x", preset(0.0))


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    still = tmp_path / "still.json"
    still.write_bytes(encode_still(np.zeros((4, 4, 3), np.uint8), preset(0.3)))
    assert load_file(still).values["/mix/crossfade"] == 0.3
    text = tmp_path / "preset.png"
    text.write_bytes(encode(preset(0.4)))
    assert load_file(text).values["/mix/crossfade"] == 0.4
    with pytest.raises(StageError, match="cannot be read"):
        load_file(tmp_path / "missing.json")
    with pytest.raises(StageError, match="cannot be read"):
        load_file(tmp_path)
