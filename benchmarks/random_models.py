"""Model files of published shapes with random weights, written as the converters of checkpoints write theirs.

How long a picture takes depends on the shape alone, so that nobody's weights are needed to tell. Any thread that may
wait.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.onnx_bytes import dcgan_graph
from latentjockey.generators.biggan.network import BigganNet
from latentjockey.generators.dcgan.network import DcganNet
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.stylegan3.network import Stylegan3Net
from latentjockey.models.biggan_shape import BigganShape, Block
from latentjockey.models.dcgan_shape import CONCATENATED, TRANSPOSED, DcganShape, Stage
from latentjockey.models.families.family import Converted
from latentjockey.models.families.onnx import Onnx
from latentjockey.models.families.writing import write
from latentjockey.models.reading.plain import SAFETENSORS, Checkpoint
from latentjockey.models.reading.reader import read
from latentjockey.models.stylegan3_shape import Stylegan3Shape

Shape = StyleConfig | Stylegan3Shape | BigganShape | DcganShape
_SMALL = ("strength", "attention.gain")
_LOUD = 0.1


def config_f(size: int, base: int) -> StyleConfig:
    """StyleGAN2's configuration F, and that of -ADA's ports: the channels of a layer are ``base`` over its side."""
    return StyleConfig(size, 512, 512, 0, base, 512, "skip", "const", clamp=256.0, mapping_layers=8, mapping_width=512)


def dcgan(z_dim: int, classes: int, widths: tuple[int, ...]) -> DcganShape:
    """From 1 px to 4, then a doubling for each further of ``widths``, and one to the picture."""
    sides = (z_dim + classes, *widths, 3)
    stages = tuple(
        Stage(TRANSPOSED, before, after, 4, 2 if i else 1, 1 if i else 0, activation="none" if after == 3 else "relu")
        for i, (before, after) in enumerate(pairwise(sides))
    )
    return DcganShape(z_dim, stages, classes, CONCATENATED if classes else "")


def _biggan(widths: tuple[int, ...], attends: int) -> BigganShape:
    """BigGAN-deep with 128 channels for each of ``widths``: every second block doubles, attention before one."""
    n = tuple(128 * width for width in widths)
    blocks = tuple(Block(before, after, i % 2 == 1, i == attends) for i, (before, after) in enumerate(pairwise(n)))
    return BigganShape(128, 128, 1000, blocks)


SHAPES: Mapping[str, Shape] = {
    "stylegan2-256": config_f(256, 16384),
    "stylegan2-1024": config_f(1024, 32768),
    "stylegan3-t-256": Stylegan3Shape(channel_base=16384),
    "stylegan3-r-256": Stylegan3Shape(channel_base=32768, channel_max=1024, kernel=1, radial=True),
    "biggan-deep-128": _biggan((16, 16, 16, 16, 8, 8, 4, 4, 2, 2, 1), 8),
    "dcgan-128": dcgan(100, 8, (1024, 512, 256, 128, 64)),
}
"""As they were published; the DCGAN is that of the painted eyes."""


def save(path: Path, shape: Shape, *, as_graph: bool = False) -> None:
    """Write a network of ``shape`` with random weights to ``path``, always the same; a DCGAN ``as_graph`` through ONNX.

    Raises RefusedError where it could not be played, OSError as the disk does.
    """
    torch.manual_seed(0)
    kind, parts, classes = _network(shape)
    tensors = {name: _sounding(name, value) for name, value in parts.items()}
    source = Checkpoint(SAFETENSORS, {}, "0" * 64, 0)
    names = tuple(f"class {i}" for i in range(classes))
    made: Converted | None = Converted(kind, shape.to_json(), tensors, classes=names, bands=_bands(shape))
    if as_graph and isinstance(shape, DcganShape):
        graph = path.with_suffix(".onnx")
        graph.write_bytes(dcgan_graph(shape, tensors))
        source = read(graph)
        made = Onnx().convert(source, {"classes": classes} if classes else {})
        graph.unlink()
    if made is None:
        raise ValueError("the graph that was written is none")
    write(path, path.stem, made, source, "random")


def _network(shape: Shape) -> tuple[str, dict[str, Tensor], int]:
    """The kind of a network of ``shape``, every tensor of its file, and its number of classes."""
    if isinstance(shape, StyleConfig):
        return "style", StyleNet(shape).state_dict(), shape.classes
    if isinstance(shape, Stylegan3Shape):
        return "stylegan3", Stylegan3Net(shape).state_dict(), shape.classes
    if isinstance(shape, BigganShape):
        return "biggan", BigganNet(shape).parts(), shape.classes
    parts = DcganNet(shape).state_dict()
    for i, stage in enumerate(shape.stages):  # as loud behind every stage as before it, or the picture is grey
        parts[f"stages.{i}.weight"].normal_(std=math.sqrt(0.5 / stage.inputs))
    return "dcgan", parts, shape.classes


def _bands(shape: Shape) -> tuple[int, ...]:
    return () if isinstance(shape, DcganShape) else shape.bands


def _sounding(name: str, value: Tensor) -> NDArray[Any]:
    """The values of a tensor; what is learned from 0 on, and could be left out while it is 0, is not 0."""
    values = value.detach().float().numpy()
    return np.full_like(values, _LOUD) if name.endswith(_SMALL) else values
