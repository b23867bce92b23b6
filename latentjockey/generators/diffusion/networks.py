"""The networks that take noise out of pictures, each asked in its own way. Engine process, one thread.

A network's ``condition`` is what it hears beside the noisy picture; it is made anew only where something of it changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from latentjockey.generators.break_values import Breaks
from latentjockey.generators.diffusion.fast import Call, first_of
from latentjockey.generators.diffusion.prompts import Prompts
from latentjockey.generators.diffusion.turns import Spoken

_WORDS = 1000.0
"""Guidance is embedded as a number a thousandfold, as LCMs were taught."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a picture shall be: the weights of classes or prompts, their ``texts`` with the negative one, CFG; how much
    of a picture from outside is heard as ``structure``, and whether of its ``lines`` alone; weights of ``loras``;
    the ``gains`` of blocks of the network; whether texts mix along an ``arc``;
    how it is broken (``breaks``), and what moves by itself there, ``at`` which time (s). ``turned`` are the weights of
    LoRAs that each text, and last the negative one, is encoded with, where that are not those of ``loras``."""

    weights: tuple[float, ...]
    cfg: float
    texts: tuple[str, ...] = ()
    negative: str = ""
    structure: float = 0.0
    lines: bool = False
    loras: tuple[float, ...] = ()
    gains: tuple[float, ...] = ()
    breaks: Breaks | None = None
    at: float = 0.0
    arc: bool = False
    turned: tuple[tuple[float, ...], ...] = ()

    @property
    def said(self) -> Wanted:
        """The same of a network as it is: all that a condition is made of."""
        return replace(self, loras=(), turned=(), gains=(), breaks=None, at=0.0)


class Network(Protocol):
    calls: int
    """How often the network was asked, once for any batch."""
    call: Call
    """How it is asked; who is faster may stand in."""

    def hear(self, wanted: Wanted) -> None:
        """Encode what has to be for ``wanted``, so that :meth:`predict` need not."""
        ...

    def predict(self, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        """What is predicted of ``heard`` (n, C, H, W), each at its own of n timesteps, all for ``wanted``; float32."""
        ...


class TextNet:
    """A U-Net that hears texts; ``size`` are the picture's width and height in pixels, which SDXL hears too. With a
    ``controlnet`` it hears a picture that it is shown (:meth:`see`) as structure."""

    def __init__(
        self,
        unet: nn.Module,
        prompts: Prompts,
        size: tuple[int, int],
        *,
        embeds_cfg: bool,
        controlnet: nn.Module | None = None,
    ) -> None:
        self._controlnet: Any = controlnet
        self._seen: Tensor | None = None
        self._unet: Any = unet
        self.call: Call = first_of(unet)
        self._prompts, self._embeds_cfg = prompts, embeds_cfg
        self._like: Tensor = next(unet.parameters())
        width, height = size
        self._times = torch.tensor([[height, width, 0, 0, height, width]], dtype=torch.float32)
        self._last: tuple[tuple[Wanted, tuple[Spoken, ...]], Mapping[str, Any]] | None = None
        self.calls = 0

    def hear(self, wanted: Wanted) -> None:
        spoken = self.spoken(wanted)
        if self._last is None or self._last[0] != (wanted.said, spoken):
            self._last = (wanted.said, spoken), self._condition(wanted, spoken)

    def spoken(self, wanted: Wanted) -> tuple[Spoken, ...]:
        """The texts of ``wanted``, and last the negative one, each with the weights of LoRAs that it is encoded
        with."""
        texts = (*wanted.texts, wanted.negative)
        turned = wanted.turned or (self._prompts.turning(wanted.loras),) * len(texts)
        return tuple(zip(texts, turned, strict=True))

    def heard(self, wanted: Wanted) -> tuple[bool, ...]:
        """Which of :meth:`spoken` make a difference."""
        guided = self._guided(wanted)
        loud = not (guided and wanted.cfg == 0.0)
        return (*(loud and weight != 0.0 for weight in wanted.weights), guided)

    def _guided(self, wanted: Wanted) -> bool:
        return not self._embeds_cfg and wanted.cfg != 1.0

    def predict(self, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        self.hear(wanted)
        assert self._last is not None
        condition = self._last[1]
        rows, count = len(condition["encoder_hidden_states"]), len(heard)
        self.calls += 1
        batch = heard.to(self._like.dtype).repeat(rows, 1, 1, 1)
        each = _each(condition, count) if count > 1 else condition
        at = _times(times, rows, heard)
        made = self.call(batch, at, **each, **self._structure(batch, at, each, wanted.structure)).float()
        return led(made, wanted.cfg) if rows > 1 else made

    def see(self, picture: Tensor | None) -> None:
        """Hear this picture (1, 3, H, W), 0 to 1, as structure from now on, or none."""
        self._seen = picture

    def _structure(self, batch: Tensor, at: Tensor, condition: Mapping[str, Any], weight: float) -> Mapping[str, Any]:
        """What the ControlNet (Zhang et al. 2023) adds to the network, where it is heard."""
        if self._controlnet is None or self._seen is None or weight == 0.0:
            return {}
        self.calls += 1
        down, middle = self._controlnet(
            batch,
            at,
            encoder_hidden_states=condition["encoder_hidden_states"],
            controlnet_cond=self._seen.to(self._like).expand(len(batch), -1, -1, -1),
            conditioning_scale=weight,
            added_cond_kwargs=condition.get("added_cond_kwargs"),
            return_dict=False,
        )
        return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}

    def _condition(self, wanted: Wanted, spoken: tuple[Spoken, ...]) -> Mapping[str, Any]:
        guided = self._guided(wanted)
        heard = [self._prompts.negative(*spoken[-1])] if guided else []
        if not (guided and wanted.cfg == 0.0):
            heard.append(self._prompts.mixed(spoken[:-1], wanted.weights, arc=wanted.arc))
        made: dict[str, Any] = {"encoder_hidden_states": self._all([each.tokens for each in heard])}
        pooled = [each.pooled for each in heard if each.pooled is not None]
        if pooled:
            times = self._times.to(self._like).expand(len(heard), -1)
            made["added_cond_kwargs"] = {"text_embeds": self._all(pooled), "time_ids": times}
        if self._embeds_cfg:
            width = int(self._unet.config.time_cond_proj_dim)
            made["timestep_cond"] = guidance(wanted.cfg, width).to(self._like)
        return made

    def _all(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.cat([each.float() for each in tensors]).to(self._like)


class ClassNet:
    """A DiT, whose class embeddings are mixed. The row after the last class is the embedding of none."""

    def __init__(self, transformer: Any, classes: int, channels: int) -> None:
        self._transformer = transformer
        self.call: Call = first_of(transformer)
        self._classes, self._channels = classes, channels
        self._like: Tensor = next(transformer.parameters())
        for block in self._transformer.transformer_blocks:
            block.norm1.emb.class_embedder = Mixed(block.norm1.emb.class_embedder.embedding_table.weight)
        self.calls = 0

    def hear(self, wanted: Wanted) -> None:
        """Classes need no encoding."""

    def predict(self, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        own, none = torch.zeros(2, 1, self._classes + 1).unbind(0)
        own[0, : self._classes] = torch.tensor(wanted.weights)
        none[0, -1] = 1.0
        rows = [own] if wanted.cfg == 1.0 else [none] if wanted.cfg == 0.0 else [none, own]
        self.calls += 1
        made = self.call(
            heard.to(self._like.dtype).repeat(len(rows), 1, 1, 1),
            timestep=_times(times, len(rows), heard),
            class_labels=torch.cat(rows).to(self._like).repeat_interleave(len(heard), 0),
        )[:, : self._channels].float()
        return led(made, wanted.cfg) if len(rows) > 1 else made


class PixelNet:
    """A U-Net that hears nothing, or weights of classes."""

    def __init__(self, unet: Any, classes: int, channels: int) -> None:
        self._unet = unet
        self.call: Call = first_of(unet)
        self._classes, self._channels = classes, channels
        self._like: Tensor = next(unet.parameters())
        if classes:
            self._unet.class_embedding = Mixed(self._unet.class_embedding.weight)
        self.calls = 0

    def hear(self, wanted: Wanted) -> None:
        """Classes need no encoding."""

    def predict(self, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        labels = None
        if self._classes:
            labels = torch.tensor([wanted.weights]).to(self._like).repeat(len(heard), 1)
        self.calls += 1
        made = self.call(heard.to(self._like.dtype), _times(times, 1, heard), class_labels=labels)
        return made[:, : self._channels].float()


class Mixed(nn.Module):
    """Embeddings ``table`` (K, width) of classes, in a mixture of any weights (n, K'), where K' may be less than K."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table.detach(), requires_grad=False)

    def forward(self, weights: Tensor) -> Tensor:
        rows = weights.shape[1]
        return weights.to(self.table) @ self.table[:rows]


def _times(times: Sequence[float], rows: int, like: Tensor) -> Tensor:
    """The timestep of each picture, for each of ``rows`` conditions, float32."""
    return torch.tensor(tuple(times), dtype=torch.float32, device=like.device).repeat(rows)


def _each(condition: Mapping[str, Any], count: int) -> dict[str, Any]:
    """A condition for so many pictures: all with its first row, then all with its second."""
    return {
        name: _each(held, count) if isinstance(held, Mapping) else held.repeat_interleave(count, 0)
        for name, held in condition.items()
    }


def led(both: Tensor, cfg: float) -> Tensor:
    """Classifier-free guidance (Ho and Salimans 2022) of what is predicted without and with a condition (2 n, ...)."""
    without, with_ = both.chunk(2)
    return without + cfg * (with_ - without)


def guidance(cfg: float, width: int) -> Tensor:
    """Guidance as a latent consistency model hears it (1, width): sines and cosines of the number."""
    half = width // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float32) * -(math.log(10000.0) / max(1, half - 1)))
    angles = (cfg - 1.0) * _WORDS * rates
    made = torch.cat((angles.sin(), angles.cos()))[None]
    return nn.functional.pad(made, (0, width % 2))
