"""One step of an autoencoder: what a batch of pictures teaches it, and a critic beside it. One thread.

Its decoder gets latents that are a little off, as those that come out of noise in a few steps will be, and what comes
of them is to be the picture nevertheless. Each channel of the latents is kept near a mean of 0 and a spread of 1. What
chance decides comes from the run's seed and the step's number.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.training import augment, objective
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.schedule import seed_of
from latentjockey.training.step import Batch, Game, Losses, Now

OFF = 0.2
"""How far latents are off at most before the decoder, beside a spread of 1."""
_TIDY = 0.05
_NOISE, _DICE = 12, 13
_BALANCE_KEEP = 0.95


def take(learner: LatentLearner, pictures: Tensor, labels: Tensor, now: Now) -> Losses:
    """Learn from pictures uint8 (n, 3, size, size) with classes int64 (n,). Returns what was measured, as scalars on
    the device. Raises LostError."""
    plan, rank = learner.plan, learner.group.rank
    dice = torch.Generator().manual_seed(seed_of(plan.seed, now.step, rank, _DICE))
    torch.manual_seed(seed_of(plan.seed, now.step, rank, _NOISE))
    batch = _batch(learner, pictures, labels, dice)
    with learner.precise():
        z = learner.autoencoder.encoder(batch.x).float()
        off = OFF * torch.rand(len(z), 1, 1, 1, device=z.device) * torch.randn_like(z)
        made = learner.autoencoder.decoder(z + off)
    made = made.float()
    y = made.detach().requires_grad_()
    difference = objective.reconstruction(y, batch.x).mean()
    (pull,) = torch.autograd.grad(difference, y)
    untidy = tidiness(z)
    losses = {"picture": difference.detach(), "latents": untidy.detach()}
    learner.adam.zero_grad(set_to_none=True)
    game = Game(learner, batch, y, dice) if now.adversarial else None
    if game is not None:
        push, losses["fooled"] = game.push()
        share = learner.group.number(objective.balance(pull, push, plan.adversarial))
        learner.balance = _BALANCE_KEEP * learner.balance + (1.0 - _BALANCE_KEEP) * share
        pull = pull + learner.balance * push
    torch.autograd.backward([made, untidy], [pull, torch.full_like(untidy, _TIDY)])
    learner.apply(learner.adam, learner.ours, now.rate)
    learner.average(now.keep, False)
    return losses if game is None else losses | game.teach_critic(now)


def tidiness(z: Tensor) -> Tensor:
    """How far the channels of latents (n, C, h, w) are from a mean of 0 and a spread of 1; 0 where they are there."""
    mean, spread = z.mean((0, 2, 3)), z.std((0, 2, 3))
    return mean.square().mean() + (spread - 1.0).square().mean()


def _batch(learner: LatentLearner, pictures: Tensor, labels: Tensor, dice: torch.Generator) -> Batch:
    """The pictures, and no samples beside them."""
    device = learner.precise.device
    x = pictures.to(device, non_blocking=True).float() / 127.5 - 1.0
    if learner.plan.flip:
        x = augment.mirrored(x, dice)
    c = F.one_hot(labels.to(device), learner.classes).float()
    return Batch(x.contiguous(memory_format=torch.channels_last), c, x.new_zeros(0, 1), c[:0])
