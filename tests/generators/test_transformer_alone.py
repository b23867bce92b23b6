"""A transformer of classes without its pipeline, with a decoder in its folder or beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.generators.diffusion.player import DiffusionPlayer
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models import library
from latentjockey.models.adding import Notes, add, check
from latentjockey.models.diffusion_folder import read_folder
from latentjockey.models.diffusion_spec import diffusion_spec
from latentjockey.navigation.seeds import z_from_seed
from tests.generators import diffusion_folders


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline of a transformer, its scheduler and its decoder."""
    return diffusion_folders.make(tmp_path_factory.mktemp("whole"), "dit")


@pytest.fixture
def alone(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole / "transformer", tmp_path / "classes"))


def shown(folder: Path) -> NDArray[np.int16]:
    player = DiffusionPlayer(folder, diffusion_spec(folder, folder.name)[0], "cpu")
    weights = np.array([[0.5, 0.0, -1.0, 2.0]], np.float32)
    z = z_from_seed(5, player.spec.z_dim).astype(np.float32)[None]
    moment = Moment(player.embed(z, weights)[0], {"/gen/steps": 2.0})
    made = player.frame(FrameRequest(*player.spec.size), lambda: moment)
    player.close()
    assert made.finite
    return made.pixels.astype(np.int16)


def test_without_a_decoder_it_says_what_to_add(alone: Path) -> None:
    trouble = library.read(alone).trouble
    assert trouble.count(".") == 1
    for word in ("classes", "DiTTransformer2DModel", "folder vae", "AutoencoderKL", "4 channels", "beside"):
        assert word in trouble


@pytest.mark.parametrize("place", ["classes/vae", "vae", "sd-vae-ft-ema"])
def test_with_its_decoder_and_scheduler_it_is_what_its_pipeline_is(whole: Path, alone: Path, place: str) -> None:
    shutil.copytree(whole / "vae", alone.parent / place)
    shutil.copytree(whole / "scheduler", alone / "scheduler")
    assert np.array_equal(shown(alone), shown(whole))


def test_by_itself_its_noise_is_that_of_its_paper(alone: Path, whole: Path) -> None:
    shutil.copytree(whole / "vae", alone / "vae")
    made = read_folder(alone).parts["scheduler"]
    assert made.cls == "DDIMScheduler"
    assert made.config["clip_sample"] is False, "latents have no end as pixels have"
    assert shown(alone).std() > 0
    spec = library.read(alone).spec
    assert spec is not None
    assert spec.classes == ("class 0", "class 1", "class 2", "class 3")


def test_a_small_decoder_is_enough_and_stands_there_once(alone: Path) -> None:
    diffusion_folders.small_vae().save_pretrained(alone.parent / "taesd")
    parts = read_folder(alone).parts
    assert parts["vae"].cls == "AutoencoderTiny"
    assert "taesd" not in parts, "a choice between it and itself is none"
    assert shown(alone).std() > 0
    shutil.move(alone.parent / "taesd", alone / "taesd")
    assert set(read_folder(alone).parts) == {"transformer", "scheduler", "vae"}
    assert shown(alone).std() > 0


def test_a_decoder_of_other_latents_is_none_of_it(alone: Path) -> None:
    diffusion_folders.small_vae().save_pretrained(alone.parent / "vae")
    config = alone.parent / "vae" / "config.json"
    config.write_text(config.read_text().replace('"latent_channels": 4', '"latent_channels": 16'))
    assert "4 channels" in library.read(alone).trouble
    config.write_text("{")
    assert "4 channels" in library.read(alone).trouble


def test_a_change_of_what_lies_beside_it_is_another_state(whole: Path, alone: Path) -> None:
    beside = Path(shutil.copytree(whole / "vae", alone.parent / "vae"))
    before = read_folder(alone).stamp
    assert read_folder(alone).stamp == before
    (beside / "config.json").write_text((beside / "config.json").read_text() + "\n")
    assert read_folder(alone).stamp != before


def test_what_is_added_has_with_it_what_lay_beside_it(
    whole: Path, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole / "vae", alone.parent / "vae")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert "classes" in check(alone)
    added = add(alone, Notes(name="mine"))
    assert read_folder(added).parts["vae"].folder == "vae"
    assert np.array_equal(shown(added), shown(alone))


def test_a_scheduler_that_nobody_knows_is_refused(whole: Path, alone: Path) -> None:
    shutil.copytree(whole / "vae", alone / "vae")
    (alone / "scheduler").mkdir()
    (alone / "scheduler" / "scheduler_config.json").write_text('{"_class_name": "MyScheduler"}')
    assert "MyScheduler" in library.read(alone).trouble
