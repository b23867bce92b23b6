"""What a player needs of a network of layers, whichever family it is of: one w for each layer, one map for some.

A map is what a layer is given besides its w: in style networks a map of noise, in StyleGAN3 the first layer's place in
the plane. Equal maps and equal rows of w give equal activations, which is all that keeping and compiling rest on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn

from latentjockey.generators.style.layers import Tap

Noise = Literal["const", "none", "random"] | Sequence[Tensor]
"""Each layer's own map, none, a new one, or one map for each layer that has one, from the first to the last."""


class LayeredSynthesis(nn.Module, ABC):
    """Layer latents ws (n, num_ws, w_dim) → pictures (n, 3, H, W) float32, about -1..1, linear: nothing clamps them."""

    num_ws: int
    w_dim: int

    @property
    def dtype(self) -> torch.dtype:
        """What the activations are counted in."""
        return next(self.parameters()).dtype

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def typed(self, dtype: torch.dtype) -> Self:
        """Itself, counting in ``dtype`` from now on."""
        return self.to(dtype)

    @abstractmethod
    def noise_maps(self, noise: Noise, n: int) -> list[Tensor | None]:
        """One map for each layer but the last, ``None`` for those that have none, as ``noise`` asks."""

    @abstractmethod
    def forward(self, ws: Tensor, noise: Noise = "const", tap: Tap | None = None) -> Tensor: ...


class LayeredSegment(nn.Module, ABC):
    """Some layers of a synthesis in a row, as a function of tensors alone: they hear ``rows`` of w from the one with
    index ``first`` on, and the maps of ``layers`` of them. A segment's last row may be the next one's first."""

    first: int
    rows: int
    layers: int

    @abstractmethod
    def forward(
        self, x: Tensor | None, picture: Tensor | None, rows: Tensor, *noise: Tensor | None, tap: Tap | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The first segment has neither ``x`` nor ``picture`` yet; the last one gives a picture."""
