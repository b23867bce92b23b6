"""Plays a BigGAN model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread.

Truncation reaches every layer, so that moving it keeps nothing of the last picture; edits of late latents keep what
came before them.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from latentjockey.generators.biggan.network import BigganNet, BigganSynthesis, cut, knobs_of
from latentjockey.generators.squash import knobs
from latentjockey.generators.style.blending import first_like
from latentjockey.generators.style.model_file import network_in
from latentjockey.generators.style.playing import LayeredPlayer, Maps, Native, Played, number
from latentjockey.models.biggan_shape import BigganShape, shape_from_json
from latentjockey.models.biggan_spec import KIND, TRUNCATION
from latentjockey.models.spec import ModelSpec


class BigganPlayer(LayeredPlayer):
    """The model in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError or ModelFileError when the file cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        net = load(path)
        played = Played(
            path=path,
            classes=net.shape.classes,
            bands=net.shape.bands,
            embed=net.embed,
            w_avg=None,
            synthesis=net.synthesis,
            cut=cut,
            maps=Knobs,
            other=lambda: _like(net.shape, path),
        )
        super().__init__(played, spec, device)


class Knobs:
    """The knobs of ``synthesis``, the same for each of its blocks, as its controls ask."""

    def __init__(self, synthesis: BigganSynthesis) -> None:
        self._device = synthesis.device
        self._statistics, self._blocks = synthesis.shape.statistics, len(synthesis.shape.blocks)
        self._last = self._made((TRUNCATION, 1.0, 0.0))

    def at(self, native: Native) -> Maps:
        key = (number(native, "truncation", TRUNCATION), *knobs(native))
        if key != self._last.key:
            self._last = self._made(key)
        return self._last

    def clear(self) -> None:
        """Nothing is kept."""

    def _made(self, key: tuple[float, float, float]) -> Maps:
        made: Tensor = knobs_of(self._statistics, *key).to(self._device)
        return Maps(key, (made,) * self._blocks)


def load(path: Path) -> BigganNet:
    """The network in the file at ``path``, on the CPU. Raises ContainerError or ModelFileError, each one sentence."""
    return network_in(path, KIND, lambda config: BigganNet(shape_from_json(config)), BigganNet.parts)


def _like(shape: BigganShape, own: Path) -> BigganSynthesis | None:
    """The first other model of the library of this ``shape``; ``own`` is the file that plays."""

    def synthesis_at(path: Path) -> BigganSynthesis | None:
        net = load(path)
        return net.synthesis if net.shape == shape else None

    return first_like(own, shape.num_ws, shape.width, synthesis_at)
