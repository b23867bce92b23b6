"""Small pictures of style models: made of as few blocks as show the whole, and out of the way of what is on stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.style.compiled import EAGER
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.layers import StyleLayer
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.player import StylePlayer
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.generators.style.segments import Runner, cut
from latentjockey.models.card import ModelCard
from latentjockey.models.container import read_header
from latentjockey.models.style_spec import style_spec

CONFIG = StyleConfig(size=64, z_dim=6, w_dim=8, classes=0, channel_base=256, channel_max=12)
HALF = 32


def network(grown: bool) -> StyleNet:
    """A network of random weights. One that has ``grown`` shows at half its size what it shows at all of it."""
    torch.manual_seed(0)
    net = StyleNet(CONFIG).eval()
    with torch.no_grad():
        last = net.synthesis.ordered()[-1].rgb
        assert last is not None
        if grown:
            nn.init.zeros_(last.conv.weight)
        else:
            last.bias.fill_(0.5)
    return net


def play(net: StyleNet, path: Path) -> StylePlayer:
    save(path, net, ClassPrior(0, 6), name="Small", classes=(), card=ModelCard(name="Small"))
    return StylePlayer(path, style_spec("small", *read_header(path))[0], "cpu")


def place(player: StylePlayer, seed: int) -> Moment:
    return Moment(player.embed(np.random.default_rng(seed).standard_normal((1, 6)).astype(np.float32))[0], {})


def listening(player: StylePlayer) -> list[int]:
    """Gets longer with every layer that is computed."""
    heard: list[int] = []
    for layer in player._synthesis.modules():
        if isinstance(layer, StyleLayer):
            layer.register_forward_hook(lambda *_: heard.append(1))
    return heard


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EAGER, "1")


@torch.no_grad()
def test_a_grown_network_shows_the_whole_at_the_size_it_grew_from() -> None:
    ws = torch.randn(1, CONFIG.num_ws, CONFIG.w_dim)
    nothing = [None] * CONFIG.num_ws
    assert HALF in Runner(cut(network(True).synthesis)).faithful(ws, nothing)
    assert HALF not in Runner(cut(network(False).synthesis)).faithful(ws, nothing)


def test_a_picture_of_enough_pixels_is_the_one_on_the_way_to_the_whole() -> None:
    net = network(True)
    runner = Runner(cut(net.synthesis))
    ws = torch.randn(1, CONFIG.num_ws, CONFIG.w_dim)
    nothing = [None] * CONFIG.num_ws
    with torch.no_grad():
        assert runner.run(ws, nothing, "none", enough=HALF).shape == (1, 3, HALF, HALF)
        assert runner.run(ws, nothing, "none", enough=HALF + 1).shape == (1, 3, 64, 64)
        assert runner.run(ws, nothing, "none").shape == (1, 3, 64, 64)


@pytest.mark.parametrize(("grown", "layers"), [(True, 7), (False, 9)])
def test_only_a_draft_of_a_grown_network_leaves_its_last_layers_out(grown: bool, layers: int, tmp_path: Path) -> None:
    player = play(network(grown), tmp_path / "small.safetensors")
    player.frame(FrameRequest(48, 48, draft=True), lambda: place(player, 1))  # looks once which sizes will do
    heard = listening(player)

    player.frame(FrameRequest(48, 48, draft=True), lambda: place(player, 2))
    assert len(heard) == layers
    heard.clear()
    player.frame(FrameRequest(64, 64), lambda: place(player, 3))
    assert len(heard) == 9


def test_a_draft_leaves_alone_what_the_stage_keeps(tmp_path: Path) -> None:
    player = play(network(False), tmp_path / "small.safetensors")
    here = place(player, 1)
    before = player.frame(FrameRequest(64, 64), lambda: here).pixels.copy()
    player.frame(FrameRequest(48, 48, draft=True), lambda: place(player, 2))
    heard = listening(player)

    again = player.frame(FrameRequest(64, 64), lambda: here)

    assert not heard
    np.testing.assert_array_equal(again.pixels, before)
