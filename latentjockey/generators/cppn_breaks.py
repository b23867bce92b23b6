"""The break rack on the coordinate network: where its layers can be broken, and what that costs. Generator's thread.

A band is broken at its last hidden layer. What is linear (gain, kill, invert) goes into the next layer's matrix, so
that it costs nothing a pixel; grain, threshold and feedback are done to the pixels' activations. Figures of the whole
picture (rms, means) are those of the probe, taken of the whole network: what is broken stays unbalanced, and shows.

Three things are other than on maps of convolutions. A pixel's activations know of no neighbour, so ``rotate`` turns
what a band hears of the plane: the coarse layers all of it, the fine ones the waves of the texture; and since the
middle ones hear nothing of it, they and the fine ones turn channels into each other, a half of the layer into the
other. Grain is as coarse as the band. And the last frame's activations are kept up to KEPT_PIXELS only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from latentjockey.generators.break_values import BandBreak, Breaks, bounded
from latentjockey.generators.breaks import CEILING, channel_loudness, death_order, grain_source, killed, shares
from latentjockey.generators.cppn_net import HALF, WIDTH

KEPT_PIXELS = 512 * 512
ENDS: Mapping[int, int] = {1: 0, 4: 1, 6: 2}
"""The hidden layer that each band ends with, and the band: rows 1 and 2 of the latents, 3 to 5, 6 and 7."""
_GRAINS = (8, 36, 150)  # how many grains a short side has in each band
_HEARD = (0.8, 0.4, 0.3)  # how loud it is beside the other breaks: late layers answer more to it
_MOST = 1.0e6

Row = NDArray[np.float32]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wound:
    """What is done to the activations of one layer. ``grain`` (WIDTH,) is how loud each channel hears it; ``edge`` the
    threshold, below 0 the ceiling; ``back`` and ``fresh`` share out the last frame's and this one's."""

    band: int
    grain: Tensor | None
    edge: float
    back: float
    fresh: float

    def to(self, device: torch.device) -> Wound:
        grain = None if self.grain is None else self.grain.to(device)
        return Wound(self.band, grain, self.edge, self.back, self.fresh)


@dataclass(frozen=True, slots=True)
class Bend:
    """The linear part: a layer's hidden h (WIDTH, n) is heard as ``mix`` @ h + ``rest``."""

    mix: Matrix  # (WIDTH, WIDTH)
    rest: Row  # (WIDTH,)

    def heard_by(self, inner: Matrix) -> Matrix:
        """The next layer's matrix (k, WIDTH + 1) with this in it."""
        bent = np.empty_like(inner)
        bent[:, :-1] = inner[:, :-1] @ self.mix
        bent[:, -1] = inner[:, -1] + inner[:, :-1] @ self.rest
        return bent


def cut(breaks: Breaks, layer: int, hidden: Matrix) -> tuple[Wound | None, Bend | None]:
    """What is done to the activations of ``layer``, whose probe is ``hidden`` (WIDTH, n), and what to its listeners."""
    number = ENDS[layer]
    band = breaks.bands[number]
    if not band.active:
        return None, None
    loud = float(np.sqrt(np.mean(np.square(hidden))))
    grain = None
    if band.noise:
        heard = channel_loudness(breaks.seed, layer, WIDTH)
        grain = (heard * (loud * _HEARD[number] * bounded(band.noise))).clamp(-CEILING, CEILING)
    back, fresh = shares(band.feedback) if band.feedback else (0.0, 1.0)
    wound = Wound(number, grain, _edge(bounded(band.threshold), loud), back, fresh)
    local = grain is not None or bool(wound.edge or wound.back)
    return wound if local else None, _bend(band, number, breaks.seed, layer, hidden.mean(1))


def _edge(threshold: float, loud: float) -> float:
    return threshold * loud if threshold >= 0.0 else max(loud / threshold, -_MOST)


def _bend(band: BandBreak, number: int, seed: int, layer: int, mean: Row) -> Bend:
    mix = np.eye(WIDTH, dtype=np.float32)
    if band.rotate and number:
        angle = math.radians(math.fmod(band.rotate, 360.0))
        half = np.arange(HALF)
        mix[half, half] = mix[half + HALF, half + HALF] = math.cos(angle)
        mix[half, half + HALF], mix[half + HALF, half] = -math.sin(angle), math.sin(angle)
    factor = np.full(WIDTH, bounded(band.gain), np.float32)
    if band.kill:
        factor *= killed(band.kill, death_order(seed, layer, WIDTH)).numpy()
    turn = bounded(band.invert)
    rest = factor * (2.0 * turn) * (mix @ mean)
    mix *= (factor * (1.0 - 2.0 * turn))[:, None]
    return Bend(np.clip(mix, -_MOST, _MOST), np.clip(rest, -_MOST, _MOST).astype(np.float32))


def turned_waves(carried: Matrix, breaks: Breaks) -> Matrix:
    """The texture's waves (HALF, 2), turned as the fine band asks."""
    angle = math.radians(math.fmod(breaks.fine.rotate, 360.0))
    c, s = math.cos(angle), math.sin(angle)
    turned: Matrix = carried @ np.array([[c, s], [-s, c]], np.float32)
    return turned


@dataclass(slots=True)
class Trails:
    """The activations of the last frame, for feedback: one pair (WIDTH, pixels) of memory a band that has it."""

    size: tuple[int, int] = (0, 0)
    _last: dict[int, Tensor] = field(default_factory=dict)
    _spare: dict[int, Tensor] = field(default_factory=dict)

    def begin(self, size: tuple[int, int], bands: set[int]) -> None:
        """The next frame is of ``size`` (width, height) and has feedback in ``bands``; whatever else is kept, goes."""
        if size != self.size:
            self._last.clear()
            self._spare.clear()
            self.size = size
        for kept in (self._last, self._spare):
            for band in kept.keys() - bands:
                del kept[band]

    def of(self, band: int) -> Tensor | None:
        return self._last.get(band)

    def room(self, band: int, device: torch.device) -> Tensor:
        """Where this frame's are to be written."""
        if band not in self._spare:
            self._spare[band] = torch.empty(WIDTH, self.size[0] * self.size[1], device=device)
        return self._spare[band]

    def end(self, *, whole: bool) -> None:
        """The frame was drawn: what it wrote is the last frame's now. Of one that is not ``whole`` nothing is kept, so
        that NaN does not stay."""
        if not whole:
            self.clear()
            return
        for band in list(self._spare):
            written = self._spare.pop(band)
            if band in self._last:
                self._spare[band] = self._last[band]
            self._last[band] = written

    def clear(self) -> None:
        self.begin((0, 0), set())


@dataclass(frozen=True, slots=True)
class Cuts:
    """One frame's wounds by layer, and what they need of the whole picture: by band, the grain (pixels,) and the last
    and this frame's activations (WIDTH, pixels)."""

    wounds: Mapping[int, Wound]
    grain: Mapping[int, Tensor]
    last: Mapping[int, Tensor]
    now: Mapping[int, Tensor]

    def apply(self, bent: Tensor, layer: int, points: slice) -> None:
        """Hurt the activations (WIDTH, n) of these points of the picture, in place."""
        wound = self.wounds.get(layer)
        if wound is None:
            return
        if wound.grain is not None:
            bent.addr_(wound.grain, self.grain[wound.band][points])
        if wound.band in self.now:
            if wound.band in self.last:
                bent.mul_(wound.fresh).add_(self.last[wound.band][:, points], alpha=wound.back)
                bent.clamp_(-CEILING, CEILING)
            self.now[wound.band][:, points] = bent
        if wound.edge > 0.0:
            bent.sub_(bent.clamp(-wound.edge, wound.edge))
        elif wound.edge < 0.0:
            bent.clamp_(wound.edge, -wound.edge)


def cuts_of(
    wounds: Mapping[int, Wound], breaks: Breaks, time: float, size: tuple[int, int], trails: Trails | None,
    device: torch.device,
) -> Cuts:  # fmt: skip
    """What a frame of ``size`` (width, height) at ``time`` needs; without ``trails`` there is no feedback."""
    grain = {w.band: _grain(w.band, breaks.seed, time, size, device) for w in wounds.values() if w.grain is not None}
    bands = {w.band for w in wounds.values() if w.back} if size[0] * size[1] <= KEPT_PIXELS else set()
    if trails is None:
        return Cuts(wounds, grain, {}, {})
    trails.begin(size, bands)
    last = {band: kept for band in bands if (kept := trails.of(band)) is not None}
    return Cuts(wounds, grain, last, {band: trails.room(band, device) for band in bands})


def _grain(band: int, seed: int, time: float, size: tuple[int, int], device: torch.device) -> Tensor:
    """Grain as coarse as the band, (pixels,), about N(0, 1)."""
    width, height = size
    source, short = grain_source(seed, band, time, device), min(size)
    count = _GRAINS[band]
    if count >= short:
        return torch.randn(width * height, generator=source, device=device)
    rows, columns = (max(2, round(count * side / short)) for side in (height, width))
    small = torch.randn(1, 1, rows, columns, generator=source, device=device)
    return interpolate(small, (height, width), mode="bicubic", align_corners=True).view(-1)
