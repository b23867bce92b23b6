"""The shape of a BigGAN-deep generator, as data: what a file must say so that its network can be built. Pure.

Brock, Donahue and Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis" (2018), appendix B,
figure 16: blocks of four convolutions, each with a batch norm that hears z and the class, and one layer of attention.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from latentjockey.models.dcgan_shape import bands_of

FIRST_SIDE = 4
REDUCTION = 4
"""Within a block there are so many times fewer channels."""

LEAST_BLOCKS, MOST_BLOCKS = 3, 64
MOST_CLASSES = 4096
_WIDEST = 1 << 14
_LARGEST_SIDE = 4096
_MOST_STATISTICS = 1024


@dataclass(frozen=True, slots=True)
class Block:
    """``inputs`` and ``outputs`` are channels; what is left of the inputs is dropped on the way past. ``doubles`` tells
    whether the map doubles, ``attends`` whether a layer of attention stands before the block."""

    inputs: int
    outputs: int
    doubles: bool
    attends: bool = False

    def __post_init__(self) -> None:
        for value in (self.inputs, self.outputs):
            if type(value) is not int or not REDUCTION <= value <= _WIDEST:
                raise ValueError(f"a block of {str(value)[:20]} channels cannot be: {REDUCTION} to {_WIDEST} can")
        if type(self.doubles) is not bool or type(self.attends) is not bool:
            raise ValueError("a block doubles its map or not, and has attention before it or not")
        if self.outputs > self.inputs or (self.attends and self.inputs < 8):
            raise ValueError("a block has more channels behind it than before, or too few for attention")

    @property
    def middle(self) -> int:
        """Channels within the block."""
        return self.inputs // REDUCTION


@dataclass(frozen=True, slots=True)
class BigganShape:
    """What determines a network's tensors. Each block hears z and the sum of the embeddings of the classes, weighted.
    ``statistics`` are those of the batch norms, at so many truncations from 0 to 1. Raises ValueError for what no
    network can be."""

    z_dim: int
    embed_dim: int
    classes: int
    blocks: tuple[Block, ...]
    statistics: int = 51
    epsilon: float = 1e-4

    def __post_init__(self) -> None:
        for name, least, most in (
            ("z_dim", 1, _WIDEST),
            ("embed_dim", 1, _WIDEST),
            ("classes", 1, MOST_CLASSES),
            ("statistics", 2, _MOST_STATISTICS),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"its {name} cannot be {str(value)[:20]!r}: {least} to {most} can be")
        if type(self.epsilon) is not float or not 0.0 < self.epsilon < 1.0 or not math.isfinite(self.epsilon):
            raise ValueError("what its batch norms add to variances is a number between 0 and 1")
        if not LEAST_BLOCKS <= len(self.blocks) <= MOST_BLOCKS:
            raise ValueError(f"{len(self.blocks)} blocks cannot be: {LEAST_BLOCKS} to {MOST_BLOCKS} can")
        for before, after in zip(self.blocks, self.blocks[1:], strict=False):
            if before.outputs != after.inputs:
                raise ValueError("one of its blocks does not hear what the one before gives")
        if self.size > _LARGEST_SIDE:
            raise ValueError(f"a picture of {self.size} px on a side cannot be")

    @property
    def width(self) -> int:
        """How many numbers a block hears."""
        return self.z_dim + self.embed_dim

    @property
    def sides(self) -> tuple[int, ...]:
        """The side in pixels of what leaves each block."""
        sides, side = [], FIRST_SIDE
        for block in self.blocks:
            side *= 2 if block.doubles else 1
            sides.append(side)
        return tuple(sides)

    @property
    def size(self) -> int:
        """The side of the picture in pixels."""
        return self.sides[-1]

    @property
    def num_ws(self) -> int:
        """How many latents are heard: one by the first map, then one by each block."""
        return len(self.blocks) + 1

    @property
    def bands(self) -> tuple[int, int]:
        """The ends (exclusive) of the coarse and middle layers."""
        return bands_of((FIRST_SIDE, *self.sides))

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each tensor of a file."""
        first = self.blocks[0].inputs
        yield "embeddings", (self.classes, self.embed_dim)
        yield "first.weight", (FIRST_SIDE * FIRST_SIDE * first, self.width)
        yield "first.bias", (FIRST_SIDE * FIRST_SIDE * first,)
        for i, block in enumerate(self.blocks):
            yield from self._block(f"blocks.{i}.", block)
        last = self.blocks[-1].outputs
        yield "last.means", (self.statistics, last)
        yield "last.variances", (self.statistics, last)
        yield "last.scale", (last,)
        yield "last.offset", (last,)
        yield "rgb.weight", (3, last, 3, 3)
        yield "rgb.bias", (3,)

    def _block(self, prefix: str, block: Block) -> Iterator[tuple[str, tuple[int, ...]]]:
        if block.attends:
            n = block.inputs
            yield f"{prefix}attention.gain", ()
            for name, outputs, inputs in (("theta", n // 8, n), ("phi", n // 8, n), ("g", n // 2, n), ("o", n, n // 2)):
                yield f"{prefix}attention.{name}.weight", (outputs, inputs, 1, 1)
        for i, (outputs, inputs, kernel) in enumerate(convolutions(block)):
            yield f"{prefix}norms.{i}.means", (self.statistics, inputs)
            yield f"{prefix}norms.{i}.variances", (self.statistics, inputs)
            yield f"{prefix}norms.{i}.scale.weight", (inputs, self.width)
            yield f"{prefix}norms.{i}.offset.weight", (inputs, self.width)
            yield f"{prefix}convs.{i}.weight", (outputs, inputs, kernel, kernel)
            yield f"{prefix}convs.{i}.bias", (outputs,)

    def to_json(self) -> dict[str, Any]:
        """A plain object."""
        return {**asdict(self), "blocks": [asdict(block) for block in self.blocks]}


def convolutions(block: Block) -> tuple[tuple[int, int, int], ...]:
    """Outputs, inputs and kernel of the four convolutions of a block."""
    n = block.middle
    return ((n, block.inputs, 1), (n, n, 3), (n, n, 3), (block.outputs, n, 1))


def shape_from_json(said: object) -> BigganShape:
    """What :meth:`BigganShape.to_json` gave. Raises ValueError for anything that is not it; unknown fields are left."""
    if not isinstance(said, Mapping) or not isinstance(said.get("blocks"), list) or len(said["blocks"]) > MOST_BLOCKS:
        raise ValueError("its shape is no table with a list of blocks")
    if not all(isinstance(block, Mapping) for block in said["blocks"]):
        raise ValueError("its blocks are no tables")
    try:
        blocks = tuple(
            Block(**{key: value for key, value in block.items() if key in Block.__dataclass_fields__})
            for block in said["blocks"]
        )
        known = {key: value for key, value in said.items() if key in BigganShape.__dataclass_fields__}
        return BigganShape(**{**known, "blocks": blocks})
    except TypeError as error:
        raise ValueError("its shape lacks a field, or one is of another kind") from error
