"""The shape of a StyleGAN3 generator: its numbers, and what they mean for each layer. Pure, any thread.

Karras et al., "Alias-Free Generative Adversarial Networks" (2021), section 3.2 and appendix C: cutoff and stopband
frequencies grow geometrically from layer to layer until those at the end, which are critically sampled; from them
follow sampling rates, sizes, widths and how many taps the filters have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

_WHOLE = {
    "size": (16, 4096),
    "z_dim": (1, 4096),
    "w_dim": (1, 4096),
    "classes": (0, 4096),
    "channel_base": (1, 1 << 20),
    "channel_max": (1, 4096),
    "layers": (3, 64),
    "critical": (0, 63),
    "margin": (0, 64),
    "kernel": (1, 15),
    "filter_size": (1, 64),
    "upsampling": (1, 8),
    "mapping_layers": (1, 64),
}
_REAL = ("first_cutoff", "first_stopband", "last_stopband_rel", "output_scale", "clamp")
_MOST_TAPS = 1024


@dataclass(frozen=True, slots=True)
class Stylegan3Shape:
    """What determines a network's tensors and their shapes; the defaults are those of configuration T.

    ``size`` is the picture's side in pixels. ``layers`` counts neither the Fourier features nor the last one, which
    gives the picture; ``critical`` of them at the end are critically sampled. Cutoffs and stopbands are in cycles a
    picture; ``margin`` is in pixels beyond the picture's edge; ``filter_size`` taps a filter has for each factor of
    sampling; ``radial`` filters are symmetric about their middle (configuration R). ``clamp`` bounds what leaves a
    rectifier, 0 for not at all. Raises ValueError for numbers that no network can have.
    """

    size: int = 256
    z_dim: int = 512
    w_dim: int = 512
    classes: int = 0
    channel_base: int = 32768
    channel_max: int = 512
    layers: int = 14
    critical: int = 2
    first_cutoff: float = 2.0
    first_stopband: float = 2.0**2.1
    last_stopband_rel: float = 2.0**0.3
    margin: int = 10
    output_scale: float = 0.25
    kernel: int = 3
    filter_size: int = 6
    upsampling: int = 2
    radial: bool = False
    clamp: float = 256.0
    mapping_layers: int = 2

    def __post_init__(self) -> None:
        for name, (least, most) in _WHOLE.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"A network's {name} cannot be {str(value)[:20]}: {least} to {most} can be.")
        for name in _REAL:
            value = getattr(self, name)
            if type(value) not in (int, float) or not math.isfinite(value) or value < 0.0:
                raise ValueError(f"A network's {name} cannot be {str(value)[:20]}: it is a finite number from 0.")
        if type(self.radial) is not bool:
            raise ValueError("A network's filters are radial or not.")
        if self.critical >= self.layers:
            raise ValueError(f"Of {self.layers} layers no {self.critical} can be critically sampled.")
        if not 0.0 < self.first_cutoff < self.first_stopband or self.last_stopband_rel < 1.0:
            raise ValueError("A network's stopbands lie beyond its cutoffs, and its first cutoff beyond 0.")
        if self.first_cutoff > self.size / 2 or self.channel_base < self.size:
            raise ValueError(f"A network of {self.size} px has lower cutoffs, and a channel at least.")

    @property
    def num_ws(self) -> int:
        """How many layer latents the synthesis takes: for the Fourier features, each layer, and the picture."""
        return self.layers + 2

    @property
    def bands(self) -> tuple[int, int]:
        """The ends (exclusive) of the coarse and of the middle layers: a third each."""
        return self.num_ws // 3, 2 * self.num_ws // 3

    def to_json(self) -> dict[str, Any]:
        """A plain object of all fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LayerShape:
    """A layer: channels, sizes (pixels) and sampling rates before and after it, its kernel, the factors and taps of the
    filters around its rectifier, and how many rows of zeros stand before and after what is sampled up (below 0: are cut
    off). ``last`` is the one that gives the picture, without filters and rectifier."""

    inputs: int
    outputs: int
    in_size: int
    out_size: int
    in_rate: int
    out_rate: int
    kernel: int
    up: int
    down: int
    up_taps: int
    down_taps: int
    radial: bool
    before: int
    after: int
    last: bool

    @property
    def down_shape(self) -> tuple[int, ...]:
        """Of the filter before sampling down: one row of taps, or where it is radial a square of them."""
        return (self.down_taps,) * (2 if self.radial else 1)


@dataclass(frozen=True, slots=True)
class InputShape:
    """The Fourier features: ``channels`` waves of frequencies up to ``bandwidth`` on ``size`` pixels at ``rate``."""

    channels: int
    size: int
    rate: int
    bandwidth: float


def input_shape(shape: Stylegan3Shape) -> InputShape:
    """What the first layer is given."""
    cutoffs, _, rates, sizes, channels = _progression(shape)
    return InputShape(channels[0], sizes[0], rates[0], cutoffs[0])


def layer_shapes(shape: Stylegan3Shape, picture: int = 3) -> tuple[LayerShape, ...]:
    """Every layer, the one that gives the ``picture`` (so many channels) included. Raises ValueError where their
    sampling rates are no multiples of each other."""
    _, _, rates, sizes, channels = _progression(shape)
    channels = [*channels[:-1], picture]
    made = []
    for i in range(shape.layers + 1):
        before, last = max(i - 1, 0), i == shape.layers
        fast = max(rates[before], rates[i]) * (1 if last else shape.upsampling)
        up, down = fast // rates[before], fast // rates[i]
        if up * rates[before] != fast or down * rates[i] != fast:
            raise ValueError("A network's sampling rates are multiples of each other.")
        up_taps = shape.filter_size * up if up > 1 and not last else 1
        down_taps = shape.filter_size * down if down > 1 and not last else 1
        if max(up_taps, down_taps) > _MOST_TAPS:
            raise ValueError(f"A network's filters have {_MOST_TAPS} taps at most.")
        kernel = 1 if last else shape.kernel
        spare = (sizes[i] - 1) * down + 1 - (sizes[before] + kernel - 1) * up + up_taps + down_taps - 2
        lead = (spare + up) // 2
        radial = shape.radial and i < shape.layers - shape.critical and down_taps > 1
        made.append(
            LayerShape(
                channels[before], channels[i], sizes[before], sizes[i], rates[before], rates[i], kernel, up, down,
                up_taps, down_taps, radial, lead, spare - lead, last,
            )
        )  # fmt: skip
    return tuple(made)


def shape_from_json(said: object) -> Stylegan3Shape:
    """What :meth:`Stylegan3Shape.to_json` gave. Raises ValueError for anything else; unknown fields are left."""
    if not isinstance(said, Mapping):
        raise ValueError("A network's shape is an object of its fields.")
    known = {f.name for f in fields(Stylegan3Shape)}
    return Stylegan3Shape(**{name: value for name, value in said.items() if name in known})


def _progression(shape: Stylegan3Shape) -> tuple[list[float], list[float], list[int], list[int], list[int]]:
    """Cutoffs, stopbands, sampling rates, sizes and widths of all layers."""
    last_cutoff = shape.size / 2
    last_stopband = last_cutoff * shape.last_stopband_rel
    growth = [min(i / (shape.layers - shape.critical), 1.0) for i in range(shape.layers + 1)]
    cutoffs = [shape.first_cutoff * (last_cutoff / shape.first_cutoff) ** g for g in growth]
    stopbands = [shape.first_stopband * (last_stopband / shape.first_stopband) ** g for g in growth]
    rates = [1 << math.ceil(math.log2(min(2.0 * stopband, shape.size))) for stopband in stopbands]
    sizes = [rate + 2 * shape.margin for rate in rates]
    sizes[-2:] = [shape.size] * 2
    channels = [max(1, round(min(shape.channel_base / 2 / cutoff, shape.channel_max))) for cutoff in cutoffs]
    return cutoffs, stopbands, rates, sizes, channels
