"""The maps of noise that a model's layers are given: learned ones, or drawn from a seed, at any strength."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from latentjockey.generators.style.network import Synthesis

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Maps:
    """One map (H, W) for each layer, or ``None`` for each where the network has no noise. Equal keys, equal maps."""

    key: tuple[int, float]
    maps: tuple[Tensor | None, ...]


class NoiseMaps:
    """The maps for ``synthesis``. What was used of late is kept."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._learned = tuple(synthesis.noise_maps("const", 1))
        self._drawn: dict[int, tuple[Tensor | None, ...]] = {}
        self._last = Maps((0, 1.0), self._learned)

    def of(self, seed: int, strength: float) -> Maps:
        """At seed 0 the maps that the model learned with, at any other seed drawn ones; times ``strength``."""
        if self._last.key == (seed, strength):
            return self._last
        maps = self._learned if seed == 0 else self._of_seed(seed)
        loud = maps if strength == 1.0 else tuple(None if m is None else m * strength for m in maps)
        self._last = Maps((seed, strength), loud)
        return self._last

    def clear(self) -> None:
        """Forget what was drawn."""
        self._drawn.clear()

    def _of_seed(self, seed: int) -> tuple[Tensor | None, ...]:
        found = self._drawn.pop(seed, None)
        if found is None:
            source = torch.Generator().manual_seed(seed)
            found = tuple(None if m is None else torch.randn(m.shape, generator=source).to(m) for m in self._learned)
        self._drawn[seed] = found  # those used last stand last
        if len(self._drawn) > _KEPT:
            del self._drawn[next(iter(self._drawn))]
        return found
