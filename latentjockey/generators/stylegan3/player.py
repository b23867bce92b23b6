"""Plays a StyleGAN3 model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread.

Everything but the plane that its pictures lie in is as with style networks. Moving the plane changes the first layer,
so that nothing of the last picture can be kept; edits of late rows of w keep what came before them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from latentjockey.generators.style.blending import first_like
from latentjockey.generators.style.playing import LayeredPlayer, Maps, Native, Played, number
from latentjockey.generators.stylegan3.model_file import load
from latentjockey.generators.stylegan3.network import Stylegan3Synthesis, cut
from latentjockey.models.spec import ModelSpec
from latentjockey.models.stylegan3_shape import Stylegan3Shape

_SMALLEST = 1e-4
"""Times as small as it was, beyond which a picture has no form left."""


class Stylegan3Player(LayeredPlayer):
    """The model in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError or ModelFileError when the file cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        net = load(path)
        shape = net.shape
        played = Played(
            path=path,
            classes=shape.classes,
            bands=shape.bands,
            embed=net.mapping,
            w_avg=net.mapping.w_avg,
            synthesis=net.synthesis,
            cut=cut,
            maps=Places,
            other=partial(_like, shape, path),
        )
        super().__init__(played, spec, device)


class Places:
    """The one map of ``synthesis``: where its plane is, as its controls ask."""

    def __init__(self, synthesis: Stylegan3Synthesis) -> None:
        self._device = synthesis.device
        self._others: tuple[Tensor | None, ...] = (None,) * synthesis.shape.layers
        self._last = self._made((0.0, 0.0, 0.0, 1.0))

    def at(self, native: Native) -> Maps:
        x, y, turn = (number(native, name, 0.0) for name in ("x", "y", "rotate"))
        key = (x, y, turn, number(native, "scale", 1.0))
        if key != self._last.key:
            self._last = self._made(key)
        return self._last

    def clear(self) -> None:
        """Nothing is kept."""

    def _made(self, key: tuple[float, float, float, float]) -> Maps:
        return Maps(key, (place(*key).to(self._device), *self._others))


def place(x: float, y: float, degrees: float, scale: float) -> Tensor:
    """Where in the untouched picture each point is found when that is scaled and turned anticlockwise about its middle,
    then moved by x rightwards and y downwards, in pictures: (3, 3) float32. A scale of almost 0 is as good as none."""
    if abs(scale) < _SMALLEST:
        scale = math.copysign(_SMALLEST, scale)
    angle = math.radians(math.fmod(degrees, 360.0))
    c, s = math.cos(angle) / scale, math.sin(angle) / scale
    rows = ((c, -s, s * y - c * x), (s, c, -s * x - c * y), (0.0, 0.0, 1.0))
    return torch.tensor(rows, dtype=torch.float32)


def _like(shape: Stylegan3Shape, own: Path) -> Stylegan3Synthesis | None:
    """The first other model of the library whose synthesis has this ``shape``; ``own`` is the file that plays."""

    def synthesis_at(path: Path) -> Stylegan3Synthesis | None:
        net = load(path)
        alike = replace(net.shape, z_dim=shape.z_dim, classes=shape.classes, mapping_layers=shape.mapping_layers)
        return net.synthesis if alike == shape else None

    return first_like(own, shape.num_ws, shape.w_dim, synthesis_at)
