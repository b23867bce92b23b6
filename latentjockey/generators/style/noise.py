"""The maps of noise that a model's layers are given: learned ones, or drawn from a seed, at any strength."""

from __future__ import annotations

import torch
from torch import Tensor

from latentjockey.generators.style.network import Synthesis
from latentjockey.generators.style.playing import LIMIT, Maps, Native, number, numbers

_KEPT = 4


class NoiseMaps:
    """The maps for ``synthesis``, one (H, W) for each layer where the network has noise. What was used of late is
    kept."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._learned = tuple(synthesis.noise_maps("const", 1))
        self._drawn: dict[int, tuple[Tensor | None, ...]] = {}
        self._last = self._made(0, (1.0,) * len(self._learned))

    def at(self, native: Native) -> Maps:
        """As the controls ask: a seed, one strength for all layers, and one for each."""
        whole = number(native, "noise", 1.0)
        each = numbers(native, "noise_layers", len(self._learned), 1.0)
        loud = (max(-LIMIT, min(LIMIT, whole * layer)) for layer in each)
        return self.of(int(number(native, "noise_seed", 0.0)), *loud)

    def of(self, seed: int, *strengths: float) -> Maps:
        """At seed 0 the maps that the model learned with, at any other seed drawn ones; times ``strengths``, one for
        each layer or one for all."""
        loud = strengths if len(strengths) == len(self._learned) else strengths[:1] * len(self._learned)
        if self._last.key != (seed, loud):
            self._last = self._made(seed, loud)
        return self._last

    def clear(self) -> None:
        """Forget what was drawn."""
        self._drawn.clear()

    def _made(self, seed: int, strengths: tuple[float, ...]) -> Maps:
        maps = self._learned if seed == 0 else self._of_seed(seed)
        pairs = zip(maps, strengths, strict=True)
        return Maps((seed, strengths), tuple(m if m is None or s == 1.0 else m * s for m, s in pairs))

    def _of_seed(self, seed: int) -> tuple[Tensor | None, ...]:
        found = self._drawn.pop(seed, None)
        if found is None:
            source = torch.Generator().manual_seed(seed)
            found = tuple(None if m is None else torch.randn(m.shape, generator=source).to(m) for m in self._learned)
        self._drawn[seed] = found  # those used last stand last
        if len(self._drawn) > _KEPT:
            del self._drawn[next(iter(self._drawn))]
        return found
