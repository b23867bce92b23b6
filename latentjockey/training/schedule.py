"""Where a run stands in its plan: progress, stage, learning rate, and what is left. Pure functions of what was seen and
spent, so that a run that was interrupted goes on as if it had not been."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from latentjockey.training.config import Plan

_FLOOR = 0.1


@dataclass(frozen=True, slots=True)
class Spent:
    """Steps taken, pictures seen (on all machines together) and seconds trained since the first start."""

    step: int = 0
    images: int = 0
    seconds: float = 0.0


def progress(plan: Plan, spent: Spent) -> float:
    """The share of the budget that is spent, 0 to 1 and beyond."""
    by_time = spent.seconds / (plan.minutes * 60.0) if plan.minutes else 0.0
    by_images = spent.images / plan.images if plan.images else 0.0
    return max(by_time, by_images)


def stage_at(plan: Plan, share: float) -> int:
    """The index of the stage at this progress."""
    total, end = sum(stage.share for stage in plan.stages), 0.0
    for index, stage in enumerate(plan.stages[:-1]):
        end += stage.share / total
        if share < end:
            return index
    return len(plan.stages) - 1


def rate_at(plan: Plan, share: float, images_of_stage: int) -> float:
    """The learning rate: warm-up at the beginning of each stage, and half a cosine down to a tenth over the budget."""
    warm = min(1.0, (images_of_stage + plan.batch) / max(plan.warm_up, 1))
    return plan.rate * warm * (_FLOOR + (1.0 - _FLOOR) * 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0))))


def adversarial_at(plan: Plan, share: float) -> bool:
    """Whether the critic takes part."""
    return plan.adversarial > 0.0 and share >= plan.adversarial_from and not still_at(plan, share)


def still_at(plan: Plan, share: float) -> bool:
    """Whether a model that was trained before is held still while what teaches it is learned."""
    return bool(plan.start) and share < plan.frozen


def keep_at(plan: Plan, images: int, images_of_step: int) -> float:
    """How much of the averaged weights is kept in one step; less at the beginning, when all moves fast: an average that
    reaches far back would show the model that a short fine-tuning began with."""
    half_life = min(plan.ema_images, 0.05 * images + images_of_step)
    return float(0.5 ** (images_of_step / max(half_life, 1e-8)))


def seed_of(*numbers: int) -> int:
    """A 63-bit seed made of whole numbers (run, step, process, purpose), well mixed."""
    state = np.random.SeedSequence([n & 0xFFFFFFFFFFFF for n in numbers]).generate_state(1, np.uint64)[0]
    return int(state) >> 1


def left_s(plan: Plan, spent: Spent, images_per_s: float) -> float | None:
    """Seconds until the budget is spent, or None where nobody can tell."""
    left: list[float] = []
    if plan.minutes:
        left.append(plan.minutes * 60.0 - spent.seconds)
    if plan.images and images_per_s > 0:
        left.append((plan.images - spent.images) / images_per_s)
    return max(0.0, min(left)) if left else None


def in_words(seconds: float) -> str:
    """A span of time as people say it."""
    minutes = seconds / 60.0
    if minutes < 1.5:
        return "about a minute" if seconds > 40 else "less than a minute"
    if minutes < 90:
        return f"about {round(minutes)} minutes"
    hours = minutes / 60.0
    return f"about {hours:.1f} hours" if hours < 10 else f"about {round(hours)} hours"
