"""The break rack in a denoiser: its three bands, and which feature maps they are. Engine process, one thread.

A U-Net knows coarse and fine by its depth. The **coarse** band is its middle, with the innermost blocks where it has
four levels or more; the **fine** band are the blocks at its mouth, where what goes in and what comes out have their
full size; the **middle** band is what lies between. A transformer has one size from end to end: there the bands are the
first, second and last third of its blocks, whose tokens are laid out as the maps that they stand for.

A picture of several steps goes through the network several times. What a band keeps of the last picture, for trails, it
keeps for each step by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from latentjockey.generators.break_values import Breaks
from latentjockey.generators.breaks import Rack
from latentjockey.generators.diffusion.gains import blocks_of

_MANY_LEVELS = 4
_MOST_RACKS = 64


def layout(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, int]]:
    """The blocks of a U-Net, band by band, and the ends of the coarse and the middle band among them. Of each band the
    one in the middle is where maps are turned: a block of the way up, or the network's middle."""
    levels = max(sum(name.startswith(side) for name in names) for side in ("down/", "up/"))
    ups = sum(name.startswith("up/") for name in names)
    bands: tuple[list[str], list[str], list[str]] = ([], [], [])
    ordered = [each for side in ("up/", "mid", "down/") for each in names if each.startswith(side)]
    for name in ordered:
        side, _, number = name.partition("/")
        level = levels if side == "mid" else int(number) - 1 if side == "down" else ups - int(number)
        inner = level == levels - 1 and (levels >= _MANY_LEVELS or "mid" not in names)
        bands[0 if side == "mid" or inner else 2 if level == 0 else 1].append(name)
    coarse, middle, fine = bands
    return (*coarse, *middle, *fine), (len(coarse), len(coarse) + len(middle))


def thirds(layers: int) -> tuple[int, int]:
    """The ends of the coarse and the middle band of a transformer of so many layers."""
    return round(layers / 3), round(2 * layers / 3)


class Breaking:
    """The rack of ``network``. With nothing to break there are no hooks."""

    def __init__(self, network: nn.Module) -> None:
        blocks = blocks_of(network)
        steps = list(getattr(network, "transformer_blocks", None) or ())
        self._places, self._bands = _places(blocks, steps)
        self._racks: dict[tuple[float, ...], Rack] = {}
        self._rack: Rack | None = None
        self._hooks: list[RemovableHandle] = []

    @property
    def active(self) -> bool:
        return bool(self._hooks)

    def begin(self, breaks: Breaks | None, time: float, times: Sequence[float], *, keep: bool = True) -> None:
        """What the network is asked next, for these timesteps, is broken like this, at ``time`` seconds; see
        :meth:`latentjockey.generators.breaks.Rack.begin`."""
        if breaks is None:
            if self._hooks:
                self.close()
            return
        key = tuple(times)
        if key not in self._racks and len(self._racks) >= _MOST_RACKS:
            del self._racks[next(iter(self._racks))]
        self._rack = self._racks.setdefault(key, Rack(self._bands, len(self._places)))
        self._rack.begin(breaks, time, keep=keep)
        if not self._hooks:
            self._hooks = [place.register_forward_hook(self._hook(number)) for number, place in enumerate(self._places)]

    def close(self) -> None:
        """Leave the network as it was, and forget the last picture."""
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._rack = [], None
        self._racks.clear()

    def _hook(self, number: int) -> Callable[[nn.Module, tuple[Any, ...], Any], Any]:
        def broken(block: nn.Module, heard: tuple[Any, ...], made: Any) -> Any:
            if not isinstance(made, tuple):
                return self._tapped(made, number)
            # What a block leaves for the way up ends with what it hands on.
            first, rest = made[0], made[1:]
            tapped = self._tapped(first, number)
            return tapped, *(_with(first, tapped, each) for each in rest)

        return broken

    def _tapped(self, x: Tensor, number: int) -> Tensor:
        rack = self._rack
        if rack is None or x.ndim not in (3, 4):
            return x
        if x.ndim == 4:
            return rack.tap(x, number)
        side = math.isqrt(x.shape[1])
        if side * side != x.shape[1]:
            return x
        maps = x.transpose(1, 2).reshape(len(x), -1, side, side)
        tapped = rack.tap(maps, number)
        return x if tapped is maps else tapped.flatten(2).transpose(1, 2)


def _places(blocks: Mapping[str, nn.Module], steps: Sequence[nn.Module]) -> tuple[list[nn.Module], tuple[int, int]]:
    """Where the rack acts, band by band, and the ends of the first two."""
    if blocks:
        names, bands = layout(tuple(blocks))
        return [blocks[name] for name in names], bands
    return list(steps), thirds(len(steps))


def _with(old: Tensor, new: Tensor, kept: Any) -> Any:
    """What a block keeps, with ``new`` in place of ``old``."""
    if not isinstance(kept, tuple):
        return new if kept is old else kept
    return tuple(new if each is old else each for each in kept)
