"""The mapping of published style networks, StyleGAN2 to 3: z and classes to w through layers. A pure module.

Karras et al. ("A Style-Based Generator Architecture for Generative Adversarial Networks", 2019; conditional as in
"Training Generative Adversarial Networks with Limited Data", 2020): z and the embedding of the classes are each brought
to unit second moment, laid side by side, and go through leaky rectified layers. The gains of learning rates and of
equalised weights are part of the weights here.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.style.config import StyleConfig

_SLOPE, _GAIN, _EPSILON = 0.2, math.sqrt(2.0), 1e-8


def unit(x: Tensor) -> Tensor:
    """x (n, d), each row of mean square 1, rows of zeros left as they are."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + _EPSILON)


class DeepMapping(nn.Module):
    """z (n, z_dim) and class weights c (n, classes) → w (n, w_dim), whose average over all z is ``w_avg`` (w_dim,).

    The embedding of the classes is linear in their weights before it is normalised. A sum of several weights, negative
    ones too, so gives the direction that the network itself would give; its length, which normalising would take away,
    is the sum of the sizes of all weights. Any one class, and any mixture whose weights are positive and add up to 1,
    is exactly what the network learned with; a class at 4 or at −2 goes on along its own line, and no weight at all is
    no class. Without an embedding there are no classes.
    """

    w_avg: Tensor

    def __init__(self, z_dim: int, w_dim: int, classes: int, layers: int, width: int, embed_width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(classes, embed_width) if classes else None
        inputs = z_dim + (embed_width if classes else 0)
        widths = [inputs, *[width] * (layers - 1), w_dim]
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        x = unit(z.float())
        if self.embed is not None:
            if c is None:
                raise ValueError("a network with classes needs their weights")
            x = torch.cat((x, unit(self.embed(c)) * c.abs().sum(1, keepdim=True)), 1)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), _SLOPE) * _GAIN
        return x


def deep_mapping(config: StyleConfig) -> DeepMapping:
    """The one that ``config`` asks for."""
    c = config
    return DeepMapping(c.z_dim, c.w_dim, c.classes, c.mapping_layers, c.mapping_width, c.embed_width)
