"""Diffusion models as they are played: what diffusers' own pipelines make of the same numbers, continuity, caches."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from latentjockey.base.diagnostics import StageError
from latentjockey.engine.warming import warm_up
from latentjockey.generators.diffusion.noise import noise_between, noise_of
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.diffusion.sampling import shares
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders

Pixels = NDArray[np.int16]
LEVELS = 1
"""So many of 255 levels may a picture of ours be off what diffusers' own pipeline makes."""


def moment_of(player: DiffusionPlayer, seed: int = 5, weights: list[float] | None = None, **native: float) -> Moment:
    z = z_from_seed(seed, player.spec.z_dim).astype(np.float32)[None]
    rows = None if weights is None else np.array([weights], np.float32)
    return Moment(player.embed(z, rows)[0], {f"/gen/{name}": value for name, value in native.items()})


def played(player: DiffusionPlayer, moment: Moment) -> Pixels:
    """The picture at the model's own size (3, H, W)."""
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    assert made.finite
    return made.pixels.astype(np.int16)


def first(player: DiffusionPlayer, weight: float = 1.0, index: int = 0) -> list[float]:
    weights = [0.0] * len(player.spec.classes)
    weights[index] = weight
    return weights


# -- what diffusers' own pipelines make of the same noise --------------------------------------------------------------


@pytest.fixture
def held_noise(monkeypatch: pytest.MonkeyPatch, home: Path) -> Callable[[DiffusionPlayer, Moment], torch.Tensor]:
    """Makes pipelines draw the noise that a player holds for a moment; returns what they begin with."""

    def hold(player: DiffusionPlayer, moment: Moment) -> torch.Tensor:
        shape = diffusion_spec(home / player.spec.name, player.spec.name)[1]
        begin = torch.from_numpy(noise_of(shape, moment.layers, 0))[None]
        drawn = iter(range(10_000))

        def between(*_: object, **__: object) -> torch.Tensor:
            return torch.from_numpy(noise_between(shape, 0, next(drawn)))[None]

        for name, module in list(sys.modules.items()):
            if name.startswith("diffusers.") and "randn_tensor" in vars(module):
                fake = between if ".schedulers." in name else lambda *_, **__: begin
                monkeypatch.setattr(module, "randn_tensor", fake)
        return begin

    return hold


def own(player: DiffusionPlayer, home: Path, kind: Any) -> Any:
    """diffusers' own pipeline of the same folder."""
    pipe = kind.from_pretrained(str(home / player.spec.name), local_files_only=True, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def as_pixels(picture: torch.Tensor | NDArray[np.float32]) -> Pixels:
    """What a pipeline gave, 0 to 1, as the bytes of a picture (3, H, W)."""
    found = np.asarray(picture, np.float32)[0]
    found = found if found.shape[0] == 3 else found.transpose(2, 0, 1)
    return np.round(found * 255.0).astype(np.int16)


Hold = Callable[[DiffusionPlayer, Moment], torch.Tensor]
PlayerOf = Callable[[str], DiffusionPlayer]


@pytest.mark.parametrize(
    ("name", "steps", "cfg"),
    [
        ("turbo", 1, 1.0),
        ("turbo", 4, 1.0),
        ("turbo", 3, 6.0),
        ("slight", 1, 1.0),
        ("slight", 2, 3.0),
        ("second", 8, 5.0),
        ("second", 1, 1.0),
    ],
)
def test_text_to_image_is_what_its_pipeline_makes(
    player_of: PlayerOf, home: Path, held_noise: Hold, name: str, steps: int, cfg: float
) -> None:
    player = player_of(name)
    pipe = own(player, home, diffusers.StableDiffusionPipeline)
    moment = replace(
        moment_of(player, steps=steps, cfg=cfg, decoder=1), words={"/gen/prompt/1": "a bird", "/gen/negative": "grey"}
    )
    noise = held_noise(player, moment)
    how = {"num_inference_steps": steps, "guidance_scale": cfg, "latents": noise, "output_type": "pt"}
    theirs = pipe("a bird", negative_prompt="grey", **how)
    assert np.abs(played(player, moment) - as_pixels(theirs.images)).max() <= LEVELS


@pytest.mark.parametrize("steps", [1, 3])
def test_two_text_encoders_and_ancestral_noise_are_what_their_pipeline_makes(
    player_of: PlayerOf, home: Path, held_noise: Hold, steps: int
) -> None:
    player = player_of("sdxl")
    pipe = own(player, home, diffusers.StableDiffusionXLPipeline)
    moment = replace(moment_of(player, steps=steps), words={"/gen/prompt/1": "a bird"})
    noise = held_noise(player, moment)
    theirs = pipe("a bird", num_inference_steps=steps, guidance_scale=0.0, latents=noise, output_type="pt")
    assert np.abs(played(player, moment) - as_pixels(theirs.images)).max() <= LEVELS


@pytest.mark.parametrize("steps", [1, 4])
def test_latent_consistency_is_what_its_pipeline_makes(
    player_of: PlayerOf, home: Path, held_noise: Hold, steps: int
) -> None:
    player = player_of("lcm")
    pipe = own(player, home, diffusers.LatentConsistencyModelPipeline)
    moment = replace(moment_of(player, steps=steps, cfg=7.0), words={"/gen/prompt/1": "a bird"})
    noise = held_noise(player, moment)
    theirs = pipe("a bird", num_inference_steps=steps, guidance_scale=7.0, latents=noise, output_type="pt")
    assert np.abs(played(player, moment) - as_pixels(theirs.images)).max() <= LEVELS


@pytest.mark.parametrize("cfg", [1.0, 4.0])
def test_a_transformer_of_classes_is_what_its_pipeline_makes(
    player_of: PlayerOf, home: Path, held_noise: Hold, cfg: float
) -> None:
    if not (home / "thousand").exists():  # the pipeline takes it for granted that there are so many classes
        torch.manual_seed(3)
        diffusion_folders.dit(home / "thousand", 1000)
    player = player_of("thousand")
    pipe = own(player, home, diffusers.DiTPipeline)
    moment = moment_of(player, weights=first(player, index=7), steps=5, cfg=cfg)
    held_noise(player, moment)
    theirs = pipe([7], num_inference_steps=5, guidance_scale=cfg, output_type="pt").images
    assert np.abs(played(player, moment) - as_pixels(theirs)).max() <= LEVELS


@pytest.mark.parametrize(("name", "kind"), [("ddpm", diffusers.DDPMPipeline), ("ddim", diffusers.DDIMPipeline)])
def test_pixels_are_what_their_pipelines_make(
    player_of: PlayerOf, home: Path, held_noise: Hold, name: str, kind: Any
) -> None:
    player = player_of(name)
    pipe = own(player, home, kind)
    moment = moment_of(player, steps=6)
    held_noise(player, moment)
    theirs = pipe(num_inference_steps=6, output_type="np").images
    assert np.abs(played(player, moment) - as_pixels(theirs)).max() <= LEVELS


@pytest.mark.parametrize("steps", [1, 3])
def test_a_consistency_model_is_what_its_pipeline_makes(
    player_of: PlayerOf, home: Path, held_noise: Hold, steps: int
) -> None:
    player = player_of("consistency")
    pipe = own(player, home, diffusers.ConsistencyModelPipeline)
    moment = moment_of(player, weights=first(player, index=2), steps=steps)
    noise = held_noise(player, moment)
    theirs = pipe(class_labels=2, num_inference_steps=steps, latents=noise, output_type="pt").images
    assert np.abs(played(player, moment) - as_pixels(theirs)).max() <= LEVELS


# -- continuity --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "native"), [("turbo", {}), ("lcm", {"steps": 3.0}), ("ddpm", {"steps": 5.0})])
def test_a_slow_drift_is_smooth_and_far_less_than_new_noise(
    player_of: PlayerOf, name: str, native: dict[str, float]
) -> None:
    player = player_of(name)
    a, b = (z_from_seed(seed, player.spec.z_dim) for seed in (1, 2))
    angles = np.linspace(0.0, 0.12, 13)
    frames = []
    for angle in angles:
        z = (np.cos(angle) * a + np.sin(angle) * b).astype(np.float32)[None]
        frames.append(played(player, Moment(player.embed(z)[0], {f"/gen/{k}": v for k, v in native.items()})))
    moved = np.array([np.abs(one - next_).mean() for one, next_ in pairwise(frames)])
    anew = [played(player, moment_of(player, seed, **native)) for seed in range(20, 26)]
    flicker = np.mean([np.abs(one - next_).mean() for one, next_ in pairwise(anew)])
    assert moved.min() > 0.0
    assert moved.max() < 0.1 * flicker
    assert moved.max() < 2.0 * moved.mean()


# -- only what changed is computed -------------------------------------------------------------------------------------


def test_nothing_is_computed_where_nothing_changed(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    moment = moment_of(player, 31)
    before = played(player, moment)
    asked = player.asked
    assert np.array_equal(played(player, moment), before)
    assert not np.array_equal(played(player, replace(moment, native={"/gen/drive": -1.0})), before)
    assert player.asked == asked
    played(player, moment_of(player, 32))
    assert player.asked == asked + 1


def test_a_text_is_encoded_when_it_changes_and_only_where_it_is_heard(player_of: PlayerOf) -> None:
    player = player_of("sdxl")
    assert player.prompts is not None
    words = {"/gen/prompt/1": "first", "/gen/prompt/2": "second"}
    moment = replace(moment_of(player, weights=[0.5, -2.0, *[0.0] * 6]), words=words)
    for _ in range(2):  # of two new texts one has to wait, where there was another before
        played(player, moment)
    calls = player.prompts.calls
    for seed, weights in ((7, [3.0, 1.0]), (8, [-1.0, 0.25])):
        other = moment_of(player, seed, [*weights, *[0.0] * 6])
        played(player, replace(other, words=moment.words))
    played(player, replace(moment, words={**moment.words, "/gen/prompt/3": "not heard"}))
    assert player.prompts.calls == calls
    played(player, replace(moment, words={**moment.words, "/gen/prompt/2": "third"}))
    assert player.prompts.calls == calls + 1
    played(player, moment)
    assert player.prompts.calls == calls + 1, "what was said before is still known"


@pytest.mark.parametrize("name", ["turbo", "sdxl"])
def test_texts_mix_round_or_straight_and_alone_are_the_same(player_of: PlayerOf, name: str) -> None:
    player = player_of(name)
    both = [0.5, 0.5, *[0.0] * 6]
    straight, arc = (played(player, moment_of(player, 3, both, **{"prompt/blend": how})) for how in (0.0, 1.0))
    assert (straight != arc).any()
    one, other = (played(player, moment_of(player, 3, first(player), **{"prompt/blend": how})) for how in (0.0, 1.0))
    assert (one == other).all()
    calls = player.asked
    assert (played(player, moment_of(player, 3, first(player), **{"prompt/blend": 1.0})) == other).all()
    assert player.asked == calls, "what did not change is not made again"


def test_guidance_costs_the_network_nothing_more_than_a_batch_of_two(player_of: PlayerOf) -> None:
    player = player_of("dit")
    for cfg in (1.0, 0.0, 3.0, -2.0):
        asked = player.asked
        played(player, moment_of(player, steps=4, cfg=cfg))
        assert player.asked == asked + 4


def test_what_the_hand_says_reaches_each_step(player_of: PlayerOf) -> None:
    player = player_of("dit")
    still, calls = moment_of(player, weights=first(player), steps=4), []
    turned = moment_of(player, weights=first(player, index=2), steps=4)

    def latch() -> Moment:
        calls.append(True)
        return still if len(calls) < 3 else turned

    request = FrameRequest(*player.spec.size)
    between = player.frame(request, latch).pixels.astype(np.int16)
    assert len(calls) == 4
    ends = played(player, still), played(player, turned)
    assert all(not np.array_equal(between, end) for end in ends)
    asked = player.asked
    played(player, turned)
    assert player.asked == asked, "a picture of one moment is kept"
    played(player, still)
    assert player.asked == asked + 4


def test_an_engine_warms_it_up_with_its_texts_at_their_defaults(player_of: PlayerOf) -> None:
    player = player_of("turbo")
    asked = player.asked
    assert warm_up(player, 16, 16).small_s > 0.0
    assert player.asked >= asked + 2, "what is measured is made, not kept"


# -- weights that do not fit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
@pytest.mark.parametrize("how", ["missing", "another shape"])
def test_weights_that_do_not_fit_are_refused_in_one_sentence(
    player_of: PlayerOf, home: Path, tmp_path: Path, part: str, how: str
) -> None:
    player_of("turbo")
    folder = tmp_path / "spoilt"
    shutil.copytree(home / "turbo", folder)
    (path,) = (folder / part).glob("*.safetensors")
    tensors = load_file(path)
    name = next(name for name in sorted(tensors) if tensors[name].ndim > 1)
    held = tensors.pop(name)
    save_file(tensors if how == "missing" else {**tensors, name: torch.cat((held, held))}, path, {"format": "pt"})
    with pytest.raises(StageError) as caught:
        DiffusionPlayer(folder, diffusion_spec(folder, "spoilt")[0], "cpu")
    sentence = str(caught.value)
    assert sentence.startswith("spoilt cannot be played: ")
    assert part in sentence
    assert "\n" not in sentence
    assert len(sentence) < 400


# -- what a position is ------------------------------------------------------------------------------------------------


def test_the_grain_is_held_and_its_seed_changes_it(player_of: PlayerOf) -> None:
    player = player_of("ddpm")
    moment = moment_of(player)
    assert not np.array_equal(played(player, moment), played(player, replace(moment, native={"/gen/grain": 3.0})))


def test_weights_of_classes_and_prompts_of_any_sign_differ(player_of: PlayerOf) -> None:
    for name in ("turbo", "dit", "consistency"):
        player = player_of(name)
        made = [played(player, moment_of(player, weights=first(player, weight))) for weight in (1.0, -1.0, 3.0)]
        assert not np.array_equal(made[0], made[1])
        assert not np.array_equal(made[0], made[2])


def test_one_class_of_a_mixture_alone_is_that_class(player_of: PlayerOf) -> None:
    player = player_of("dit")
    alone = played(player, moment_of(player, weights=first(player, index=1)))
    layers = player.embed(z_from_seed(5, player.spec.z_dim).astype(np.float32)[None])[0].copy()
    layers[:, -4:] = (0.0, 1.0, 0.0, 0.0)
    assert np.array_equal(played(player, Moment(layers, {})), alone)


def test_start_and_end_choose_a_part_of_the_noise() -> None:
    schedules = Schedules("DDIMScheduler", {"num_train_timesteps": 1000})
    whole, part = schedules.at(4), schedules.at(4, 0.5, 0.25)
    assert part is schedules.at(4, 0.5, 0.25)
    assert part.steps[0].sigma < whole.steps[0].sigma
    assert part.steps[-1].after > whole.steps[-1].after
    assert schedules.at(4, 7.0, -3.0) is whole, "there is no noise beyond the model's"


def test_what_is_drawn_anew_and_what_is_kept_leave_what_should_be() -> None:
    for eta in (0.0, 0.5, 1.0):
        for jumps in (False, True):
            fresh, kept = shares(8.0, 2.0, eta, jumps)
            assert fresh**2 + kept**2 == pytest.approx(4.0)
    assert shares(8.0, 2.0, 1.0, True) == (2.0, 0.0)
    assert shares(8.0, 2.0, 0.0, False) == (0.0, 2.0)
