"""The break rack for networks of convolutions: what happens to feature maps between two layers. Generator's thread.

A player calls :meth:`Rack.begin` before each frame and gives :meth:`Rack.tap` to its network, which lets every layer's
activation through it. In a band's layers, in this order, each only where its value is not neutral:

* at all of them: **noise**, **threshold**, **kill** and **gain**, shared out so that the whole band is as loud, or as
  grainy, as asked;
* at the one in the middle, before that: **feedback** and **rotate**, which share a loop, so that the last frame's maps
  turn on and on; and **invert**. There the forms of the band are there already, and later layers still make
  something of what was done to them.

What each value means is said by :class:`latentjockey.generators.break_values.BandBreak`. At neutral the very same
tensor comes back; near neutral nearly the same. Figures that decide about the whole are taken in float32, and what
leaves a layer stays within ±:data:`CEILING`, so that what is finite stays finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from latentjockey.generators.break_values import FARTHEST, BandBreak, Breaks, bounded
from latentjockey.navigation.seeds import BREAK, normals, stream_key, uniforms

__all__ = ["CEILING", "BandBreak", "Breaks", "Rack"]

CEILING = 1.0e4
"""No broken activation is larger; an activation of a whole network is about 1."""
_KILL, _HEARD, _GRAIN = 1 << 10, 2 << 10, 3 << 10  # streams of a seed's numbers; the first ones are the tear's
_STEEP, _STEEP_BELOW = 3.0, 1.5
_LEAST = 1e-30  # what float32 can divide by
_KEPT_GRIDS = 24
_KEPT_DRAWN = 64

Draw = Callable[[int, int, int], Tensor]


def shares(feedback: float) -> tuple[float, float]:
    """How much of the last frame's maps comes back, and how much of the new ones enters.

    Trails last about 2, 4 and 20 frames at ¼, ½ and 1, longer beyond, and never for ever. Below 0 the last maps are
    subtracted, never quite as strongly as the new ones are added.
    """
    far = min(abs(feedback), FARTHEST)
    back = -math.expm1(-_STEEP * far) if feedback > 0.0 else math.expm1(-_STEEP_BELOW * far)
    back = max(-0.98, min(0.9995, back))
    return back, 1.0 - back


def killed(kill: float, order: Tensor) -> Tensor:
    """The factor of each channel (C,) float32, 1 alive, 0 silent, −1 turned over; ``order`` (C,) whole numbers say who
    goes first. Continuous: one channel at a time fades."""
    count = float(order.numel())
    far = bounded(kill)
    place = order if far >= 0.0 else count - 1.0 - order
    gone = abs(far) * count - place
    return 1.0 - gone.clamp(0.0, 1.0) - (gone - count).clamp(0.0, 1.0)


def shared_out(kill: float, layers: int) -> float:
    """What a band's ``kill`` means to each of its ``layers``: at 1 all channels, below it fewer than that share,
    because to lose a few at each of many layers is to lose most of what passes through them all."""
    far = min(abs(kill), 1.0)
    return math.copysign(1.0 - (1.0 - far) ** (1.0 / math.sqrt(layers)), kill) if far < 1.0 else kill


def rms(x: Tensor) -> Tensor:
    """Root mean square of all of x, float32, on its device; Inf where its squares are beyond float32."""
    norm: Tensor = torch.linalg.vector_norm(x, dtype=torch.float32)
    return norm / math.sqrt(x.numel())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a layer stands: its band, how many layers that has, and whether it is the one where maps are turned."""

    band: int
    count: int
    turns: bool


class Rack:
    """The rack of one network of ``layers``; ``bands`` are the ends (exclusive) of its coarse and middle ones.

    It keeps the last frame's maps for the feedback, until :meth:`clear`, or until a frame without feedback.
    """

    def __init__(self, bands: tuple[int, int], layers: int) -> None:
        self._places = _places((0, *bands, layers))
        self._breaks: Breaks | None = None
        self._time = 0.0
        self._keep = True
        self._last: dict[int, Tensor] = {}
        self._grids: dict[tuple[object, ...], Tensor] = {}
        self._drawn: dict[tuple[object, ...], Tensor] = {}

    @property
    def active(self) -> bool:
        """Whether the frame that was begun needs a tap at all."""
        return self._breaks is not None and any(band.active for band in self._breaks.bands)

    @property
    def first(self) -> int | None:
        """The first layer that something happens to, ``None`` for none: what comes before may be kept."""
        breaks = self._breaks
        if breaks is None:
            return None
        return next((n for n, place in enumerate(self._places) if breaks.bands[place.band].active), None)

    def begin(self, breaks: Breaks | None, time: float, *, keep: bool = True) -> None:
        """The next frame is broken like this, at ``time`` seconds, which chooses the grain. Without ``keep`` it neither
        hears the frame before nor is heard by the next: a small picture between two frames."""
        self._breaks, self._time, self._keep = breaks, time, keep
        if keep:
            alive = {n for n, p in enumerate(self._places) if breaks is not None and breaks.bands[p.band].feedback}
            for layer in self._last.keys() - alive:
                del self._last[layer]

    def clear(self) -> None:
        """Forget the last frame, and everything kept to be faster."""
        self._breaks = None
        self._last.clear()
        self._grids.clear()
        self._drawn.clear()

    def tap(self, x: Tensor, layer: int) -> Tensor:
        """The activation x (n, C, H, W) of ``layer``, broken: same shape, type and layout, in memory of its own, which
        may be kept for the next frame and is not to be written to; x itself where nothing happens to it."""
        if self._breaks is None or not 0 <= layer < len(self._places):
            return x
        place, untouched = self._places[layer], x
        band = self._breaks.bands[place.band]
        if not band.active:
            return x
        if place.turns:
            x = self._turned(x, band, layer)
        if band.noise:
            x = self._grained(x, bounded(band.noise) / math.sqrt(place.count), layer)
        if band.threshold:
            x = _gated(x, bounded(band.threshold) / math.sqrt(place.count))
        return self._weighed(x, untouched, band, place, layer)

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _turned(self, x: Tensor, band: BandBreak, layer: int) -> Tensor:
        if band.feedback and self._keep:
            last = self._last.get(layer)
            if last is not None and last.shape == x.shape and last.dtype == x.dtype and last.device == x.device:
                back, fresh = shares(band.feedback)
                x = (x * fresh).add_(last, alpha=back).clamp_(-CEILING, CEILING)
        if band.rotate:
            x = self._rotated(x, band.rotate)
        if band.feedback and self._keep:
            # NaN of one frame must not come back in all that follow.
            self._last[layer] = x = x.nan_to_num(0.0, CEILING, -CEILING)
        return x

    def _rotated(self, x: Tensor, degrees: float) -> Tensor:
        """The maps turned anticlockwise about their middle; what is beyond their edges is mirrored."""
        angle = math.radians(math.fmod(degrees, 360.0))
        if angle == 0.0:
            return x
        height, width = int(x.shape[2]), int(x.shape[3])
        key = (angle, height, width, x.device)
        grid = self._grids.get(key)
        if grid is None:
            c, s, shape = math.cos(angle), math.sin(angle), height / width
            turn = torch.tensor([[[c, -s * shape, 0.0], [s / shape, c, 0.0]]])
            grid = affine_grid(turn, [1, 1, height, width], align_corners=False).to(x.device)
            if len(self._grids) >= _KEPT_GRIDS:
                self._grids.clear()
            self._grids[key] = grid
        # In float32: half a coordinate's bits are too few for large maps, and its mirror gives NaN.
        places = grid.expand(x.shape[0], -1, -1, -1)
        turned = grid_sample(x.float(), places, mode="bilinear", padding_mode="reflection", align_corners=False)
        dense = x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
        return turned.to(x.dtype, memory_format=torch.channels_last if dense else torch.contiguous_format)

    # -- at every layer -----------------------------------------------------------------------------------------------

    def _grained(self, x: Tensor, amount: float, layer: int) -> Tensor:
        """One map of grain, which each channel hears with a loudness and sign of its own: as fine as the layer."""
        source = grain_source(self._seed, layer, self._time, x.device)
        grain = torch.randn(x.shape[0], 1, *x.shape[2:], generator=source, device=x.device)
        heard = self._kept(channel_loudness, layer, int(x.shape[1]), x.device).view(1, -1, 1, 1)
        level = (rms(x) * amount).clamp(-CEILING, CEILING)
        return torch.addcmul(x, grain.to(x.dtype), (heard * level).to(x.dtype))

    def _weighed(self, x: Tensor, untouched: Tensor, band: BandBreak, place: _Place, layer: int) -> Tensor:
        """Gain, kill and invert: a factor for each channel, and what keeps its mean."""
        loud = bounded(band.gain)
        factor = math.copysign(abs(loud) ** (1.0 / place.count), loud if place.turns else 1.0)
        turn = bounded(band.invert) if place.turns else 0.0
        if factor == 1.0 and not band.kill and not turn:
            return x if x is untouched else x.clamp_(-CEILING, CEILING)
        whole = torch.full((1, 1, 1, 1), factor, device=x.device)
        if band.kill:
            whole = whole * killed(
                shared_out(band.kill, place.count), self._kept(death_order, layer, int(x.shape[1]), x.device)
            ).view(1, -1, 1, 1)
        if not turn:
            return (x * whole.to(x.dtype)).clamp_(-CEILING, CEILING)
        mean = x.mean((2, 3), keepdim=True, dtype=torch.float32)
        top = torch.finfo(x.dtype).max
        rest = (mean * whole * (2.0 * turn)).clamp_(-top, top)
        whole = (whole * (1.0 - 2.0 * turn)).clamp_(-top, top)
        return torch.addcmul(rest.to(x.dtype), x, whole.to(x.dtype)).nan_to_num_(0.0).clamp_(-CEILING, CEILING)

    @property
    def _seed(self) -> int:
        return self._breaks.seed if self._breaks is not None else 0

    def _kept(self, draw: Draw, layer: int, channels: int, device: torch.device) -> Tensor:
        """What ``draw`` makes of the seed for the channels of a layer (C,), made once."""
        key = (draw, self._seed, layer, channels, device)
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) >= _KEPT_DRAWN:
                self._drawn.clear()
            self._drawn[key] = found = draw(self._seed, layer, channels).to(device)
        return found


def death_order(seed: int, layer: int, channels: int) -> Tensor:
    """For each channel of a layer the place (C,) float32, from 0, at which its turn to be killed comes."""
    drawn = uniforms(stream_key(BREAK, seed, _KILL + layer), channels)
    return torch.from_numpy(np.argsort(np.argsort(drawn, kind="stable"), kind="stable").astype(np.float32))


def channel_loudness(seed: int, layer: int, channels: int) -> Tensor:
    """How loud, and with which sign, each channel of a layer hears the grain: (C,) float32, of mean square 1."""
    drawn = normals([stream_key(BREAK, seed, _HEARD + layer)], channels)[0]
    return torch.from_numpy((drawn / np.sqrt(np.mean(drawn * drawn))).astype(np.float32))


def grain_source(seed: int, layer: int, time: float, device: torch.device) -> torch.Generator:
    """The numbers that a layer's grain is drawn from at ``time`` seconds, to the microsecond."""
    source = torch.Generator(device)
    source.manual_seed(stream_key(BREAK, stream_key(BREAK, seed, _GRAIN + layer), round(time * 1e6)) >> 1)
    return source


def _gated(x: Tensor, threshold: float) -> Tensor:
    """Above 0 what is quieter than ``threshold`` × rms is silent and the rest comes closer by as much; below 0 what is
    louder than rms / −threshold is held there."""
    level = rms(x)
    top = torch.finfo(x.dtype).max
    if threshold > 0.0:
        edge = (level * threshold).clamp(max=top).to(x.dtype)
        return x - torch.minimum(torch.maximum(x, -edge), edge)
    edge = (level / max(-threshold, _LEAST)).clamp(max=top).to(x.dtype)
    return torch.minimum(torch.maximum(x, -edge), edge)


def _places(edges: tuple[int, ...]) -> tuple[_Place, ...]:
    places = []
    for band, (first, end) in enumerate(pairwise(edges)):
        middle = (first + end - 1) // 2
        places += [_Place(band, end - first, layer == middle) for layer in range(first, end)]
    return tuple(places)
