"""A diffusion model as it is loaded from its folder: its networks, its scheduler's numbers, its autoencoders.

Engine process, one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from latentjockey.generators.diffusion.altered import Altered
from latentjockey.generators.diffusion.networks import ClassNet, Network, PixelNet, TextNet
from latentjockey.generators.diffusion.parts import DiffusionError, network
from latentjockey.generators.diffusion.prompts import Prompts
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.models.diffusion_folder import TASTER, DiffusionFolder, Part, read_folder
from latentjockey.models.diffusion_spec import AUTOENCODER, CLASS, TEXT, DiffusionShape, shape_of
from latentjockey.models.diffusion_structure import CONTROLNET

Decode = Callable[[Tensor], Tensor]
"""A latent (1, C, h, w) → a picture (1, 3 or 1, H, W), -1 to 1."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """``net``, ``altered`` and ``schedules`` are none of an autoencoder alone, ``vaes`` of a model of pixels; the small
    one is the first of them."""

    net: Network | None
    prompts: Prompts | None
    schedules: Schedules | None
    vaes: tuple[Any, ...]
    altered: Altered | None = None
    raw: nn.Module | None = None
    """The network that ``net`` asks, as it lies in the folder."""
    stamp: object = None
    """What tells the folder's state."""

    @property
    def decoders(self) -> tuple[Decode, ...]:
        return tuple(decode_of(vae) for vae in self.vaes)


def loaded(folder: Path, shape: DiffusionShape, device: torch.device, dtype: torch.dtype) -> Loaded:
    """The model in ``folder``. Raises DiffusionError, in one sentence; lack of memory as it comes."""
    held = read_folder(folder)
    parts = [held.parts[name] for name in (TASTER, "vae") if name in held.parts]
    if shape.family == AUTOENCODER:
        return Loaded(None, None, None, (network(folder, held.parts[""], device, dtype),))
    schedules = _schedules(folder, held)
    part = _denoiser_of(held)
    raw = network(folder, part, device, dtype)
    net, prompts = _network(folder, held, raw, shape, device, dtype)
    altered = Altered(raw, part.config, shape.blocks, held.loras)
    vaes = tuple(network(folder, part, device, dtype) for part in parts)
    return Loaded(net, prompts, schedules, vaes, altered, raw, held.stamp)


def denoiser(folder: Path) -> nn.Module:
    """The network that takes noise away, alone, as it is asked while a model is played: on the processor, in float32.
    Raises DiffusionError."""
    held = read_folder(folder)
    part, shape = _denoiser_of(held), shape_of(held)
    raw = network(folder, part, torch.device("cpu"), torch.float32)
    if shape.family != TEXT:
        _of_classes(raw, shape)  # which puts what mixes classes into it
    return raw


def _network(
    folder: Path, held: DiffusionFolder, raw: nn.Module, shape: DiffusionShape, device: torch.device, dtype: torch.dtype
) -> tuple[Network, Prompts | None]:
    if shape.family == TEXT:
        prompts = Prompts(folder, held, device, dtype)
        size = shape.noise[2] * shape.scale, shape.noise[1] * shape.scale
        controlnet = network(folder, held.parts[CONTROLNET], device, dtype) if shape.structure else None
        return TextNet(raw, prompts, size, embeds_cfg=shape.embeds_cfg, controlnet=controlnet), prompts
    return _of_classes(raw, shape), None


def _denoiser_of(held: DiffusionFolder) -> Part:
    return held.parts.get("unet") or held.parts.get("transformer") or held.parts[""]


def _of_classes(raw: nn.Module, shape: DiffusionShape) -> Network:
    kind = ClassNet if shape.family == CLASS else PixelNet
    return kind(raw, len(shape.names), shape.noise[0])


def _schedules(folder: Path, held: DiffusionFolder) -> Schedules:
    """The model's scheduler. Raises DiffusionError."""
    part = held.parts.get("scheduler")
    try:
        return Schedules(part.cls, part.config) if part is not None else Schedules("DDIMScheduler", {})
    except (ArithmeticError, AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError) as error:
        words = " ".join(str(error).split())[:200].rstrip(".")
        raise DiffusionError(f"{folder.name} cannot be played: its scheduler is none: {words}.") from error


def decode_of(vae: Any) -> Decode:
    """How an autoencoder's pictures of latents are had, in its own scale of them."""
    factor = float(vae.config.get("scaling_factor") or 1.0)
    shift = float(vae.config.get("shift_factor") or 0.0)

    def decode(latent: Tensor) -> Tensor:
        made: Tensor = vae.decode(latent / factor + shift, return_dict=False)[0]
        return made

    return decode
