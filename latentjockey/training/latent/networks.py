"""The networks of a latent diffusion, in the shapes of diffusers, so that its folder plays here and elsewhere. Pure.

The autoencoder is an ``AutoencoderTiny`` narrower than its published kin, the denoiser a ``DiTTransformer2DModel``
(Peebles and Xie 2022) that predicts v (Salimans and Ho 2022) under a cosine schedule whose end is noise alone.
"""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from torch import Tensor, nn

from latentjockey.training.config import Plan

SCALE = 8
CHANNELS = 6
HEAD = 32
"""Pixels to a side of a latent, channels of it, and how wide a head of attention is."""
_QUIET = 0.2
"""How loud a residual block is at first."""
_THUMBNAIL = 3.0
"""How much a latent moves when a colour goes from none to all, at first."""
TIMES = 1000
SCHEDULER: dict[str, Any] = {
    "num_train_timesteps": TIMES,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "steps_offset": 0,
}
"""The arguments of the ``DDIMScheduler`` that goes with it."""


def autoencoder(plan: Plan) -> Any:
    """The autoencoder of pictures about -1..1, half as wide as the plan's ``width``."""
    width = max(8, plan.width // 2)
    tiny: Any = diffusers.AutoencoderTiny
    made: Any = tiny(
        encoder_block_out_channels=(width,) * 4,
        decoder_block_out_channels=(width,) * 4,
        num_encoder_blocks=(0, 2, 3, 3),
        num_decoder_blocks=(4, 3, 1, 0),
        latent_channels=CHANNELS,
    )
    for name, module in made.named_modules():
        if isinstance(module, nn.Conv2d):  # as they come, signals fade on their way through so many layers
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if name.endswith(".conv.4"):
                module.weight.detach().mul_(_QUIET)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    _begin_as_thumbnail(made.encoder.layers, made.decoder.layers)
    return made


@torch.no_grad()
def _begin_as_thumbnail(encoder: nn.Sequential, decoder: nn.Sequential) -> None:
    """Let three channels carry the picture's own colours, made small and large again, from the beginning. Colour that
    has to be found comes late: brightness alone fills the latents first."""
    soft = torch.tensor([0.25, 0.5, 0.25])
    centre, mean, blur = torch.zeros(3, 3), torch.zeros(3, 3), soft[:, None] * soft
    centre[1, 1], mean[1:, 1:] = 1.0, 0.25
    for coder in (encoder, decoder):
        convolutions = [module for module in coder if isinstance(module, nn.Conv2d)]
        first, *between, last = convolutions
        for module in between:
            _carry(module, mean if coder is encoder else blur)
        _carry(first, centre if coder is encoder else centre / _THUMBNAIL, 0.0 if coder is encoder else 0.5)
        last.weight.mul_(_QUIET)
        _carry(
            last, _THUMBNAIL * centre if coder is encoder else centre, -0.5 * _THUMBNAIL if coder is encoder else 0.0
        )
        for name, module in coder.named_modules():
            if name.endswith(".conv.4") and isinstance(module, nn.Conv2d):
                module.weight[:3] = 0.0


def _carry(layer: nn.Conv2d, kernel: Tensor, bias: float = 0.0) -> None:
    """Let the first three channels become those that come, by ``kernel`` (3, 3)."""
    layer.weight[:3] = 0.0
    for channel in range(3):
        layer.weight[channel, channel] = kernel
    if layer.bias is not None:
        layer.bias[:3] = bias


def denoiser(plan: Plan, classes: int) -> Any:
    """The transformer, whose blocks add nothing at first; its class after the last stands for none."""
    transformer: Any = diffusers.DiTTransformer2DModel
    made: Any = transformer(
        num_attention_heads=max(1, plan.breadth // HEAD),
        attention_head_dim=min(HEAD, plan.breadth),
        in_channels=CHANNELS,
        num_layers=plan.depth,
        sample_size=max(2, plan.size // SCALE),
        patch_size=2,
        num_embeds_ada_norm=classes,
        norm_num_groups=1,
    )
    for module in made.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
    patch = made.pos_embed.proj
    nn.init.xavier_uniform_(patch.weight.view(len(patch.weight), -1))
    nn.init.zeros_(patch.bias)
    for block in made.transformer_blocks:
        nn.init.zeros_(block.norm1.linear.weight)
        nn.init.zeros_(block.norm1.linear.bias)
    for last in (made.proj_out_1, made.proj_out_2):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return made.eval()  # training mode would drop classes by chance in each block anew


class Noise:
    """How much of a picture and of noise there is at each timestep, as the scheduler says."""

    def __init__(self) -> None:
        scheduler: Any = diffusers.DDIMScheduler
        alphas = scheduler(**SCHEDULER).alphas_cumprod.double()
        self._signal, self._noise = alphas.sqrt().float(), (1.0 - alphas).sqrt().float()

    def at(self, times: Tensor) -> tuple[Tensor, Tensor]:
        """The parts (n, 1, 1, 1) of picture and noise at ``times`` (n,), whole numbers; all picture below 0."""
        where = times.cpu().clamp_min(0)
        there = (times.cpu() >= 0).float()
        signal = self._signal[where] * there + (1.0 - there)
        return signal.view(-1, 1, 1, 1).to(times.device), (self._noise[where] * there).view(-1, 1, 1, 1).to(
            times.device
        )


def trailing(steps: int) -> Tensor:
    """The timesteps of so many steps, the loudest first."""
    return (torch.arange(steps, 0, -1) * (TIMES / steps)).round().long() - 1
