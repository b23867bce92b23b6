"""LoRA files, played: thin branches beside layers of a network, each as loud as its weight. Engine process, one thread.

Hu et al. 2021, "LoRA" (arXiv 2106.09685): W x + s · alpha / rank · up(down(x)). Nothing is merged into the network, so
that a weight may be turned from step to step; with all weights at 0 there are no hooks, and the network is the one that
it is without any file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear
from torch.utils.hooks import RemovableHandle

from latentjockey.models.container import TensorInfo, read_tensor
from latentjockey.models.lora_file import Branch, LoraFile

Fits = Callable[[LoraFile, Mapping[str, tuple[int, ...]]], Mapping[str, Branch]]
"""Which branches of a file fit which layers of a network, whose weights have these shapes."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What file ``number`` adds to a layer at weight 1: ``up`` of ``mid`` of ``down``, times ``scale``."""

    number: int
    down: Tensor
    mid: Tensor | None
    up: Tensor
    scale: float

    def to(self, where: torch.device) -> _Beside:
        mid = None if self.mid is None else self.mid.to(where)
        return replace(self, down=self.down.to(where), mid=mid, up=self.up.to(where))

    def of(self, layer: nn.Module, x: Tensor) -> Tensor:
        """Of what ``layer`` hears, with its stride and edges."""
        if isinstance(layer, nn.Conv2d):
            how: Any = layer.stride, layer.padding, layer.dilation
            if self.mid is None:
                return conv2d(conv2d(x, self.down, None, *how), self.up)
            return conv2d(conv2d(conv2d(x, self.down), self.mid, None, *how), self.up)
        return linear(linear(x, self.down), self.up)


class Loras:
    """The files ``held`` beside the layers of ``network``, as far as they fit there (``fits``). Raises ContainerError
    for files that are cut short."""

    def __init__(self, network: nn.Module, held: Sequence[LoraFile], fits: Fits) -> None:
        self._layers = {
            name: layer
            for name, layer in network.named_modules()
            if isinstance(layer, nn.Linear) or (isinstance(layer, nn.Conv2d) and layer.groups == 1)
        }
        shapes: dict[str, tuple[int, ...]] = {name: tuple(_weight(each).shape) for name, each in self._layers.items()}
        self._beside: dict[str, list[_Beside]] = {}
        self._weights: tuple[float, ...] = ()
        self._hooks: list[RemovableHandle] = []
        for number, lora in enumerate(held):
            for name, branch in fits(lora, shapes).items():
                self._beside.setdefault(name, []).append(_beside(number, lora.path, branch, self._layers[name]))
        self.numbers = frozenset(each.number for branches in self._beside.values() for each in branches)
        """The files that turn anything here."""

    @property
    def active(self) -> bool:
        """Whether the network is another now than without files."""
        return bool(self._hooks)

    def begin(self, weights: Sequence[float]) -> None:
        """From now on file n is heard as much as ``weights[n]`` says; any sign and size."""
        self._weights = tuple(weights)
        heard = any(self._weights) and bool(self._beside)
        if heard and not self._hooks:
            self._hooks = [self._layers[name].register_forward_hook(self._hook(name)) for name in self._beside]
        elif not heard and self._hooks:
            self.close()

    def to(self, where: torch.device) -> None:
        """Follow the network to another device."""
        self._beside = {name: [each.to(where) for each in branches] for name, branches in self._beside.items()}

    def close(self) -> None:
        """Leave the network as it was."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _hook(self, name: str) -> Callable[[nn.Module, tuple[Any, ...], Tensor], Tensor]:
        def added(layer: nn.Module, heard: tuple[Any, ...], made: Tensor) -> Tensor:
            for each in self._beside[name]:
                weight = self._weights[each.number] if each.number < len(self._weights) else 0.0
                if weight:
                    made = torch.add(made, each.of(layer, heard[0]), alpha=weight * each.scale)
            return made

        return added


def _beside(number: int, path: Path, branch: Branch, layer: nn.Module) -> _Beside:
    """A branch read from its file, as its layer has its own weight."""
    like = _weight(layer)
    window = isinstance(layer, nn.Conv2d)
    down, up = (_tensor(path, info, like, window=window) for info in (branch.down, branch.up))
    mid = None if branch.mid is None else _tensor(path, branch.mid, like, window=window)
    if branch.alpha is not None:
        scale = float(read_tensor(path, branch.alpha).reshape(-1)[0]) / branch.rank if _single(branch.alpha) else 1.0
    else:
        scale = 1.0 if branch.scale is None else branch.scale
    return _Beside(number, down, mid, up, scale)


def _tensor(path: Path, info: TensorInfo, like: Tensor, *, window: bool) -> Tensor:
    made = torch.from_numpy(read_tensor(path, info)).to(like)
    if window:
        return made if made.ndim == 4 else made[:, :, None, None]
    return made if made.ndim == 2 else made[:, :, 0, 0]


def _single(info: TensorInfo) -> bool:
    return all(side == 1 for side in info.shape)


def _weight(layer: nn.Module) -> Tensor:
    weight: Tensor = layer.weight  # type: ignore[assignment]
    return weight
