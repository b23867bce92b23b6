"""The shape of a style-based generator, as data: what a file must say so that its network can be built."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

ARCHITECTURES = ("skip", "resnet", "orig")
STARTS = ("linear", "const")
_LARGEST = {
    "size": 4096,
    "z_dim": 4096,
    "w_dim": 4096,
    "classes": 100_000,
    "channel_base": 1 << 20,
    "channel_max": 4096,
    "mapping_layers": 64,
    "mapping_width": 1 << 14,
    "embed_width": 1 << 14,
}
_MAY_BE_NONE = ("classes", "mapping_layers", "mapping_width", "embed_width")
_PUBLISHED = ("widths", "clamp", "mapping_layers", "mapping_width", "embed_width")
_COARSE_ENDS, _MIDDLE_ENDS = 8, 32


@dataclass(frozen=True, slots=True)
class StyleConfig:
    """What determines a network's tensors and their shapes.

    ``size`` is the picture's side in pixels, a power of two from 8. ``classes`` may be 0. A layer at resolution r has
    ``min(channel_base // r, channel_max)`` channels. ``architecture`` joins the blocks as in Karras et al., "Analyzing
    and Improving the Image Quality of StyleGAN" (2020), figure 7: ``skip`` sums the pictures of all resolutions,
    ``resnet`` the features, ``orig`` neither. ``start`` is how the 4×4 map begins: ``const`` is learned and the same
    for every place, ``linear`` adds to it a map of the first layer's w. ``resample`` are the taps of the separable
    filter that follows each doubling. ``noise`` gives every layer a map of fixed noise with a learned strength.

    What follows is of published networks. ``widths`` are the channels at each resolution where no base tells them.
    ``clamp`` bounds what leaves a layer, 0 for not at all. ``mapping_layers`` > 0 is a mapping of so many layers of
    ``mapping_width`` over z and an embedding of ``embed_width`` of the classes, each of unit second moment, and a known
    average w; 0 is our own mapping of sums.

    Raises ValueError for numbers that no network can have.
    """

    size: int = 128
    z_dim: int = 96
    w_dim: int = 192
    classes: int = 0
    channel_base: int = 4096
    channel_max: int = 256
    architecture: str = "skip"
    start: str = "linear"
    resample: tuple[float, ...] = (1.0, 3.0, 3.0, 1.0)
    noise: bool = True
    widths: tuple[int, ...] = ()
    clamp: float = 0.0
    mapping_layers: int = 0
    mapping_width: int = 0
    embed_width: int = 0

    def __post_init__(self) -> None:
        for name, most in _LARGEST.items():
            value, least = getattr(self, name), 0 if name in _MAY_BE_NONE else 1
            if not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"A network's {name} cannot be {value!r}: {least} to {most} can be.")
        if self.size < 8 or self.size & (self.size - 1):
            raise ValueError(f"A network's size cannot be {self.size}: powers of two from 8 can be.")
        if self.channel_base < self.size:
            raise ValueError(f"A channel_base of {self.channel_base} leaves no channel at {self.size} px.")
        if self.architecture not in ARCHITECTURES:
            raise ValueError(f"There is no architecture {self.architecture!r}; there are {', '.join(ARCHITECTURES)}.")
        if self.start not in STARTS:
            raise ValueError(f"A network cannot start by {self.start!r}; it can by {' or '.join(STARTS)}.")
        if not 1 <= len(self.resample) <= 16 or not all(map(math.isfinite, self.resample)) or not sum(self.resample):
            raise ValueError("The taps of a resampling filter are 1 to 16 finite numbers whose sum is not 0.")
        if self.widths and (
            len(self.widths) != len(self.resolutions)
            or not all(type(n) is int and 1 <= n <= _LARGEST["channel_max"] for n in self.widths)
        ):
            raise ValueError(f"A network of {self.size} px has {len(self.resolutions)} widths of 1 to 4096 channels.")
        if not (isinstance(self.clamp, int | float) and 0.0 <= self.clamp < math.inf):
            raise ValueError("A network's clamp is a finite number from 0.")
        if (self.mapping_layers and not self.mapping_width) or (self.deep and self.classes and not self.embed_width):
            raise ValueError("A mapping of layers has a width, and one of classes as well.")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, … up to ``size``."""
        return tuple(1 << n for n in range(2, self.size.bit_length()))

    def channels(self, resolution: int) -> int:
        """How many channels the layers at ``resolution`` have."""
        if self.widths:
            return self.widths[resolution.bit_length() - 3]
        return min(self.channel_base // resolution, self.channel_max)

    @property
    def deep(self) -> bool:
        """Whether the mapping is the published one: normalised, of several layers, with an average w."""
        return self.mapping_layers > 0

    @property
    def num_ws(self) -> int:
        """How many layer latents the synthesis takes: one at 4×4, two at each doubling, one for the last picture."""
        return 2 * len(self.resolutions)

    @property
    def bands(self) -> tuple[int, int]:
        """The ends (exclusive) of the coarse layers (up to 8×8) and of the middle ones (up to 32×32)."""
        coarse = sum(2 if r > 4 else 1 for r in self.resolutions if r <= _COARSE_ENDS)
        middle = sum(2 if r > 4 else 1 for r in self.resolutions if r <= _MIDDLE_ENDS)
        return coarse, middle

    def to_json(self) -> dict[str, Any]:
        """A plain object of all fields, but for those of published networks that are as they are in our own."""
        said = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        standard = {f.name: list(f.default) if isinstance(f.default, tuple) else f.default for f in fields(self)}
        return {k: v for k, v in said.items() if k not in _PUBLISHED or v != standard[k]}


def config_from_json(said: object) -> StyleConfig:
    """What :meth:`StyleConfig.to_json` gave. Raises ValueError for anything that is not it; unknown fields are left."""
    if not isinstance(said, dict):
        raise ValueError("A network's shape is an object of its fields.")
    known = {name: value for name, value in said.items() if name in StyleConfig.__dataclass_fields__}
    taps, widths = known.get("resample", list(StyleConfig().resample)), known.get("widths", [])
    if not isinstance(taps, list) or not all(isinstance(tap, int | float) for tap in taps):
        raise ValueError("The taps of a resampling filter are numbers.")
    if not isinstance(widths, list):
        raise ValueError("The widths of a network are numbers.")
    return StyleConfig(**{**known, "resample": tuple(float(tap) for tap in taps), "widths": tuple(widths)})
