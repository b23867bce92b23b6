"""One step of training: the networks of one stage, their optimisers and what a batch does to them. One thread.

Everything that chance decides in a step comes from the run's seed and the step's number, so a state on disk needs no
state of a random generator, and a step that is taken again is the same step.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.training import augment, checkpoint, objective, schedule
from latentjockey.training.config import Plan
from latentjockey.training.distributed import Group
from latentjockey.training.networks import Critic, Encoder, grow
from latentjockey.training.prior_fit import Running

_Net = TypeVar("_Net", bound=nn.Module)

_NOISE, _DICE = 2, 3
_CLIP = 1.0
_PRIOR_EVERY = 64
_BALANCE_KEEP = 0.95
_TROUBLES = 50


class Lost(Exception):
    """Training no longer leads anywhere: too many steps in a row gave no finite gradient."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Where and how numbers are multiplied; weights are float32 always."""

    device: torch.device
    half: bool

    def __call__(self) -> contextlib.AbstractContextManager[Any]:
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


def precision(device: torch.device) -> Precision:
    """bfloat16 where the machine multiplies it, float32 elsewhere."""
    if device.type == "cuda":
        return Precision(device, torch.cuda.is_bf16_supported())
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return Precision(device, device.type == "cpu" and bool(known and known()))


def shape(plan: Plan, size: int, classes: int) -> StyleConfig:
    """The generator of a stage."""
    return StyleConfig(
        size=size,
        z_dim=plan.z_dim,
        w_dim=plan.w_dim,
        classes=classes,
        channel_base=plan.channel_base,
        channel_max=plan.channel_max,
        noise=plan.noise,
    )


class Learner:
    """The networks at one size. ``classes`` is how many there are, 1 at least."""

    def __init__(self, plan: Plan, size: int, classes: int, precise: Precision, group: Group, images: int = 0) -> None:
        self.plan, self.size, self.classes, self.precise, self.group = plan, size, classes, precise, group
        self.change = augment.chosen(plan.augment, images)
        torch.manual_seed(schedule.seed_of(plan.seed, size))
        self.generator = self._place(StyleNet(shape(plan, size, classes)))
        self.encoder = self._place(Encoder(size, classes, plan.z_dim, plan.width))
        self.critic = self._place(Critic(size, classes, plan.width))
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.averaged_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.running = Running(classes, plan.z_dim)
        self.prior = ClassPrior(classes, plan.z_dim)
        self.balance, self.troubles = 1.0, 0
        self._ours = [*self.generator.parameters(), *self.encoder.parameters()]
        self._theirs = list(self.critic.parameters())
        fused = precise.device.type in ("cpu", "cuda")
        self.adam = torch.optim.Adam(self._ours, plan.rate, (0.9, 0.99), fused=fused)
        self.critic_adam = torch.optim.Adam(self._theirs, plan.rate, (0.0, 0.99), fused=fused)

    # -- states ---------------------------------------------------------------------------------------------------

    def grown(self, size: int) -> Learner:
        """A learner of a larger size that begins where this one is: its new blocks add nothing yet."""
        larger = Learner(self.plan, size, self.classes, self.precise, self.group)
        larger.change = self.change
        for mine, theirs in self._pairs(larger):
            grow(mine, theirs)
        for net in (larger.generator, larger.averaged):
            newest = net.synthesis.ordered()[-1]
            if newest.rgb is not None and size > self.size:
                nn.init.zeros_(newest.rgb.conv.weight)
        larger.running, larger.prior, larger.balance = self.running, self.prior, self.balance
        return larger

    def tensors(self) -> dict[str, Tensor]:
        """All that going on needs."""
        found: dict[str, Tensor] = {}
        for prefix, module in self._modules().items():
            found |= checkpoint.of_module(prefix, module)
        names = self._names()
        found |= checkpoint.of_optimiser("adam", self.adam, names)
        found |= checkpoint.of_optimiser("critic_adam", self.critic_adam, names)
        found |= checkpoint.of_module("prior", self.prior)
        return found | self.running.tensors()

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what :meth:`tensors` gave."""
        for prefix, module in self._modules().items():
            checkpoint.into_module(prefix, module, tensors)
        checkpoint.into_module("prior", self.prior, tensors)
        names = self._names()
        checkpoint.into_optimiser("adam", self.adam, names, tensors)
        checkpoint.into_optimiser("critic_adam", self.critic_adam, names, tensors)
        self.running.load(tensors)

    def agree(self) -> None:
        """Let all processes begin with the first one's weights."""
        for module in self._modules().values():
            self.group.same(module)

    def _modules(self) -> dict[str, nn.Module]:
        return {
            "g": self.generator,
            "e": self.encoder,
            "d": self.critic,
            "g_ema": self.averaged,
            "e_ema": self.averaged_encoder,
        }

    def _pairs(self, other: Learner) -> list[tuple[nn.Module, nn.Module]]:
        return list(zip(self._modules().values(), other._modules().values(), strict=True))

    def _names(self) -> dict[nn.Parameter, str]:
        modules = {"g": self.generator, "e": self.encoder, "d": self.critic}
        return {p: f"{prefix}.{name}" for prefix, module in modules.items() for name, p in module.named_parameters()}

    def _place(self, module: _Net) -> _Net:
        return module.to(self.precise.device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    # -- a step ---------------------------------------------------------------------------------------------------

    def step(
        self, pictures: Tensor, labels: Tensor, step: int, rate: float, adversarial: bool, keep: float
    ) -> dict[str, Tensor]:
        """Learn from pictures uint8 (n, 3, size, size) with classes int64 (n,). Returns what was measured, as scalars
        on the device. Raises Lost."""
        dice = torch.Generator().manual_seed(schedule.seed_of(self.plan.seed, step, self.group.rank, _DICE))
        torch.manual_seed(schedule.seed_of(self.plan.seed, step, self.group.rank, _NOISE))
        x, c = self._taken(pictures, labels, dice)
        losses = self._ours_step(x, c, step, rate, adversarial, dice)
        self._average(keep)
        return losses

    def _taken(self, pictures: Tensor, labels: Tensor, dice: torch.Generator) -> tuple[Tensor, Tensor]:
        device = self.precise.device
        x = pictures.to(device, non_blocking=True).float() / 127.5 - 1.0
        if self.plan.flip:
            x = augment.mirrored(x, dice)
        return x.contiguous(memory_format=torch.channels_last), F.one_hot(labels.to(device), self.classes).float()

    def _ours_step(
        self, x: Tensor, c: Tensor, step: int, rate: float, adversarial: bool, dice: torch.Generator
    ) -> dict[str, Tensor]:
        n = len(x)
        with self.precise():
            mean, log_variance = self.encoder(x, c)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        drawn = round(n * self.plan.samples) if adversarial else 0
        own_c = self._classes_of_samples(c[:drawn], dice)
        own_z = self.prior(torch.randn(drawn, z.shape[1]), own_c.cpu()).to(z) if drawn else z[:0]
        with self.precise():
            made = self.generator(torch.cat([z, own_z]), torch.cat([c, own_c]), "random" if adversarial else "none")
        made = made.float()
        y = made.detach().requires_grad_()
        rec = objective.reconstruction(y[:n], x).mean()
        (pull,) = torch.autograd.grad(rec, y)
        kl = objective.information(mean, log_variance).mean()
        losses = {"picture": rec.detach(), "latents": kl.detach()}
        self.adam.zero_grad(set_to_none=True)
        if adversarial:
            both_c, real, real_c = torch.cat([c, own_c]), torch.cat([x, x[:drawn]]), torch.cat([c, c[:drawn]])
            change = self._change(dice)
            self.critic.requires_grad_(False)
            with self.precise():
                fake_logits = self.critic(change(y), both_c)
                with torch.no_grad():
                    real_logits = self.critic(change(real), real_c)
            fooled = objective.fooling(real_logits, fake_logits).mean()
            (push,) = torch.autograd.grad(fooled, y)
            self.critic.requires_grad_(True)
            now = self.group.number(objective.balance(pull[:n], push[:n], self.plan.adversarial))
            self.balance = _BALANCE_KEEP * self.balance + (1.0 - _BALANCE_KEEP) * min(now, 1e4)
            pull = pull + self.balance * push
            losses["fooled"] = fooled.detach()
            if self.plan.recover and drawn:
                pull = pull + self._recovered(y, n, own_z, own_c, losses)
        torch.autograd.backward([made, kl], [pull, torch.full_like(kl, self.plan.kl)])
        self.group.average_gradients(self._ours)
        self._apply(self.adam, self._ours, rate)
        self._see(mean, c, step)
        if adversarial:
            losses |= self._theirs_step(real, real_c, y.detach(), both_c, step, rate, change)
        return losses

    def _recovered(self, y: Tensor, n: int, z: Tensor, c: Tensor, losses: dict[str, Tensor]) -> Tensor:
        """What finding the latents of samples again asks of the pixels; the encoder learns from it too."""
        samples = y.detach()[n:].requires_grad_()
        with self.precise():
            found, _ = self.encoder(samples, c)
        spread = (c @ self.prior.root.to(c).square().sum(2).sqrt()).clamp_min(0.1)
        miss = ((found - z) / spread).square().mean()
        (self.plan.recover * miss).backward()
        losses["recovered"] = miss.detach()
        assert samples.grad is not None
        return torch.cat([torch.zeros_like(y[:n]), samples.grad])

    def _theirs_step(
        self,
        real: Tensor,
        real_c: Tensor,
        fake: Tensor,
        fake_c: Tensor,
        step: int,
        rate: float,
        change: Callable[[Tensor], Tensor],
    ) -> dict[str, Tensor]:
        self.critic_adam.zero_grad(set_to_none=True)
        real, fake = change(real), change(fake)
        penal = step % self.plan.penalty_every == 0 and self.plan.gamma > 0
        with self.precise():
            r, f = self.critic(real, real_c), self.critic(fake, fake_c)
        told = objective.telling(r, f).mean()
        loss = told
        if penal:
            loss = loss + 0.5 * self.plan.gamma * self.plan.penalty_every * self._steepness(real, real_c, fake, fake_c)
        loss.backward()
        self.group.average_gradients(self._theirs)
        self._apply(self.critic_adam, self._theirs, rate)
        return {"told": told.detach()}

    def _steepness(self, real: Tensor, real_c: Tensor, fake: Tensor, fake_c: Tensor) -> Tensor:
        """The critic's squared gradient at a half of the data and of the fakes."""
        few = max(1, len(real) // 2)
        at = torch.cat([real[:few], fake[-few:]]).detach().requires_grad_()
        with self.precise():
            logits = self.critic(at, torch.cat([real_c[:few], fake_c[-few:]]))
        return 2.0 * objective.penalty(logits, at)  # the sum of both means

    def _classes_of_samples(self, c: Tensor, dice: torch.Generator) -> Tensor:
        """The classes of samples: those of the pictures they are compared with, a share of them mixed with another."""
        if not self.plan.mixed or not len(c):
            return c
        other = F.one_hot(torch.randint(self.classes, (len(c),), generator=dice), self.classes).to(c)
        part = torch.rand(len(c), 1, generator=dice) * (torch.rand(len(c), 1, generator=dice) < self.plan.mixed)
        return torch.lerp(c, other, part.to(c))

    def _change(self, dice: torch.Generator) -> Callable[[Tensor], Tensor]:
        """The same change for everything the critic sees in this step, as far as sizes allow."""
        state = dice.get_state()

        def change(x: Tensor) -> Tensor:
            again = torch.Generator()
            again.set_state(state)
            return augment.changed(x, self.change, again)

        return change

    def _apply(self, adam: torch.optim.Optimizer, parameters: list[nn.Parameter], rate: float) -> None:
        norm = nn.utils.clip_grad_norm_(parameters, _CLIP, foreach=True)
        if not bool(torch.isfinite(norm)):
            self.troubles += 1
            if self.troubles >= _TROUBLES:
                raise Lost
            return
        self.troubles = 0
        for group in adam.param_groups:
            group["lr"] = rate
        adam.step()

    def _see(self, mean: Tensor, c: Tensor, step: int) -> None:
        seen = self.running.see(mean, c)
        self.group.average(*seen)
        self.running.add(seen)
        if step % _PRIOR_EVERY == 0:
            self.prior = self.running.prior()

    @torch.no_grad()
    def _average(self, keep: float) -> None:
        for averaged, now in ((self.averaged, self.generator), (self.averaged_encoder, self.encoder)):
            torch._foreach_lerp_(list(averaged.parameters()), list(now.parameters()), 1.0 - keep)
