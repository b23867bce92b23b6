"""The crossfade of two finished pictures, band by band. Pure.

Two networks have no latent space in common, so their pictures are mixed instead: with d = B − A,

    out = A + t_coarse · d_coarse + t_middle · d_middle + t_fine · d_fine

where d falls into three bands of detail by two box pyramids, so that the band offsets of the mixer keep a meaning: the
large forms of one model under the fine ones of the other (the idea of Burt and Adelson, "A multiresolution spline with
application to image mosaics", 1983). With one t for all it is the plain crossfade. Beyond 0 and 1 the difference is
exaggerated; what leaves 0..255 stays at the end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import avg_pool2d, interpolate

from latentjockey.generators.protocol import FrameResult
from latentjockey.navigation.arrays import F64

_COARSE, _MIDDLE = 16, 4
"""The bands end at a sixteenth and a quarter of the shorter side: forms larger than that are coarse, or middle."""


def seen(positions: F64) -> tuple[bool, bool]:
    """Whether anything of A, and of B, is in a picture at these ``positions`` (3,)."""
    return bool((positions != 1.0).any()), bool((positions != 0.0).any())


def crossed(a: FrameResult, b: FrameResult, positions: F64) -> FrameResult:
    """Two pictures of one size mixed at ``positions`` (3,), coarse, middle, fine: planes (3, H, W) of its own."""
    near, far = _planes(a), _planes(b)
    difference = far - near
    coarse, middle, fine = (float(t) for t in positions)
    if coarse == middle == fine:
        difference *= fine
    else:
        broad, medium = _smooth(difference, _COARSE), _smooth(difference, _MIDDLE)
        difference = coarse * broad + middle * (medium - broad) + fine * (difference - medium)
    mixed = near.add_(difference).nan_to_num_(0.0, 255.0, 0.0).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8)
    times = [each.began for each in (a, b) if each.began is not None]
    return replace(
        a,
        pixels=mixed.numpy(),
        finite=a.finite and b.finite,
        planar=True,
        stages=a.stages.with_(b.stages),
        began=min(times, default=None),
        unsettled=a.unsettled or b.unsettled,
    )


def _smooth(planes: torch.Tensor, share: int) -> torch.Tensor:
    """What is larger than the ``share``-th part of the shorter side."""
    height, width = planes.shape[1:]
    cell = max(min(height, width) // share, 1)
    padded = torch.nn.functional.pad(planes[None], (0, -width % cell, 0, -height % cell), mode="replicate")
    small = avg_pool2d(padded, cell)
    large = interpolate(small, size=padded.shape[2:], mode="bilinear", align_corners=False)
    return large[0, :, :height, :width]


def _planes(result: FrameResult) -> torch.Tensor:
    """Colours as float32 (3, H, W)."""
    pixels: NDArray[np.uint8] = result.pixels if result.planar else result.pixels[..., :3].transpose(2, 0, 1)
    return torch.from_numpy(pixels.astype(np.float32))
