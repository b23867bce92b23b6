"""The manner in which noise becomes a picture, chosen by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.generators.diffusion.asked import eta_of
from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.diffusion.samplers import Samplers
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_spec import ANCESTRAL, EULER, LATENT_CONSISTENCY, OWN_SAMPLER, diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders

Pixels = NDArray[np.int16]
PlayerOf = Callable[[str], DiffusionPlayer]
NOISE: dict[str, Any] = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
EULERS = diffusers.EulerDiscreteScheduler(timestep_spacing="trailing", **NOISE)
SCHEDULERS: dict[str, Any] = {
    "euler": EULERS,
    "ancestral": diffusers.EulerAncestralDiscreteScheduler.from_config(EULERS.config),
    "latent consistency": diffusers.LCMScheduler.from_config(EULERS.config),
}


@pytest.fixture(scope="module")
def player_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayerOf]:
    """Players of the same weights, whose folders name different schedulers."""
    home, made = tmp_path_factory.mktemp("samplers"), dict[str, DiffusionPlayer]()

    def player(name: str) -> DiffusionPlayer:
        if name not in made:
            folder: Path = home / name
            torch.manual_seed(7)
            diffusion_folders.turbo(folder, SCHEDULERS[name])
            made[name] = DiffusionPlayer(folder, diffusion_spec(folder, name)[0], "cpu")
        return made[name]

    yield player
    for each in made.values():
        each.close()


def shown(player: DiffusionPlayer, seed: int = 5, **native: float) -> Pixels:
    z = z_from_seed(seed, player.spec.z_dim).astype(np.float32)[None]
    said = {f"/gen/{key}": value for key, value in {"steps": 3.0, "cfg": 1.0, **native}.items()}
    moment = Moment(player.embed(z)[0], said)
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    assert made.finite
    return made.pixels.astype(np.int16)


@pytest.mark.parametrize(
    ("name", "number"), [("euler", EULER), ("ancestral", ANCESTRAL), ("latent consistency", LATENT_CONSISTENCY)]
)
def test_a_chosen_one_is_what_a_folder_with_that_scheduler_is(player_of: PlayerOf, name: str, number: int) -> None:
    """Eta stands where the folder's own is; a folder of latent consistency has other controls, but the same picture."""
    own = shown(player_of(name))
    chosen = shown(player_of("euler"), sampler=float(number))
    assert np.array_equal(chosen, own)
    assert np.array_equal(chosen, shown(player_of("euler"))) == (number == EULER), "and it is another picture"


def test_choosing_back_and_forth_leaves_nothing(player_of: PlayerOf) -> None:
    player = player_of("euler")
    before = shown(player, sampler=float(OWN_SAMPLER))
    shown(player, sampler=float(LATENT_CONSISTENCY))
    assert np.array_equal(shown(player, sampler=float(OWN_SAMPLER)), before)


def test_a_stream_of_another_manner_begins_anew(player_of: PlayerOf) -> None:
    player = player_of("euler")
    alone = shown(player, seed=9, sampler=float(LATENT_CONSISTENCY))
    for _ in range(2):
        shown(player, seed=6, stream=1.0)
    first = shown(player, seed=9, stream=1.0, sampler=float(LATENT_CONSISTENCY))
    assert np.abs(first - alone).max() <= 1, "nothing of the other is under way in it"
    again = shown(player, seed=6, stream=1.0)
    assert np.abs(again - shown(player, seed=6)).max() <= 1


def test_a_manner_that_the_numbers_do_not_bear_is_the_models_own() -> None:
    """A latent consistency scheduler cannot have more steps in its teacher than there are timesteps."""
    own = Schedules("EulerDiscreteScheduler", {"num_train_timesteps": 20})
    samplers = Samplers(own, lambda grain, step: torch.zeros(1), jumps=False)
    assert samplers.at(LATENT_CONSISTENCY).schedules is own
    assert samplers.at(99).schedules is own
    assert samplers.at(EULER).schedules is not own


@given(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0]))
def test_eta_goes_on_from_what_a_manner_is_known_for(eta: float, own: float) -> None:
    assert eta_of(OWN_SAMPLER, eta, own) == eta
    assert [eta_of(number, own, own) for number in (EULER, ANCESTRAL, LATENT_CONSISTENCY)] == [0.0, 1.0, 1.0]
    assert eta_of(EULER, eta, own) == eta - own
