"""The sheet that shows what a run can do by now: data, reconstructions, samples, mixtures, extremes. One PNG."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from PIL import Image
from torch import Tensor

from latentjockey.base.paths import write_atomic
from latentjockey.generators.style.prior import ClassPrior

Make = Callable[[Tensor, Tensor], Tensor]
"""z (n, z_dim) and class weights (n, K) to pictures (n, 3, size, size) about -1..1, on the CPU."""

ACROSS = 12
_MOST_CLASSES = 12
_GAP = 4
_WEIGHTS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 1.0, 1.0)
_REACHES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)


@torch.no_grad()
def draw(data: Tensor, again: Tensor, classes: int, z_dim: int, prior: ClassPrior, make: Make, seed: int = 7) -> Tensor:
    """The sheet as (3, H, W) about -1..1. ``data`` (ACROSS, 3, s, s) and ``again``, what the encoder and the generator
    make of it, are the first rows; then two of samples for each class, four between two classes, the class vector from
    -1 to 4, and one place from 0 to 8 times its reach."""
    dice = torch.Generator().manual_seed(seed)
    eye = torch.eye(classes)

    def row(u: Tensor, c: Tensor) -> Tensor:
        return strip(make(prior(u, c), c))

    rows = [strip(data), strip(again)]
    for k in range(min(classes, _MOST_CLASSES)):
        for _ in range(2 if classes > 1 else 6):
            rows.append(row(torch.randn(ACROSS, z_dim, generator=dice), eye[k].repeat(ACROSS, 1)))
    steps = torch.linspace(0, 1, ACROSS)[:, None]
    for pair in range(4 if classes > 1 else 0):
        a, b = pair % classes, (pair * 2 + 1 + pair // classes) % classes
        b = b if b != a else (a + 1) % classes
        here, there = torch.randn(2, z_dim, generator=dice)
        rows.append(row(torch.lerp(here, there, steps), torch.lerp(eye[a], eye[b], steps)))
    for k in range(min(classes, 3)):
        u = torch.randn(1, z_dim, generator=dice).repeat(ACROSS, 1)
        rows.append(row(u, torch.tensor(_WEIGHTS)[:, None] * eye[k] + _others(eye, k)))
    for k in range(min(classes, 2)):
        u = torch.randn(1, z_dim, generator=dice).repeat(ACROSS, 1) * torch.tensor(_REACHES)[:, None]
        rows.append(row(u, eye[k].repeat(ACROSS, 1)))
    return torch.cat([torch.cat([F.pad(r, (0, 0, 0, _GAP), value=-1.0) for r in rows], 1)], 0)


def _others(eye: Tensor, k: int) -> Tensor:
    """In the last two of a row of weights: the class less its neighbour, and a part of all classes."""
    rest = torch.zeros(ACROSS, len(eye))
    if len(eye) > 1:
        rest[-2] -= eye[(k + 1) % len(eye)]
        rest[-1] += 0.5 * (1.0 - eye[k])
    return rest


def strip(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, s, s) side by side: (3, s, n s)."""
    return torch.cat(list(pictures.float().cpu()), 2)


def write(picture: Tensor, path: Path) -> None:
    """(3, H, W) about -1..1 as a PNG, replaced at once. Raises OSError as the file system does."""
    pixels = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=4)
    write_atomic(path, out.getvalue())
