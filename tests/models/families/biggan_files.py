"""State dicts in the layout of the published BigGAN-deep weights, small and of random numbers, and what they mean.

``meant`` computes a picture from such a state dict step by step after the paper's figure, with each weight divided by
its spectral norm as numpy finds it: slow, and written apart from what it is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

State = dict[str, NDArray[Any]]
Layers = Sequence[tuple[bool, int, int]]

SMALL: Layers = ((False, 16, 16), (True, 16, 8), (False, 8, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1))
"""(doubles, inputs, outputs) in units of the channels of the last block: 32 px."""
CLASSES, Z, CHANNELS, STATISTICS = 5, 6, 8, 11


def state(
    layers: Layers = SMALL, attention: int = 4, seed: int = 0, *, vectors: bool = True, normed: bool = True
) -> State:
    """``attention`` is where in the list of layers it stands. Without ``vectors`` the files are of the oldest kind,
    which know one vector of the power iteration only; not ``normed``, their weights have the spectral norm in them."""
    random = np.random.default_rng(seed)
    made: State = {}

    def spectral(name: str, *shape: int, bias: bool = True) -> None:
        weight = random.normal(size=shape) * 3.0
        left, sizes, right = np.linalg.svd(weight.reshape(shape[0], -1), full_matrices=False)
        if bias:
            made[f"{name}.bias"] = random.normal(size=shape[0]) * 0.1
        if not normed:
            made[f"{name}.weight"] = weight / sizes[0]
            return
        made[f"{name}.weight_orig"] = weight
        made[f"{name}.weight_u"] = left[:, 0]
        if vectors:
            made[f"{name}.weight_v"] = right[0]

    def norm(name: str, channels: int) -> None:
        made[f"{name}.running_means"] = random.normal(size=(STATISTICS, channels)) * 0.3
        made[f"{name}.running_vars"] = random.uniform(0.2, 1.2, size=(STATISTICS, channels))

    made["embeddings.weight"] = random.normal(size=(Z, CLASSES))
    spectral("generator.gen_z", 16 * layers[0][1] * CHANNELS, 2 * Z)
    place = 0
    for i, (_, before, after) in enumerate(layers):
        inputs, outputs = before * CHANNELS, after * CHANNELS
        if i == attention:
            key = f"generator.layers.{place}."
            made[f"{key}gamma"] = np.array([0.7])
            for part, out, into in (("theta", 8, 1), ("phi", 8, 1), ("g", 2, 1), ("o_conv", 1, 2)):
                spectral(f"{key}snconv1x1_{part}", inputs // out, inputs // into, 1, 1, bias=False)
            place += 1
        key, middle = f"generator.layers.{place}.", inputs // 4
        shapes = ((middle, inputs, 1), (middle, middle, 3), (middle, middle, 3), (outputs, middle, 1))
        for k, (out, into, kernel) in enumerate(shapes):
            norm(f"{key}bn_{k}", into)
            spectral(f"{key}bn_{k}.scale", into, 2 * Z, bias=False)
            spectral(f"{key}bn_{k}.offset", into, 2 * Z, bias=False)
            spectral(f"{key}conv_{k}", out, into, kernel, kernel)
        place += 1
    norm("generator.bn", CHANNELS)
    made["generator.bn.weight"], made["generator.bn.bias"] = random.normal(size=(2, CHANNELS)) * 0.5 + [[1.0], [0.0]]
    spectral("generator.conv_to_rgb", CHANNELS, CHANNELS, 3, 3)
    return {key: np.asarray(value, np.float32) for key, value in made.items()}


def meant(held: State, z: Tensor, c: Tensor, truncation: float, layers: Layers = SMALL, attention: int = 4) -> Tensor:
    """The picture (n, 3, S, S) of z (n, Z) and class weights c (n, CLASSES) at a truncation between 0 and 1."""

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(held[name]).double()

    def weight(name: str) -> Tensor:
        if f"{name}.weight" in held:
            return tensor(f"{name}.weight")
        whole = tensor(f"{name}.weight_orig")
        sigma = np.linalg.norm(held[f"{name}.weight_orig"].reshape(whole.shape[0], -1).astype(np.float64), 2)
        return whole / float(sigma)

    def statistics(name: str) -> tuple[Tensor, Tensor]:
        place = truncation * (STATISTICS - 1)
        low = min(int(place), STATISTICS - 2)
        part = place - low
        means, variances = tensor(f"{name}.running_means"), tensor(f"{name}.running_vars")
        return torch.lerp(means[low], means[low + 1], part), torch.lerp(variances[low], variances[low + 1], part)

    def norm(name: str, x: Tensor) -> Tensor:
        mean, variance = statistics(name)
        x = (x - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + 1e-4)
        scale, offset = (heard @ weight(f"{name}.{part}").t() for part in ("scale", "offset"))
        return torch.relu(x * (1.0 + scale)[:, :, None, None] + offset[:, :, None, None])

    def doubled(x: Tensor) -> Tensor:
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    def attend(key: str, x: Tensor) -> Tensor:
        theta, phi, g = (F.conv2d(x, weight(f"{key}snconv1x1_{part}")) for part in ("theta", "phi", "g"))
        phi, g = F.max_pool2d(phi, 2), F.max_pool2d(g, 2)
        likeness = torch.einsum("nchw,ncij->nhwij", theta, phi).flatten(3).softmax(3)
        seen = torch.einsum("nhwk,nck->nchw", likeness, g.flatten(2))
        return x + tensor(f"{key}gamma") * F.conv2d(seen, weight(f"{key}snconv1x1_o_conv"))

    heard = torch.cat((truncation * z.double(), c.double() @ tensor("embeddings.weight").t()), 1)
    x = heard @ weight("generator.gen_z").t() + tensor("generator.gen_z.bias")
    x = x.view(len(z), 4, 4, -1).permute(0, 3, 1, 2)
    place = 0
    for i, (doubles, _, after) in enumerate(layers):
        if i == attention:
            x = attend(f"generator.layers.{place}.", x)
            place += 1
        key, past = f"generator.layers.{place}.", x[:, : after * CHANNELS]
        for k in range(4):
            x = norm(f"{key}bn_{k}", x)
            x = doubled(x) if doubles and k == 1 else x
            x = F.conv2d(x, weight(f"{key}conv_{k}"), tensor(f"{key}conv_{k}.bias"), padding=1 if k in (1, 2) else 0)
        x = x + (doubled(past) if doubles else past)
        place += 1
    mean, variance = statistics("generator.bn")
    x = (x - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + 1e-4)
    x = torch.relu(x * tensor("generator.bn.weight")[:, None, None] + tensor("generator.bn.bias")[:, None, None])
    x = F.conv2d(x, weight("generator.conv_to_rgb"), tensor("generator.conv_to_rgb.bias"), padding=1)
    return torch.tanh(x[:, :3])
