"""Where a run of a latent diffusion stands: which of its networks learns now, and how fast. Pure functions of the plan
and of the share of the budget that is spent, so that a run that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from latentjockey.training.config import Plan

COPY_END, DRAW_END, DENOISE_END = 0.22, 0.32, 0.84
"""Until which shares of the budget the autoencoder copies, then hears the critic, and the transformer learns to take
noise out; in what is left it learns to need fewer steps."""
FIRST_STEPS = 8
"""In so many steps the transformer draws before it learns to need fewer; each round halves them."""
_FLOOR = 0.05
_WARM = 0.125
"""The share of the plan's warm-up that is enough for an autoencoder."""
_RATE_OF_FEWER = 0.25


@dataclass(frozen=True, slots=True)
class Phase:
    """``words`` say what happens; ``denoises`` whether the transformer learns, ``adversarial`` whether the critic takes
    part. ``steps`` is in how many steps the transformer is to draw what it drew in twice as many, 0 while it learns
    from pictures. ``done`` is the share of the phase that is spent, 0 to 1."""

    words: str
    denoises: bool = False
    adversarial: bool = False
    steps: int = 0
    done: float = 0.0


def phase_at(plan: Plan, share: float) -> Phase:
    """The phase at this share of the budget."""
    if share < COPY_END:
        return Phase("copying", done=share / DRAW_END)
    if share < DRAW_END:
        return Phase("copying finely", adversarial=plan.adversarial > 0.0, done=share / DRAW_END)
    rounds = rounds_of(plan)
    end = DENOISE_END if rounds else 1.0
    if share < end or not rounds:
        return Phase("taking noise out", denoises=True, done=(share - DRAW_END) / (end - DRAW_END))
    place = min((share - end) / (1.0 - end), 1.0) * len(rounds)
    index = min(int(place), len(rounds) - 1)
    return Phase("in fewer steps", denoises=True, steps=rounds[index], done=min(place - index, 1.0))


def rounds_of(plan: Plan) -> tuple[int, ...]:
    """The numbers of steps that the transformer learns to do with, one after the other."""
    found, steps = [], FIRST_STEPS // 2
    while plan.steps and steps >= plan.steps:
        found.append(steps)
        steps //= 2
    return tuple(found)


def rate_at(plan: Plan, phase: Phase, seen: int) -> float:
    """The learning rate: warm-up after ``seen`` pictures of the phase, then half a cosine down."""
    length = plan.warm_up * (1.0 if phase.denoises else _WARM)
    warm = min(1.0, (seen + plan.batch) / max(length, 1.0))
    down = _FLOOR + (1.0 - _FLOOR) * 0.5 * (1.0 + math.cos(math.pi * min(phase.done, 1.0)))
    return plan.rate * warm * down * (_RATE_OF_FEWER if phase.steps else 1.0)
