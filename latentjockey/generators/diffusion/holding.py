"""Noise that is held on the device while it stays the same. Engine process, one thread."""

from __future__ import annotations

import torch
from torch import Tensor

from latentjockey.generators.diffusion.noise import noise_between, noise_of
from latentjockey.generators.protocol import Layers
from latentjockey.models.diffusion_spec import MOST_STEPS, DiffusionShape


class HeldNoise:
    """The noise of a model of ``shape``, on ``device``."""

    def __init__(self, shape: DiffusionShape, device: torch.device) -> None:
        self._shape, self._device = shape, device
        self._first: tuple[tuple[bytes, int], Tensor] | None = None
        self._between: dict[tuple[int, int], Tensor] = {}

    def at(self, layers: Layers, position: bytes, grain: int) -> Tensor:
        """Unit noise (1, C, H, W) that layer latents mean, whose bands are ``position``."""
        key = position, grain
        if self._first is None or self._first[0] != key:
            self._first = key, self._there(torch.from_numpy(noise_of(self._shape, layers, grain)))
        return self._first[1]

    def between(self, grain: int, step: int) -> Tensor:
        """Unit noise (1, C, H, W) that is added after ``step``, always the same."""
        if (grain, step) not in self._between:
            if len(self._between) >= MOST_STEPS or any(key[0] != grain for key in self._between):
                self._between.clear()
            self._between[grain, step] = self._there(torch.from_numpy(noise_between(self._shape, grain, step)))
        return self._between[grain, step]

    def clear(self) -> None:
        self._first, self._between = None, {}

    def _there(self, noise: Tensor) -> Tensor:
        return noise[None].to(self._device)
