"""Folders in the layout of diffusers, without networks: their weights are three numbers, which nobody reads here. Not a
test itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from latentjockey.models import container

UNET = {"_class_name": "UNet2DConditionModel", "in_channels": 4, "sample_size": 64, "cross_attention_dim": 768}
VAE = {"_class_name": "AutoencoderKL", "latent_channels": 4, "block_out_channels": [1, 2, 3, 4], "sample_size": 512}
SCHEDULER = {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}
INDEX: dict[str, Any] = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "safety_checker": [None, None],
}


def write(path: Path, words: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words if isinstance(words, str) else json.dumps(words))


def weights(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    container.write(path, {"some": np.zeros(3, np.float32)}, {})


def like_turbo(folder: Path) -> Path:
    """A folder that looks like SD-Turbo's."""
    texts = {
        "model_index.json": INDEX, "unet/config.json": UNET, "vae/config.json": VAE,
        "text_encoder/config.json": {"architectures": ["CLIPTextModel"]}, "tokenizer/vocab.json": {},
        "tokenizer/merges.txt": "", "scheduler/scheduler_config.json": SCHEDULER,
    }  # fmt: skip
    for name, words in texts.items():
        write(folder / name, words)
    for part in ("unet", "vae"):
        weights(folder / part / "diffusion_pytorch_model.safetensors")
    weights(folder / "text_encoder" / "model.safetensors")
    return folder
