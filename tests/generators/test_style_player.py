"""The style player with a small model of random weights, as files hold them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from latentjockey.base import paths
from latentjockey.base.platform import FolderLock
from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.style import finish
from latentjockey.generators.style.compile_child import FAILED, READY
from latentjockey.generators.style.compiled import EAGER, Compiled
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import load, save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.player import StylePlayer
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.generators.style.segments import Runner, cut
from latentjockey.models.card import ModelCard
from latentjockey.models.container import read_header
from latentjockey.models.style_spec import style_spec

TINY = StyleConfig(size=32, z_dim=6, w_dim=8, classes=3, channel_base=128, channel_max=12)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    prior = ClassPrior(3, 6)
    for k in range(3):
        prior.fit(k, torch.randn(30, 6) + k)
    path = tmp_path / "tiny.safetensors"
    save(path, StyleNet(TINY), prior, name="Tiny", classes=("a", "b", "c"), card=ModelCard(name="Tiny"))
    return path


@pytest.fixture
def player(model: Path, monkeypatch: pytest.MonkeyPatch) -> StylePlayer:
    monkeypatch.setenv(EAGER, "1")
    return StylePlayer(model, style_spec("tiny", *read_header(model))[0], "cpu")


def _picture(player: StylePlayer, moment: Moment, width: int = 32, height: int = 32) -> np.ndarray:
    result = player.frame(FrameRequest(width, height), lambda: moment)
    assert result.finite
    return result.pixels.copy()


def _moment(player: StylePlayer, seed: int = 1, **native: float) -> Moment:
    z = np.random.default_rng(seed).standard_normal((1, 6)).astype(np.float32)
    return Moment(player.embed(z)[0], {f"/gen/{k}": v for k, v in native.items()})


def test_no_classes_said_is_the_first_alone(player: StylePlayer) -> None:
    z = np.random.default_rng(0).standard_normal((2, 6)).astype(np.float32)
    first = np.tile(np.array([1, 0, 0], np.float32), (2, 1))
    assert np.array_equal(player.embed(z), player.embed(z, first))
    assert not np.allclose(player.embed(z), player.embed(z, first[:, ::-1].copy()))
    assert np.array_equal(player.mean(), player.mean(first[0]))


@pytest.mark.parametrize("far", [1.0, -3.0, 1e4, 3e38])
def test_any_finite_place_and_class_give_a_picture(player: StylePlayer, far: float) -> None:
    z = np.full((1, 6), far, np.float32)
    layers = player.embed(z, np.full((1, 3), -far, np.float32))[0]
    assert np.isfinite(layers).all()
    assert _picture(player, Moment(layers, {})).shape == (3, 32, 32)


@pytest.mark.parametrize(("width", "height"), [(64, 32), (32, 64), (20, 20), (33, 47)])
def test_other_sizes_show_the_whole_picture_with_black_beside(player: StylePlayer, width: int, height: int) -> None:
    picture = _picture(player, _moment(player), width, height)
    assert picture.shape == (3, height, width)
    side, left, top = min(width, height), (width - min(width, height)) // 2, (height - min(width, height)) // 2
    inside = np.zeros((height, width), bool)
    inside[top : top + side, left : left + side] = True
    assert not picture[:, ~inside].any()
    assert picture[:, inside].std() > 1.0


def test_breaks_change_the_picture_and_leave_it_when_they_go(player: StylePlayer) -> None:
    moment = _moment(player)
    whole = _picture(player, moment)
    broken = Breaks(middle=BandBreak(gain=-2.0))
    assert not np.array_equal(_picture(player, replace(moment, breaks=broken)), whole)
    assert np.array_equal(_picture(player, replace(moment, breaks=Breaks())), whole)
    assert np.array_equal(_picture(player, moment), whole)


def test_limit_takes_loudness_back_and_fold_mirrors_what_lies_beyond() -> None:
    near, far = torch.full((1, 3, 2, 2), 0.5), torch.tensor([-3.0, -1.0, 1.5, 2.0]).repeat(3).view(1, 3, 2, 2)
    assert torch.equal(finish.held(near, 1.0, 1.0), near)
    assert finish.held(far, 1.0, 0.0).square().mean().sqrt() <= 1.2
    assert torch.equal(finish.held(far, 0.0, 0.0), far.clamp(-1, 1))
    assert torch.allclose(finish.held(far, 0.0, 1.0)[0, 0].ravel(), torch.tensor([1.0, -1.0, 0.5, 0.0]))


def test_noise_seeds_are_drawn_once_and_the_same_again(player: StylePlayer) -> None:
    first = player._maps.of(5, 1.0).maps[0]
    for seed in range(6, 12):
        player._maps.of(seed, 1.0)
    again = player._maps.of(5, 1.0).maps[0]
    assert first is not None
    assert again is not None
    assert torch.equal(first, again)
    assert not torch.equal(first, player._maps.of(6, 1.0).maps[0])  # type: ignore[arg-type]


def test_only_whole_pictures_tell_how_many_threads_are_best(
    player: StylePlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    monkeypatch.setattr(player._hands, "took", told.append)
    first, second = _moment(player, 1), _moment(player, 2)
    _picture(player, first)
    _picture(player, second)
    assert len(told) == 2
    late = second.layers.copy()
    late[-1] = first.layers[-1]
    for moment in (second, replace(second, layers=late), replace(first, breaks=Breaks(middle=BandBreak(gain=2.0)))):
        _picture(player, moment)
    player.frame(FrameRequest(32, 32, draft=True), lambda: _moment(player, 3))
    assert len(told) == 2


@pytest.mark.skipif(shutil.which("g++") is None, reason="no compiler here")
def test_the_compiled_form_shows_the_same_picture(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr("latentjockey.generators.style.compiled.cache_dir", lambda: tmp_path)
    monkeypatch.delenv(EAGER, raising=False)
    synthesis = load(model).net.synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    segments = cut(synthesis)
    compiled = Compiled(model, torch.float32, segments)
    assert compiled.ready() is None
    compiled.begin()
    assert compiled.state == "compiling"
    assert compiled._child is not None
    assert compiled._child.wait(600) == 0
    runner, ws = Runner(segments), torch.randn(1, TINY.num_ws, 8)
    maps = synthesis.noise_maps("const", 1)
    with torch.inference_mode():
        eager = runner.run(ws, maps, 0)
        runner.fast = compiled.ready()
        assert runner.fast is not None
        assert compiled.state == "compiled"
        torch.testing.assert_close(runner.run(ws, maps, 0), eager, rtol=1e-4, atol=1e-4)
        ws = ws.clone()
        ws[:, -1] += 1.0
        torch.testing.assert_close(runner.run(ws, maps, 0), synthesis(ws), rtol=1e-4, atol=1e-4)
    assert runner.reused == len(segments) - 1
    later = Compiled(model, torch.float32, segments)  # another start
    assert later.ready() is not None
    assert not (tmp_path / "compiled" / "work").exists()


def test_without_a_compiler_it_stays_eager_and_says_so(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentjockey.generators.style.compiled.cache_dir", lambda: tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.delenv(EAGER, raising=False)
    compiled = Compiled(model, torch.float32, [])
    compiled.begin()
    assert compiled.state == "eager: there is no C++ compiler on this machine"
    assert compiled.ready() is None


def test_a_compiler_that_fails_leaves_a_sentence_and_is_not_tried_again_at_once(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentjockey.generators.style.compiled.cache_dir", lambda: tmp_path)
    monkeypatch.delenv(EAGER, raising=False)
    folder = Compiled(model, torch.float32, [])._folder
    assert folder is not None
    command = [sys.executable, "-m", "latentjockey.generators.style.compile_child", str(model), "float32", str(folder)]
    failed = subprocess.run([*command, str(os.getpid())], env={**os.environ, "CXX": "/nonexistent/c++"}, check=False)
    assert failed.returncode == 1
    assert not (folder / READY).exists()
    assert (folder / FAILED).read_text()
    again = Compiled(model, torch.float32, [])
    again.begin()
    assert again.state.startswith("eager: ")
    assert again._child is None


class Making:
    """A compiled form that is there when a test says so."""

    def __init__(self) -> None:
        self.state = "eager"
        self.there = False

    def ready(self) -> list[Any] | None:
        if not self.there:
            return None
        self.state = "compiled"
        return []

    def begin(self) -> None:
        self.state = "compiling"


def test_while_nobody_waits_the_compiled_form_is_made_and_taken_up(player: StylePlayer) -> None:
    making = Making()
    player._compiled = making  # type: ignore[assignment]
    assert not player.settle(begin=False)
    assert making.state == "eager", "another process sees to it"
    assert player.settle(begin=True)
    assert player.settle(begin=False)
    making.there = True
    assert not player.settle(begin=False)
    assert "compiled" in player.device
    assert player._runner.fast == []


def test_while_another_process_compiles_it_is_waited_for(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentjockey.generators.style.compiled.cache_dir", lambda: tmp_path)
    monkeypatch.setattr("latentjockey.generators.style.compiled.has_cpp_compiler", lambda: True)
    monkeypatch.delenv(EAGER, raising=False)
    compiled = Compiled(model, torch.float32, [])
    assert compiled._folder is not None
    lock = FolderLock(compiled._folder)
    assert lock.acquire()
    try:
        compiled.begin()
        assert compiled._child is not None
        assert compiled._child.wait(240) == 0
        assert compiled.ready() is None
        assert compiled.state == "compiling"
        (compiled._folder / READY).touch()
        assert compiled.ready() == []
    finally:
        lock.release()
