"""What training minimises: reconstruction at several scales, information in the latents, and the critic's game. Pure.

Autoencoding start and adversarial finish, balanced at the pixels: the critic's gradient there is scaled to a share of
the reconstruction's, so that no weight needs tuning when either changes. The game is the relativistic pairing of
Jolicoeur-Martineau (2018) with the penalties on the critic's gradient at data and at fakes of Roth et al. (2017).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.training.networks import weigh

_SCALES = (1.0, 0.5, 0.5)
_EDGES = 0.7


def reconstruction(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference at full, half and quarter size, and that of neighbouring pixels' differences: a
    number per picture (n,)."""
    total = made.new_zeros(len(made))
    for index, weight in enumerate(_SCALES):
        if index:
            made, wanted = F.avg_pool2d(made, 2), F.avg_pool2d(wanted, 2)
        difference = made - wanted
        total = total + weight * difference.abs().mean((1, 2, 3))
        total = total + _EDGES * (difference[..., 1:] - difference[..., :-1]).abs().mean((1, 2, 3))
        total = total + _EDGES * (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean((1, 2, 3))
    return total


def information(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Divergence of the latents from a standard normal, in nats, a number per picture (n,)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(1)


def fooling(real: Tensor, fake: Tensor) -> Tensor:
    """What the generator minimises, of paired logits (n, P): the fake is to look more real than the real one. (n,)"""
    return weigh(F.softplus(real - fake))


def telling(real: Tensor, fake: Tensor) -> Tensor:
    """What the critic minimises, of paired logits (n, P): (n,)."""
    return weigh(F.softplus(fake - real))


def penalty(logits: Tensor, pictures: Tensor) -> Tensor:
    """The squared norm of the critic's gradient at ``pictures`` (which require it), a mean over them: a scalar that
    can be differentiated again."""
    patches = logits.shape[1] - 1
    summed = 0.5 * (logits[:, :-1].sum() / patches**0.5 + logits[:, -1].sum())
    (gradient,) = torch.autograd.grad(summed, pictures, create_graph=True)
    return gradient.float().square().sum((1, 2, 3)).mean()


def balance(reconstruction_gradient: Tensor, adversarial_gradient: Tensor, share: float) -> float:
    """By what to multiply the adversarial gradient at the pixels, so that it has ``share`` of the other's norm. At
    most 1e4; both (n, 3, H, W) of the same pictures."""
    ours, theirs = float(reconstruction_gradient.norm()), float(adversarial_gradient.norm())
    return min(1e4, share * ours / (theirs + 1e-12))
