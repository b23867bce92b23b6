"""The networks that a generator is trained with and that no player needs: an encoder and a critic. Pure modules.

Both take the picture in at several sizes: each has a stem for every feature size from 32×32 up, and sums what the stem
sees of the picture, made small, with what comes down from above. So they grow: a network for twice the size has one
stem and one block more, the block's last layer starts at zero, and at first it answers what the smaller one
did. Convolutions only, channels last; class weights enter linearly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

SLOPE = 0.2
_LOWEST_STEM = 32
_WIDEST = 256
_LEAST_LOG_VARIANCE, _MOST_LOG_VARIANCE = -8.0, 4.0


def width_at(resolution: int, width: int, widest: int = _WIDEST) -> int:
    """Channels of the features of ``resolution``²: ``width`` at 32×32, doubled with each halving."""
    return max(16, min(widest, width * _LOWEST_STEM // resolution))


def entries(size: int) -> tuple[int, ...]:
    """The feature sizes that have a stem, largest first, for pictures of ``size`` px (one is half the picture)."""
    top = size // 2
    found = [top]
    while found[-1] > _LOWEST_STEM:
        found.append(found[-1] // 2)
    return tuple(found)


class Stems(nn.Module):
    """One look at the picture for each feature size: (n, 3, size, size) → features by size."""

    def __init__(self, size: int, channels: Callable[[int], int]) -> None:
        super().__init__()
        self.looks = nn.ModuleDict({f"r{r}": nn.Conv2d(12, channels(r), 3, padding=1) for r in entries(size)})

    def forward(self, x: Tensor) -> dict[int, Tensor]:
        seen: dict[int, Tensor] = {}
        for name, look in self.looks.items():
            resolution = int(name[1:])
            smaller = x if x.shape[2] == 2 * resolution else F.avg_pool2d(x, x.shape[2] // (2 * resolution))
            seen[resolution] = look(F.pixel_unshuffle(smaller, 2))
        return seen


class Down(nn.Module):
    """Half the size by residual convolutions: (n, in, H, W) → (n, out, H/2, W/2)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.last = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.side = nn.Conv2d(inputs, outputs, 1)

    def silence(self) -> None:
        """Say nothing until something is learned."""
        for layer in (self.last, self.side):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(x, 2)
        deep = self.last(F.leaky_relu(self.first(F.leaky_relu(x, SLOPE)), SLOPE))
        return cast(Tensor, self.side(x) + deep)


class Encoder(nn.Module):
    """Pictures (n, 3, size, size) and class weights (n, K) → mean and log variance of latents, each (n, z_dim)."""

    def __init__(self, size: int, classes: int, z_dim: int, width: int = 64) -> None:
        super().__init__()
        self.stems = Stems(size, lambda r: width_at(r, width))
        self.downs = nn.ModuleDict()
        resolution = size // 2
        while resolution > 4:
            self.downs[f"r{resolution}"] = Down(width_at(resolution, width), width_at(resolution // 2, width))
            resolution //= 2
        self.out = nn.Linear(width_at(4, width) * 16, 2 * z_dim)
        self.of_class = nn.Linear(classes, 2 * z_dim, bias=False) if classes else None
        with torch.no_grad():
            self.out.weight.mul_(0.3)

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.stems(x)
        h: Tensor | None = None
        for name, down in self.downs.items():
            here = seen.get(int(name[1:]))
            h = here if h is None else (h if here is None else h + here)
            h = down(h)
        assert h is not None
        out = self.out(F.leaky_relu(h, SLOPE).flatten(1))
        if self.of_class is not None:
            out = out + self.of_class(c)
        mean, log_variance = out.float().chunk(2, 1)
        return mean, log_variance.clamp(_LEAST_LOG_VARIANCE, _MOST_LOG_VARIANCE)


class Critic(nn.Module):
    """Pictures (n, 3, size, size) and class weights (n, K) → logits (n, P): of 8×8 patches, then one of the whole,
    which :func:`weigh` lets count as much as all patches together."""

    def __init__(self, size: int, classes: int, width: int = 64) -> None:
        super().__init__()
        self.stems = Stems(size, lambda r: width_at(r, width))
        self.downs = nn.ModuleDict()
        resolution = size // 2
        while resolution > 4:
            inputs, outputs = width_at(resolution, width), width_at(resolution // 2, width)
            if resolution > _LOWEST_STEM:
                self.downs[f"r{resolution}"] = Down(inputs, outputs)
            else:
                self.downs[f"r{resolution}"] = nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)
            resolution //= 2
        patch, whole = width_at(8, width), width_at(4, width) * 16
        self.patch, self.whole = nn.Conv2d(patch, 1, 1), nn.Linear(whole, 1)
        self.patch_class = nn.Linear(classes, patch, bias=False) if classes else None
        self.whole_class = nn.Linear(classes, whole, bias=False) if classes else None

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        seen = self.stems(x)
        h: Tensor | None = None
        patches: Tensor | None = None
        for name, down in self.downs.items():
            resolution = int(name[1:])
            here = seen.get(resolution)
            h = here if h is None else (h if here is None else h + here)
            assert h is not None
            if resolution <= _LOWEST_STEM:
                h = F.leaky_relu(h, SLOPE)
            if resolution == 8:
                patches = self._judge(h, self.patch(h).flatten(1), self.patch_class, c)
            h = down(h)
        assert h is not None
        assert patches is not None
        h = F.leaky_relu(h, SLOPE).flatten(1)
        whole = self.whole(h)
        if self.whole_class is not None:
            whole = whole + (h * self.whole_class(c)).sum(1, keepdim=True) / math.sqrt(h.shape[1])
        return torch.cat([patches, whole], 1).float()

    @staticmethod
    def _judge(h: Tensor, logits: Tensor, of_class: nn.Linear | None, c: Tensor) -> Tensor:
        if of_class is None:
            return logits
        fits = (h * of_class(c)[:, :, None, None]).sum(1).flatten(1)
        return cast(Tensor, logits + fits / math.sqrt(h.shape[1]))


def weigh(values: Tensor) -> Tensor:
    """The mean of something of the critic's logits (n, P), where the whole counts as much as all patches: (n,)."""
    return 0.5 * (values[:, :-1].mean(1) + values[:, -1])


def grow(small: nn.Module | Mapping[str, Tensor], large: nn.Module) -> int:
    """Give ``large`` every parameter and buffer that ``small`` has under the same name and in the same shape, and let
    what is new of encoders and critics say nothing at first. Returns how many tensors came across."""
    known = small.state_dict() if isinstance(small, nn.Module) else small
    target = large.state_dict()
    shared = {name: value for name, value in known.items() if name in target and target[name].shape == value.shape}
    large.load_state_dict(shared, strict=False)
    for name, module in large.named_modules():
        if isinstance(module, Down) and f"{name}.last.weight" not in shared:
            module.silence()
    return len(shared)
