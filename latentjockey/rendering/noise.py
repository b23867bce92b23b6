"""A deck's place in the noise of a video. Pure, numpy.

The noise of a video is a field of channels, frames, rows and columns. Its coarsest part are the means of large blocks,
each as long as the whole video: measured by boxes of length 1, which stand at right angles, they are standard normal
like all the rest. A place z is put there instead, so that one place and one seed are one noise, places that are near
give videos that are near, and what z does not tell comes of the seed (ADR 24).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
_LARGEST = 1e4


def placed(noise: F32, z: F32, share: float = 1.0) -> F32:
    """``noise`` (C, F, H, W) with ``z`` (n,) as its coarsest part, ``share`` of the way from what was there."""
    if not z.size:
        return noise
    channels, _, high, wide = noise.shape
    block = blocks(channels, high, wide, z.size)
    rows, columns = -(-high // block), -(-wide // block)
    made = noise.astype(np.float64)
    place = np.clip(z.astype(np.float64), -_LARGEST, _LARGEST)
    for k in range(min(z.size, channels * rows * columns)):
        channel, rest = divmod(k, rows * columns)
        row, column = divmod(rest, columns)
        box = made[channel, :, row * block : (row + 1) * block, column * block : (column + 1) * block]
        length = np.sqrt(box.size)
        here = box.sum() / length
        box += share * (place[k] - here) / length
    return np.clip(made, -_LARGEST, _LARGEST).astype(np.float32)


def blocks(channels: int, high: int, wide: int, count: int) -> int:
    """The side of the smallest blocks of which there are no more than ``count`` in all channels."""
    block = 1
    while channels * -(-high // block) * -(-wide // block) > count and block < max(high, wide):
        block *= 2
    return block
