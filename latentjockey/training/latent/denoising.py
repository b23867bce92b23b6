"""One step of the transformer: taking noise out of latents, then doing it in fewer steps; and how it draws. One thread.

It predicts v, and without a class in every tenth case, so that it can be led (Ho and Salimans 2022). Fewer steps are
learned by halves (Salimans and Ho 2022): one step is to arrive where its teacher arrives in two, and the first teacher
is led. No step draws noise anew, so a picture stays a continuous function of its noise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.latent.networks import TIMES, Noise, trailing
from latentjockey.training.latent.phases import FIRST_STEPS
from latentjockey.training.schedule import seed_of
from latentjockey.training.step import Losses, Now

_NOISE = 14
_NONE = 0.1
_LEAST = 1e-4


def take(learner: LatentLearner, latents: Tensor, labels: Tensor, now: Now, steps: int) -> Losses:
    """Learn from latents (n, C, h, w) with classes int64 (n,): to take noise out, or, where ``steps`` are given, to do
    in so many what the teacher does in twice as many. Returns what was measured. Raises LostError."""
    dice = torch.Generator().manual_seed(seed_of(learner.plan.seed, now.step, learner.group.rank, _NOISE))
    device, n = learner.precise.device, len(latents)
    x, labels = latents.to(device).float(), labels.to(device)
    noise = torch.randn(x.shape, generator=dice).to(device)
    if steps:
        index = torch.randint(steps, (n,), generator=dice)
        times = trailing(steps)[index].to(device)
        wanted = _taught(learner, _mixed(learner.noise, x, noise, times), times, labels, steps, index)
        heard, classes = _mixed(learner.noise, x, noise, times), labels
    else:
        times = torch.randint(TIMES, (n,), generator=dice).to(device)
        signal, loud = learner.noise.at(times)
        wanted, heard = signal * noise - loud * x, _mixed(learner.noise, x, noise, times)
        none = (torch.rand(n, generator=dice) < _NONE).to(device)
        classes = torch.where(none, learner.classes, labels)
    learner.denoiser_adam.zero_grad(set_to_none=True)
    with learner.precise():
        predicted = v(learner.denoiser, heard, times, classes)
    miss = (predicted - wanted).square().mean()
    torch.autograd.backward([miss])
    learner.apply(learner.denoiser_adam, learner.its, now.rate)
    learner.average(now.keep, True)
    return {"fewer steps" if steps else "noise": miss.detach()}


def v(net: Any, heard: Tensor, times: Tensor, classes: Tensor) -> Tensor:
    """What ``net`` predicts of noisy latents (n, C, h, w) at ``times`` (n,), of ``classes`` (n,), in float32."""
    made: Tensor = net(heard, timestep=times, class_labels=classes, return_dict=False)[0]
    return made.float()


def led(net: Any, heard: Tensor, times: Tensor, classes: Tensor, guidance: float) -> Tensor:
    """The same, led beyond its classes by ``guidance`` where that is not 1."""
    if guidance == 1.0:
        return v(net, heard, times, classes)
    none = torch.full_like(classes, int(net.config.num_embeds_ada_norm))
    both = v(net, heard.repeat(2, 1, 1, 1), times.repeat(2), torch.cat([classes, none]))
    with_, without = both.chunk(2)
    return without + guidance * (with_ - without)


def stepped(noise: Noise, x: Tensor, predicted: Tensor, times: Tensor, after: Tensor) -> Tensor:
    """Noisy latents at ``times`` one step of DDIM later, at ``after``, given v there."""
    (signal, loud), (signal_after, loud_after) = noise.at(times), noise.at(after)
    guess, found = signal * x - loud * predicted, loud * x + signal * predicted
    return signal_after * guess + loud_after * found


@torch.no_grad()
def drawn(net: Any, noise: Noise, x: Tensor, classes: Tensor, steps: int, guidance: float) -> Tensor:
    """Latents (n, C, h, w) of unit noise ``x`` and ``classes`` (n,), in so many steps."""
    times = torch.cat([trailing(steps), torch.tensor([-1])]).to(x.device)
    for here, after in pairwise(times):
        now = here.expand(len(x))
        x = stepped(noise, x, led(net, x, now, classes, guidance), now, after.expand(len(x)))
    return x


@torch.no_grad()
def _taught(learner: LatentLearner, x: Tensor, times: Tensor, labels: Tensor, steps: int, index: Tensor) -> Tensor:
    """The v with which one step of ``steps`` arrives where the teacher arrives in two, from x at step ``index``."""
    plan, noise = learner.plan, learner.noise
    finer = torch.cat([trailing(2 * steps), torch.tensor([-1])])
    between, after = (finer[2 * index + k].to(x.device) for k in (1, 2))
    guidance = plan.guidance if 2 * steps == FIRST_STEPS else 1.0
    there = x
    with learner.precise():
        for start, end in ((times, between), (between, after)):
            there = stepped(noise, there, led(learner.teacher, there, start, labels, guidance), start, end)
    (signal, loud), (signal_after, loud_after) = noise.at(times), noise.at(after)
    ratio = loud_after / loud
    guess = (there - ratio * x) / (signal_after - ratio * signal).clamp_min(_LEAST)
    found = (x - signal * guess) / loud
    return signal * found - loud * guess


def _mixed(noise: Noise, x: Tensor, with_: Tensor, times: Tensor) -> Tensor:
    signal, loud = noise.at(times)
    return signal * x + loud * with_
