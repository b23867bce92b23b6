"""The StyleGAN3 network: z and class weights to w, layer latents and a place of the plane to a picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

import torch
from torch import Tensor, nn

from latentjockey.generators.style.deep import DeepMapping
from latentjockey.generators.style.layered import LayeredSegment, LayeredSynthesis, Noise
from latentjockey.generators.style.layers import Tap
from latentjockey.generators.stylegan3.layers import FilteredLayer, FourierInput
from latentjockey.models.stylegan3_shape import Stylegan3Shape, input_shape, layer_shapes

_FIRST_UP_TO = 32


class Stylegan3Synthesis(LayeredSynthesis):
    """Layer latents ws (n, num_ws, w_dim) → pictures (n, 3, size, size), about -1..1, linear: nothing cuts them there.

    It has no noise. The one map is the first layer's: the place of the plane (3, 3), see
    :class:`latentjockey.generators.stylegan3.layers.FourierInput`.
    """

    def __init__(self, shape: Stylegan3Shape) -> None:
        super().__init__()
        self.shape, self.num_ws, self.w_dim = shape, shape.num_ws, shape.w_dim
        self.input = FourierInput(input_shape(shape), shape.w_dim)
        self.layers = nn.ModuleList(FilteredLayer(layer, shape.w_dim, shape.clamp) for layer in layer_shapes(shape))

    @property
    def dtype(self) -> torch.dtype:
        return self.ordered()[0].bias.dtype

    def typed(self, dtype: torch.dtype) -> Self:
        """The waves stay float32: half a frequency's bits would move the picture."""
        self.layers.to(dtype)
        return self

    def ordered(self) -> tuple[FilteredLayer, ...]:
        """The layers after the Fourier features, the one that gives the picture last."""
        return tuple(cast(FilteredLayer, layer) for layer in self.layers)

    def noise_maps(self, noise: Noise, n: int) -> list[Tensor | None]:
        """The place of the plane, then nothing: where ``noise`` gives no other, the plane is where it was learned."""
        mine = list(noise[:1]) if not isinstance(noise, str) else []
        still = torch.eye(3, device=self.input.weight.device)
        return [*(mine or [still]), *([None] * self.shape.layers)]

    def forward(self, ws: Tensor, noise: Noise = "const", tap: Tap | None = None) -> Tensor:
        x: Tensor | None = None
        picture: Tensor | None = None
        maps = self.noise_maps(noise, len(ws))
        for segment in cut(self):
            rows = ws[:, segment.first : segment.first + segment.rows]
            x, picture = segment(x, picture, rows, *maps[segment.first : segment.first + segment.layers], tap=tap)
        if picture is None:
            raise RuntimeError("the last layer shows no picture")
        return picture.float()


class Stylegan3Segment(LayeredSegment):
    """Layers of ``synthesis`` in a row from the one with the index ``begin``, before them its waves where that is 0."""

    def __init__(self, synthesis: Stylegan3Synthesis, begin: int, layers: Sequence[FilteredLayer]) -> None:
        super().__init__()
        self.input = synthesis.input if begin == 0 else None
        self.parts = nn.ModuleList(layers)
        self.scale = synthesis.shape.output_scale
        self.shows = layers[-1].shape.last
        self.first = 0 if begin == 0 else begin + 1
        self.rows = len(layers) + (1 if begin == 0 else 0)
        self.layers = self.rows - (1 if self.shows else 0)

    def forward(
        self, x: Tensor | None, picture: Tensor | None, rows: Tensor, *noise: Tensor | None, tap: Tap | None = None
    ) -> tuple[Tensor, Tensor | None]:
        parts = cast("Sequence[FilteredLayer]", self.parts)
        at = 0
        if self.input is not None:
            place = next((each for each in noise if each is not None), None)
            x = self.input(rows[:, 0].float(), place).to(parts[0].bias.dtype)
            x = tap(x, 0) if tap is not None else x
            at = 1
        if x is None:
            raise ValueError("a later segment goes on from an earlier one")
        for layer in parts:
            x = layer(x, rows[:, at])
            if tap is not None and not layer.shape.last:
                x = tap(x, self.first + at)
            at += 1
        return x, x * self.scale if self.shows else None


def cut(synthesis: Stylegan3Synthesis) -> list[Stylegan3Segment]:
    """The segments of a synthesis: the layers of low sampling rates, then those of each other rate together."""
    groups: list[tuple[int, list[FilteredLayer]]] = []
    rate = 0
    for i, layer in enumerate(synthesis.ordered()):
        mine = max(layer.shape.out_rate, _FIRST_UP_TO)
        if not groups or mine != rate:
            groups.append((i, []))
            rate = mine
        groups[-1][1].append(layer)
    return [Stylegan3Segment(synthesis, begin, layers) for begin, layers in groups]


class Stylegan3Net(nn.Module):
    """Mapping and synthesis of one ``shape``: z (n, z_dim), c (n, classes) → pictures (n, 3, size, size)."""

    def __init__(self, shape: Stylegan3Shape) -> None:
        super().__init__()
        self.shape = shape
        s = shape
        self.mapping = DeepMapping(s.z_dim, s.w_dim, s.classes, s.mapping_layers, s.w_dim, s.w_dim)
        self.synthesis = Stylegan3Synthesis(shape)

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        ws = self.mapping(z, c)[:, None].expand(-1, self.shape.num_ws, -1)
        return cast(Tensor, self.synthesis(ws))
