"""A model as the search sees it: what its latents are, where to sample them, and what its layers hear. torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latentjockey.base.diagnostics import StageError
from latentjockey.generators import registry
from latentjockey.generators.protocol import Classes, Generator
from latentjockey.models import found_directions
from latentjockey.models.clip_adding import is_a_clip
from latentjockey.models.diffusion_adding import is_diffusion_model
from latentjockey.models.found_directions import W, Z
from latentjockey.models.header import BrokenError, ForeignError
from latentjockey.models.kinds import kind_at
from latentjockey.models.library import Entry
from latentjockey.navigation.arrays import F64, to_float32

Features = Callable[[F64], F64]
"""z (n, z_dim) → early features (n, features)."""

_MOST_FEATURES = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A model with what is known of its inside. ``space`` is what its directions are steps of: layer latents, ``w``, or
    the place, ``z``. ``matrices`` are those that a layer's latent meets first, (out, dim) by the index of its row;
    ``features`` the first that a network of z makes of it. Either may be missing."""

    generator: Generator
    space: str
    matrices: Mapping[int, list[F64]] = field(default_factory=dict)
    features: Features | None = None

    @property
    def dim(self) -> int:
        """How wide the latents are that directions are steps of."""
        spec = self.generator.spec
        return spec.w_dim if self.space == W else spec.z_dim

    def bands(self) -> tuple[tuple[str, int, int], ...]:
        """The bands of its layers that hold any, by name, from first to end; of z, all as one."""
        spec = self.generator.spec
        if self.space == Z:
            return (("", 0, spec.num_ws),)
        coarse, middle = spec.bands
        ends = (("coarse", 0, coarse), ("middle", coarse, middle), ("fine", middle, spec.num_ws))
        return tuple((name, begin, end) for name, begin, end in ends if end > begin)

    def latents(self, z: F64, classes: Classes | None) -> F64:
        """w (n, w_dim) of places z (n, z_dim), with class weights (n, K)."""
        layers = self.generator.embed(to_float32(z), classes)
        return np.asarray(layers[:, 0], np.float64)


def opened(entry: Entry, device: str | None = None) -> Probe:
    """The model of the library's ``entry``, ready to be searched. Waits. Raises StageError where it cannot be."""
    path = searchable(entry)
    try:
        return _probe(registry.create(entry.name, device), path)
    except (ForeignError, BrokenError) as error:  # the file was changed a moment ago
        raise StageError(f"{path.name} cannot be searched: {error}.") from error


def searchable(entry: Entry) -> Path:
    """The file of a model that can be searched. Raises StageError, in a sentence, for one that cannot."""
    if entry.path is None:
        raise StageError(f"{entry.title} has no file, so that nothing can be found for it.")
    if is_a_clip(entry.path) or is_diffusion_model(entry.path):
        raise StageError(f"{entry.title} has no network in which directions could be found.")
    if entry.path.is_dir():
        raise StageError(f"{entry.title} has code of its own, which runs only while it plays: it cannot be searched.")
    if found_directions.brings_its_own(entry.path):
        raise StageError(f"{entry.title} brings directions of its own.")
    return entry.path


def _probe(generator: Generator, path: Path) -> Probe:
    kind = kind_at(path)
    if kind == "style":
        from latentjockey.generators.style import model_file

        return Probe(generator, W, _of_style(model_file.load(path).net))
    if kind == "stylegan3":
        from latentjockey.generators.stylegan3 import model_file as files

        synthesis = files.load(path).synthesis
        found = {i + 1: [_plain(layer.conv.affine.weight)] for i, layer in enumerate(synthesis.ordered())}
        return Probe(generator, W, found)
    if kind == "biggan":
        from latentjockey.generators.biggan import player

        big = player.load(path)
        z_dim = big.shape.z_dim
        return Probe(generator, Z, {0: [_plain(big.synthesis.first.weight)[:, :z_dim]]}, _of_biggan(big))
    if kind == "dcgan":
        from latentjockey.generators.dcgan import player as dcgans

        return _of_dcgan(generator, dcgans.load(path))
    return Probe(generator, Z)


def _of_style(net: nn.Module) -> dict[int, list[F64]]:
    from latentjockey.generators.style.network import StyleNet

    found: dict[int, list[F64]] = {}
    if not isinstance(net, StyleNet):
        return found
    if net.synthesis.lay is not None:
        found[0] = [_plain(net.synthesis.lay.weight)]
    for block in net.synthesis.ordered():
        layers = [layer for layer in (block.conv0, block.conv1) if layer is not None]
        for i, layer in enumerate(layers):
            found.setdefault(block.first + i, []).append(_plain(layer.conv.affine.weight))
    return found


def _of_biggan(net: nn.Module) -> Features | None:
    """What the first block makes of a latent whose classes are the mean of all."""
    from latentjockey.generators.biggan.network import BigganNet, heard, knobs_of
    from latentjockey.models.biggan_spec import TRUNCATION

    if not isinstance(net, BigganNet):
        return None
    knobs = knobs_of(net.shape.statistics, TRUNCATION)
    middle = net.embeddings.mean(0)
    first = net.synthesis.blocks[0]

    @torch.inference_mode()
    def features(z: F64) -> F64:
        rows = torch.cat((torch.from_numpy(to_float32(z)), middle.expand(len(z), -1)), 1)
        x = first(net.synthesis.begin(rows, knobs), heard(rows, knobs, net.shape.z_dim), knobs)
        return _sketched(x)

    return features


def _of_dcgan(generator: Generator, net: nn.Module) -> Probe:
    from latentjockey.generators.dcgan.network import DcganNet, StageLayer
    from latentjockey.models.dcgan_shape import LINEAR

    if not isinstance(net, DcganNet):
        return Probe(generator, Z)
    first = next(layer for layer in net.stages if isinstance(layer, StageLayer))
    weight = first.weight if first.stage.op == LINEAR else _by_outputs(first)
    matrix = _plain(weight.flatten(1))[:, : net.shape.z_dim]
    classes = np.eye(1, max(1, net.shape.classes), dtype=np.float32) if net.shape.classes else None

    @torch.inference_mode()
    def features(z: F64) -> F64:
        c = None if classes is None else torch.from_numpy(classes.repeat(len(z), 0))
        return _sketched(first.activated(first(net.hear(torch.from_numpy(to_float32(z)), c))))

    if net.label is not None:  # the network hears z times the label
        matrix = matrix * _plain(net.label[:1])
    return Probe(generator, Z, {0: [matrix]}, features)


def _by_outputs(layer: nn.Module) -> Tensor:
    """The weight of a first convolution as what each output hears: (outputs · pixels, inputs)."""
    from latentjockey.generators.dcgan.network import StageLayer
    from latentjockey.models.dcgan_shape import TRANSPOSED

    if not isinstance(layer, StageLayer):
        raise TypeError("no layer of a DCGAN")
    weight = layer.weight  # transposed: (in, out, k, k); else (out, in, k, k)
    by_input = weight.flatten(1) if layer.stage.op == TRANSPOSED else weight.transpose(0, 1).flatten(1)
    return by_input.t()


def _sketched(x: Tensor) -> F64:
    """Features (n, …) as rows; many of them as so many random sums, which keep lengths and angles nearly (Johnson and
    Lindenstrauss, 1984): always the same sums."""
    rows = x.float().flatten(1)
    if rows.shape[1] > _MOST_FEATURES:
        rows = torch.mm(rows, _sums(rows.shape[1]))
    return np.asarray(rows.double().numpy(), np.float64)


@lru_cache(maxsize=1)
def _sums(features: int) -> Tensor:
    dice = torch.Generator().manual_seed(features)
    sums: Tensor = torch.randn(features, _MOST_FEATURES, generator=dice) / math.sqrt(_MOST_FEATURES)
    return sums


def _plain(weight: Tensor) -> F64:
    return np.asarray(weight.detach().double().numpy(), np.float64)
