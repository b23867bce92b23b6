"""Folders of diffusion models whose texts are well formed and do not fit together: each is refused in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
import pytest

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.trial import tried
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_spec import diffusion_spec
from tests.generators import diffusion_folders

SCHEDULER, UNET, VAE = "scheduler/scheduler_config.json", "unet/config.json", "vae/config.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return diffusion_folders.make(tmp_path_factory.mktemp("whole"), "turbo")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "odd"))


def say(folder: Path, file: str, **words: Any) -> None:
    said = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**said, **words}))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SCHEDULER, {"num_train_timesteps": 0}),
        (SCHEDULER, {"num_train_timesteps": 200_000_000}),
        (SCHEDULER, {"timestep_spacing": "sideways"}),
        (SCHEDULER, {"final_sigmas_type": "nothing"}),
        (SCHEDULER, {"beta_end": 5.0}),
        (SCHEDULER, {"trained_betas": [1, 2, 3]}),
        (UNET, {"freq_shift": "a"}),
        (UNET, {"layers_per_block": 1_000_000}),
        (UNET, {"layers_per_block": [1, 1_000_000]}),
        (VAE, {"scaling_factor": "x"}),
        (VAE, {"scaling_factor": [1, 2]}),
        (VAE, {"shift_factor": "q"}),
    ],
)
def test_what_a_folder_says_is_tried_before_it_plays(folder: Path, file: str, words: dict[str, Any]) -> None:
    say(folder, file, **words)
    with pytest.raises(StageError, match=r"^odd cannot be played: ") as refused:
        tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    assert "\n" not in str(refused.value)


def test_what_plays_first_is_what_was_tried(folder: Path) -> None:
    player = tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    asked = player.asked
    assert asked == 1
    player.frame(FrameRequest(16, 16), lambda: Moment(player.mean(), {}))
    assert player.asked == asked
    player.close()


@pytest.mark.parametrize("variant", [None, "fp16"])
def test_weights_in_several_files_are_read(folder: Path, variant: str | None) -> None:
    network = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    network.save_pretrained(folder / "unet", max_shard_size="100KB", variant=variant)
    player = tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    assert player.asked == 1
    player.close()
