"""From noise to a picture, step by step, always the same way: no step draws noise that is not held. Tensor operations.

With x = picture + σ·noise, a step guesses the picture, keeps a part of the noise that it finds, and adds held noise for
the rest: none of it is DDIM and Euler, as much as the variances say is the ancestral step, and all of it is the step of
consistency models. As all is a continuous function of the noise at first, a slow drift of it is a slow drift of the
picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from latentjockey.generators.diffusion.schedule import Schedule, Schedules, Step

Denoise = Callable[[Tensor, float], Tensor]
"""(what the network hears (1, C, H, W), timestep) → what it predicts (1, C, H, W), in float32."""
Held = Callable[[int], Tensor]
"""The number of a step → the noise (1, C, H, W) that is added after it, always the same."""
_LEAST = 1e-8


@dataclass(slots=True)
class Run:
    """A picture on its way: ``x`` (1, C, H, W) before step ``index`` of ``schedule``."""

    x: Tensor
    schedule: Schedule
    index: int = 0

    @property
    def step(self) -> Step:
        """The step that is to be made."""
        return self.schedule.steps[self.index]

    @property
    def over(self) -> bool:
        return self.index >= len(self.schedule.steps)

    def heard(self, schedules: Schedules) -> Tensor:
        """What the network hears of it for the step that is to be made."""
        sigma = self.step.sigma
        return self.x / (math.hypot(sigma, schedules.data) if schedules.consistent else math.hypot(1.0, sigma))

    def made(self, predicted: Tensor, schedules: Schedules, held: Held, *, eta: float, jumps: bool) -> Run:
        """The same after the step, for which the network ``predicted`` this."""
        step = self.step
        guess, found = guessed(self.x, predicted, step, schedules)
        fresh, kept = shares(step.sigma, step.after, eta, jumps)
        x = guess
        if kept:
            x = x + kept * found
        if fresh:
            x = x + fresh * held(self.schedule.skipped + self.index)
        return Run(x, self.schedule, self.index + 1)

    def picture(self, schedules: Schedules) -> Tensor:
        """The picture, or latent, when all steps are made."""
        last = self.schedule.steps[-1].after if self.schedule.steps else 0.0
        whole = schedules.consistent or not schedules.keeps_noise
        return self.x if whole else self.x / math.hypot(1.0, last)


def sampled(
    run: Run,
    schedules: Schedules,
    denoise: Callable[[int], Denoise],
    held: Held,
    *,
    eta: float,
    jumps: bool,
) -> Tensor:
    """The picture, or latent, that ``run`` becomes. ``denoise`` is asked for the network of each step right before it,
    ``held`` for the noise that stays the same. ``eta`` is the part that is drawn anew, with ``jumps`` of all the
    noise."""
    while not run.over:
        predicted = denoise(run.index)(run.heard(schedules), run.step.timestep)
        run = run.made(predicted, schedules, held, eta=eta, jumps=jumps)
    return run.picture(schedules)


def fresh_run(noise: Tensor, schedule: Schedule) -> Run:
    """A picture that begins with unit ``noise``."""
    return Run(noise * schedule.gain, schedule)


def shares(sigma: float, after: float, eta: float, jumps: bool) -> tuple[float, float]:
    """How much held noise is added, and how much of the found noise is kept, so that ``after`` is left."""
    usual = 1.0 if jumps else math.sqrt(max(0.0, 1.0 - (after / max(sigma, _LEAST)) ** 2))
    fresh = eta * usual * after
    return fresh, math.sqrt(max(0.0, after * after - fresh * fresh))


def guessed(x: Tensor, predicted: Tensor, step: Step, schedules: Schedules) -> tuple[Tensor, Tensor]:
    """The picture that a prediction means, and the unit noise that is in ``x`` then."""
    sigma = max(step.sigma, _LEAST)
    if schedules.consistent:
        guess = (step.out * predicted + step.skip * x).clamp(-schedules.clip, schedules.clip)
        return guess, (x - guess) / sigma
    root = math.hypot(1.0, sigma)
    if schedules.prediction == "epsilon":
        guess = x - sigma * predicted
    elif schedules.prediction == "v_prediction":
        guess = x / (root * root) - sigma / root * predicted
    else:
        guess = predicted
    found = (x - guess) / sigma
    clipped = guess.clamp(-schedules.clip, schedules.clip)
    if not schedules.keeps_noise:
        found = (x - clipped) / sigma
    elif step.part < 1.0:  # what is clipped would be missing however small the step is
        found = found + (1.0 - step.part) * (guess - clipped) / sigma
    return (step.out * clipped + step.skip * (x / root) if step.skip else clipped), found
