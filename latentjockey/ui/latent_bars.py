"""The bars of a latent strip as one picture, drawn with numpy: 512 of them in about a millisecond. Pure.

Where there are more components than pixels a column shows the largest and the smallest of those it stands for, as a
waveform does, so that no spike is ever hidden.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from latentjockey.ui import theme

# Beside a bar that is far out, in device pixels: the first makes it two wide, the others are its light.
_GLOW = ((1, 1.0), (-1, 0.45), (2, 0.4), (-2, 0.25), (3, 0.22), (-3, 0.12), (4, 0.1))


def bars(
    values: NDArray[np.float64],
    size: tuple[int, int],
    half: float,
    nominal: tuple[float, float],
    colour: QColor,
) -> QImage:
    """Bars of ``values`` (n,) about the middle line in a picture of ``size`` = (width, height) device pixels.

    ``half`` is the value at the upper edge; what reaches beyond ``nominal`` is pink from the root to the tip, and
    glows.
    """
    wide, high = size
    count = len(values)
    edges = np.arange(wide + 1) * count / wide
    first = np.minimum(edges[:-1].astype(int), count - 1)
    if count > wide:
        # One column stands for several components: it reaches from their smallest to their largest.
        tops = np.maximum.reduceat(values, first).clip(min=0)
        bottoms = np.minimum.reduceat(values, first).clip(max=0)
        shown = np.ones(wide, bool)
    else:
        tops, bottoms = values[first].clip(min=0), values[first].clip(max=0)
        thick = wide / count
        shown = (np.arange(wide) + 0.5 - np.ceil(first * thick)) < max(1.0, math.floor(thick * 0.74))
    middle = np.float32(high / 2)
    upper = (middle - _squeeze(tops, half) * middle).astype(np.float32)
    lower = (middle - _squeeze(bottoms, half) * middle).astype(np.float32)
    rows = np.arange(high, dtype=np.float32)[:, None]
    # How much of each pixel a bar covers, so that tips move smoothly: (high, wide) in 0..1.
    cover = np.minimum(rows + 1, lower) - np.maximum(rows, upper)
    np.clip(cover, 0.0, shown.astype(np.float32), out=cover)
    picture = _shades(colour, 0.92)[(cover * 255).astype(np.uint8)]
    beyond = np.flatnonzero(((tops > nominal[1]) | (bottoms < nominal[0])) & shown)
    if beyond.size:
        _light(picture, cover, beyond)
    return QImage(picture.data, wide, high, wide * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _light(picture: NDArray[np.uint32], cover: NDArray[np.float32], beyond: NDArray[np.intp]) -> None:
    """Paint the bars in the columns ``beyond`` pink over ``picture`` (high, wide), with light to either side."""
    wide = picture.shape[1]
    pink = _shades(theme.BEYOND, 1.0)
    glows = _GLOW if beyond.size < wide / 4 else ()  # where everything is far out, light beside it says nothing
    own = np.zeros(wide, bool)
    own[beyond] = True
    for offset, strength in glows:
        beside = beyond + offset
        near = (beside >= 0) & (beside < wide)
        beside, source = beside[near], beyond[near]
        free = ~own[beside]
        beside, source = beside[free], source[free]
        light = (cover[:, source] * np.float32(strength * 255)).astype(np.uint8)
        block = picture[:, beside]
        picture[:, beside] = np.where(light > (block >> 24), pink[light], block)
    picture[:, beyond] = pink[(cover[:, beyond] * 255).astype(np.uint8)]


def _shades(colour: QColor, strength: float) -> NDArray[np.uint32]:
    """The colour at 256 opacities, premultiplied, as Qt keeps it: (256,) of 0xAARRGGBB."""
    alpha = np.arange(256) * strength / 255
    parts = [np.round(alpha * part).astype(np.uint32) for part in (255, colour.red(), colour.green(), colour.blue())]
    shades: NDArray[np.uint32] = ((parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]).astype(np.uint32)
    return shades


def _squeeze(values: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """Height as a share of half the strip: linear up to the edge, where it stays."""
    return np.clip(values / half, -1.0, 1.0)
