"""Plays a BigGAN model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread.

Truncation reaches every layer, so that moving it keeps nothing of the last picture; edits of late latents keep what
came before them.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from latentjockey.base.diagnostics import StageError, logger
from latentjockey.generators.biggan.network import BigganNet, BigganSynthesis, cut, knobs_of
from latentjockey.generators.squash import knobs
from latentjockey.generators.style.model_file import ModelFileError, fill, header_of
from latentjockey.generators.style.playing import LayeredPlayer, Maps, Native, Played, number
from latentjockey.models import library
from latentjockey.models.biggan_shape import BigganShape, shape_from_json
from latentjockey.models.biggan_spec import KIND, TRUNCATION
from latentjockey.models.container import read_header
from latentjockey.models.spec import ModelSpec

_LOG = logger("biggan")


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
    infos, metadata = read_header(path)
    try:
        shape = shape_from_json(header_of(path, metadata, KIND).get("config"))
        with torch.device("meta"):
            wanted = BigganNet(shape).parts()
    except ValueError as error:
        raise ModelFileError(f"{path.name} does not say what network it holds: {error}.") from error
    net = fill(path, infos, wanted, lambda: BigganNet(shape), BigganNet.parts)
    return net.eval().requires_grad_(False)


def _like(shape: BigganShape, own: Path) -> BigganSynthesis | None:
    """The first other model of the library of this ``shape``; ``own`` is the file that plays."""
    for entry in library.entries():
        spec = entry.spec
        if entry.path is None or spec is None or entry.path == own:
            continue
        if (spec.num_ws, spec.w_dim, spec.size) != (shape.num_ws, shape.width, (shape.size, shape.size)):
            continue
        try:
            net = load(entry.path)
        except StageError as error:
            _LOG.info("%s cannot be blended with: %s", entry.name, error)
            continue
        if net.shape == shape:
            return net.synthesis
    return None
