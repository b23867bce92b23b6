"""Where the pictures of each class lie among the latents of a network that was trained by encoding. A pure module.

A player's place u is standard normal; the network's z is not. Each class has a mean and a root of its covariance, and
the class weights sum both: ``z = sum_k c_k (mean_k + root_k u)``. One class of weight one gives that class's Gaussian;
weights of any sign and sum go on linearly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from latentjockey.generators.style.config import StyleConfig


class ClassPrior(nn.Module):
    """``classes`` Gaussians in ``z_dim`` dimensions, one where there are no classes. At first all standard normal."""

    mean: Tensor
    root: Tensor

    def __init__(self, classes: int, z_dim: int, *, stored: bool = True) -> None:
        super().__init__()
        rows = max(classes, 1)
        self.register_buffer("mean", torch.zeros(rows, z_dim), persistent=stored)
        root = torch.zeros(rows, z_dim, z_dim)
        if not root.is_meta:  # as in layers.drawn
            root.diagonal(dim1=1, dim2=2).fill_(1.0)
        self.register_buffer("root", root, persistent=stored)

    def forward(self, u: Tensor, c: Tensor | None = None) -> Tensor:
        """u (n, z_dim), class weights c (n, classes) → z (n, z_dim)."""
        if c is None or not c.shape[1]:
            c = u.new_ones(len(u), 1)
        spread = torch.einsum("nj,kij->nki", u, self.root)
        return torch.einsum("nk,nki->ni", c, self.mean + spread)

    def fit(self, k: int, z: Tensor, noise: Tensor | None = None) -> None:
        """Let class ``k`` be the Gaussian of z (n, z_dim), with the mean variance ``noise`` (z_dim,) of each added.

        The root is the symmetric one, which turns u least: a direction of u stays about the same direction of z.
        """
        z = z.double()
        covariance = torch.cov(z.t()) if len(z) > 1 else torch.zeros(z.shape[1], z.shape[1], dtype=torch.float64)
        if noise is not None:
            covariance = covariance + torch.diag(noise.double())
        self.set(k, z.mean(0), covariance)

    def set(self, k: int, mean: Tensor, covariance: Tensor) -> None:
        """Let class ``k`` have this mean (z_dim,) and covariance (z_dim, z_dim)."""
        values, vectors = torch.linalg.eigh(covariance.double().cpu())
        root = (vectors * values.clamp_min(0.0).sqrt()) @ vectors.t()
        self.mean[k] = mean.to(self.mean)
        self.root[k] = root.to(self.root)


class StandardPrior(ClassPrior):
    """Of networks that learned from standard normal z: a place is z already, whatever the classes. Nothing to store."""

    def __init__(self, z_dim: int) -> None:
        super().__init__(0, z_dim, stored=False)

    def forward(self, u: Tensor, c: Tensor | None = None) -> Tensor:
        """u (n, z_dim), as it is."""
        return u


def prior_of(config: StyleConfig) -> ClassPrior:
    """An untaught prior for the network of ``config``."""
    return StandardPrior(config.z_dim) if config.deep else ClassPrior(config.classes, config.z_dim)
