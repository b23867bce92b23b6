"""Plays a clip: a :class:`latentjockey.generators.protocol.Generator`. Engine process, used from one thread.

Where in the clip it is follows from its controls and the time of the frame (:mod:`latentjockey.modulation.playhead`),
so that it knows nothing of what was shown before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from latentjockey.generators.clip.film import Film
from latentjockey.generators.clip.spreading import spread
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers, Moment
from latentjockey.generators.style import finish
from latentjockey.models.clip_folder import read_clip
from latentjockey.models.clip_spec import BLEND, MOST_BLEND, STRAY, clip_spec
from latentjockey.models.spec import ModelSpec
from latentjockey.modulation.playhead import playhead_of

LIMIT = 1e4
"""Gains and straying reach so far; beyond, no picture differs any more."""
_COARSE, _MIDDLE = 16, 4
"""Forms larger than this part of the shorter side are coarse, or middle, as they are where two pictures cross."""


class ClipPlayer:
    """The clip in ``folder``, under the id ``name``. Raises ClipError, in one sentence, when it cannot be played."""

    device = "cpu, frames of a clip"

    def __init__(self, folder: Path, name: str) -> None:
        self._clip = read_clip(folder)
        self.spec: ModelSpec = clip_spec(self._clip, name)
        self._film = Film(self._clip)
        self._defaults = {
            control.address: float(control.default)
            for control in self.spec.controls
            if isinstance(control.default, int | float)
        }

    @property
    def decoded(self) -> int:
        """How many frames were decoded since it was loaded."""
        return self._film.decoded

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, 3) → (n, 3, 2): for each band of detail how much of it there is, 1, and how far it strays."""
        strays = np.clip(z[:, :, None], -LIMIT, LIMIT).astype(np.float32)
        layers: Layers = np.concatenate((np.ones_like(strays), strays), 2)
        return layers

    def mean(self, classes: Classes | None = None) -> Layers:
        """Nothing of any band: the mean of all frames."""
        return np.zeros((self.spec.num_ws, self.spec.w_dim), np.float32)

    def close(self) -> None:
        self._film.close()

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        seen = [self._spread(moment, row) for row in range(self.spec.num_ws)]
        gains = [max(-LIMIT, min(LIMIT, float(row[0]))) for row in moment.layers]
        size = (self._clip.width, self._clip.height)
        if all(gain == 1.0 for gain in gains) and all(each == seen[0] for each in seen):
            if len(seen[0]) == 1 and size == (request.width, request.height):
                return FrameResult(self._film.frame(next(iter(seen[0]))).copy(), True)
            picture = self._seen(seen[0])
        else:
            picture = self._weighed(seen, gains)
        if size == (request.width, request.height):
            return FrameResult(picture.add_(0.5).clamp_(0.0, 255.0).to(torch.uint8).numpy(), True)
        picture = finish.fitted(picture.clamp_(0.0, 255.0)[None] / 127.5 - 1.0, request.width, request.height)
        return FrameResult(finish.planes(picture).numpy(), True)

    def _spread(self, moment: Moment, row: int) -> Mapping[int, float]:
        """The frames that are seen of a band at a moment."""

        def number(address: str) -> float:
            value = moment.native.get(address, self._defaults[address])
            return float(value) if isinstance(value, int | float) else self._defaults[address]

        clip = playhead_of(number, self._clip.seconds)
        away = number(STRAY) * float(moment.layers[row][1]) / self._clip.seconds
        place = clip.place(moment.time, moment.beat) + (away if math.isfinite(away) else 0.0)
        blend = max(-MOST_BLEND, min(MOST_BLEND, number(BLEND)))
        return spread(place, self._clip.count, clip.loop, blend)

    def _seen(self, weights: Mapping[int, float]) -> Tensor:
        """Frames together, float32 (3, H, W) of 0 to 255."""
        total: Tensor | None = None
        for index, weight in weights.items():
            frame = torch.from_numpy(self._film.frame(index))
            total = frame.float().mul_(weight) if total is None else total.add_(frame, alpha=weight)
        return self._mean() if total is None else total

    def _mean(self) -> Tensor:
        return torch.from_numpy(self._film.mean).float()

    def _weighed(self, seen: list[Mapping[int, float]], gains: list[float]) -> Tensor:
        """The mean of all frames, and what differs from it, band by band as loud as is asked for."""
        mean = self._mean()
        away: list[Tensor] = []
        for row, weights in enumerate(seen):
            known = next((n for n in range(row) if seen[n] == weights), None)
            away.append(away[known] if known is not None else self._seen(weights).sub_(mean))
        coarse, middle, fine = gains
        if coarse == middle == fine and all(each is away[0] for each in away):
            return away[0].mul_(fine).add_(mean)
        broad, medium = _smooth(away[0], _COARSE), _smooth(away[1], _MIDDLE)
        medium_of_broad = broad if away[1] is away[0] else _smooth(away[1], _COARSE)
        fine_below = medium if away[2] is away[1] else _smooth(away[2], _MIDDLE)
        return coarse * broad + middle * (medium - medium_of_broad) + fine * (away[2] - fine_below) + mean


def _smooth(planes: Tensor, share: int) -> Tensor:
    """What is larger than the ``share``-th part of the shorter side, of (3, H, W)."""
    height, width = planes.shape[1:]
    cell = max(min(height, width) // share, 1)
    padded = pad(planes[None], (0, -width % cell, 0, -height % cell), mode="replicate")
    small = avg_pool2d(padded, cell)
    large = interpolate(small, size=padded.shape[2:], mode="bilinear", align_corners=False)
    return large[0, :, :height, :width]
