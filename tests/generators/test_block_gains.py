"""Blocks of a denoiser, turned up and down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from latentjockey.generators.diffusion.gains import gained
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_blocks import MOST_BLOCKS, block_address, block_names, group_of
from latentjockey.navigation.seeds import z_from_seed

Pixels = NDArray[np.int16]
PlayerOf = Callable[[str], DiffusionPlayer]
UNET = ("down/1", "down/2", "mid", "up/1", "up/2")


def shown(player: DiffusionPlayer, gains: dict[str, float] | None = None, **native: float) -> Pixels:
    z = z_from_seed(5, player.spec.z_dim).astype(np.float32)[None]
    said = {f"/gen/{key}": value for key, value in native.items()}
    said |= {block_address(name): gain for name, gain in (gains or {}).items()}
    moment = Moment(player.embed(z)[0], said)
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    assert made.finite
    return made.pixels.astype(np.int16)


@pytest.mark.parametrize("name", ["turbo", "dit", "ddim"])
def test_every_block_is_heard_and_at_one_nothing_is_left_of_it(player_of: PlayerOf, name: str) -> None:
    player = player_of(name)
    names = ("1", "2") if name == "dit" else UNET
    assert [each.address for each in player.spec.controls if "/block/" in each.address] == list(
        map(block_address, names)
    )
    plain = shown(player, steps=2.0)
    for each in names:
        found = [shown(player, {each: gain}, steps=2.0) for gain in (0.0, -1.0, 3.0)]
        assert all(not np.array_equal(one, plain) for one in found)
        assert not np.array_equal(found[0], found[1])
    asked = player.asked
    assert np.array_equal(shown(player, dict.fromkeys(names, 1.0), steps=2.0), plain)
    assert player.asked > asked, "made anew, and not remembered"


def test_where_several_pictures_are_under_way_all_come_to_the_same(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    alone = shown(player, {"mid": -2.0, "up/2": 1.5}, steps=3.0, cfg=2.0)
    shown(player, steps=3.0, cfg=2.0, stream=1.0)
    for _ in range(3):
        streamed = shown(player, {"mid": -2.0, "up/2": 1.5}, steps=3.0, cfg=2.0, stream=1.0)
    assert np.abs(streamed - alone).max() <= 1


def test_a_silent_transformer_passes_its_tokens_on(player_of: PlayerOf) -> None:
    player = player_of("dit")
    inner = player._net._transformer.transformer_blocks  # type: ignore[union-attr]
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    with torch.no_grad():
        shown(player, {"1": 0.0, "2": 0.0})
        hooks = [block.register_forward_hook(lambda _, heard, made: seen.append((heard[0], made))) for block in inner]
        shown(player, {"1": 0.0, "2": 0.0}, grain=1.0)
    for hook in hooks:
        hook.remove()
    assert seen
    assert all(torch.equal(heard, made) for heard, made in seen)


@given(st.floats(-1e6, 1e6))
def test_a_gain_is_how_much_is_added(gain: float) -> None:
    heard, made = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.5, 2.0]])
    assert torch.allclose(gained(nn.Identity(), heard, made, gain), heard + gain * (made - heard), rtol=1e-4, atol=1e-4)
    wider = torch.ones(1, 3)
    assert torch.equal(gained(nn.Identity(), heard, wider, gain), wider * gain)


def test_names_of_blocks() -> None:
    assert block_names("UNet2DModel", {"down_block_types": ["a"], "up_block_types": ["a"]}) == ("down/1", "mid", "up/1")
    assert block_names("UNet2DConditionModel", {"mid_block_type": None})[4] == "up/1"
    assert block_names("DiTTransformer2DModel", {}) == tuple("12345678")
    assert block_names("DiTTransformer2DModel", {"num_layers": "many"}) == ()


@given(st.integers(1, 60))
def test_layers_are_shared_out_evenly(layers: int) -> None:
    groups = [group_of(layer, layers) for layer in range(layers)]
    counts = [groups.count(group) for group in range(min(MOST_BLOCKS, layers))]
    assert groups == sorted(groups)
    assert max(counts) - min(counts) <= 1
    assert min(counts) >= 1
