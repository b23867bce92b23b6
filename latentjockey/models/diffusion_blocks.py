"""Which blocks of a denoiser a hand may turn up and down, and the controls by which it does. Any thread, data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latentjockey.control.spec import ControlSpec, Kind

MOST_BLOCKS = 8
"""Blocks of a transformer are taken together until no more than these are left."""
_MOST_LEVELS = 8
_MOST_LAYERS = 512


def block_names(cls: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """What is below ``/gen/block`` of a denoiser of this class: ``down/1`` …, ``mid``, ``up/1`` … of a U-Net in the
    order in which they are gone through, ``1`` … of a transformer; nothing of one whose config cannot be."""
    if not cls.startswith("UNet"):
        layers = config.get("num_layers", 28 if cls.startswith("DiT") else 1)
        known = type(layers) is int and 1 <= layers <= _MOST_LAYERS
        return tuple(str(1 + index) for index in range(min(MOST_BLOCKS, layers))) if known else ()
    sides = []
    for side in ("down", "up"):
        types = config.get(f"{side}_block_types", [""] * 4)
        if not isinstance(types, list | tuple) or len(types) > _MOST_LEVELS:
            return ()
        sides.append([f"{side}/{1 + index}" for index in range(len(types))])
    middle = ["mid"] if config.get("mid_block_type", "") is not None else []
    return (*sides[0], *middle, *sides[1])


def group_of(layer: int, layers: int) -> int:
    """To which of the blocks that a hand turns a layer of a transformer belongs, from 0."""
    return layer * min(MOST_BLOCKS, layers) // layers


def block_address(name: str) -> str:
    return f"/gen/block/{name}"


def block_controls(names: Sequence[str]) -> list[ControlSpec]:
    """How loud each block is."""
    made = []
    for name in names:
        side, _, number = name.partition("/")
        label = f"{side.title()} {number}" if number else side.title() if side == "mid" else f"Block {side}"
        text = (
            "How much this block adds to what passes through it: 1 as it was taught, 0 nothing, below 0 the contrary."
        )
        made.append(
            ControlSpec(block_address(name), Kind.FLOAT, 1.0, 0.0, 2.0, label=label, help=text, modulatable=True)
        )
    return made
