"""Folders in the layout of diffusers, as the library reads them: as data, and as if a stranger wrote them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.control.spec import Kind
from latentjockey.generators.registry import create
from latentjockey.models import library, trash
from latentjockey.models.adding import Notes, add, check
from latentjockey.models.card import UNDISCLOSED
from latentjockey.models.diffusion_folder import LARGEST_TEXT, is_diffusion
from latentjockey.models.haar import apart, band_sizes, from_bands, to_bands, together
from tests.models.diffusers_layout import like_turbo, weights, write


@pytest.fixture
def turbo(tmp_path: Path) -> Path:
    return like_turbo(tmp_path / "my turbo")


def test_its_shape_and_controls_come_of_its_configs_alone(turbo: Path) -> None:
    entry = library.read(turbo)
    assert entry.trouble == ""
    assert entry.family == "text to image"
    spec = entry.spec
    assert spec is not None
    assert spec.name == "my-turbo"
    assert spec.size == (512, 512)
    assert spec.z_dim == 4 * 32 * 32, "of 4 × 64 × 64 numbers of noise the coarser quarter"
    assert spec.classes == tuple(f"prompt {n}" for n in range(1, 9))
    assert (spec.num_ws, spec.w_dim, spec.straight) == (3, 4 * 3 * 16 * 16 + 8, 8)
    controls = {control.address: control for control in spec.controls}
    assert controls["/gen/prompt/8"].kind is Kind.TEXT
    assert controls["/gen/steps"].default == 1, "it has trailing timesteps, as models of one step have"
    assert controls["/gen/steps"].guard[0] == 1
    assert controls["/gen/cfg"].default == 1.0
    assert "/gen/decoder" not in controls
    assert spec.card.licence == UNDISCLOSED


def test_a_small_decoder_beside_it_can_be_chosen(turbo: Path) -> None:
    write(turbo / "taesd" / "config.json", {"_class_name": "AutoencoderTiny"})
    weights(turbo / "taesd" / "diffusion_pytorch_model.safetensors")
    spec = library.read(turbo).spec
    assert spec is not None
    assert "/gen/decoder" in {control.address for control in spec.controls}


def test_the_readme_says_the_licence(turbo: Path) -> None:
    write(turbo / "README.md", "---\nlicense: other\ndatasets:\n- one\n- two\n---\n# A model\nlicense: not this\n")
    spec = library.read(turbo).spec
    assert spec is not None
    assert (spec.card.licence, spec.card.data) == ("other", "one, two")


def test_a_change_of_any_file_is_another_state(turbo: Path) -> None:
    before = library.read(turbo).stamp
    assert library.read(turbo).stamp == before
    path = turbo / "unet" / "diffusion_pytorch_model.safetensors"
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 10**9))
    assert library.read(turbo).stamp != before


def test_weights_of_half_precision_are_enough(turbo: Path) -> None:
    path = turbo / "unet" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert library.read(turbo).trouble == ""


def test_the_library_lists_it(turbo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(turbo.parent))
    assert library.get("my-turbo").path == turbo


def edited(name: str, **words: object) -> Callable[[Path], None]:
    """One that changes fields of a JSON file of the folder."""

    def edit(folder: Path) -> None:
        found = json.loads((folder / name).read_text())
        write(folder / name, {**found, **words})

    return edit


def only_bin(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))


def truncated(folder: Path) -> None:
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-4])


def linked(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.rename(folder.parent / "elsewhere.safetensors")
    path.symlink_to(folder.parent / "elsewhere.safetensors")


def linked_part(folder: Path) -> None:
    (folder / "unet").rename(folder.parent / "unet")
    (folder / "unet").symlink_to(folder.parent / "unet")


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipeline": (edited("model_index.json", _class_name="EvilPipeline"), "it is a 'EvilPipeline'"),
    "custom pipeline": (edited("model_index.json", _class_name=["pipeline", "Mine"]), "of pipelines"),
    "module": (edited("model_index.json", unet=["my_module", "UNet2DConditionModel"]), "'my_module'"),
    "builtin": (edited("model_index.json", unet=["os", "system"]), "'os'.'system'"),
    "another part": (edited("model_index.json", unet=["diffusers", "AutoencoderKL"]), "can be"),
    "path": (edited("model_index.json", unet=["diffusers", "../../UNet2DConditionModel"]), "can be"),
    "no part": (edited("model_index.json", unet=None), "names no unet"),
    "config of another": (edited("unet/config.json", _class_name="Evil"), "is of a 'Evil'"),
    "auto map": (edited("text_encoder/config.json", auto_map={"AutoModel": "m.Evil"}), "code of its own"),
    "auto map in the index": (edited("model_index.json", auto_map={}), "code of its own"),
    "huge number": (edited("unet/config.json", sample_size=1 << 40), "sample_size"),
    "huge channels": (edited("unet/config.json", in_channels=10**9), "in_channels"),
    "text as number": (edited("unet/config.json", in_channels="4"), "in_channels"),
    "channels differ": (edited("vae/config.json", latent_channels=16), "its decoder on 16"),
    "blocks": (edited("vae/config.json", block_out_channels=[1] * 40), "block_out_channels"),
    "more than text": (edited("unet/config.json", encoder_hid_dim=4), "more than texts"),
    "only pickles": (only_bin, "safe_serialization=True"),
    "truncated": (truncated, "cut short"),
    "link": (linked, "is a link"),
    "linked folder": (linked_part, "is a link"),
    "no JSON": (lambda folder: write(folder / "unet/config.json", "{"), "no JSON"),
    "deep JSON": (lambda folder: write(folder / "unet/config.json", "[" * 200_000), "no JSON"),
    "a list": (lambda folder: write(folder / "unet/config.json", "[]"), "no table"),
    "huge config": (lambda folder: write(folder / "unet/config.json", " " * (LARGEST_TEXT + 1)), "larger than"),
    "no config": (lambda folder: (folder / "unet/config.json").unlink(), "cannot be read"),
    "no folder": (lambda folder: shutil.rmtree(folder / "unet"), "cannot be read"),
    "no words": (lambda folder: (folder / "tokenizer/merges.txt").unlink(), "merges.txt"),
    "code in the tokenizer": (
        lambda folder: write(folder / "tokenizer/tokenizer_config.json", {"auto_map": {}}),
        "code of its own",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_in_one_sentence(turbo: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.read(turbo).trouble == ""
    spoil, said = HOSTILE[name]
    spoil(turbo)
    entry = library.read(turbo)
    assert entry.spec is None
    assert said in entry.trouble
    assert entry.trouble.endswith(".")
    assert "\n" not in entry.trouble
    assert len(entry.trouble) < 500
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(turbo.parent))
    with pytest.raises(library.NoModelError):
        create("my-turbo", "cpu")


def test_code_in_the_folder_is_never_run(turbo: Path) -> None:
    ran = turbo.parent / "ran"
    for place in ("pipeline.py", "unet/my_module.py", "sitecustomize.py", "diffusers.py"):
        write(turbo / place, f"open({str(ran)!r}, 'w').close()")
    assert library.read(turbo).trouble == "", "it is as good as any other file that is not looked at"
    assert not ran.exists()


@pytest.mark.parametrize("cls", ["DiTTransformer2DModel", "Evil", 7, None])
def test_a_part_that_does_not_play_alone_is_refused(tmp_path: Path, cls: object) -> None:
    write(tmp_path / "part" / "config.json", {"_class_name": cls})
    entry = library.read(tmp_path / "part")
    assert "part cannot be played" in entry.trouble


def test_a_folder_with_any_other_config_is_no_diffusion_model(tmp_path: Path) -> None:
    write(tmp_path / "part" / "config.json", {"attention": 3})
    assert not is_diffusion(tmp_path / "part")
    assert not is_diffusion(tmp_path / "nowhere")


# -- noise, coarse and fine --------------------------------------------------------------------------------------------

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)).filter(lambda shape: np.prod(shape) >= 3)


@settings(deadline=None)
@given(SHAPES, st.integers(0, 99))
def test_bands_give_back_their_field_and_keep_its_length(shape: tuple[int, int, int], seed: int) -> None:
    field = np.random.default_rng(seed).standard_normal((2, *shape)).astype(np.float32)
    bands = to_bands(field)
    assert tuple(band.shape[1] for band in bands) == band_sizes(shape)
    for row in range(2):
        back = from_bands(bands[0][row], bands[1][row], bands[2][row], shape)
        assert np.allclose(back, field[row], atol=1e-5)
        assert sum(float(np.square(band[row]).sum()) for band in bands) == pytest.approx(
            float(np.square(field[row]).sum()), rel=1e-4
        )


def test_a_flat_field_is_all_coarse() -> None:
    coarse, middle, fine = to_bands(np.ones((1, 3, 8, 8), np.float32))
    assert np.allclose(coarse, 4.0)
    assert not middle.any()
    assert not fine.any()


def test_noise_put_together_is_white() -> None:
    random = np.random.default_rng(1)
    coarse, details = (
        random.standard_normal((4, 32, 32), np.float32),
        random.standard_normal((4, 3, 32, 32), np.float32),
    )
    made = together(coarse, details)
    assert made.std() == pytest.approx(1.0, abs=0.02)
    assert abs(float((made[:, :, :-1] * made[:, :, 1:]).mean())) < 0.03
    assert abs(float((made[:, :-1] * made[:, 1:]).mean())) < 0.03
    back, rest = apart(made)
    assert np.allclose(back, coarse, atol=1e-5)
    assert np.allclose(rest, details, atol=1e-5)


# -- among the player's own models -------------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path / "mine")
    return tmp_path / "mine"


def test_adding_it_copies_what_is_played_and_no_code(turbo: Path, own_folder: Path) -> None:
    write(turbo / "pipeline.py", "raise SystemExit")
    write(turbo / "safety_checker" / "config.json", {})
    assert "text to image" in check(turbo)
    added = add(turbo, Notes())
    assert added == own_folder / "my turbo"
    assert library.read(added).trouble == ""
    assert not (added / "pipeline.py").exists()
    assert not (added / "safety_checker").exists()
    with pytest.raises(StageError, match="already"):
        add(turbo, Notes())
    assert add(turbo, Notes(name="other")) == own_folder / "other"


def test_what_cannot_be_played_is_not_added(turbo: Path, own_folder: Path) -> None:
    only_bin(turbo)
    with pytest.raises(StageError, match="only safetensors are read"):
        add(turbo, Notes())
    assert not own_folder.exists()


def test_one_of_the_players_own_can_be_removed_and_brought_back(turbo: Path, own_folder: Path) -> None:
    add(turbo, Notes())
    removed = trash.remove(trash.own("my-turbo"))
    assert not (own_folder / "my turbo").exists()
    trash.bring_back(removed)
    assert library.read(own_folder / "my turbo").trouble == ""
