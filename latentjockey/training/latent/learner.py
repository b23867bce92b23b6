"""All that learns of a latent diffusion: networks, their averages and optimisers, as tensors that a state holds. One
thread. What a step does with them stands in :mod:`.autoencoding` and :mod:`.denoising`."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from latentjockey.training import augment, checkpoint, schedule
from latentjockey.training.config import Plan
from latentjockey.training.distributed import Group
from latentjockey.training.latent.networks import Noise, autoencoder, denoiser
from latentjockey.training.learner import Climber, Precision
from latentjockey.training.networks import Critic

_WEIGHTS = 11


class LatentLearner(Climber):
    """The networks for pictures of ``classes`` classes, 1 at least; ``images`` is how many there are, 0 for endless."""

    def __init__(self, plan: Plan, classes: int, precise: Precision, group: Group, images: int) -> None:
        self.plan, self.classes, self.precise, self.group = plan, classes, precise, group
        self.change = augment.chosen(plan.augment, images)
        self.noise = Noise()
        self.balance, self.troubles = 1.0, 0
        self.spread = 1.0
        """What latents are divided by before noise meets them, so that they vary as much as it does."""
        torch.manual_seed(schedule.seed_of(plan.seed, _WEIGHTS))
        channels_last: Any = {"memory_format": torch.channels_last}
        self.autoencoder = autoencoder(plan).to(precise.device, **channels_last)
        self.critic = Critic(plan.size, classes, plan.width).to(precise.device, **channels_last)
        self.denoiser = denoiser(plan, classes).to(precise.device)
        self.averaged_autoencoder = copy.deepcopy(self.autoencoder).requires_grad_(False)
        self.averaged_denoiser = copy.deepcopy(self.denoiser).requires_grad_(False)
        self.teacher = copy.deepcopy(self.denoiser).requires_grad_(False)
        self.ours: list[nn.Parameter] = list(self.autoencoder.parameters())
        self.theirs: list[nn.Parameter] = list(self.critic.parameters())
        self.its: list[nn.Parameter] = list(self.denoiser.parameters())
        fused = precise.device.type in ("cpu", "cuda")
        self.adam = torch.optim.Adam(self.ours, plan.rate, (0.9, 0.99), fused=fused)
        self.critic_adam = torch.optim.Adam(self.theirs, plan.rate, (0.0, 0.99), fused=fused)
        self.denoiser_adam = torch.optim.Adam(self.its, plan.rate, (0.9, 0.99), fused=fused)

    def tensors(self) -> dict[str, Tensor]:
        """All that going on needs."""
        found: dict[str, Tensor] = {"spread": torch.tensor(self.spread, dtype=torch.float64)}
        for prefix, module in self._modules().items():
            found |= checkpoint.of_module(prefix, module)
        for prefix, adam in self._optimisers().items():
            found |= checkpoint.of_optimiser(prefix, adam, self._names())
        return found

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what :meth:`tensors` gave."""
        for prefix, module in self._modules().items():
            checkpoint.into_module(prefix, module, tensors)
        names = self._names()
        for prefix, adam in self._optimisers().items():
            mine = {parameter for group in adam.param_groups for parameter in group["params"]}
            checkpoint.into_optimiser(prefix, adam, {p: name for p, name in names.items() if p in mine}, tensors)
        self.spread = float(tensors.get("spread", torch.tensor(1.0)))

    def agree(self) -> None:
        """Let all processes begin with the first one's weights."""
        for module in self._modules().values():
            self.group.same(module)

    def begin_round(self) -> None:
        """From here on the transformer as it is on average is taught by a copy of itself."""
        average = self.averaged_denoiser.state_dict()
        self.teacher.load_state_dict(average)
        self.denoiser.load_state_dict(average)
        self.denoiser_adam.state.clear()

    @torch.no_grad()
    def average(self, keep: float, denoises: bool) -> None:
        """Let the averaged network follow, keeping so much of what it was."""
        pair = (self.averaged_autoencoder, self.autoencoder)
        averaged, now = (self.averaged_denoiser, self.denoiser) if denoises else pair
        torch._foreach_lerp_(list(averaged.parameters()), list(now.parameters()), 1.0 - keep)

    def _modules(self) -> dict[str, nn.Module]:
        return {
            "a": self.autoencoder,
            "d": self.critic,
            "t": self.denoiser,
            "a_ema": self.averaged_autoencoder,
            "t_ema": self.averaged_denoiser,
            "teacher": self.teacher,
        }

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"adam": self.adam, "critic_adam": self.critic_adam, "denoiser_adam": self.denoiser_adam}

    def _names(self) -> dict[nn.Parameter, str]:
        modules = {"a": self.autoencoder, "d": self.critic, "t": self.denoiser}
        return {p: f"{prefix}.{name}" for prefix, module in modules.items() for name, p in module.named_parameters()}
