"""Tiny diffusion models of random weights, as folders in the layout of diffusers. Not a test itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

SIDE = 8
"""Side of the tiny latents."""
_LATENT = {"in_channels": 4, "out_channels": 4, "sample_size": SIDE}
_BLOCKS: dict[str, Any] = {"block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8}
_CROSS = {
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "attention_head_dim": 8,
}
_PIXEL = {
    "sample_size": 8,
    "down_block_types": ("DownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "UpBlock2D"),
    **_BLOCKS,
}


def vae() -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=2 * SIDE,
    )


def small_vae() -> diffusers.AutoencoderTiny:
    return diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    )


def tokenizer(folder: Path, fill: str = "<|endoftext|>") -> transformers.CLIPTokenizer:
    """A tokenizer that knows letters and little else, in ``folder``; texts are filled up with ``fill``."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    known = [*letters, *(f"{letter}</w>" for letter in letters), "l o", "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(known)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=12, pad_token=fill
    )


def _text_config(projection: int = 16, **more: Any) -> transformers.CLIPTextConfig:
    return transformers.CLIPTextConfig(
        vocab_size=60,
        hidden_size=16,
        intermediate_size=16,
        num_attention_heads=2,
        num_hidden_layers=2,
        max_position_embeddings=12,
        projection_dim=projection,
        bos_token_id=53,
        eos_token_id=54,
        pad_token_id=54,
        **more,
    )


def _unet(**more: Any) -> diffusers.UNet2DConditionModel:
    return diffusers.UNet2DConditionModel(**{**_LATENT, **_BLOCKS, **_CROSS, "cross_attention_dim": 16, **more})


def turbo(folder: Path, scheduler: Any = None, *, steps: str = "trailing", decoder: Any = None, **more: Any) -> None:
    """A text-to-image model of few steps, as SD-Turbo is."""
    scheduler = scheduler or diffusers.EulerDiscreteScheduler(
        timestep_spacing=steps, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012
    )
    diffusers.StableDiffusionPipeline(
        vae=decoder or vae(),
        text_encoder=transformers.CLIPTextModel(_text_config()),
        tokenizer=tokenizer(folder.parent / "words"),
        unet=_unet(**more),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def slight(folder: Path) -> None:
    """A text-to-image model whose network has no middle and whose only decoder is small, as SDXS is."""
    turbo(folder, decoder=small_vae(), mid_block_type=None)


def second(folder: Path) -> None:
    """A text-to-image model that predicts velocity, with a text encoder of OpenCLIP, as Stable Diffusion 2.1 is."""
    diffusers.StableDiffusionPipeline(
        vae=vae(),
        text_encoder=transformers.CLIPTextModel(_text_config(hidden_act="gelu")),
        tokenizer=tokenizer(folder.parent / "words", "a"),
        unet=_unet(attention_head_dim=(2, 4), use_linear_projection=True, upcast_attention=True),
        scheduler=diffusers.DDIMScheduler(
            beta_schedule="scaled_linear",
            beta_start=0.00085,
            beta_end=0.012,
            clip_sample=False,
            prediction_type="v_prediction",
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def lcm(folder: Path) -> None:
    """A latent consistency model, which hears guidance as a number."""
    diffusers.LatentConsistencyModelPipeline(
        vae=small_vae(),
        text_encoder=transformers.CLIPTextModel(_text_config()),
        tokenizer=tokenizer(folder.parent / "words"),
        unet=_unet(time_cond_proj_dim=8),
        scheduler=diffusers.LCMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def sdxl(folder: Path) -> None:
    """A text-to-image model with two text encoders, its noise ancestral, as SDXL-Turbo is."""
    diffusers.StableDiffusionXLPipeline(
        vae=vae(),
        text_encoder=transformers.CLIPTextModel(_text_config()),
        text_encoder_2=transformers.CLIPTextModelWithProjection(_text_config()),
        tokenizer=tokenizer(folder.parent / "words"),
        tokenizer_2=tokenizer(folder.parent / "words"),
        unet=_unet(
            cross_attention_dim=32,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=16 + 6 * 4,
        ),
        scheduler=diffusers.EulerAncestralDiscreteScheduler(timestep_spacing="trailing"),
        add_watermarker=False,
    ).save_pretrained(folder)


def dit(folder: Path, classes: int = 4) -> None:
    """A transformer of classes."""
    transformer = diffusers.DiTTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=4,
        out_channels=8,
        num_layers=2,
        sample_size=SIDE,
        patch_size=2,
        num_embeds_ada_norm=classes,
        norm_num_groups=4,
    )
    for block in transformer.transformer_blocks:  # as it is made, its last layer and its modulations are still
        torch.nn.init.normal_(block.norm1.linear.weight, std=0.3)
    torch.nn.init.normal_(transformer.proj_out_1.weight, std=0.3)
    names = {index: f"kind {index}" for index in range(classes)}
    diffusers.DiTPipeline(transformer, vae(), diffusers.DDIMScheduler(), id2label=names).save_pretrained(folder)


def ddpm(folder: Path) -> None:
    diffusers.DDPMPipeline(diffusers.UNet2DModel(**_PIXEL), diffusers.DDPMScheduler()).save_pretrained(folder)


def ddim(folder: Path) -> None:
    diffusers.DDIMPipeline(diffusers.UNet2DModel(**_PIXEL), diffusers.DDIMScheduler()).save_pretrained(folder)


def consistency(folder: Path) -> None:
    unet = diffusers.UNet2DModel(**_PIXEL, num_class_embeds=3)
    diffusers.ConsistencyModelPipeline(unet, diffusers.CMStochasticIterativeScheduler()).save_pretrained(folder)


FOLDERS: Mapping[str, Callable[[Path], None]] = {
    "turbo": turbo,
    "slight": slight,
    "second": second,
    "lcm": lcm,
    "sdxl": sdxl,
    "dit": dit,
    "ddpm": ddpm,
    "ddim": ddim,
    "consistency": consistency,
    "unet": lambda folder: diffusers.UNet2DModel(**{**_PIXEL, "sample_size": 64}).save_pretrained(folder),
    "autoencoder": lambda folder: vae().save_pretrained(folder),
    "small-autoencoder": lambda folder: small_vae().save_pretrained(folder),
}
"""One of each shape of problem, by name."""


def make(folder: Path, name: str, seed: int = 7) -> Path:
    """The model called ``name`` in a folder of that name below ``folder``, always the same."""
    torch.manual_seed(seed)
    FOLDERS[name](folder / name)
    if name == "turbo":
        small_vae().save_pretrained(folder / name / "taesd")
    return folder / name
