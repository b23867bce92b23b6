"""Folders of diffusion models whose texts are well formed and do not fit together: each is refused in a sentence."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.parts import tokenizer
from latentjockey.generators.diffusion.trial import tried
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.diffusion_folder import read_folder
from latentjockey.models.diffusion_spec import diffusion_spec
from tests.generators import diffusion_folders

SCHEDULER, UNET, VAE = "scheduler/scheduler_config.json", "unet/config.json", "vae/config.json"
TEXT = "text_encoder/config.json"


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
        (VAE, {"scaling_factor": math.nan}),
        (VAE, {"scaling_factor": math.inf}),
        (VAE, {"scaling_factor": 0}),
        (VAE, {"scaling_factor": 1e308}),
        (VAE, {"shift_factor": -math.inf}),
        (VAE, {"block_out_channels": [100_000, 100_000]}),
        (VAE, {"quantization_config": {"quant_method": "bitsandbytes"}}),
        (UNET, {"norm_eps": math.nan}),
        (UNET, {"cross_attention_dim": 24}),
        (UNET, {"cross_attention_dim": 10**9}),
        (UNET, {"layers_per_block": 200, "transformer_layers_per_block": 200}),
        (TEXT, {"vocab_size": 10**9}),
        (TEXT, {"max_position_embeddings": 2}),
        (TEXT, {"num_hidden_layers": 0}),
        (TEXT, {"hidden_act": "os.system"}),
        (TEXT, {"quantization_config": {"quant_method": "awq"}}),
        (TEXT, {"_attn_implementation": "somebody/code"}),
        (TEXT, {"num_labels": 10**9}),
    ],
)
def test_what_a_folder_says_is_tried_before_it_plays(folder: Path, file: str, words: dict[str, Any]) -> None:
    say(folder, file, **words)
    with pytest.raises(StageError, match=r"^odd cannot be played: ") as refused:
        tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    assert "\n" not in str(refused.value)


def test_weights_that_are_not_there_are_not_made_room_for(folder: Path) -> None:
    (path,) = (folder / "text_encoder").glob("*.safetensors")
    tensors = load_file(path)
    save_file({name: each for name, each in tensors.items() if "token_embedding" not in name}, path, {"format": "pt"})
    say(folder, TEXT, vocab_size=1 << 20)
    with pytest.raises(StageError, match=r"its text_encoder asks for 16,\d+,\d+ weights, and its files hold 3,616\.$"):
        tried(folder, diffusion_spec(folder, "odd")[0], "cpu")


@pytest.mark.parametrize(
    "words",
    [
        {"_attn_implementation": "flex_attention"},
        {"dtype": "os.system"},
        {"num_labels": 1000},
        {"id2label": {"0": 5}},
        {"architectures": 3},
        {"rope_scaling": {"type": "x"}},
    ],
)
def test_what_a_text_encoder_says_beside_its_network_is_not_heard(folder: Path, words: dict[str, Any]) -> None:
    say(folder, TEXT, **words)
    player = tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    assert player.asked == 1
    player.close()


@pytest.mark.parametrize(
    "words",
    [
        {"init_inputs": ["/dev/zero"]},
        {"vocab": "/dev/zero"},
        {"vocab_file": "/dev/zero", "tokenizer_file": "/dev/zero", "tokenizer_object": 3},
        {"chat_template": "{{ 1 / 0 }}", "tokenizer_class": "os.system", "model_max_length": -1},
    ],
)
def test_what_a_tokenizer_says_beside_its_words_is_not_heard(folder: Path, words: dict[str, Any]) -> None:
    say(folder, "tokenizer/tokenizer_config.json", **words)
    whole = json.loads((folder / "tokenizer" / "tokenizer.json").read_text())
    bomb = {"type": "Split", "pattern": {"Regex": "(a|a)*$b"}, "behavior": "Removed", "invert": True}
    (folder / "tokenizer" / "tokenizer.json").write_text(json.dumps({**whole, "pre_tokenizer": bomb}))
    player = tried(folder, diffusion_spec(folder, "odd")[0], "cpu")
    assert player.prompts is not None
    player.prompts.encoded("a" * 2000)
    player.close()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("unet/diffusion_pytorch_model.safetensors.index.json", {"weight_map": {"conv_in.weight": "../other.bin"}}),
        ("unet/diffusion_pytorch_model.safetensors.index.json", {"weight_map": ["a"]}),
        ("text_encoder/model.safetensors.index.json", {"weight_map": {"a": "config.json"}}),
        ("text_encoder/adapter_config.json", {"base_model_name_or_path": "/elsewhere"}),
    ],
)
def test_what_leads_elsewhere_is_not_followed(folder: Path, file: str, said: dict[str, Any]) -> None:
    (folder / file).write_text(json.dumps(said))
    with pytest.raises(StageError, match=r"^odd cannot be played: .*\.$"):
        diffusion_spec(folder, "odd")


def test_texts_are_cut_as_the_library_cuts_them(whole: Path) -> None:
    held = read_folder(whole)
    ours = tokenizer(whole, held.parts["tokenizer"], held.parts["text_encoder"])
    theirs = transformers.CLIPTokenizer.from_pretrained(str(whole / "tokenizer"), local_files_only=True)
    for text in ("", "a bird", "Two  BIRDS, it's 12", "\0\n\u202e\U0001f98b", "x" * 3000, "<|endoftext|> b"):
        how = {"padding": "max_length", "max_length": 12, "truncation": True}
        assert ours(text, **how).input_ids == theirs(text, **how).input_ids


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


# -- folders as others wrote them --------------------------------------------------------------------------------------


def _weights(folder: Path, part: str, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    (path,) = (folder / part).glob("*.safetensors")
    save_file(change(load_file(path)), path)


def of_the_full_clip(folder: Path) -> None:
    """Names as in a text encoder that was cut out of CLIP, with the numbers of its places."""
    places = {"text_model.embeddings.position_ids": torch.arange(12)[None]}
    _weights(folder, "text_encoder", lambda held: {f"text_model.{name}": held[name] for name in held} | places)


def of_an_early_autoencoder(folder: Path) -> None:
    """Names of its attention as diffusers wrote them first."""
    early = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}

    def called(name: str) -> str:
        for now, then in early.items():
            name = name.replace(now, then)
        return name

    _weights(folder, "vae", lambda held: {called(name): held[name] for name in held})


def of_two_files_of_words(folder: Path) -> None:
    """A tokenizer as transformers wrote it before version 5."""
    place = folder / "tokenizer"
    model = json.loads((place / "tokenizer.json").read_text())["model"]
    (place / "tokenizer.json").unlink()
    (place / "vocab.json").write_text(json.dumps(model["vocab"]))
    (place / "merges.txt").write_text("#version: 0.2\n")
    end = {"content": "<|endoftext|>", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    special = {"bos_token": {**end, "content": "<|startoftext|>"}, "eos_token": end, "pad_token": end["content"]}
    (place / "special_tokens_map.json").write_text(json.dumps(special))
    (place / "tokenizer_config.json").write_text(json.dumps({"errors": "replace", "special_tokens_map_file": "./x"}))


@pytest.mark.parametrize("write", [of_the_full_clip, of_an_early_autoencoder, of_two_files_of_words])
def test_a_folder_as_others_wrote_it_is_the_same_model(
    whole: Path, folder: Path, write: Callable[[Path], None]
) -> None:
    write(folder)
    pictures = []
    for place in (whole, folder):
        player = tried(place, diffusion_spec(place, "any")[0], "cpu")
        moment = Moment(player.mean(), {"/gen/decoder": 1.0}, words={"/gen/prompt/1": "a moth"})
        pictures.append(player.frame(FrameRequest(16, 16), lambda moment=moment: moment).pixels)
        player.close()
    assert np.array_equal(*pictures)
