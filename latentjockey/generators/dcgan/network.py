"""A DCGAN-like network of any shape, and how each of its layers hears a latent of its own. Pure modules.

Such a network hears its latent once, at the first layer. So that coarse, middle and fine can be played apart, a layer
whose latent differs from the first one's takes over the loudness of each channel, mean and deviation, from the same
layer of the network at that latent: adaptive instance normalisation (Huang and Belongie, "Arbitrary Style Transfer in
Real-time with Adaptive Instance Normalization", 2017), with the network itself as the source of style. Equal latents
give exactly the network's own picture, by a single pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.style.layers import drawn
from latentjockey.models.dcgan_shape import CONCATENATED, LINEAR, MULTIPLIED, TRANSPOSED, DcganShape, Stage

Tap = Callable[[Tensor, int], Tensor]
"""Called with the activations (n, C, H, W) of a layer and its index; gives those to go on with."""

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "none": lambda x: x,
}
_LEAST = 1e-5
_SMALL = 4


@dataclass(frozen=True, slots=True)
class Paths:
    """``rows`` (paths, width) float32: the latents that are heard, the first layer's first; ``heard`` is for each stage
    which of them it hears."""

    rows: Tensor
    heard: tuple[int, ...]

    def to(self, device: torch.device) -> Paths:
        """The same on ``device``."""
        return Paths(self.rows.to(device), self.heard)


def paths_of(ws: Tensor) -> Paths:
    """The different rows of ws (stages, width)."""
    rows: list[Tensor] = []
    heard = []
    for row in ws:
        same = next((i for i, known in enumerate(rows) if torch.equal(known, row)), len(rows))
        if same == len(rows):
            rows.append(row)
        heard.append(same)
    return Paths(torch.stack(rows), tuple(heard))


class StageLayer(nn.Module):
    """One stage of a network."""

    scale: Tensor | None
    shift: Tensor | None
    phases: Tensor | None

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.weight = nn.Parameter(drawn(*stage.weight_shape, std=0.02))
        self.bias = nn.Parameter(torch.zeros(stage.weight_shape[0] if stage.op == LINEAR else stage.outputs))
        self.register_buffer("scale", torch.ones(stage.outputs) if stage.after else None)
        self.register_buffer("shift", torch.zeros(stage.outputs) if stage.after else None)
        self.register_buffer("phases", None, persistent=False)

    def prepare(self, side: int) -> None:
        """Lay the weight out as it is fastest for maps of this side; it must not change any more."""
        if side <= _SMALL and _halves(self.stage):
            self.phases = phases_of(self.weight.detach())

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs), or (n, inputs, H, W), → (n, outputs, H', W'), before the activation."""
        stage = self.stage
        if stage.op == LINEAR:
            return F.linear(x.flatten(1), self.weight, self.bias).view(-1, stage.outputs, stage.side, stage.side)
        x = x if x.dim() == 4 else x[:, :, None, None]
        if self.phases is not None:
            return doubled(x, self.phases) + self.bias[:, None, None]
        if stage.op == TRANSPOSED:
            return F.conv_transpose2d(x, self.weight, self.bias, stage.stride, stage.padding, stage.extra)
        if stage.grow > 1:
            x = F.interpolate(x, scale_factor=float(stage.grow), mode="nearest")
        return F.conv2d(x, self.weight, self.bias, stage.stride, stage.padding)

    def activated(self, x: Tensor) -> Tensor:
        """What leaves the stage: x after its activation, and scaled and shifted where the network does that."""
        stage = self.stage
        x = F.leaky_relu(x, stage.slope) if stage.activation == "leaky" else _ACTIVATIONS[stage.activation](x)
        if self.scale is None or self.shift is None:
            return x
        return x * self.scale[:, None, None] + self.shift[:, None, None]


class DcganNet(nn.Module):
    """The network of ``shape``: places and class weights to what the first stage hears, and that to a picture."""

    def __init__(self, shape: DcganShape) -> None:
        super().__init__()
        self.shape = shape
        self.label = nn.Parameter(torch.randn(shape.classes, shape.z_dim)) if shape.label == MULTIPLIED else None
        self.stages = nn.ModuleList(StageLayer(stage) for stage in shape.stages)

    def prepare(self) -> None:
        """Get ready to be played, once all weights are there."""
        for layer, side in zip(self._layers(), (1, *self.shape.sides), strict=False):
            layer.prepare(side)

    def hear(self, z: Tensor, c: Tensor | None) -> Tensor:
        """z (n, z_dim), class weights c (n, classes) of any sign and sum → what the first stage hears (n, width)."""
        if self.shape.label and c is None:
            raise ValueError("a network with classes needs their weights")
        if self.shape.label == CONCATENATED and c is not None:
            return torch.cat((z, c), 1)
        return z * (c @ self.label) if self.label is not None and c is not None else z

    def forward(self, heard: Tensor) -> Tensor:
        """heard (n, width) → pictures (n, 3, H, W), linear: what squashes them comes after."""
        x = heard
        for layer in self._layers():
            x = layer.activated(layer(x))
        return x

    def play(self, paths: Paths, tap: Tap | None = None) -> Tensor:
        """The picture (1, 3, H, W) of stages that may hear different latents; ``tap`` sees what leaves each of them
        but the last."""
        x, order = _laid_out(paths)
        leaves_first = next((i for i, path in enumerate(paths.heard) if path), len(self.stages))
        last = len(self.stages) - 1
        for i, layer in enumerate(self._layers()):
            still = [path for path in order if path in paths.heard[i:]]
            x = layer(torch.cat([x[:1], *(x[1 + order.index(path)][None] for path in still)]) if order else x)
            order = still
            if i >= leaves_first:
                own = 1 + order.index(paths.heard[i])
                x = torch.cat((taking_over(x[:1], x[own : own + 1]), x[1:]))
            x = layer.activated(x)
            if tap is not None and i < last:
                x = torch.cat((tap(x[:1], i), x[1:])) if order else tap(x, i)
        return x[:1]

    def _layers(self) -> Sequence[StageLayer]:
        return [layer for layer in self.stages if isinstance(layer, StageLayer)]


def _laid_out(paths: Paths) -> tuple[Tensor, list[int]]:
    """What runs side by side: what is shown, then each path whose loudness it will take over; and which those are."""
    first = next((i for i, path in enumerate(paths.heard) if path), None)
    if first is None:
        return paths.rows[:1], []
    order = sorted(set(paths.heard[first:]))
    return torch.cat((paths.rows[:1], paths.rows[order])), order


def _halves(stage: Stage) -> bool:
    """Whether it is the usual doubling by a transposed convolution."""
    usual = (stage.kernel, stage.stride, stage.padding, stage.extra) == (4, 2, 1, 0)
    return stage.op == TRANSPOSED and usual


def phases_of(weight: Tensor) -> Tensor:
    """The weight (in, out, 4, 4) of a transposed convolution that doubles, as an ordinary one of (4 out, in, 2, 2):
    each of the four pixels that one becomes hears two by two pixels. For small maps of many channels it is faster."""
    taps = ((3, 1), (2, 0))
    parts = [weight[:, :, taps[row]][:, :, :, taps[column]].transpose(0, 1) for row in (0, 1) for column in (0, 1)]
    return torch.cat(parts).contiguous()


def doubled(x: Tensor, phases: Tensor) -> Tensor:
    """x (n, in, H, W) → (n, out, 2H, 2W), by the weights of :func:`phases_of`."""
    n, _, height, width = x.shape
    made = F.conv2d(x, phases, padding=1).view(n, 2, 2, -1, height + 1, width + 1)
    rows = [
        torch.stack([made[:, a, b, :, a : a + height, b : b + width] for b in (0, 1)], -1).flatten(-2) for a in (0, 1)
    ]
    return torch.stack(rows, -2).flatten(-3, -2)


def taking_over(x: Tensor, other: Tensor) -> Tensor:
    """x (1, C, H, W) with the mean and deviation that each channel has in ``other``, of the same shape."""
    deviation, mean = torch.std_mean(x.float(), (2, 3), correction=0, keepdim=True)
    theirs, middle = torch.std_mean(other.float(), (2, 3), correction=0, keepdim=True)
    taken = (x - mean) * (theirs / deviation.clamp_min(_LEAST)) + middle
    return taken.nan_to_num(0.0).to(x.dtype)
