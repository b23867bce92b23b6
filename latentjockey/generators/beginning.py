"""A picture from outside that a generator may begin with, as data. Engine process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LETTERBOX, CROP, STRETCH = range(3)
"""How it meets a size of another shape; the choices of ``/input/fit``."""


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """``pixels`` uint8 (3, H, W), of any size, sRGB; ``number`` tells one picture from the next. ``strength`` is how
    far what is made leaves it: 0 is the picture itself, 1 a picture of noise in which it is a trace, any finite number
    means something. ``zoom`` > 0 enlarges it, ``turn`` turns it anticlockwise, in degrees."""

    pixels: NDArray[np.uint8]
    number: int
    strength: float
    fit: int = CROP
    mirror: bool = False
    zoom: float = 1.0
    turn: float = 0.0

    @property
    def key(self) -> tuple[int, int, bool, float, float]:
        """What tells it from others apart from its strength."""
        return self.number, self.fit, self.mirror, self.zoom, self.turn
