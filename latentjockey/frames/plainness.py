"""Whether a picture is black, or of one colour throughout: it is shown, and said. Pure; any thread."""

from __future__ import annotations

import numpy as np

from latentjockey.frames.frame import Pixels

BLACK, CONSTANT = "black", "constant"
_STEP = 16
_SEEN = 2


def plain_word(pixels: Pixels, *, planar: bool) -> str:
    """``black``, ``constant``, or nothing where there is something to see. Differences of two levels of 255 are none.

    ``pixels`` uint8, planes (3, H, W) or packed (H, W, 4), whose last channel does not count. Most pictures are known
    by a few of their pixels: only what looks plain there is looked at whole.
    """
    channels = pixels if planar else pixels[..., :3].transpose(2, 0, 1)
    if not _flat(channels[:, ::_STEP, ::_STEP]) or not _flat(channels):
        return ""
    return BLACK if int(channels.max()) <= _SEEN else CONSTANT


def _flat(channels: Pixels) -> bool:
    low, high = channels.min((1, 2)).astype(np.int16), channels.max((1, 2)).astype(np.int16)
    return int((high - low).max()) <= _SEEN
