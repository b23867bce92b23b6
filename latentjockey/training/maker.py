"""A style model as a source of many pictures at once, as they play at the default controls. One thread, on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.style import finish
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.training.gallery import Gallery, Pixels

_AT_ONCE = 16


class Makes(Protocol):
    """Whatever an evaluation can judge: pictures of places, w (n, w_dim), that come of u (n, z_dim) and class weights.
    ``classes`` is how many there are, 1 at least; ``hears_classes`` whether they change anything."""

    @property
    def classes(self) -> int: ...

    @property
    def hears_classes(self) -> bool: ...

    def w(self, u: Tensor, c: Tensor) -> Tensor: ...

    def of_w(self, w: Tensor, told: Callable[[int, int], None] = ...) -> Pixels: ...

    def between(self, ends: Tensor, share: Tensor) -> Tensor: ...

    def make(self, u: Tensor, c: Tensor) -> Pixels: ...

    def samples(self, n: int, seed: int, told: Callable[[int, int], None] = ...) -> Gallery: ...

    def places(self, n: int, seed: int) -> Tensor: ...

    def weights(self, labels: Tensor | NDArray[np.int64]) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Maker:
    """Pictures of a network and its prior. A model without classes has one class here, which it does not hear."""

    net: StyleNet
    prior: ClassPrior

    @property
    def classes(self) -> int:
        return max(1, self.net.config.classes)

    @property
    def hears_classes(self) -> bool:
        return self.net.config.classes > 0

    @torch.no_grad()
    def w(self, u: Tensor, c: Tensor) -> Tensor:
        """Places u (n, z_dim) with class weights c (n, K) → w (n, w_dim)."""
        weights = c if self.net.config.classes else None
        return self.net.mapping(self.prior(u, weights), weights)  # type: ignore[no-any-return]

    @torch.no_grad()
    def of_w(self, w: Tensor, told: Callable[[int, int], None] = lambda done, of: None) -> Pixels:
        """w (n, w_dim) → pictures uint8 (n, 3, s, s)."""
        found = []
        for part in torch.split(w, _AT_ONCE):
            ws = part[:, None].expand(-1, self.net.config.num_ws, -1)
            made = self.net.synthesis(ws, "const").float()
            found += [finish.planes(finish.held(picture[None], 1.0, 0.0)).numpy() for picture in made]
            told(len(found), len(w))
        return np.stack(found)

    def between(self, ends: Tensor, share: Tensor) -> Tensor:
        """Places on the way from the first of ``ends`` (2, w_dim) to the second, at ``share`` (m, 1)."""
        return torch.lerp(ends[:1], ends[1:], share)

    def make(self, u: Tensor, c: Tensor) -> Pixels:
        """Places u (n, z_dim) with class weights c (n, K) → pictures uint8 (n, 3, s, s)."""
        return self.of_w(self.w(u, c))

    def samples(self, n: int, seed: int, told: Callable[[int, int], None] = lambda done, of: None) -> Gallery:
        """``n`` pictures at random places, classes in turns; none is chosen."""
        labels = torch.arange(n) % self.classes
        return Gallery(self.of_w(self.w(self.places(n, seed), self.weights(labels)), told), labels.numpy())

    def places(self, n: int, seed: int) -> Tensor:
        """Random places u (n, z_dim) of a player."""
        return torch.randn(n, self.net.config.z_dim, generator=torch.Generator().manual_seed(seed))

    def weights(self, labels: Tensor | NDArray[np.int64]) -> Tensor:
        """Class weights (n, K) of one class each."""
        return F.one_hot(torch.as_tensor(labels), self.classes).float()
