"""The presets that come with the player: they load, name nothing unknown, and recall into a bay of their model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Preset, batch
from latentjockey.presets.store import PresetStore, load_file

FOLDER = Path(__file__).parents[2] / "presets"
FILES = sorted(FOLDER.glob("*.json"))
OURS = ("/deck/a/", "/deck/b/", "/mix/", "/break/", "/echo/", "/gen/")


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def preset(request: pytest.FixtureRequest) -> Preset:
    return load_file(request.param)


def fresh_bay() -> Bay:
    return Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), ManualClock())


def test_there_are_six_under_their_own_names(tmp_path: Path) -> None:
    names = PresetStore(tmp_path, FOLDER).names()
    assert len(names) == 6
    assert [load_file(path).name for path in FILES] == [path.stem for path in FILES]


def test_nothing_in_it_is_unknown(preset: Preset) -> None:
    assert preset.model == CPPN.name
    assert preset.card == CPPN.card
    assert not preset.unknown
    assert batch(preset, fresh_bay().layout).missing == ()


def test_it_touches_decks_mixer_effects_and_model_only(preset: Preset) -> None:
    assert all(address.startswith(OURS) for address in preset.values)
    assert not [address for address in preset.values if "/cue/" in address]


def test_it_is_recalled_into_a_bay(preset: Preset) -> None:
    bay = fresh_bay()
    report = bay.write(batch(preset, bay.layout).writes, RECALL)
    assert not report.refused
    snapshot = bay.snapshot()
    for deck in ("a", "b"):
        z = preset.values[f"/deck/{deck}/z"]
        assert isinstance(z, np.ndarray)
        assert z.any()
        assert np.allclose(snapshot.vector(f"/deck/{deck}/z"), z)
    assert snapshot.number("/mix/crossfade") == preset.values["/mix/crossfade"]


def test_each_moves_or_stands_in_its_own_way() -> None:
    telling = ("/deck/a/psi", "/deck/a/overdrive", "/mix/crossfade", "/deck/a/eq/middle", "/deck/a/eq/fine")
    ways = {tuple(load_file(path).values[address] for address in telling) for path in FILES}
    assert len(ways) == len(FILES)
