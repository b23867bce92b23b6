"""LoRA files as they are played: as weights merged by hand, live, and without a trace at 0."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders, lora_files
from tests.generators.lora_files import CONVOLUTIONS, LINEAR, RANK

Pixels = NDArray[np.int16]
Unet: Any = diffusers.UNet2DConditionModel


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return diffusion_folders.make(tmp_path_factory.mktemp("lora"), "turbo")


@pytest.fixture
def folder(turbo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(turbo, tmp_path / "turbo"))


def unet_of(folder: Path) -> Any:
    return Unet.from_pretrained(str(folder / "unet"), local_files_only=True)


def player_of(folder: Path) -> DiffusionPlayer:
    return DiffusionPlayer(folder, diffusion_spec(folder, folder.name)[0], "cpu")


def moment_of(player: DiffusionPlayer, **native: float) -> Moment:
    z = z_from_seed(5, player.spec.z_dim).astype(np.float32)[None]
    return Moment(player.embed(z)[0], {f"/gen/{key.replace('_', '/')}": value for key, value in native.items()})


def shown(player: DiffusionPlayer, **native: float) -> Pixels:
    moment = moment_of(player, **native)
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    assert made.finite
    return made.pixels.astype(np.int16)


def merged(folder: Path, to: Path, names: tuple[str, ...], times: float, seed: int = 1) -> Path:
    """The same model with weights merged by hand."""
    network = unet_of(folder)
    lora_files.merged(network, lora_files.pairs(unet_of(folder), names, seed), times)
    copy = Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns("loras"), dirs_exist_ok=True))
    network.save_pretrained(copy / "unet")
    return copy


@pytest.mark.parametrize("weight", [1.0, -0.7, 2.5])
@pytest.mark.parametrize(
    ("form", "names", "alpha"),
    [
        (lambda made: lora_files.kohya(made, 6.0), (*LINEAR, *CONVOLUTIONS), 6.0),
        (lora_files.peft, (*LINEAR, *CONVOLUTIONS), float(RANK)),
        (lora_files.older, LINEAR[:2], float(RANK)),
    ],
)
def test_it_is_the_network_with_its_weights_merged(
    folder: Path,
    tmp_path: Path,
    form: Callable[..., lora_files.Weights],
    names: tuple[str, ...],
    alpha: float,
    weight: float,
) -> None:
    made = lora_files.pairs(unet_of(folder), names)
    lora_files.write(folder / "loras" / "some.safetensors", form(made))
    ours = player_of(folder)
    theirs = player_of(merged(folder, tmp_path / "merged", names, weight * alpha / RANK))
    assert len(ours.spec.controls) == len(theirs.spec.controls) + 1
    whole, heard = shown(ours, steps=2.0), shown(ours, steps=2.0, lora_1=weight)
    assert np.abs(heard - shown(theirs, steps=2.0)).max() <= 1
    assert np.abs(heard - whole).max() > 3, "it is heard at all"


def test_several_sum_and_at_nought_none_leaves_a_trace(folder: Path, tmp_path: Path) -> None:
    plain = shown(player_of(folder), steps=2.0)
    for seed, name in ((1, "a"), (2, "b")):
        made = lora_files.pairs(unet_of(folder), LINEAR, seed)
        lora_files.write(folder / "loras" / f"{name}.safetensors", lora_files.peft(made))
    player = player_of(folder)
    assert [each.label for each in player.spec.controls if "/lora/" in each.address] == ["a", "b"]
    both = shown(player, steps=2.0, lora_1=0.5, lora_2=-1.5)
    once = merged(folder, tmp_path / "once", LINEAR, 0.5, 1)
    assert np.abs(both - shown(player_of(merged(once, tmp_path / "twice", LINEAR, -1.5, 2)), steps=2.0)).max() <= 1
    asked = player.asked
    assert np.array_equal(shown(player, steps=2.0), plain)
    assert player.asked == asked + 2
    assert np.array_equal(shown(player, steps=2.0), plain)
    assert player.asked == asked + 2, "the same weights are no new picture"


def test_a_weight_turned_between_two_steps_is_heard_in_the_second(folder: Path) -> None:
    made = lora_files.pairs(unet_of(folder), LINEAR)
    lora_files.write(folder / "loras" / "some.safetensors", lora_files.peft(made))
    player = player_of(folder)
    still, loud = (shown(player, steps=2.0, lora_1=weight) for weight in (0.0, 2.0))
    moments = [moment_of(player, steps=2.0, lora_1=weight) for weight in (0.0, 2.0)]
    between = player.frame(FrameRequest(*player.spec.size), lambda: moments.pop(0) if len(moments) > 1 else moments[0])
    assert not np.array_equal(between.pixels, still)
    assert not np.array_equal(between.pixels, loud)
    assert between.unsettled


def test_where_several_pictures_are_under_way_all_come_to_the_same(folder: Path) -> None:
    made = lora_files.pairs(unet_of(folder), (*LINEAR, *CONVOLUTIONS))
    lora_files.write(folder / "loras" / "some.safetensors", lora_files.peft(made))
    player = player_of(folder)
    alone = shown(player, steps=3.0, cfg=3.0, lora_1=1.5)
    shown(player, steps=3.0, cfg=3.0, stream=1.0)
    for _ in range(3):
        streamed = shown(player, steps=3.0, cfg=3.0, lora_1=1.5, stream=1.0)
    assert np.abs(streamed - alone).max() <= 1


def test_what_does_not_fit_is_left_out_and_said(folder: Path) -> None:
    made = lora_files.pairs(unet_of(folder), LINEAR)
    held = lora_files.kohya(made, float(RANK))
    held["lora_unet_nowhere.lora_down.weight"] = torch.ones(2, 4)
    held["lora_unet_nowhere.lora_up.weight"] = torch.ones(4, 2)
    held["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"] = torch.ones(2, 4)
    lora_files.write(folder / "loras" / "some.safetensors", held)
    player = player_of(folder)
    assert player.spec.unheard == (
        "The LoRA some is heard in part with turbo: 3 of its 4 layers fit and 1 does not, such as nowhere; 1 tensor is "
        "no part of a plain LoRA; it does less than it was taught, or other things.",
    )
    assert player.spec.unheard[0] in player.spec.card.note
    assert not np.array_equal(shown(player), shown(player, lora_1=2.0))


def test_wild_weights_end_in_a_picture_or_none(folder: Path) -> None:
    made = lora_files.pairs(unet_of(folder), (*LINEAR, *CONVOLUTIONS))
    lora_files.write(folder / "loras" / "some.safetensors", lora_files.peft(made))
    player = player_of(folder)
    plain = shown(player)
    for weight in (1e30, -1e6):
        moment = moment_of(player, lora_1=weight)
        player.frame(FrameRequest(*player.spec.size), lambda moment=moment: moment)  # type: ignore[misc]
    assert np.array_equal(shown(player), plain)


def test_while_one_is_heard_what_is_recorded_of_the_network_waits(folder: Path) -> None:
    made = lora_files.pairs(unet_of(folder), LINEAR)
    lora_files.write(folder / "loras" / "some.safetensors", lora_files.peft(made))
    player = player_of(folder)
    heard = shown(player, steps=1.0, lora_1=1.0)
    net = player._net
    assert net is not None
    usual, calls = net.call, []

    def recorded(*args: Any, **kwargs: Any) -> torch.Tensor:
        calls.append(1)
        return usual(*args, **kwargs)

    net.call = recorded
    shown(player, steps=1.0)
    assert calls == [1]
    assert np.array_equal(shown(player, steps=1.0, lora_1=1.0), heard)
    assert calls == [1]
    assert net.call is recorded
