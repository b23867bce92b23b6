"""Changes of pictures that make few of them go further. Pure.

Mirroring changes what is learned from. All else is done only before the critic, to real pictures and fakes alike and
with gradients through it (Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020), so that
the critic cannot learn a small set by heart and no shifted or tinted picture is ever asked of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

MANY, SOME = 8000, 1500


@dataclass(frozen=True, slots=True)
class Change:
    """How much: ``shift`` as a share of the side, ``tint`` of brightness, saturation and contrast, ``hole`` the side of
    a square left out as a share of the side; ``chance`` that a batch is changed at all."""

    shift: float = 0.0
    tint: float = 0.0
    hole: float = 0.0
    chance: float = 0.0


NONE = Change()
LIGHT = Change(shift=0.06, tint=0.15, chance=0.5)
STRONG = Change(shift=0.12, tint=0.4, hole=0.35, chance=0.85)


def chosen(word: str, images: int) -> Change:
    """The change for a word of :data:`config.AUGMENTS`; ``auto`` goes by the number of images (0: endless)."""
    if word == "auto":
        word = "none" if images == 0 or images >= MANY else ("light" if images >= SOME else "strong")
    return {"none": NONE, "light": LIGHT, "strong": STRONG}[word]


def mirrored(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture (n, 3, H, W) mirrored or not, by chance."""
    turned = torch.rand(len(x), 1, 1, 1, generator=generator) < 0.5
    return torch.where(turned.to(x.device), x.flip(3), x)


def changed(x: Tensor, change: Change, generator: torch.Generator) -> Tensor:
    """Pictures (n, 3, H, W) about -1..1 as the critic is to see them. The same generator state changes alike."""
    if change.chance <= 0.0 or float(torch.rand((), generator=generator)) >= change.chance:
        return x
    n, side = len(x), x.shape[2]
    if change.tint:
        dice = (torch.rand(3, n, 1, 1, 1, generator=generator) * 2 - 1).to(x.device)
        x = x + change.tint * dice[0]
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * (1.0 + 2.0 * change.tint * dice[1])
        middle = x.mean((1, 2, 3), keepdim=True)
        x = middle + (x - middle) * (1.0 + change.tint * dice[2])
    if change.shift:
        most = max(1, round(change.shift * side))
        down, right = torch.randint(-most, most + 1, (2,), generator=generator).tolist()  # one for all: a plain slice
        x = F.pad(x, (most, most, most, most))
        x = x[:, :, most + down : most + down + side, most + right : most + right + side]
    if change.hole:
        length = round(change.hole * side)
        top, left = torch.randint(0, side - length + 1, (2,), generator=generator).tolist()
        kept = torch.ones(1, 1, side, side, device=x.device, dtype=x.dtype)
        kept[:, :, top : top + length, left : left + length] = 0.0
        x = x * kept
    return x
