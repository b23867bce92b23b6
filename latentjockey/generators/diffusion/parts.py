"""The parts of a diffusion model, loaded from its folder. Engine process; nothing is ever fetched from anywhere.

Which class loads a part stands in the list of :mod:`latentjockey.models.diffusion_folder`, never in the folder alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are first imported, right below
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("DISABLE_TELEMETRY", "1")

import diffusers
import transformers
from diffusers.utils import logging as diffusers_logging

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.fitting import check_fit
from latentjockey.models.clip_words import ClipWords, clip_words
from latentjockey.models.container import ContainerError
from latentjockey.models.diffusion_folder import Part
from latentjockey.models.header import BrokenError, number, shown

_LOGS: Any = (diffusers_logging, transformers.logging)
for _log in _LOGS:
    _log.set_verbosity_error()
    _log.disable_progress_bar()

_NETWORKS: dict[str, Any] = {
    "UNet2DConditionModel": diffusers.UNet2DConditionModel,
    "UNet2DModel": diffusers.UNet2DModel,
    "ControlNetModel": diffusers.ControlNetModel,
    "DiTTransformer2DModel": diffusers.DiTTransformer2DModel,
    "Transformer2DModel": diffusers.DiTTransformer2DModel,
    "AutoencoderKL": diffusers.AutoencoderKL,
    "AutoencoderTiny": diffusers.AutoencoderTiny,
}
_TEXTS: dict[str, Any] = {
    "CLIPTextModel": transformers.CLIPTextModel,
    "CLIPTextModelWithProjection": transformers.CLIPTextModelWithProjection,
}
_OF_TEXTS = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "projection_dim",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
    "hidden_act",
    "layer_norm_eps",
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
)
"""What is taken from the config of a text encoder. The library does more by others: it fetches code for attention,
loads by libraries of other makers, and lists as many labels as it is told."""
_WORDS = 49408
"""How many words CLIP's text encoder hears, unless its config says otherwise."""
_FEWEST = 3
"""Words that a text encoder has to hear at once: the beginning of a text, its end, and one between."""
_CONVOLUTIONS = ("UNet2DConditionModel", "UNet2DModel", "ControlNetModel", "AutoencoderKL", "AutoencoderTiny")
_LONGEST = 200


class DiffusionError(StageError):
    """A diffusion model that cannot be played; ``str()`` is one sentence that names it."""


def network(folder: Path, part: Part, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A part with weights, on ``device``, for inference. Raises DiffusionError; lack of memory as it comes."""
    place, called = folder / part.folder, part.folder or part.cls
    how: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    if part.variant:
        how["variant"] = part.variant

    def load() -> Any:
        if part.cls in _TEXTS:
            cls, config = _TEXTS[part.cls], _text_config(part.config)
            check_fit(called, place, part.config, lambda: cls(config))
            return cls.from_pretrained(str(place), config=config, dtype=dtype, **how)
        cls = _NETWORKS[part.cls]
        check_fit(called, place, part.config, lambda: cls.from_config(dict(part.config)))
        return cls.from_pretrained(str(place), torch_dtype=dtype, **how)

    made, told = _asked(folder, part, load)
    # The libraries draw weights that are missing by chance, and say so in a log; here that would be noise on the stage.
    lacking = [*told.get("missing_keys", ()), *told.get("mismatched_keys", ())]
    if lacking or any(each.is_meta for each in made.parameters()):
        first = str(lacking[0])[:60] if lacking else "all"
        raise DiffusionError(f"{folder.name} cannot be played: weights of its {called} are missing, such as {first}.")
    network: nn.Module = made.requires_grad_(False).eval().to(device=device, dtype=dtype)
    if part.cls in _CONVOLUTIONS and device.type == "cuda":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def tokenizer(folder: Path, part: Part, encoder: Part) -> Any:
    """What cuts texts into the numbers that the text ``encoder`` hears, all of which it knows. Raises
    DiffusionError."""
    return _asked(folder, part, lambda: _cut(clip_words(folder / part.folder, _count(encoder.config))))


def _cut(words: ClipWords) -> Any:
    cut: Any = transformers.CLIPTokenizer
    made = cut(
        vocab=dict(words.numbers),
        merges=list(words.merges),
        unk_token=words.unknown,
        bos_token=words.begin,
        eos_token=words.end,
        pad_token=words.fill,
        added_tokens_decoder={
            place: transformers.AddedToken(each.word, **each.flags) for place, each in words.added.items()
        },
    )
    for wanted, each in words.added.items():
        found = made.convert_tokens_to_ids(each.word)
        if found != wanted:
            raise BrokenError(f"its added word {shown(each.word)} would be numbered {found}, and not {wanted}")
    return made


def _text_config(said: Mapping[str, Any]) -> Any:
    """The config of a text encoder, as far as it is of a network. Raises BrokenError, and what the library raises."""
    number({"max_position_embeddings": _FEWEST, **said}, "max_position_embeddings", _FEWEST, 1 << 16)
    number({"num_hidden_layers": 1, **said}, "num_hidden_layers", 1, 1 << 16)
    return transformers.CLIPTextConfig(**{key: said[key] for key in _OF_TEXTS if key in said})


def _count(said: Mapping[str, Any]) -> int:
    return number({"vocab_size": _WORDS, **said}, "vocab_size", 1, 1 << 24)


def number_format(device: torch.device) -> torch.dtype:
    """The format of numbers that a diffusion model is played in: half where the device is made for it, and of the two
    halves the one that bears large numbers."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def _asked(folder: Path, part: Part, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MemoryError:
        raise
    except (BrokenError, ContainerError) as error:
        raise DiffusionError(f"{folder.name} cannot be played: {str(error).rstrip('.')}.") from error
    except Exception as error:
        words = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        if "out of memory" in words:
            raise
        called = part.folder or part.cls
        raise DiffusionError(f"{folder.name} cannot be played: its {called} could not be loaded: {words}.") from error
