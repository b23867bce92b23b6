"""The presets that come with the player: they load, name nothing unknown, and recall into a bay of their model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.models.controls import controls_of
from latentjockey.models.library import get
from latentjockey.models.spec import ModelSpec
from latentjockey.options import DEFAULT_MODEL
from latentjockey.presets.preset import Preset, batch
from latentjockey.presets.store import PresetStore, load_file

FOLDER = Path(__file__).parents[2] / "presets"
FILES = sorted(FOLDER.glob("*.json"))
OURS = ("/deck/a/", "/deck/b/", "/mix/", "/break/", "/echo/", "/gen/")


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def preset(request: pytest.FixtureRequest) -> Preset:
    return load_file(request.param)


def model_of(preset: Preset) -> ModelSpec:
    spec = get(preset.model).spec
    assert spec is not None
    return spec


def fresh_bay(model: ModelSpec) -> Bay:
    return Bay(Layout(1, controls_of(model)), ManualClock())


def test_there_are_six_for_each_model_under_their_own_names(tmp_path: Path) -> None:
    assert len(PresetStore(tmp_path, FOLDER).names()) == 12
    assert [load_file(path).name for path in FILES] == [path.stem for path in FILES]
    models = [load_file(path).model for path in FILES]
    assert models.count(CPPN.name) == models.count(DEFAULT_MODEL) == 6


def test_three_of_the_default_models_are_far_out_of_range() -> None:
    """Beyond the nominal range of something other than the place itself."""
    layout = Layout(1, controls_of(get(DEFAULT_MODEL).spec or CPPN))

    def far(preset: Preset) -> bool:
        return any(
            not (spec.lo <= number <= spec.hi)
            for address, value in preset.values.items()
            if (spec := layout.spec(address)).modulatable and not address.endswith("/z")
            for number in np.ravel(np.asarray(value, float))
        )

    ours = [preset for preset in map(load_file, FILES) if preset.model == DEFAULT_MODEL]
    assert sum(map(far, ours)) >= 3


def test_nothing_in_it_is_unknown(preset: Preset) -> None:
    assert preset.card == model_of(preset).card
    assert not preset.unknown
    assert batch(preset, fresh_bay(model_of(preset)).layout).missing == ()


def test_it_touches_decks_mixer_effects_and_model_only(preset: Preset) -> None:
    assert all(address.startswith(OURS) for address in preset.values)
    assert not [address for address in preset.values if "/cue/" in address]


def test_it_is_recalled_into_a_bay(preset: Preset) -> None:
    bay = fresh_bay(model_of(preset))
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
    ways = set()
    for preset in map(load_file, FILES):
        kinds = tuple(np.ravel(np.asarray(preset.values.get("/deck/a/class", ()))))
        ways.add((preset.model, kinds, *(preset.values[address] for address in telling)))
    assert len(ways) == len(FILES)
