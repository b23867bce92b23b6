"""A StyleGAN3 model as one safetensors file, read as data only: weights and filters. Any thread that may wait."""

from __future__ import annotations

from pathlib import Path

from latentjockey.generators.style.model_file import network_in
from latentjockey.generators.stylegan3.network import Stylegan3Net
from latentjockey.models.stylegan3_shape import shape_from_json
from latentjockey.models.stylegan3_spec import KIND


def load(path: Path) -> Stylegan3Net:
    """The network in the file at ``path``, on the CPU. Raises ContainerError or ModelFileError, each one sentence."""
    return network_in(
        path, KIND, lambda config: Stylegan3Net(shape_from_json(config)), lambda net: net.state_dict(keep_vars=True)
    )
