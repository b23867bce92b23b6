"""How the picture of a network that ends in a tanh is brought into bounds, and driven there. Pure tensor operations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.models.squashed import DRIVE, FOLD

_FARTHEST = 1e6


def knobs(native: Mapping[str, float | NDArray[np.float32]]) -> tuple[float, float]:
    """Drive and fold, within what float32 sums bear."""
    return _number(native, DRIVE, 1.0), _number(native, FOLD, 0.0)


def squashed(picture: Tensor, output: str, drive: Tensor | float, fold: Tensor | float) -> Tensor:
    """A network's linear picture within -1..1: through its own ``output`` after it was driven, and by ``fold`` on the
    way to its mirror image at black and white, which bends it nowhere."""
    driven = (picture * drive).nan_to_num(0.0, _FARTHEST, -_FARTHEST)
    if output == "tanh":
        pressed = torch.tanh(driven)
    elif output == "sigmoid":
        pressed = torch.sigmoid(driven) * 2.0 - 1.0
    else:
        pressed = driven.clamp(-1.0, 1.0)
    mirrored = ((driven - 1.0).remainder(4.0) - 2.0).abs() - 1.0
    return (pressed + fold * (mirrored - pressed)).clamp(-1.0, 1.0)


def _number(native: Mapping[str, float | NDArray[np.float32]], name: str, default: float) -> float:
    return max(-_FARTHEST, min(_FARTHEST, float(native.get(name, default))))
