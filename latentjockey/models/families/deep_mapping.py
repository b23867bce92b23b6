"""The mapping of published style networks, StyleGAN2 to 3, from a file to ours. Pure, numpy only.

In the files weights are as they were trained: equalised by 1/√fan-in and by the rate that the mapping learned at, both
applied when it runs. Here they are multiplied in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from latentjockey.models.families.weights import F32, Weights, whole
from latentjockey.models.reading.plain import RefusedError

_SLOPE, _GAIN, _EPSILON = 0.2, math.sqrt(2.0), 1e-8
_MOST_LAYERS, _WIDEST = 64, 1 << 14
_SAMPLES, _SEED = 4096, 0


@dataclass(frozen=True, slots=True)
class MappingShape:
    """``layers`` of ``width``; classes are embedded in ``embed`` numbers, 0 where there are none."""

    layers: int
    width: int
    embed: int


def taken(
    weights: Weights, z_dim: int, w_dim: int, classes: int, rate: float, prefix: str = "mapping."
) -> tuple[dict[str, F32], MappingShape]:
    """The mapping's tensors in our names, taken out of ``weights``, and its shape. ``rate`` is what it learned at.

    Without an average w it is counted from 4096 places. Raises RefusedError.
    """
    made: dict[str, F32] = {}
    embed = 0
    if classes:
        embed = whole((*weights.shape(f"{prefix}embed.weight"), 0)[0], "embedding of classes", 1, _WIDEST)
        made["embed.weight"] = weights.take(f"{prefix}embed.weight", embed, classes) / np.float32(math.sqrt(classes))
        made["embed.bias"] = weights.take(f"{prefix}embed.bias", embed)
    layers = 0
    while f"{prefix}fc{layers}.weight" in weights and layers < _MOST_LAYERS:
        layers += 1
    if not layers:
        raise RefusedError("its mapping has no layers; it is of another program")
    width = whole((*weights.shape(f"{prefix}fc0.weight"), 0)[0], "mapping's width", 1, _WIDEST)
    inputs = z_dim + embed
    for i in range(layers):
        outputs = w_dim if i == layers - 1 else width
        gain = np.float32(rate / math.sqrt(inputs))
        made[f"layers.{i}.weight"] = weights.take(f"{prefix}fc{i}.weight", outputs, inputs) * gain
        made[f"layers.{i}.bias"] = weights.take(f"{prefix}fc{i}.bias", outputs) * np.float32(rate)
        inputs = outputs
    known = f"{prefix}w_avg" in weights
    made["w_avg"] = weights.take(f"{prefix}w_avg", w_dim) if known else _average(made, z_dim, classes, layers)
    return {f"mapping.{name}": value for name, value in made.items()}, MappingShape(layers, width, embed)


def _average(made: dict[str, F32], z_dim: int, classes: int, layers: int) -> F32:
    """The mean of w over places and classes drawn from a fixed seed."""
    source = np.random.default_rng(_SEED)
    x = _unit(source.standard_normal((_SAMPLES, z_dim)).astype(np.float32))
    if classes:
        drawn = source.integers(0, classes, _SAMPLES)
        x = np.concatenate((x, _unit(made["embed.weight"].T[drawn] + made["embed.bias"])), 1)
    for i in range(layers):
        x = x @ made[f"layers.{i}.weight"].T + made[f"layers.{i}.bias"]
        x = np.where(x < 0.0, np.float32(_SLOPE) * x, x) * np.float32(_GAIN)
    mean: F32 = x.mean(0, dtype=np.float64).astype(np.float32)
    return mean


def _unit(x: F32) -> F32:
    norm: F32 = x / np.sqrt(np.square(x).mean(1, keepdims=True) + np.float32(_EPSILON))
    return norm
