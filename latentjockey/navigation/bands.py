"""Which layers are coarse, middle and fine.

Pure; any thread. Style-based generators decide composition in their early layers, forms in the middle and texture
in the late ones (Karras, Laine, Aila: A style-based generator architecture, CVPR 2019, §3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from latentjockey.navigation.arrays import F64


@dataclass(frozen=True, slots=True)
class Bands:
    """Half-open layer ranges that tile 0..num_ws in this order; a range may be empty.

    Raises ValueError where they leave a gap, overlap or do not start at 0.
    """

    coarse: tuple[int, int]
    middle: tuple[int, int]
    fine: tuple[int, int]

    def __post_init__(self) -> None:
        edges = (0, *self.coarse, *self.middle, *self.fine)
        tiled = edges[1] == 0 and edges[2] == edges[3] and edges[4] == edges[5]
        if not tiled or list(edges) != sorted(edges):
            raise ValueError(f"Bands have to tile the layers from 0 on, without gaps: {self}.")

    @classmethod
    def split(cls, num_ws: int) -> Self:
        """Three bands as equal as possible, for a generator that declares none. num_ws ≥ 0.

        A single layer is the middle band; of two, one is coarse and one fine.
        """
        low, high = round(num_ws / 3), round(num_ws * 2 / 3)
        return cls((0, low), (low, high), (high, num_ws))

    @property
    def num_ws(self) -> int:
        """The number of layers."""
        return self.fine[1]

    def expand(self, values: Sequence[float]) -> F64:
        """One value per band → one per layer: (num_ws,) float64. Raises ValueError unless three are given."""
        if len(values) != 3:
            raise ValueError(f"Three bands take three values, not {len(values)}.")
        sizes = [end - start for start, end in (self.coarse, self.middle, self.fine)]
        return np.repeat(np.asarray(values, dtype=np.float64), sizes)
