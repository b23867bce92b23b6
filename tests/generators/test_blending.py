"""The way from one network to another of its shape: exact at the ends, as loud in between, bounded beyond."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.style.blending import Blended, blended
from latentjockey.generators.style.compiled import EAGER
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.player import StylePlayer
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models import library
from latentjockey.models.card import ModelCard

TINY = StyleConfig(size=32, z_dim=6, w_dim=8, classes=0, channel_base=128, channel_max=12)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only models that there are."""
    monkeypatch.setenv(EAGER, "1")
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(library, "_BUNDLED", tmp_path / "none")
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path)
    return tmp_path


def model(folder: Path, name: str, seed: int, config: StyleConfig = TINY) -> StylePlayer:
    torch.manual_seed(seed)
    path = folder / f"{name}.safetensors"
    save(path, StyleNet(config), ClassPrior(config.classes, config.z_dim), name=name, classes=(), card=ModelCard(name))
    return player(name)


def player(name: str) -> StylePlayer:
    entry = library.get(name)
    assert entry.path is not None
    assert entry.spec is not None
    return StylePlayer(entry.path, entry.spec, "cpu")


def draw(played: StylePlayer, breaks: Breaks | None, layers: np.ndarray) -> np.ndarray:
    result = played.frame(FrameRequest(32, 32), lambda: Moment(layers, {"/gen/noise": 0.0}, 0.0, breaks))
    assert result.finite
    return result.pixels.astype(np.int16).copy()


def test_a_blend_goes_from_one_model_to_the_other_and_back(folder: Path) -> None:
    here, there = model(folder, "here", 1), model(folder, "there", 2)
    layers = here.embed(np.ones((1, 6), np.float32))[0]
    whole = draw(here, None, layers)
    arrived = np.abs(draw(here, Breaks(blend=1.0), layers) - draw(there, None, layers))
    assert arrived.mean() < 1.0  # each plays in the number format that was faster when it began
    between = draw(here, Breaks(blend=0.5), layers)
    assert np.abs(between - whole).mean() > 2.0
    assert not np.array_equal(draw(here, Breaks(BandBreak(gain=2.0), blend=0.5), layers), between)
    assert np.array_equal(draw(here, Breaks(blend=0.5), layers), between)
    assert np.array_equal(draw(here, Breaks(), layers), whole)


@pytest.mark.parametrize("amount", [-3.0, 1.5, 40.0, 1e300, -1e300])
def test_however_far_it_goes_there_is_a_picture(folder: Path, amount: float) -> None:
    here = model(folder, "here", 1)
    model(folder, "there", 2)
    layers = here.embed(np.ones((1, 6), np.float32))[0]
    assert draw(here, Breaks(blend=amount), layers).shape == (3, 32, 32)


def test_of_other_shapes_and_broken_files_there_is_nothing_to_blend_with(folder: Path) -> None:
    here = model(folder, "here", 1)
    model(folder, "large", 2, replace(TINY, size=64))
    model(folder, "wide", 3, replace(TINY, channel_max=16))
    broken = folder / "a-first.safetensors"
    broken.write_bytes((folder / "here.safetensors").read_bytes()[:-40])
    layers = here.embed(np.ones((1, 6), np.float32))[0]
    assert np.array_equal(draw(here, Breaks(blend=0.7), layers), draw(here, None, layers))


def test_the_other_is_looked_for_once_and_only_when_it_is_needed() -> None:
    asked = []
    torch.manual_seed(0)
    made = Blended(StyleNet(TINY).synthesis, lambda: asked.append(1))
    assert made.at(0.0) is None
    assert not asked
    assert made.at(0.5) is made.at(0.6) is None
    assert asked == [1]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda x: max(-1e4, min(1e4, x))))
def test_the_norm_stays_between_those_of_the_ends(amount: float) -> None:
    rng = torch.Generator().manual_seed(1)
    near, far = torch.randn(20, 10, generator=rng), 3.0 * torch.randn(20, 10, generator=rng)
    made = blended(near, far, amount)
    assert torch.isfinite(made).all()
    assert float(near.norm()) * 0.999 <= float(made.norm()) <= float(far.norm()) * 1.001


def test_it_is_exact_at_the_ends_and_of_nothing_nothing() -> None:
    near, far = torch.randn(5, 4), torch.randn(5, 4)
    assert torch.allclose(blended(near, far, 0.0), near)
    assert torch.allclose(blended(near, far, 1.0), far)
    nothing = torch.zeros(3)
    assert torch.equal(blended(nothing, nothing, 0.3), nothing)
