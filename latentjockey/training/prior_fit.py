"""Where each class lies among the encoder's latents: kept roughly while training, exactly for a model that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from latentjockey.generators.style.prior import ClassPrior


class Running:
    """Each class's mean and second moments of the encoder's means, of the last pictures most."""

    def __init__(self, classes: int, z_dim: int, keep: float = 0.997) -> None:
        rows = max(1, classes)
        self.keep = keep
        self.weight = torch.zeros(rows, 1)
        self.total = torch.zeros(rows, z_dim)
        self.squares = torch.zeros(rows, z_dim, z_dim)

    def see(self, mean: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What a batch adds: means (n, z_dim) of pictures with class weights (n, rows). To be given to :meth:`add`."""
        mean, c = mean.detach().float().cpu(), c.float().cpu()
        return c.sum(0)[:, None], c.t() @ mean, torch.einsum("nk,ni,nj->kij", c, mean, mean)

    def add(self, seen: tuple[Tensor, Tensor, Tensor]) -> None:
        for kept, new in zip((self.weight, self.total, self.squares), seen, strict=True):
            kept.mul_(self.keep).add_(new)

    def prior(self) -> ClassPrior:
        """The Gaussians of now, on the CPU."""
        rows, z_dim = self.total.shape
        prior = ClassPrior(rows, z_dim)
        for k in range(rows):
            if float(self.weight[k]) > 0:
                mean = self.total[k] / self.weight[k]
                prior.set(k, mean, self.squares[k] / self.weight[k] - torch.outer(mean, mean))
        return prior

    def trust(self, prior: ClassPrior, pictures: float) -> None:
        """Begin as if so many pictures of each class had been seen, all as ``prior`` has them."""
        mean = prior.mean
        self.weight.fill_(pictures)
        self.total.copy_(pictures * mean)
        covariance = prior.root @ prior.root.transpose(1, 2)
        self.squares.copy_(pictures * (covariance + mean[:, :, None] * mean[:, None, :]))

    def tensors(self) -> dict[str, Tensor]:
        return {"running.weight": self.weight, "running.total": self.total, "running.squares": self.squares}

    def load(self, tensors: dict[str, Tensor]) -> None:
        for name, mine in self.tensors().items():
            if name in tensors and tensors[name].shape == mine.shape:
                mine.copy_(tensors[name])


def exact(
    classes: int, z_dim: int, batches: Iterable[tuple[Tensor, int]], means: Callable[[Tensor, int], Tensor]
) -> ClassPrior:
    """The Gaussian of the encoder's means of all pictures given: ``batches`` of (pictures of one class, class), and
    ``means`` giving the latents (n, z_dim) of them."""
    found: dict[int, list[Tensor]] = {}
    for pictures, k in batches:
        found.setdefault(k, []).append(means(pictures, k).detach().float().cpu())
    prior = ClassPrior(classes, z_dim)
    for k, latents in found.items():
        prior.fit(k, torch.cat(latents))
    return prior
