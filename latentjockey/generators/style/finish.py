"""From a network's linear picture to the bytes of the wanted size, on the device. Pure tensor operations."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

_LOUDEST = 1.2


def held(picture: Tensor, limit: Tensor | float, fold: Tensor | float) -> Tensor:
    """A picture far out, brought back into sight: ``limit`` is how much of its loudness beyond 1.2 (root mean square)
    is taken away, ``fold`` how much of what lies beyond black and white comes back mirrored instead of cut."""
    loud = picture.square().mean().sqrt()
    quieter = (_LOUDEST / loud.clamp_min(_LOUDEST)).nan_to_num(nan=1.0)
    picture = picture * (1.0 + limit * (quieter - 1.0))
    mirrored = ((picture - 1.0).remainder(4.0) - 2.0).abs() - 1.0
    cut = picture.clamp(-1.0, 1.0)
    return cut + fold * (mirrored - cut)


def fitted(picture: Tensor, width: int, height: int) -> Tensor:
    """The whole picture (1, 3, H, W) as large as fits into (1, 3, height, width), black beside it."""
    high, wide = picture.shape[-2:]
    scale = min(width / wide, height / high)
    size = min(height, max(1, round(high * scale))), min(width, max(1, round(wide * scale)))
    if (high, wide) != size:
        smaller = size[0] <= high and size[1] <= wide
        picture = F.interpolate(picture, size, mode="area" if smaller else "bicubic")
    if size != (height, width):
        top, left = (height - size[0]) // 2, (width - size[1]) // 2
        picture = F.pad(picture, (left, width - size[1] - left, top, height - size[0] - top), value=-1.0)
    return picture


def planes(picture: Tensor) -> Tensor:
    """uint8 (3, H, W) of a picture (1, 3, H, W): -1 is 0 and 1 is 255."""
    return ((picture[0] + 1.0) * 127.5).round().clamp(0.0, 255.0).to(torch.uint8).contiguous()


def packed(picture: Tensor) -> Tensor:
    """uint8 (H, W, 4), opaque."""
    rgb = planes(picture)
    return torch.cat((rgb, torch.full_like(rgb[:1], 255))).permute(1, 2, 0).contiguous()
