"""All that learns at one size: networks, their averages, optimisers and priors, as tensors that a state holds. One
thread. What a step does with them stands in :mod:`latentjockey.training.step`."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from latentjockey.base.clock import busy_seconds
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.training import augment, checkpoint, schedule
from latentjockey.training.config import Plan
from latentjockey.training.distributed import Group
from latentjockey.training.networks import Critic, Encoder, grow
from latentjockey.training.prior_fit import Running

_Net = TypeVar("_Net", bound=nn.Module)

_HEARING = ("mapping.c_in.weight", "mapping.c_past.weight")
_CLIP = 1.0
_WORTH_IT = 0.9
_PRIOR_EVERY = 64
_TROUBLES = 50


class LostError(Exception):
    """Training no longer leads anywhere: too many steps in a row gave no finite gradient."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Where and how numbers are multiplied; weights are float32 always. ``compiled`` has the generator and the encoder
    compiled, which takes minutes at each size."""

    device: torch.device
    half: bool
    compiled: bool = False

    def __call__(self) -> contextlib.AbstractContextManager[Any]:
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


def precision(device: torch.device) -> Precision:
    """bfloat16 where the machine multiplies it faster, float32 elsewhere.

    Processors that list bfloat16 do not all gain by it: training took 1.3 times as long in it on one of them. So a
    convolution is timed in both, by the processors' time and not the clock's, which counts what others do as well.
    """
    if device.type == "cuda":
        return Precision(device, torch.cuda.is_bf16_supported())
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    if device.type != "cpu" or known is None or not known():
        return Precision(device, False)
    return Precision(device, _convolving(torch.bfloat16) < _WORTH_IT * _convolving(torch.float32))


def _convolving(dtype: torch.dtype) -> float:
    """Seconds of the processors for a usual layer's way there and back, the least of a few."""
    x = torch.randn(8, 64, 32, 32, dtype=dtype).to(memory_format=torch.channels_last).requires_grad_()
    weight = torch.randn(64, 64, 3, 3, dtype=dtype).to(memory_format=torch.channels_last).requires_grad_()
    took = []
    for _ in range(5):
        start = busy_seconds()
        torch.autograd.backward(functional.conv2d(x, weight, padding=1).square().mean())
        took.append(busy_seconds() - start)
    return min(took)


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


class Climber:
    """Goes along gradients, those of all processes of ``group`` together; ``troubles`` counts those in a row that led
    nowhere."""

    group: Group
    troubles: int = 0

    def apply(self, adam: torch.optim.Optimizer, parameters: list[nn.Parameter], rate: float) -> bool:
        """Average the gradients of all processes and go along them. One that is not finite is left out: returns
        whether there was a step.

        Raises LostError after too many of those in a row.
        """
        self.group.average_gradients(parameters)
        norm = nn.utils.clip_grad_norm_(parameters, _CLIP, foreach=True)
        if not bool(torch.isfinite(norm)):
            self.troubles += 1
            if self.troubles >= _TROUBLES:
                raise LostError
            return False
        self.troubles = 0
        for group in adam.param_groups:
            group["lr"] = rate
        adam.step()
        return True


class Learner(Climber):
    """The networks at one size. ``classes`` is how many there are, 1 at least."""

    def __init__(self, plan: Plan, size: int, classes: int, precise: Precision, group: Group, images: int = 0) -> None:
        self.plan, self.size, self.classes, self.precise, self.group = plan, size, classes, precise, group
        self.change = augment.chosen(plan.augment, images)
        torch.manual_seed(schedule.seed_of(plan.seed, size))
        self.generator = self._place(StyleNet(shape(plan, size, classes)))
        self.encoder = self._place(Encoder(size, classes, plan.z_dim, plan.width))
        self.critic = self._place(Critic(size, classes, plan.width))
        # the critic's slope is differentiated again, which compiled code cannot
        self.generate = torch.compile(self.generator) if precise.compiled else self.generator
        self.encode = torch.compile(self.encoder) if precise.compiled else self.encoder
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.averaged_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.running = Running(classes, plan.z_dim)
        self.prior = ClassPrior(classes, plan.z_dim)
        self.balance, self.troubles, self._still = 0.0, 0, False
        self.ours = [*self.generator.parameters(), *self.encoder.parameters()]
        self.theirs = list(self.critic.parameters())
        fused = precise.device.type in ("cpu", "cuda")
        self.adam = torch.optim.Adam(self.ours, plan.rate, (0.9, 0.99), fused=fused)
        self.critic_adam = torch.optim.Adam(self.theirs, plan.rate, (0.0, 0.99), fused=fused)

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

    # -- what steps do to them ------------------------------------------------------------------------------------

    def hold(self, still: bool) -> None:
        """Hold the generator still, all but how it hears its classes, or let it learn."""
        if still != self._still:
            self._still = still
            for name, parameter in self.generator.named_parameters():
                parameter.requires_grad_(not still or name in _HEARING)

    def see(self, mean: Tensor, c: Tensor, step: int) -> None:
        """Take note of where the encoder puts pictures (n, z_dim) of classes (n, K)."""
        seen = self.running.see(mean, c)
        self.group.average(*seen)
        self.running.add(seen)
        if step % _PRIOR_EVERY == 0:
            self.prior = self.running.prior()

    @torch.no_grad()
    def average(self, keep: float) -> None:
        """Let the averaged networks follow, keeping so much of what they were."""
        for averaged, now in ((self.averaged, self.generator), (self.averaged_encoder, self.encoder)):
            torch._foreach_lerp_(list(averaged.parameters()), list(now.parameters()), 1.0 - keep)
