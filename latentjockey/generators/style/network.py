"""The style-based network: z and class weights to w, layer latents to a picture. Pure modules, to train and to play.

Our own mapping is small and nearly linear: ``w = 0.6 (W2 f(W1 z + Wc c) + W3 z + Vc c)`` without any normalisation, so
that class weights enter by sums, of any sign and size, and a position far out arrives far out. Published networks bring
another, :class:`latentjockey.generators.style.deep.DeepMapping`. The synthesis follows Karras et al. (2020): see
:mod:`latentjockey.generators.style.layers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.deep import DeepMapping, deep_mapping
from latentjockey.generators.style.layered import LayeredSynthesis, Noise
from latentjockey.generators.style.layers import SLOPE, Doubling, StyleLayer, Tap, ToRGB, drawn

_CALM = 0.6


class Mapping(nn.Module):
    """z (n, z_dim) and class weights c (n, classes) → w (n, w_dim)."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        z, w, k = config.z_dim, config.w_dim, config.classes
        self.z_in, self.z_out, self.z_past = _linear(z, w), _linear(w, w), _linear(z, w)
        self.c_in = _linear(k, w, 1.0) if k else None
        self.c_past = _linear(k, w, 1.0) if k else None

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        hidden, past = self.z_in(z), self.z_past(z)
        if self.c_in is not None and self.c_past is not None:
            if c is None:
                raise ValueError("a network with classes needs their weights")
            hidden, past = hidden + self.c_in(c), past + self.c_past(c)
        return cast(Tensor, _CALM * (self.z_out(F.leaky_relu(hidden, SLOPE)) + past))


@dataclass(frozen=True, slots=True)
class Half:
    """What a block leaves to the next: activations ``x`` and the ``picture`` so far."""

    x: Tensor
    picture: Tensor | None


class Block(nn.Module):
    """The layers of one resolution. ``first`` is the index of the w that its first convolution uses."""

    def __init__(self, config: StyleConfig, resolution: int, first: int) -> None:
        super().__init__()
        self.first, self.resolution = first, resolution
        channels, w, taps = config.channels(resolution), config.w_dim, config.resample
        last = resolution == config.size
        self.residual = config.architecture == "resnet" and resolution > 4
        self.conv0: StyleLayer | None = None
        self.side: nn.Conv2d | None = None
        if resolution > 4:
            before = config.channels(resolution // 2)
            self.conv0 = StyleLayer(
                before, channels, w, resolution, resample=taps, noise=config.noise, clamp=config.clamp
            )
            if self.residual:
                self.side = nn.Conv2d(before, channels, 1, bias=False)
        self.conv1 = StyleLayer(channels, channels, w, resolution, noise=config.noise, clamp=config.clamp)
        self.rgb = ToRGB(channels, w, config.clamp) if last or config.architecture == "skip" else None
        self.doubling = Doubling(taps)
        self.fade = 1.0

    @property
    def layers(self) -> int:
        """How many convolutions it has."""
        return 1 if self.conv0 is None else 2

    def forward(self, half: Half, ws: Tensor, noise: Sequence[Tensor | None], tap: Tap | None = None) -> Half:
        """``ws`` (n, layers + 1, w_dim) are the rows from ``first`` on, ``noise`` one map for each of its layers."""
        x, at = half.x, 0
        gain = math.sqrt(0.5) if self.residual else 1.0
        side = self.doubling(self.side(x)) * gain if self.side is not None else None
        if self.conv0 is not None:
            x = self.conv0(x, ws[:, at], noise[at])
            x = tap(x, self.first + at) if tap is not None else x
            at += 1
        x = self.conv1(x, ws[:, at], noise[at], gain)
        x = x + side if side is not None else x
        x = tap(x, self.first + at) if tap is not None else x
        picture = self.doubling(half.picture) if half.picture is not None else None
        if self.rgb is not None:
            mine = self.rgb(x, ws[:, at + 1]).float()
            picture = mine if picture is None else picture + (mine if self.fade == 1.0 else self.fade * mine)
        return Half(x, picture)


class Synthesis(LayeredSynthesis):
    """Layer latents ws (n, num_ws, w_dim) → pictures (n, 3, size, size), about -1..1, linear: nothing clamps them."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config, self.num_ws, self.w_dim = config, config.num_ws, config.w_dim
        channels = config.channels(4)
        self.const = nn.Parameter(drawn(channels, 4, 4))
        self.lay = _linear(config.w_dim, channels * 16) if config.start == "linear" else None
        self.blocks = nn.ModuleDict()
        first = 0
        for resolution in config.resolutions:
            block = Block(config, resolution, first)
            self.blocks[f"b{resolution}"] = block
            first += block.layers

    def ordered(self) -> tuple[Block, ...]:
        """The blocks from the smallest resolution to the largest."""
        return tuple(cast(Block, block) for block in self.blocks.values())

    def noise_maps(self, noise: Noise, n: int) -> list[Tensor | None]:
        """One map (H, W) for each convolution, as ``noise`` asks."""
        layers = [layer for b in self.ordered() for layer in (b.conv0, b.conv1) if layer is not None]
        if noise == "none" or not self.config.noise:
            return [None] * len(layers)
        if noise == "const":
            return [layer.noise for layer in layers]
        if noise == "random":
            return [torch.randn(n, 1, *layer.noise.shape, device=layer.noise.device) for layer in layers]
        if len(noise) != len(layers):
            raise ValueError(f"{len(layers)} layers want as many maps of noise, not {len(noise)}")
        return list(noise)

    def begin(self, ws: Tensor, dtype: torch.dtype | None = None) -> Half:
        """The 4×4 map (n, C, 4, 4) that the first block goes on from."""
        x = self.const.float()[None]
        if self.lay is None:
            x = x.expand(len(ws), -1, -1, -1)
        else:
            x = x + F.linear(ws[:, 0].float(), self.lay.weight.float()).view(-1, *x.shape[1:])
            x = x * torch.rsqrt(x.square().mean((1, 2, 3), keepdim=True) + 1e-8)
        return Half(x.to(dtype or self.dtype).contiguous(memory_format=torch.channels_last), None)

    def forward(self, ws: Tensor, noise: Noise = "const", tap: Tap | None = None) -> Tensor:
        half, maps = self.begin(ws), self.noise_maps(noise, len(ws))
        for block in self.ordered():
            rows = slice(block.first, block.first + block.layers + 1)
            half = block(half, ws[:, rows], maps[block.first : block.first + block.layers], tap)
        if half.picture is None:
            raise RuntimeError("the last block shows no picture")
        return half.picture.float()


class StyleNet(nn.Module):
    """Mapping and synthesis of one ``config``: z (n, z_dim), c (n, classes) → pictures (n, 3, size, size)."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping: Mapping | DeepMapping = deep_mapping(config) if config.deep else Mapping(config)
        self.synthesis = Synthesis(config)

    def ws(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """One w for all layers: (n, num_ws, w_dim)."""
        return cast(Tensor, self.mapping(z, c)[:, None].expand(-1, self.config.num_ws, -1))

    def forward(self, z: Tensor, c: Tensor | None = None, noise: Noise = "const") -> Tensor:
        return cast(Tensor, self.synthesis(self.ws(z, c), noise))


def _linear(inputs: int, outputs: int, spread: float | None = None) -> nn.Linear:
    """A matrix without bias; its entries spread by ``spread`` or so that a unit input gives a unit output."""
    linear = nn.Linear(inputs, outputs, bias=False)
    linear.weight = nn.Parameter(drawn(outputs, inputs, std=1.0 / math.sqrt(inputs) if spread is None else spread))
    return linear
