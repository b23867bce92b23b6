"""The sheet that shows what a latent diffusion can do by now: pictures, what comes back, samples, steps, guidance, ways
through noise. One thread."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.training.latent import denoising, latents
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.latent.phases import FIRST_STEPS, Phase
from latentjockey.training.sheet import ACROSS, strip

_MOST_CLASSES = 12
_GAP = 4


@torch.no_grad()
def draw(learner: LatentLearner, pictures: Tensor, phase: Phase, seed: int = 7) -> Tensor:
    """The sheet as (3, H, W) about -1..1. Rows of ``pictures`` uint8 (2 ACROSS, 3, s, s), each followed by what comes
    back; then, where the transformer learns, one of samples for each class, the first class's places in 1, 2, 4 and 8
    steps, and ways between two places."""
    x = pictures.float() / 127.5 - 1.0
    found = latents.latents_of(learner, pictures)
    again = latents.pictures_of(learner, found / learner.spread)
    rows = [
        strip(part) for pair in zip(torch.split(x, ACROSS), torch.split(again, ACROSS), strict=True) for part in pair
    ]
    if phase.denoises:
        rows += [strip(latents.pictures_of(learner, z)) for z in _drawn(learner, phase, found.shape[1:], seed)]
    return torch.cat([F.pad(row, (0, 0, 0, _GAP), value=-1.0) for row in rows], 1)


def _drawn(learner: LatentLearner, phase: Phase, shape: torch.Size, seed: int) -> list[Tensor]:
    dice = torch.Generator().manual_seed(seed)
    net, noise, device = learner.averaged_denoiser, learner.noise, learner.precise.device
    steps, guidance = played(phase, learner.plan.guidance)
    rows = []

    def row(z: Tensor, k: int, steps: int = steps, guidance: float = guidance) -> Tensor:
        with learner.precise():
            classes = torch.full((len(z),), k, device=device)
            return denoising.drawn(net, noise, z.to(device), classes, steps, guidance).cpu()

    for k in range(min(learner.classes, _MOST_CLASSES)):
        rows.append(row(torch.randn(ACROSS, *shape, generator=dice), k))
    same = torch.randn(ACROSS, *shape, generator=dice)
    rows += [row(same, 0, count) for count in (1, 2, 4, 8)]
    rows += [row(same, 0, steps, other) for other in (1.0, 1.5, 3.0) if not phase.steps]
    turn = torch.linspace(0.0, torch.pi / 2, ACROSS).view(-1, 1, 1, 1)
    for k in range(min(learner.classes, 3)):
        here, there = torch.randn(2, *shape, generator=dice)
        rows.append(row(turn.cos() * here + turn.sin() * there, k))
    return rows


def played(phase: Phase, guidance: float) -> tuple[int, float]:
    """In how many steps a model of this phase is played, and how far it is led."""
    return (phase.steps, 1.0) if phase.steps else (FIRST_STEPS, guidance)
