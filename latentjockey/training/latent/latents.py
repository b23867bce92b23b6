"""The latents of the pictures that are learned from, made once and held. One thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from latentjockey.training import augment
from latentjockey.training.feeder import Feed, turns
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.schedule import seed_of

_AT_ONCE = 32
_MIRRORED, _CHOICE = 15, 16


class Latents:
    """Latents (N, C, h, w) in float32 on the CPU, divided by the learner's spread, and the place of each class's."""

    def __init__(self, held: Tensor, of_class: list[tuple[int, int]], seed: int, rank: int) -> None:
        self.held, self._of_class, self._seed, self._rank = held, of_class, seed, rank

    def batch(self, step: int, n: int) -> tuple[Tensor, Tensor]:
        """``n`` of them and their classes, all classes in turn."""
        classes = turns(step, n, len(self._of_class))
        dice = np.random.default_rng(seed_of(self._seed, step, self._rank, _CHOICE)).random(n)
        first, count = np.array(self._of_class)[classes].T
        return self.held[torch.from_numpy(first + (dice * count).astype(np.int64))], torch.from_numpy(classes)


def encoded(feed: Feed, learner: LatentLearner, wait: Callable[[], bool]) -> Latents | None:
    """The latents of pictures of ``feed``, no more than the plan's ``pool``, each mirrored or not by chance; ``None``
    where ``wait`` said before the end that nobody waits for them. Sets the learner's spread where it has none yet."""
    plan = learner.plan
    each = max(1, plan.pool // len(feed.classes))
    parts: list[Tensor] = []
    places: list[tuple[int, int]] = []
    total = 0
    for k in range(len(feed.classes)):
        dice = torch.Generator().manual_seed(seed_of(plan.seed, k, learner.group.rank, _MIRRORED))
        begin = total
        for pictures in feed.some(k, each):
            if wait():
                return None
            parts.append(latents_of(learner, pictures, dice if plan.flip else None))
            total += len(pictures)
        places.append((begin, total - begin))
    held = torch.cat(parts)
    if learner.spread == 1.0:
        learner.spread = float(held.std())
    return Latents(held.div_(learner.spread), places, plan.seed, learner.group.rank)


@torch.no_grad()
def latents_of(learner: LatentLearner, pictures: Tensor, dice: torch.Generator | None = None) -> Tensor:
    """The latents of pictures uint8 (n, 3, s, s), as they come, on the CPU."""
    found = []
    for part in torch.split(pictures, _AT_ONCE):
        x = part.to(learner.precise.device).float() / 127.5 - 1.0
        if dice is not None:
            x = augment.mirrored(x, dice)
        with learner.precise():
            found.append(
                learner.averaged_autoencoder.encoder(x.contiguous(memory_format=torch.channels_last)).float().cpu()
            )
    return torch.cat(found)


@torch.no_grad()
def pictures_of(learner: LatentLearner, latents: Tensor) -> Tensor:
    """Pictures (n, 3, s, s) about -1..1 of latents as the transformer knows them, on the CPU."""
    found = []
    for part in torch.split(latents, _AT_ONCE):
        with learner.precise():
            z = (part.to(learner.precise.device) * learner.spread).contiguous(memory_format=torch.channels_last)
            found.append(learner.averaged_autoencoder.decoder(z).float().cpu())
    return torch.cat(found)
