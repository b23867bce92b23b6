"""A StyleGAN3 model as one safetensors file, read as data only: weights, filters, and what it is in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from latentjockey.generators.style.model_file import ModelFileError, fill, header_of
from latentjockey.generators.stylegan3.network import Stylegan3Net
from latentjockey.models.container import read_header
from latentjockey.models.stylegan3_shape import layer_shapes, shape_from_json
from latentjockey.models.stylegan3_spec import KIND


@dataclass(frozen=True, slots=True)
class Stylegan3Model:
    """What a file holds, in float32 on the CPU. ``header`` is the JSON object of its metadata."""

    net: Stylegan3Net
    header: Mapping[str, Any]


def load(path: Path) -> Stylegan3Model:
    """Read the model at ``path``. Raises ContainerError or ModelFileError, each one sentence."""
    infos, metadata = read_header(path)
    header = header_of(path, metadata, KIND)
    try:
        shape = shape_from_json(header.get("config"))
        layer_shapes(shape)
        with torch.device("meta"):
            wanted = Stylegan3Net(shape).state_dict(keep_vars=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelFileError(f"{path.name} does not say what network it holds: {error}") from error
    net = fill(path, infos, wanted, lambda: Stylegan3Net(shape), lambda made: made.state_dict(keep_vars=True))
    return Stylegan3Model(net.eval().requires_grad_(False), header)
