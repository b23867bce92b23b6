"""BigGAN-deep as a network of layers that each hear a latent of their own. Pure modules.

Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis" (2018), appendix B;
attention after Zhang et al., "Self-Attention Generative Adversarial Networks" (2019). A latent is z beside the sum of
the embeddings of the classes, weighted: linear in the weights, so any number of classes of any sign can sound at once.

What a layer is given besides its latent are knobs (3 + statistics,): how far z goes, drive and fold of the picture, and
how much of each row of the statistics counts, which :func:`knobs_of` makes of a truncation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.squash import squashed
from latentjockey.generators.style.layered import LayeredSegment, LayeredSynthesis, Noise
from latentjockey.generators.style.layers import Tap
from latentjockey.models.biggan_shape import FIRST_SIDE, BigganShape, Block, convolutions
from latentjockey.models.biggan_spec import TRUNCATION

LOUDEST = 1.0e4
"""No activation behind a norm is larger, and no norm scales or shifts by more: what is finite stays finite."""
_FIRST_UP_TO = 16
_KNOBS = 3


def knobs_of(statistics: int, truncation: float, drive: float = 1.0, fold: float = 0.0) -> Tensor:
    """The knobs (3 + statistics,) float32. Between two rows of statistics both count, by nearness; beyond the last,
    and by its size where ``truncation`` is below 0, the nearest one counts."""
    place = min(abs(truncation), 1.0) * (statistics - 1)
    near = (1.0 - (torch.arange(statistics) - place).abs()).clamp_min(0.0)
    return torch.cat((torch.tensor((truncation, drive, fold)), near)).float()


def heard(row: Tensor, knobs: Tensor, z_dim: int) -> Tensor:
    """A latent (n, width) with its z as far out as the knobs say."""
    return torch.cat((row[:, :z_dim].float() * knobs[0], row[:, z_dim:].float()), 1)


class Statistics(nn.Module):
    """The means and variances of a batch norm at truncations from 0 to 1: (statistics, channels) each."""

    means: Tensor
    variances: Tensor

    def __init__(self, shape: BigganShape, channels: int) -> None:
        super().__init__()
        self.epsilon = shape.epsilon
        self.register_buffer("means", torch.zeros(shape.statistics, channels))
        self.register_buffer("variances", torch.ones(shape.statistics, channels))

    def standardised(self, scale: Tensor, offset: Tensor, knobs: Tensor) -> tuple[Tensor, Tensor]:
        """What x is to be multiplied with, and what is added then, for (x - mean) / deviation · scale + offset."""
        near = knobs[_KNOBS:]
        factor = scale * torch.rsqrt(near @ self.variances + self.epsilon)
        factor = factor.clamp(-LOUDEST, LOUDEST)
        return factor, (offset - (near @ self.means) * factor).clamp(-LOUDEST, LOUDEST)


class ClassNorm(Statistics):
    """A batch norm whose scale and offset are linear in the latent."""

    def __init__(self, shape: BigganShape, channels: int) -> None:
        super().__init__(shape, channels)
        self.scale = nn.Linear(shape.width, channels, bias=False)
        self.offset = nn.Linear(shape.width, channels, bias=False)

    def forward(self, x: Tensor, heard: Tensor, knobs: Tensor) -> Tensor:
        """x (n, C, H, W), heard (n, width) → normalised and rectified."""
        return rectified(x, *self.standardised(1.0 + self.scale(heard), self.offset(heard), knobs))


class LastNorm(Statistics):
    """A batch norm that hears nothing."""

    def __init__(self, shape: BigganShape, channels: int) -> None:
        super().__init__(shape, channels)
        self.scale = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, knobs: Tensor) -> Tensor:
        factor, shift = self.standardised(self.scale, self.offset, knobs)
        return rectified(x, factor[None], shift[None])


def rectified(x: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    """x (n, C, H, W) times factor plus shift (n, C), without what is below zero."""
    factor, shift = (value.to(x.dtype)[:, :, None, None] for value in (factor, shift))
    return torch.addcmul(shift, x, factor).clamp(0.0, LOUDEST)


class Attention(nn.Module):
    """Each place of a map (n, C, H, W) takes from all others, of a map of half the size, what its query asks for."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.o = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        query = self.theta(x).flatten(2).transpose(1, 2)
        key, value = (F.max_pool2d(part(x), 2).flatten(2).transpose(1, 2) for part in (self.phi, self.g))
        seen = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        seen = seen.transpose(1, 2).reshape(x.shape[0], -1, x.shape[2], x.shape[3])
        return x + self.gain.to(x.dtype) * cast(Tensor, self.o(seen))


class BigganBlock(nn.Module):
    """Four convolutions, each behind a norm, and what goes past them; attention before all, where the block has it."""

    def __init__(self, shape: BigganShape, block: Block) -> None:
        super().__init__()
        self.doubles, self.outputs = block.doubles, block.outputs
        self.attention = Attention(block.inputs) if block.attends else None
        self.norms = nn.ModuleList(ClassNorm(shape, inputs) for _, inputs, _ in convolutions(block))
        self.convs = nn.ModuleList(nn.Conv2d(n, out, k, padding=k // 2) for out, n, k in convolutions(block))

    def forward(self, x: Tensor, heard: Tensor, knobs: Tensor) -> Tensor:
        if self.attention is not None:
            x = self.attention(x)
        past = x[:, : self.outputs]
        for i, (norm, conv) in enumerate(zip(self.norms, self.convs, strict=True)):
            x = norm(x, heard, knobs)
            if self.doubles and i == 1:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = conv(x)
        if self.doubles:
            past = F.interpolate(past, scale_factor=2.0, mode="nearest")
        return x + past


class BigganSynthesis(LayeredSynthesis):
    """Latents ws (n, 1 + blocks, width) → pictures (n, 3, size, size) within -1..1."""

    def __init__(self, shape: BigganShape) -> None:
        super().__init__()
        self.shape, self.num_ws, self.w_dim = shape, shape.num_ws, shape.width
        first, last = shape.blocks[0].inputs, shape.blocks[-1].outputs
        self.first = nn.Linear(shape.width, FIRST_SIDE * FIRST_SIDE * first)
        self.blocks = nn.ModuleList(BigganBlock(shape, block) for block in shape.blocks)
        self.last = LastNorm(shape, last)
        self.rgb = nn.Conv2d(last, 3, 3, padding=1)

    @property
    def dtype(self) -> torch.dtype:
        return self.rgb.weight.dtype

    def typed(self, dtype: torch.dtype) -> Self:
        """The convolutions count in ``dtype``, or in bfloat16 where that is float16, whose range is too small; norms,
        and what latents become, in float32."""
        dtype = torch.bfloat16 if dtype == torch.float16 else dtype
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                module.to(dtype)
        return self

    def noise_maps(self, noise: Noise, n: int) -> list[Tensor | None]:
        """The knobs, for each block: of the usual truncation, or those that ``noise`` gives."""
        if isinstance(noise, str):
            knobs = knobs_of(self.shape.statistics, TRUNCATION).to(self.device)
            return [knobs] * len(self.blocks)
        return list(noise)

    def begin(self, row: Tensor, knobs: Tensor) -> Tensor:
        """The first map (n, C, 4, 4) of the first latent (n, width)."""
        x = self.first(heard(row, knobs, self.shape.z_dim)).view(len(row), -1, FIRST_SIDE, FIRST_SIDE)
        return cast(Tensor, x.to(self.dtype).contiguous(memory_format=torch.channels_last))

    def end(self, x: Tensor, knobs: Tensor) -> Tensor:
        """The picture (n, 3, size, size) float32 of what leaves the last block."""
        picture = self.rgb(self.last(x, knobs)).float()
        return squashed(picture, "tanh", knobs[1], knobs[2])

    def forward(self, ws: Tensor, noise: Noise = "const", tap: Tap | None = None) -> Tensor:
        maps = [cast(Tensor, knobs) for knobs in self.noise_maps(noise, len(ws))]
        x = self.begin(ws[:, 0], maps[0])
        for i, (block, knobs) in enumerate(zip(self.blocks, maps, strict=True)):
            x = block(x, heard(ws[:, i + 1], knobs, self.shape.z_dim), knobs)
            x = tap(x, i) if tap is not None else x
        return self.end(x, maps[-1])


class BigganSegment(LayeredSegment):
    """The blocks ``first`` to ``end`` (exclusive) of a synthesis: block k hears row k + 1, the first map row 0."""

    def __init__(self, synthesis: BigganSynthesis, first: int, end: int) -> None:
        super().__init__()
        self.first, self.layers, self.rows = first, end - first, end - first + 1
        self.begins, self.ends = first == 0, end == len(synthesis.blocks)
        self.z_dim = synthesis.shape.z_dim
        self.synthesis = synthesis if self.begins or self.ends else None
        self.blocks = nn.ModuleList(list(synthesis.blocks)[first:end])

    def forward(
        self, x: Tensor | None, picture: Tensor | None, rows: Tensor, *noise: Tensor | None, tap: Tap | None = None
    ) -> tuple[Tensor, Tensor | None]:
        if self.begins and self.synthesis is not None:
            x = self.synthesis.begin(rows[:, 0], cast(Tensor, noise[0]))
        if x is None:
            raise ValueError("a later segment needs what the one before gave")
        for i, block in enumerate(self.blocks):
            knobs = cast(Tensor, noise[i])
            x = block(x, heard(rows[:, i + 1], knobs, self.z_dim), knobs)
            x = tap(x, self.first + i) if tap is not None else x
        if not self.ends or self.synthesis is None:
            return x, None
        return x, self.synthesis.end(cast(Tensor, x), cast(Tensor, noise[-1]))


def cut(synthesis: BigganSynthesis) -> Sequence[BigganSegment]:
    """The segments of a synthesis: the blocks up to 16 px are one, then those of each resolution."""
    sides = synthesis.shape.sides
    ends = [i + 1 for i in range(len(sides)) if i + 1 == len(sides) or sides[i + 1] > max(sides[i], _FIRST_UP_TO)]
    return [BigganSegment(synthesis, first, end) for first, end in zip([0, *ends], ends, strict=False)]


class BigganNet(nn.Module):
    """Embeddings of the classes and the synthesis, with the tensor names of a file."""

    def __init__(self, shape: BigganShape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = nn.Parameter(torch.randn(shape.classes, shape.embed_dim))
        self.synthesis = BigganSynthesis(shape)

    def embed(self, z: Tensor, c: Tensor | None) -> Tensor:
        """z (n, z_dim), class weights c (n, classes) of any sign and sum → latents (n, width)."""
        if c is None:
            raise ValueError("a network with classes needs their weights")
        return torch.cat((z, c @ self.embeddings), 1)

    def parts(self) -> dict[str, Tensor]:
        """Every tensor of a file, by its name there."""
        return {"embeddings": self.embeddings, **self.synthesis.state_dict(keep_vars=True)}
