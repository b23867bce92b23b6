"""Pictures from outside as the beginning of others: what diffusers' own pipelines make of them, continuity, caches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.beginning import CROP, LETTERBOX, STRETCH, Beginning
from latentjockey.generators.diffusion.beginning import lines_of, placed
from latentjockey.generators.diffusion.noise import noise_between, noise_of
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders

Pixels = NDArray[np.int16]
LEVELS = 1
"""So many of 255 levels may a picture of ours be off what diffusers' own pipeline makes."""
_SCALED = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}


def picture(width: int = 16, height: int = 16, seed: int = 1) -> NDArray[np.uint8]:
    """A picture of soft patches (3, height, width)."""
    small = np.random.default_rng(seed).integers(0, 256, (3, 4, 4), np.uint8)
    made = small.repeat(-(-height // 4), 1).repeat(-(-width // 4), 2)
    return np.ascontiguousarray(made[:, :height, :width])


def beginning(strength: float, number: int = 1, **more: Any) -> Beginning:
    return Beginning(more.pop("pixels", picture()), number, strength, **more)


def moment_of(player: DiffusionPlayer, begins: Beginning | None, seed: int = 5, **native: float) -> Moment:
    z = z_from_seed(seed, player.spec.z_dim).astype(np.float32)[None]
    own = {f"/gen/{name}": value for name, value in native.items()}
    return Moment(player.embed(z)[0], own, words={"/gen/prompt/1": "a bird"}, begins=begins)


def played(player: DiffusionPlayer, moment: Moment) -> Pixels:
    """The picture at the model's own size (3, H, W)."""
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    assert made.finite
    return made.pixels.astype(np.int16)


# -- what diffusers' own pipelines make of the same picture and noise --------------------------------------------------


@pytest.fixture
def theirs_of(monkeypatch: pytest.MonkeyPatch, home: Path) -> Callable[..., Pixels]:
    """What a pipeline of diffusers makes of the noise and the picture's latent that a player holds for a moment."""

    def make(player: DiffusionPlayer, kind: Any, moment: Moment, skipped: int = 0, **how: Any) -> Pixels:
        shape = diffusion_spec(home / player.spec.name, player.spec.name)[1]
        assert moment.begins is not None
        first = torch.from_numpy(noise_of(shape, moment.layers, 0))[None]
        drawn = iter(range(skipped, 10_000))

        def between(*_: object, **__: object) -> torch.Tensor:
            return torch.from_numpy(noise_between(shape, 0, next(drawn)))[None]

        pipe = kind.from_pretrained(str(home / player.spec.name), local_files_only=True, safety_checker=None)
        pipe.set_progress_bar_config(disable=True)
        for name, module in list(sys.modules.items()):
            if name.startswith("diffusers.") and "randn_tensor" in vars(module):
                fake = between if ".schedulers." in name else lambda *_, **__: first
                monkeypatch.setattr(module, "randn_tensor", fake)
        latent = player.beginnings.latent(moment.begins, int(dict(moment.native).get("/gen/decoder", 0.0)))
        found = pipe("a bird", image=latent, strength=moment.begins.strength, output_type="pt", **how).images
        pixels: Pixels = np.round(np.asarray(found, np.float32)[0] * 255.0).astype(np.int16)
        return pixels

    return make


@pytest.mark.parametrize(("steps", "strength", "cfg"), [(2, 0.5, 1.0), (4, 0.5, 1.0), (4, 0.75, 3.0), (3, 1.0, 1.0)])
def test_text_to_image_begins_as_its_pipeline_does(
    player_of: Any, theirs_of: Any, steps: int, strength: float, cfg: float
) -> None:
    player = player_of("turbo")
    moment = moment_of(player, beginning(strength), steps=steps, cfg=cfg, decoder=1)
    theirs = theirs_of(
        player,
        diffusers.StableDiffusionImg2ImgPipeline,
        moment,
        num_inference_steps=steps,
        guidance_scale=cfg,
        negative_prompt="",
    )
    assert np.abs(played(player, moment) - theirs).max() <= LEVELS


def test_one_step_at_half_strength_is_the_second_of_two(player_of: Any, theirs_of: Any) -> None:
    player = player_of("turbo")
    moment = moment_of(player, beginning(0.5), steps=1, decoder=1)
    kind = diffusers.StableDiffusionImg2ImgPipeline
    theirs = theirs_of(player, kind, moment, num_inference_steps=2, guidance_scale=1.0)
    assert np.abs(played(player, moment) - theirs).max() <= LEVELS


@pytest.mark.parametrize(("steps", "strength"), [(2, 0.5), (4, 0.75)])
def test_ancestral_steps_begin_as_their_pipeline_does(
    player_of: Any, theirs_of: Any, steps: int, strength: float
) -> None:
    player = player_of("sdxl")
    moment = moment_of(player, beginning(strength), steps=steps)
    kind, left_out = diffusers.StableDiffusionXLImg2ImgPipeline, steps - int(steps * strength)
    theirs = theirs_of(player, kind, moment, left_out, num_inference_steps=steps, guidance_scale=0.0)
    assert np.abs(played(player, moment) - theirs).max() <= LEVELS


@pytest.mark.parametrize(("steps", "strength"), [(5, 0.6), (1, 0.5)])
def test_latent_consistency_begins_as_its_pipeline_does(
    player_of: Any, theirs_of: Any, steps: int, strength: float
) -> None:
    player = player_of("lcm")
    moment = moment_of(player, beginning(strength), steps=steps, cfg=7.0)
    kind = diffusers.LatentConsistencyModelImg2ImgPipeline
    theirs = theirs_of(player, kind, moment, num_inference_steps=steps, guidance_scale=7.0)
    assert np.abs(played(player, moment) - theirs).max() <= LEVELS


@pytest.mark.parametrize(("name", "which"), [("turbo", 0), ("turbo", 1), ("autoencoder", 0), ("small-autoencoder", 0)])
def test_a_picture_of_the_right_size_is_encoded_as_it_is(player_of: Any, home: Path, name: str, which: int) -> None:
    player = player_of(name)
    tiny = name.startswith("small") or (name == "turbo" and which == 0)
    kind: Any = diffusers.AutoencoderTiny if tiny else diffusers.AutoencoderKL
    part = home / name / ("taesd" if which == 0 else "vae") if name == "turbo" else home / name
    vae: Any = kind.from_pretrained(part)
    pixels = picture(*player.spec.size)
    heard = torch.from_numpy(pixels)[None].float() / 127.5 - 1.0
    made = vae.encode(heard, return_dict=False)[0]
    made = made if tiny else made.mode()
    ours = player.beginnings.latent(beginning(0.5, 77 + which, pixels=pixels), which)
    assert torch.allclose(ours, made * vae.config.scaling_factor, atol=1e-5)


# -- what strength means -----------------------------------------------------------------------------------------------

ALL = ("turbo", "lcm", "dit", "ddpm", "ddim", "consistency", "autoencoder")


@pytest.mark.parametrize("name", ALL)
def test_strength_0_is_the_picture_and_2_what_there_is_without(player_of: Any, name: str) -> None:
    player = player_of(name)
    first = beginning(0.0, pixels=picture(*player.spec.size))
    asked = player.asked
    made = played(player, moment_of(player, first, steps=3))
    assert player.asked == asked, "the network has nothing to do"
    if player.beginnings.calls == 0:
        assert np.abs(made - first.pixels).max() <= LEVELS
    other = played(player, moment_of(player, first, seed=6, steps=3))
    assert np.array_equal(made, other), "no noise is in it"
    without = played(player, moment_of(player, None, steps=3))
    gone = 1.0 if name == "autoencoder" else 2.0
    assert np.abs(played(player, moment_of(player, replace(first, strength=gone), steps=3)) - without).max() <= LEVELS


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("at", [0.0, 1 / 3, 0.5, 2 / 3, 1.0, 2.0])
def test_turning_strength_never_jumps(player_of: Any, name: str, at: float) -> None:
    """Right below and right above where a step falls away, noise is at its loudest or the picture is gone."""
    player = player_of(name)
    first = beginning(0.0, pixels=picture(*player.spec.size))
    below, above = (
        played(player, moment_of(player, replace(first, strength=at + by), steps=3)) for by in (-1e-6, 1e-6)
    )
    assert np.abs(above - below).max() <= 3


@pytest.mark.parametrize("name", ["turbo", "consistency", "autoencoder"])
@pytest.mark.parametrize("strength", [-1e6, -3.0, -0.4, 5.0, 1e6])
def test_any_strength_makes_a_picture(player_of: Any, name: str, strength: float) -> None:
    player = player_of(name)
    played(player, moment_of(player, beginning(strength), steps=2))


# -- only what changed is computed -------------------------------------------------------------------------------------


def test_a_picture_is_encoded_once(player_of: Any) -> None:
    player = player_of("turbo")
    first = beginning(0.5, 500)
    calls, asked = player.beginnings.calls, player.asked
    played(player, moment_of(player, first))
    played(player, moment_of(player, first))
    assert player.asked == asked + 1, "where nothing changed, nothing is made"
    played(player, moment_of(player, replace(first, strength=0.7)))
    played(player, moment_of(player, first, seed=9))
    assert (player.beginnings.calls, player.asked) == (calls + 1, asked + 3)
    played(player, moment_of(player, replace(first, number=501)))
    assert player.beginnings.calls == calls + 2
    played(player, moment_of(player, replace(first, number=501, mirror=True)))
    assert player.beginnings.calls == calls + 3


# -- where a picture stands --------------------------------------------------------------------------------------------


def shown(pixels: NDArray[np.uint8], size: tuple[int, int] = (16, 16), **how: Any) -> NDArray[np.float32]:
    made = placed(torch.from_numpy(pixels), size, Beginning(pixels, 1, 0.5, **how))
    found: NDArray[np.float32] = ((made[0] + 1.0) * 127.5).numpy()
    return found


def test_a_picture_of_the_same_size_stays_what_it_is() -> None:
    pixels = picture()
    assert np.allclose(shown(pixels), pixels, atol=1e-3)
    assert np.allclose(shown(pixels, mirror=True), pixels[:, :, ::-1], atol=1e-3)
    assert np.allclose(shown(pixels, turn=180.0), pixels[:, ::-1, ::-1], atol=0.5)
    assert np.allclose(shown(pixels, turn=90.0), np.rot90(pixels, axes=(1, 2)), atol=0.5)


def test_another_shape_is_cut_or_has_bars_or_is_stretched() -> None:
    wide = np.zeros((3, 16, 32), np.uint8)
    wide[:, :, 8:24] = 200
    assert np.allclose(shown(wide, fit=CROP), 200, atol=0.5)
    bars = shown(wide, fit=LETTERBOX)
    assert bars[:, :3].max() == 0 == bars[:, -3:].max()
    assert np.allclose(bars[:, 6:10, 6:10], 200, atol=0.5)
    stretched = shown(wide, fit=STRETCH)
    assert np.allclose(stretched[:, :, 5:11], 200, atol=0.5)
    assert stretched[:, :, :3].max() == 0


def test_zoom_enlarges_about_the_middle() -> None:
    spot = np.zeros((3, 32, 32), np.uint8)
    spot[:, 12:20, 12:20] = 255
    lit = [(shown(spot, (32, 32), fit=LETTERBOX, zoom=zoom) > 127).sum() for zoom in (0.5, 1.0, 2.0)]
    assert lit[0] < lit[1] < lit[2]
    assert lit[2] == pytest.approx(4 * lit[1], rel=0.1)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from((CROP, LETTERBOX, STRETCH)), st.booleans(),
    st.floats(1e-9, 1e12), st.floats(-1e9, 1e9),
)  # fmt: skip
def test_any_picture_can_stand_anywhere(
    width: int, height: int, fit: int, mirror: bool, zoom: float, turn: float
) -> None:
    made = shown(picture(width, height), (12, 8), fit=fit, mirror=mirror, zoom=zoom, turn=turn)
    assert made.shape == (3, 8, 12)
    assert np.isfinite(made).all()
    assert -0.5 <= made.min() <= made.max() <= 255.5


# -- which steps there are ---------------------------------------------------------------------------------------------


@given(st.integers(1, 12), st.floats(0.001, 0.999), st.booleans())
@settings(max_examples=60, deadline=None)
def test_noise_only_falls_and_never_exceeds_its_strength(steps: int, strength: float, jumps: bool) -> None:
    schedules = Schedules("EulerDiscreteScheduler", {"timestep_spacing": "trailing", **_SCALED})
    made = schedules.partly(steps, 1.0, 0.0, strength, jumps=jumps)
    sigmas = [step.sigma for step in made.steps]
    assert sigmas == sorted(sigmas, reverse=True)
    assert len(sigmas) == (steps if jumps else -(-round(strength * steps, 9) // 1))
    assert sigmas[0] <= schedules.partly(steps, 1.0, 0.0, min(1.0, strength + 0.01), jumps=jumps).steps[0].sigma + 1e-9
    assert all(step.after <= step.sigma for step in made.steps)


# -- a picture as structure --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def structured(home: Path) -> Iterator[DiffusionPlayer]:
    """A text-to-image model with a ControlNet beside it."""
    folder = diffusion_folders.make(home, "turbo").rename(home / "structured")
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    torch.manual_seed(11)
    net = diffusers.ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16))
    for each in (*net.controlnet_down_blocks, net.controlnet_mid_block):  # as they are made, they add nothing
        torch.nn.init.normal_(each.weight, std=0.3)
    torch.nn.init.normal_(net.controlnet_cond_embedding.conv_out.weight, std=0.3)
    net.save_pretrained(folder / "controlnet")
    player = DiffusionPlayer(folder, diffusion_spec(folder, "structured")[0], "cpu")
    yield player
    player.close()


@pytest.mark.parametrize(("steps", "cfg", "weight"), [(1, 1.0, 1.0), (3, 4.0, 0.7)])
def test_structure_is_heard_as_its_pipeline_hears_it(
    structured: DiffusionPlayer, home: Path, monkeypatch: pytest.MonkeyPatch, steps: int, cfg: float, weight: float
) -> None:
    player = structured
    folder = home / "structured"
    first = beginning(2.0, 900, pixels=picture(*player.spec.size))
    moment = moment_of(player, first, steps=steps, cfg=cfg, decoder=1, controlnet=weight)
    pipe: Any = diffusers.StableDiffusionControlNetPipeline.from_pretrained(
        str(folder),
        controlnet=diffusers.ControlNetModel.from_pretrained(folder / "controlnet"),
        local_files_only=True,
        safety_checker=None,
    )
    pipe.set_progress_bar_config(disable=True)
    noise = torch.from_numpy(noise_of(diffusion_spec(folder, "structured")[1], moment.layers, 0))[None]
    theirs = pipe(
        "a bird",
        image=torch.from_numpy(first.pixels)[None].float() / 255.0,
        negative_prompt="",
        num_inference_steps=steps,
        guidance_scale=cfg,
        controlnet_conditioning_scale=weight,
        latents=noise,
        output_type="pt",
    ).images
    expected = np.round(np.asarray(theirs, np.float32)[0] * 255.0).astype(np.int16)
    assert np.abs(played(player, moment) - expected).max() <= LEVELS


def test_structure_of_any_weight_is_heard_and_none_costs_nothing(structured: DiffusionPlayer) -> None:
    first = beginning(2.0, 901)
    made = [
        played(structured, moment_of(structured, first, controlnet=weight, lines=lines))
        for weight, lines in ((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (50.0, 0.0), (1.0, 1.0))
    ]
    assert all(not np.array_equal(a, b) for i, a in enumerate(made) for b in made[:i])
    asked = structured.asked
    without = played(structured, moment_of(structured, None, seed=31, controlnet=1.0))
    assert structured.asked == asked + 1, "without a picture there is no structure"
    assert np.array_equal(without, played(structured, moment_of(structured, first, seed=31, controlnet=0.0)))


def test_lines_are_where_a_picture_changes_whatever_its_contrast() -> None:
    for low, high in ((0.0, 1.0), (0.4, 0.6)):
        square = torch.full((1, 3, 32, 32), low)
        square[..., 8:24, 8:24] = high
        found = lines_of(square)
        assert found[..., 7:9, 12].min() > 0.9
        assert found[..., 14:18, 14:18].max() == 0.0
        assert found[..., :4, :].max() == 0.0
    assert lines_of(torch.full((1, 3, 8, 8), 0.5)).max() == 0.0


def test_a_controlnet_that_does_not_fit_is_refused_in_one_sentence(structured: DiffusionPlayer, home: Path) -> None:
    folder = home / "structured"
    config = folder / "controlnet" / "config.json"
    whole = config.read_text()
    try:
        for key, value in (("cross_attention_dim", 77), ("conditioning_embedding_out_channels", [8])):
            config.write_text(json.dumps({**json.loads(whole), key: value}))
            with pytest.raises(StageError, match=r"structured cannot be played: its .*controlnet"):
                diffusion_spec(folder, "structured")
    finally:
        config.write_text(whole)
