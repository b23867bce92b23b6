"""The view of the coordinate network: which part of the plane each pixel shows. On the generator's thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_FARTHEST = 1.0e4
_SMALLEST_ZOOM = 1.0e-3


@dataclass(frozen=True, slots=True)
class View:
    """A look at the plane: the short side of the picture spans -1..1 at zoom 1, the long side shows more.

    ``zoom`` of any sign, ``pan_x`` and ``pan_y`` in half short sides, ``rotate`` in degrees anticlockwise, ``symmetry``
    the number of mirrored wedges (0 none, fractions leave a seam).
    """

    zoom: float
    pan_x: float
    pan_y: float
    rotate: float
    symmetry: float

    @property
    def magnification(self) -> float:
        """``zoom`` without the values at which a plane has no size."""
        zoom = max(-_FARTHEST, min(_FARTHEST, self.zoom))
        return math.copysign(max(abs(zoom), _SMALLEST_ZOOM), zoom)

    def pixel(self, width: int, height: int) -> float:
        """The size of one pixel on the plane."""
        return 2.0 / min(width, height) / abs(self.magnification)

    def plane(self, width: int, height: int, rows: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """u and v (n,) float32 at the centres of the pixels of ``rows`` (first, end), row by row from the top."""
        short = float(min(width, height))
        x = (2.0 * (torch.arange(width, dtype=torch.float32) + 0.5) - width) / short
        y = (height - 2.0 * (torch.arange(rows[0], rows[1], dtype=torch.float32) + 0.5)) / short
        return self.look(x.expand(len(y), -1).reshape(-1), y[:, None].expand(-1, width).reshape(-1))

    def look(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Points of the picture (n,), short side -1..1, y up → points of the plane (n,)."""
        pan_x, pan_y = (max(-_FARTHEST, min(_FARTHEST, pan)) for pan in (self.pan_x, self.pan_y))
        angle = math.radians(math.fmod(self.rotate, 360.0))
        c, s = math.cos(angle), math.sin(angle)
        x, y = (x + pan_x) / self.magnification, (y + pan_y) / self.magnification
        u, v = c * x + s * y, c * y - s * x
        wedges = min(abs(self.symmetry), _FARTHEST)
        if wedges < 1e-3:
            return u, v
        wedge = 2.0 * math.pi / wedges
        radius, theta = torch.hypot(u, v), torch.atan2(v, u)
        theta = (theta - wedge * torch.round(theta / wedge)).abs()
        return radius * torch.cos(theta), radius * torch.sin(theta)
