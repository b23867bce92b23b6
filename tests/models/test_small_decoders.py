"""A small decoder that lies beside a model's folder, and fits, is the model's too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentjockey.models import container
from latentjockey.models.diffusion_folder import TASTER, read_folder
from latentjockey.models.diffusion_spec import DECODER, diffusion_spec
from tests.models.diffusers_layout import INDEX, UNET, like_turbo, weights, write

TINY = {"_class_name": "AutoencoderTiny", "latent_channels": 4}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return like_turbo(tmp_path / "model")


def tiny(folder: Path, **config: object) -> None:
    write(folder / "config.json", {**TINY, **config})
    weights(folder / "diffusion_pytorch_model.safetensors")


def offered(folder: Path) -> bool:
    return DECODER in {control.address for control in diffusion_spec(folder, "model")[0].controls}


def test_one_beside_it_is_found_and_is_another_state(model: Path) -> None:
    assert not offered(model)
    before = read_folder(model)
    tiny(model.parent / "taesd")
    after = read_folder(model)
    assert offered(model)
    assert after.stamp != before.stamp
    assert after.bytes == before.bytes, "a copy of the model takes no more"
    part = after.parts[TASTER]
    assert (model / part.folder).resolve() == model.parent / "taesd"


def test_one_inside_comes_first(model: Path) -> None:
    tiny(model.parent / "taesd")
    tiny(model / "taesd")
    assert read_folder(model).parts[TASTER].folder == "taesd"


@pytest.mark.parametrize("config", [{"latent_channels": 16}, {"decoder_block_out_channels": [64, 64]}])
def test_one_that_does_not_fit_is_passed_over(model: Path, config: dict[str, object]) -> None:
    tiny(model.parent / "taesd", **config)
    assert not offered(model)


@pytest.mark.parametrize("spoil", ["no weights", "a pickle", "a link", "no JSON", "another class"])
def test_one_that_cannot_be_played_is_no_matter_of_the_model(model: Path, spoil: str) -> None:
    beside = model.parent / "taesd"
    tiny(beside)
    stored = beside / "diffusion_pytorch_model.safetensors"
    match spoil:
        case "no weights":
            stored.unlink()
        case "a pickle":
            stored.rename(beside / "diffusion_pytorch_model.bin")
        case "a link":
            stored.rename(model.parent / "elsewhere")
            stored.symlink_to(model.parent / "elsewhere")
        case "no JSON":
            (beside / "config.json").write_text("{")
        case "another class":
            write(beside / "config.json", {"_class_name": "AutoencoderKL", "block_out_channels": [1, 2, 3, 4]})
    assert not offered(model)


def test_models_with_two_text_encoders_have_their_own(model: Path) -> None:
    two = ["transformers", "CLIPTextModelWithProjection"]
    more = {"text_encoder_2": two, "tokenizer_2": INDEX["tokenizer"], "_class_name": "StableDiffusionXLPipeline"}
    write(model / "model_index.json", {**INDEX, **more})
    write(model / "unet" / "config.json", {**UNET, "addition_embed_type": "text_time"})
    write(model / "text_encoder_2" / "config.json", {"architectures": ["CLIPTextModelWithProjection"]})
    weights(model / "text_encoder_2" / "model.safetensors")
    for name in ("vocab.json", "merges.txt"):
        (model / "tokenizer_2").mkdir(exist_ok=True)
        (model / "tokenizer_2" / name).write_text("{}" if name.endswith("json") else "")
    tiny(model.parent / "taesd")
    assert not offered(model)
    tiny(model.parent / "taesdxl")
    assert offered(model)


def test_a_file_called_so_is_none(model: Path) -> None:
    container.write(model.parent / "taesd", {"some": np.zeros(3, np.float32)}, {})
    assert not offered(model)
