"""If the weights that a part's config asks for lie in its files, before memory is taken for them. Engine process.

A config is a few words, and may ask for a network of any size: it is drawn on torch's device ``meta``, which has shapes
and no numbers, and compared with the headers of the files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from latentjockey.models.container import TensorInfo, read_header
from latentjockey.models.diffusion_folder import WEIGHTS
from latentjockey.models.diffusion_size import layers_in
from latentjockey.models.header import BrokenError


def check_fit(called: str, folder: Path, config: Mapping[str, Any], draw: Callable[[], nn.Module]) -> None:
    """Raises BrokenError, the end of a sentence that names the part as it is ``called``, where the network that
    ``draw`` makes of ``config`` is another than the weights in ``folder`` are of; ContainerError; what ``draw``
    raises."""
    asks = f"the config of its {called} asks for"
    held: dict[str, TensorInfo] = {}
    for file in sorted(folder.glob(f"*{WEIGHTS}")):
        held.update(read_header(file)[0])
    layers = layers_in(config)
    if layers > len(held):
        raise BrokenError(f"{asks} {layers} layers, and its files hold {len(held)} tensors")
    try:
        with torch.device("meta"):
            drawn = draw()
    except RuntimeError as error:
        if "meta" in str(error):  # one that computes with its numbers while it is made: what it asks for is seen later
            return
        raise
    asked = dict(drawn.named_parameters())
    for name, like in asked.items():
        shape = tuple(like.shape)
        if name in held and held[name].shape != shape:
            raise BrokenError(
                f"{asks} {name[:80]} as {_sides(shape)}, and its file has it as {_sides(held[name].shape)}"
            )
    wanted = sum(each.numel() for each in asked.values())
    there = sum(math.prod(each.shape) for each in held.values())
    if wanted > there:
        raise BrokenError(f"{asks} {wanted:,} weights, and its files hold {there:,}")


def _sides(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one number"
