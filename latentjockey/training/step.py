"""One step of training: what a batch of pictures teaches. One thread.

Everything that chance decides in a step comes from the run's seed and the step's number, so a state on disk needs no
state of a random generator, and a step that is taken again is the same step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.training import augment, objective
from latentjockey.training.augment import Change
from latentjockey.training.config import Plan
from latentjockey.training.learner import Learner, Precision
from latentjockey.training.networks import Critic
from latentjockey.training.schedule import seed_of

_NOISE, _DICE = 2, 3
_BALANCE_KEEP = 0.95
_RECOVER_WHILE_STILL = 0.2

Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Now:
    """What the schedule says of one step: its number, learning rate, whether the critic takes part, how much the
    averages keep, and whether the generator is held still."""

    step: int
    rate: float
    adversarial: bool
    keep: float
    still: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures ``x`` (n, 3, s, s) about -1..1 with class weights ``c`` (n, K), and latents ``z`` (m, z_dim) of samples
    with class weights ``sample_c`` (m, K)."""

    x: Tensor
    c: Tensor
    z: Tensor
    sample_c: Tensor


def take(learner: Learner, pictures: Tensor, labels: Tensor, now: Now) -> Losses:
    """Learn from pictures uint8 (n, 3, size, size) with classes int64 (n,). Returns what was measured, as scalars on
    the device. Raises LostError."""
    seed, rank = learner.plan.seed, learner.group.rank
    dice = torch.Generator().manual_seed(seed_of(seed, now.step, rank, _DICE))
    torch.manual_seed(seed_of(seed, now.step, rank, _NOISE))
    learner.hold(now.still)
    batch = _batch(learner, pictures, labels, now.adversarial or now.still, dice)
    losses = _learn(learner, batch, now, dice)
    learner.average(now.keep)
    return losses


def _batch(learner: Learner, pictures: Tensor, labels: Tensor, sampled: bool, dice: torch.Generator) -> Batch:
    plan, device = learner.plan, learner.precise.device
    x = pictures.to(device, non_blocking=True).float() / 127.5 - 1.0
    if plan.flip:
        x = augment.mirrored(x, dice)
    c = F.one_hot(labels.to(device), learner.classes).float()
    count = round(len(x) * plan.samples) if sampled else 0
    sample_c = _classes_of_samples(learner, c[:count], dice)
    z = learner.prior(torch.randn(count, plan.z_dim), sample_c.cpu()).to(x) if count else x.new_zeros(0, plan.z_dim)
    return Batch(x.contiguous(memory_format=torch.channels_last), c, z, sample_c)


def _classes_of_samples(learner: Learner, c: Tensor, dice: torch.Generator) -> Tensor:
    """The classes of samples: those of the pictures they are compared with, a share of them mixed with another."""
    share = learner.plan.mixed
    if not share or not len(c):
        return c
    other = F.one_hot(torch.randint(learner.classes, (len(c),), generator=dice), learner.classes).to(c)
    part = torch.rand(len(c), 1, generator=dice) * (torch.rand(len(c), 1, generator=dice) < share)
    return torch.lerp(c, other, part.to(c))


def _learn(learner: Learner, batch: Batch, now: Now, dice: torch.Generator) -> Losses:
    n, plan = len(batch.x), learner.plan
    with learner.precise():
        mean, log_variance = learner.encode(batch.x, batch.c)
    z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
    with learner.precise():
        made = learner.generate(
            torch.cat([z, batch.z]), torch.cat([batch.c, batch.sample_c]), "random" if now.adversarial else "none"
        )
    made = made.float()
    y = made.detach().requires_grad_()
    difference = objective.reconstruction(y[:n], batch.x).mean()
    (pull,) = torch.autograd.grad(difference, y)
    information = objective.information(mean, log_variance).mean()
    losses = {"picture": difference.detach(), "latents": information.detach()}
    learner.adam.zero_grad(set_to_none=True)
    game = Game(learner, batch, y, dice) if now.adversarial else None
    if game is not None:
        push, losses["fooled"] = game.push()
        share = learner.group.number(objective.balance(pull[:n], push[:n], plan.adversarial))
        learner.balance = _BALANCE_KEEP * learner.balance + (1.0 - _BALANCE_KEEP) * share
        pull = pull + learner.balance * push
    recover = max(plan.recover, _RECOVER_WHILE_STILL) if now.still else plan.recover
    if recover and len(batch.z):
        pull = pull + _recovered(learner, y, batch, recover, losses)
    torch.autograd.backward([made, information], [pull, torch.full_like(information, plan.kl)])
    if learner.apply(learner.adam, learner.ours, now.rate):
        learner.see(mean, batch.c, now.step)
    return losses if game is None else losses | game.teach_critic(now)


def _recovered(learner: Learner, y: Tensor, batch: Batch, weight: float, losses: Losses) -> Tensor:
    """What finding the latents of samples again asks of the pixels; the encoder learns from it too."""
    n = len(batch.x)
    samples = y.detach()[n:].requires_grad_()
    with learner.precise():
        found, _ = learner.encode(samples, batch.sample_c)
    spread = (batch.sample_c @ learner.prior.root.to(y).square().sum(2).sqrt()).clamp_min(0.1)
    miss = ((found - batch.z) / spread).square().mean()
    torch.autograd.backward([weight * miss])
    losses["recovered"] = miss.detach()
    assert samples.grad is not None
    return torch.cat([torch.zeros_like(y[:n]), samples.grad])


class Judged(Protocol):
    """Who learns beside a critic: what of a learner :class:`Game` needs."""

    plan: Plan
    precise: Precision
    change: Change
    critic: Critic
    critic_adam: torch.optim.Adam
    theirs: list[nn.Parameter]

    def apply(self, adam: torch.optim.Optimizer, parameters: list[nn.Parameter], rate: float) -> bool: ...


class Game:
    """One look of the critic at data and fakes ``y``, from which both sides learn: the critic is asked once."""

    def __init__(self, learner: Judged, batch: Batch, y: Tensor, dice: torch.Generator) -> None:
        self._learner, self._y = learner, y
        self._c, self._both_c = batch.c, torch.cat([batch.c, batch.sample_c])
        self._real = augment.changed(batch.x, learner.change, dice)
        self._fake = augment.changed(y, learner.change, dice)
        with learner.precise():
            real = learner.critic(self._real, self._c)
            self._f = learner.critic(self._fake, self._both_c)
        self._r = torch.cat([real, real[: len(batch.z)]])

    def push(self) -> tuple[Tensor, Tensor]:
        """In what direction the fakes' pixels would fool the critic, (n + m, 3, s, s), and how far they are from it."""
        fooled = objective.fooling(self._r.detach(), self._f).mean()
        (push,) = torch.autograd.grad(fooled, self._y, retain_graph=True)
        return push, fooled.detach()

    def teach_critic(self, now: Now) -> Losses:
        """Let the critic learn to tell them apart."""
        learner, plan = self._learner, self._learner.plan
        learner.critic_adam.zero_grad(set_to_none=True)
        told = objective.telling(self._r, self._f).mean()
        loss = told
        if plan.gamma and now.step % plan.penalty_every == 0:
            loss = loss + 0.5 * plan.gamma * plan.penalty_every * self._steepness()
        torch.autograd.backward([loss], inputs=learner.theirs)
        learner.apply(learner.critic_adam, learner.theirs, now.rate)
        return {"told apart": told.detach()}

    def _steepness(self) -> Tensor:
        """The critic's squared gradient at a half of the data and of the fakes, samples among them."""
        few = max(1, len(self._real) // 2)
        at = torch.cat([self._real[:few], self._fake[-few:]]).detach().requires_grad_()
        with self._learner.precise():
            logits = self._learner.critic(at, torch.cat([self._c[:few], self._both_c[-few:]]))
        return 2.0 * objective.penalty(logits, at)  # the sum of both means
