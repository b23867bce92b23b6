"""What a recipe promises: pictures as a pure function of seed and kind. Data and contract only; any thread."""

from typing import Protocol

import torch
from torch import Tensor

from latentjockey.models.card import Source


class Recipe(Protocol):
    """An endless, repeatable set of labelled pictures."""

    @property
    def name(self) -> str:
        """The word on the command line, such as ``night-garden``."""
        ...

    @property
    def title(self) -> str:
        """The words on the surface."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the kinds; a kind is an index into this."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """Whose work the pictures are."""
        ...

    def draw(self, seeds: Tensor, kinds: Tensor, size: int, device: torch.device | str) -> Tensor:
        """The pictures of `seeds` int64 (n,) and `kinds` int64 (n,): uint8 (n, 3, size, size) on `device`.

        A picture depends on its own seed and kind and on `size`, not on its neighbours; the same on every call,
        and on another device within rounding. Raises ValueError for a kind that is not there or a size that cannot
        be drawn.
        """
        ...

    def parts(self, seeds: Tensor, kinds: Tensor) -> dict[str, Tensor]:
        """Named numbers of the same pictures, float32 (n,) each, NaN where a kind has no such part. Draws nothing."""
        ...
