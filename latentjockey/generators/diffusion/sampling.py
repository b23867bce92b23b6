"""From noise to a picture, step by step, always the same way: no step draws noise that is not held. Tensor operations.

With x = picture + σ·noise, a step guesses the picture, keeps a part of the noise that it finds, and adds held noise for
the rest: none of it is DDIM and Euler, as much as the variances say is the ancestral step, and all of it is the step of
consistency models. As all is a continuous function of the noise at first, a slow drift of it is a slow drift of the
picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from latentjockey.generators.diffusion.schedule import Schedule, Schedules, Step

Denoise = Callable[[Tensor, float], Tensor]
"""(what the network hears (1, C, H, W), timestep) → what it predicts (1, C, H, W), in float32."""
_LEAST = 1e-8


def sampled(
    noise: Tensor,
    schedules: Schedules,
    steps: int,
    denoise: Callable[[int], Denoise],
    held: Callable[[int], Tensor],
    *,
    eta: float,
    jumps: bool,
    start: float = 1.0,
    end: float = 0.0,
    begun: tuple[Tensor, Schedule] | None = None,
) -> Tensor:
    """The picture, or latent, of unit ``noise`` (1, C, H, W) in float32. ``denoise`` is asked for the network of each
    step right before it, ``held`` for the noise that stays the same. ``eta`` is the part that is drawn anew, with
    ``jumps`` of all the noise. ``begun`` is another beginning, and the steps from there on."""
    schedule = schedules.at(steps, start, end) if begun is None else begun[1]
    x = noise * schedule.gain if begun is None else begun[0]
    for index, step in enumerate(schedule.steps):
        heard = x / (math.hypot(step.sigma, schedules.data) if schedules.consistent else math.hypot(1.0, step.sigma))
        guess, found = guessed(x, denoise(index)(heard, step.timestep), step, schedules)
        fresh, kept = shares(step.sigma, step.after, eta, jumps)
        x = guess
        if kept:
            x = x + kept * found
        if fresh:
            x = x + fresh * held(schedule.skipped + index)
    last = schedule.steps[-1].after if schedule.steps else 0.0
    return x if schedules.consistent or not schedules.keeps_noise else x / math.hypot(1.0, last)


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
