"""How loud single blocks of a denoiser are. Engine process, one thread.

Every layer of such a network adds something to what passes through it. The gain of a block is how much of that its
layers add: at 0 what comes in goes through, widened, narrowed and resized where the block does that. Where shapes of
what comes in and what goes out differ, so that nothing can be told apart, it is a gain of what goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from latentjockey.models.diffusion_blocks import group_of

Hook = Callable[[nn.Module, tuple[Any, ...], Any], Any]


def blocks_of(network: Any) -> dict[str, nn.Module]:
    """The blocks of a U-Net by name, in the order in which they are gone through: none of a transformer."""
    found: dict[str, nn.Module] = {}
    for side in ("down", "up"):
        for index, block in enumerate(getattr(network, f"{side}_blocks", None) or ()):
            found[f"{side}/{1 + index}"] = block
        if side == "down" and getattr(network, "mid_block", None) is not None:
            found["mid"] = network.mid_block
    return found


def layers_by_block(network: Any) -> dict[str, list[nn.Module]]:
    """The layers that add something, by the name of the block that they belong to."""
    steps = list(getattr(network, "transformer_blocks", None) or ())
    made: dict[str, list[nn.Module]] = {}
    for index, step in enumerate(steps):
        made.setdefault(str(1 + group_of(index, len(steps))), []).append(step)
    for name, block in blocks_of(network).items():
        inside = (*(getattr(block, "resnets", None) or ()), *(getattr(block, "attentions", None) or ()))
        made[name] = [layer for layer in inside if isinstance(layer, nn.Module)]
    return made


class Gains:
    """The gains of ``network``, whose blocks are called ``names``."""

    def __init__(self, network: nn.Module, names: Sequence[str]) -> None:
        known = layers_by_block(network)
        self._layers = [known.get(name, []) for name in names]
        self._gains: tuple[float, ...] = ()
        self._hooks: list[RemovableHandle] = []

    @property
    def active(self) -> bool:
        return bool(self._hooks)

    def begin(self, gains: Sequence[float]) -> None:
        """From now on block n is as loud as ``gains[n]`` says; any sign and size."""
        self._gains = tuple(gains)
        turned = any(gain != 1.0 for gain in self._gains)
        if turned and not self._hooks:
            self._hooks = [
                layer.register_forward_hook(self._hook(number))
                for number, layers in enumerate(self._layers)
                for layer in layers
            ]
        elif not turned and self._hooks:
            self.close()

    def close(self) -> None:
        """Leave the network as it was."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _hook(self, number: int) -> Hook:
        def weighed(layer: nn.Module, heard: tuple[Any, ...], made: Any) -> Any:
            gain = self._gains[number] if number < len(self._gains) else 1.0
            if gain == 1.0:
                return None
            if isinstance(made, tuple):
                return (gained(layer, heard[0], made[0], gain), *made[1:])
            return gained(layer, heard[0], made, gain)

        return weighed


def gained(layer: Any, heard: Tensor, made: Tensor, gain: float) -> Tensor:
    """What ``layer`` ``made`` of what it ``heard``, had it added ``gain`` times as much."""
    shortcut = getattr(layer, "conv_shortcut", None)
    passed = heard if shortcut is None else shortcut(heard)
    if passed.shape != made.shape:
        return made * gain
    loud = getattr(layer, "output_scale_factor", None) or getattr(layer, "rescale_output_factor", None) or 1.0
    if loud != 1.0:
        passed = passed / loud
    return torch.lerp(passed, made, gain)
