"""Tiny video models of random weights, as folders in the layout of diffusers. Not a test itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

_WORDS = ("<pad>", "</s>", "<unk>", "\u2581", *"abcdefghijklmnopqrstuvwxyz")


def tokenizer() -> Any:
    """A tokenizer that knows letters and little else."""
    known = Tokenizer(Unigram([(word, -1.0) for word in _WORDS], unk_id=2))
    known.pre_tokenizer = Metaspace()
    return transformers.T5TokenizerFast(tokenizer_object=known, extra_ids=0)


def _text(umt5: bool = False) -> Any:
    sizes = {"d_model": 32, "d_ff": 32, "d_kv": 8, "num_heads": 2, "num_layers": 1, "vocab_size": len(_WORDS)}
    if umt5:
        return transformers.UMT5EncoderModel(transformers.UMT5Config(**sizes))
    return transformers.T5EncoderModel(transformers.T5Config(**sizes))


def _ltx() -> Any:
    four, five = (8,) * 4, (1,) * 5
    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=four, decoder_block_out_channels=four, layers_per_block=five,
        decoder_layers_per_block=five, spatio_temporal_scaling=(True, True, False, False),
        decoder_spatio_temporal_scaling=(True, True, False, False), decoder_inject_noise=(False,) * 5,
        upsample_residual=(False,) * 4, upsample_factor=(1,) * 4, patch_size=1, patch_size_t=1,
    )  # fmt: skip
    net = diffusers.LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        num_layers=1, caption_channels=32,
    )  # fmt: skip
    return diffusers.LTXPipeline(diffusers.FlowMatchEulerDiscreteScheduler(), vae, _text(), tokenizer(), net)


def _cogvideox() -> Any:
    vae = diffusers.AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(8,) * 4, latent_channels=4, layers_per_block=1, norm_num_groups=2,
    )  # fmt: skip
    net = diffusers.CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=4, out_channels=4, time_embed_dim=2,
        text_embed_dim=32, num_layers=1, sample_width=4, sample_height=4, sample_frames=9,
        use_rotary_positional_embeddings=True,
    )  # fmt: skip
    return diffusers.CogVideoXPipeline(tokenizer(), _text(), vae, net, diffusers.CogVideoXDDIMScheduler())


def _mochi() -> Any:
    vae = diffusers.AutoencoderKLMochi(
        latent_channels=12, encoder_block_out_channels=(32,) * 4, decoder_block_out_channels=(32,) * 4,
        layers_per_block=(1,) * 5,
    )  # fmt: skip
    net = diffusers.MochiTransformer3DModel(
        num_attention_heads=2, attention_head_dim=8, num_layers=2, pooled_projection_dim=16, in_channels=12,
        text_embed_dim=32, time_embed_dim=4,
    )  # fmt: skip
    return diffusers.MochiPipeline(diffusers.FlowMatchEulerDiscreteScheduler(), vae, _text(), tokenizer(), net)


def _wan() -> Any:
    vae = diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    net = diffusers.WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, text_dim=32, freq_dim=16, ffn_dim=16, num_layers=1,
        rope_max_seq_len=32,
    )  # fmt: skip
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    return diffusers.WanPipeline(tokenizer(), _text(umt5=True), vae, scheduler, net)


MAKERS: Mapping[str, Callable[[], Any]] = {"ltx": _ltx, "cogvideox": _cogvideox, "mochi": _mochi, "wan": _wan}


def make(folder: Path, name: str) -> Path:
    """The tiny model called ``name`` in ``folder``, unless it is there."""
    path = folder / name
    if not path.exists():
        torch.manual_seed(5)
        MAKERS[name]().save_pretrained(path)
        (path / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return path
