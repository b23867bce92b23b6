"""The shape of a DCGAN-like generator, as data: stages of convolutions, one after the other. Pure, any thread.

The one description that the reader of checkpoints makes, that a file's header is checked by, and that the network is
built from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LINEAR, TRANSPOSED, CONV = "linear", "transposed", "conv"
OPERATIONS = (LINEAR, TRANSPOSED, CONV)
ACTIVATIONS = ("relu", "leaky", "elu", "selu", "gelu", "silu", "tanh", "none")
OUTPUTS = ("tanh", "sigmoid", "linear")
CONCATENATED, MULTIPLIED = "concatenated", "multiplied"
LABELS = ("", CONCATENATED, MULTIPLIED)

LEAST_STAGES, MOST_STAGES = 3, 64
"""Fewer than three have no coarse, middle and fine."""
MOST_CLASSES = 4096
LARGEST_SIDE = 4096
_COARSE_ENDS, _MIDDLE_ENDS = 8, 32
_WIDEST, _WIDEST_LINEAR = 1 << 14, 1 << 21
_LARGEST_KERNEL, _LARGEST_STRIDE = 31, 16


@dataclass(frozen=True, slots=True)
class Stage:
    """One layer with what follows it.

    ``linear`` is a matrix whose ``outputs`` × ``side`` × ``side`` numbers become a map; ``transposed`` a transposed
    convolution (``extra`` are rows and columns added at the far edge); ``conv`` a convolution, before which each pixel
    is repeated ``grow`` times each way. ``activation`` is one of :data:`ACTIVATIONS`, ``slope`` that of ``leaky``.
    ``after`` tells whether each channel is scaled and shifted after the activation; what is done before it is part of
    the weights. Raises ValueError for numbers that no network has.
    """

    op: str
    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    extra: int = 0
    grow: int = 1
    side: int = 1
    activation: str = "none"
    slope: float = 0.0
    after: bool = False

    def __post_init__(self) -> None:
        if self.op not in OPERATIONS or self.activation not in ACTIVATIONS:
            raise ValueError(f"a stage cannot be {str(self.op)[:20]!r} with {str(self.activation)[:20]!r}")
        for name, least, most in (
            ("inputs", 1, _WIDEST_LINEAR),
            ("outputs", 1, _WIDEST),
            ("kernel", 1, _LARGEST_KERNEL),
            ("stride", 1, _LARGEST_STRIDE),
            ("padding", 0, _LARGEST_KERNEL),
            ("extra", 0, _LARGEST_STRIDE - 1),
            ("grow", 1, _LARGEST_STRIDE),
            ("side", 1, LARGEST_SIDE),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"a stage's {name} cannot be {str(value)[:20]!r}: {least} to {most} can be")
        if type(self.slope) not in (int, float) or not math.isfinite(self.slope) or type(self.after) is not bool:
            raise ValueError("a stage's slope is a finite number, and its scaling is there or not")
        if self.extra and (self.op != TRANSPOSED or self.extra >= self.stride):
            raise ValueError("rows that are added at an edge are fewer than the stride of a transposed convolution")

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """That of its weight: (out, in) of a matrix, (in, out, k, k) transposed, (out, in, k, k) else."""
        if self.op == LINEAR:
            return (self.outputs * self.side * self.side, self.inputs)
        pair = (self.inputs, self.outputs) if self.op == TRANSPOSED else (self.outputs, self.inputs)
        return (*pair, self.kernel, self.kernel)

    def leaves(self, side: int) -> int:
        """The side of the map that it makes of one of ``side``. 0 or less where there is none."""
        if self.op == LINEAR:
            return self.side
        if self.op == TRANSPOSED:
            return (side - 1) * self.stride - 2 * self.padding + self.kernel + self.extra
        return (side * self.grow + 2 * self.padding - self.kernel) // self.stride + 1


@dataclass(frozen=True, slots=True)
class DcganShape:
    """What determines a network's tensors. The first stage hears z and, where ``label`` is ``concatenated``, the class
    weights after it; where it is ``multiplied``, z times the weighted sum of the rows of ``label``. The last
    stage makes three channels, through ``output``. Raises ValueError for what does not fit together."""

    z_dim: int
    stages: tuple[Stage, ...]
    classes: int = 0
    label: str = ""
    output: str = "tanh"

    def __post_init__(self) -> None:
        if type(self.z_dim) is not int or not 1 <= self.z_dim <= _WIDEST:
            raise ValueError(f"a latent of {str(self.z_dim)[:20]} numbers cannot be: 1 to {_WIDEST} can")
        if type(self.classes) is not int or not 0 <= self.classes <= MOST_CLASSES:
            raise ValueError(f"{str(self.classes)[:20]} classes cannot be: 0 to {MOST_CLASSES} can")
        if self.label not in LABELS or bool(self.label) != bool(self.classes) or self.output not in OUTPUTS:
            raise ValueError("how its classes or its picture are made is not known here")
        if not LEAST_STAGES <= len(self.stages) <= MOST_STAGES:
            raise ValueError(f"{len(self.stages)} stages cannot be: {LEAST_STAGES} to {MOST_STAGES} can")
        if self.stages[0].inputs != self.width or self.stages[-1].outputs != 3:
            raise ValueError("its first stage does not hear its latent, or its last one shows no picture")
        self._sides()

    @property
    def width(self) -> int:
        """How many numbers the first stage hears."""
        return self.z_dim + (self.classes if self.label == CONCATENATED else 0)

    @property
    def sides(self) -> tuple[int, ...]:
        """The side in pixels of what leaves each stage; the last is that of the picture."""
        return self._sides()

    def _sides(self) -> tuple[int, ...]:
        side, sides, channels = 1, [], self.width
        for stage in self.stages:
            # a matrix after a map hears the whole of it
            if stage.inputs != channels * (side * side if stage.op == LINEAR else 1):
                raise ValueError("one of its stages does not hear what the one before gives")
            side, channels = stage.leaves(side), stage.outputs
            if not 1 <= side <= LARGEST_SIDE:
                raise ValueError(f"a map of {side} px on a side cannot be")
            sides.append(side)
        return tuple(sides)

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each tensor of a file."""
        if self.label == MULTIPLIED:
            yield "label", (self.classes, self.z_dim)
        for i, stage in enumerate(self.stages):
            yield f"stages.{i}.weight", stage.weight_shape
            yield f"stages.{i}.bias", stage.weight_shape[:1] if stage.op == LINEAR else (stage.outputs,)
            if stage.after:
                yield f"stages.{i}.scale", (stage.outputs,)
                yield f"stages.{i}.shift", (stage.outputs,)

    def to_json(self) -> dict[str, Any]:
        """A plain object."""
        return {**asdict(self), "stages": [asdict(stage) for stage in self.stages]}


def shape_from_json(said: object) -> DcganShape:
    """What :meth:`DcganShape.to_json` gave. Raises ValueError for anything that is not it; unknown fields are left."""
    if not isinstance(said, Mapping) or not isinstance(said.get("stages"), list) or len(said["stages"]) > MOST_STAGES:
        raise ValueError("its shape is no table with a list of stages")
    if not all(isinstance(stage, Mapping) for stage in said["stages"]):
        raise ValueError("its stages are no tables")
    try:
        stages = tuple(
            Stage(**{key: value for key, value in stage.items() if key in Stage.__dataclass_fields__})
            for stage in said["stages"]
        )
        known = {key: value for key, value in said.items() if key in DcganShape.__dataclass_fields__}
        return DcganShape(**{**known, "stages": stages})
    except TypeError as error:
        raise ValueError("its shape lacks a field, or one is of another kind") from error


def bands_of(sides: Sequence[int]) -> tuple[int, int]:
    """The ends (exclusive) of the coarse layers, up to 8 px, and of the middle ones, up to 32 px. ``sides`` are those
    of what leaves each of three layers or more, from the first to the last. Where there are four, each band has one at
    least beside the last, which is the picture itself and cannot be broken."""
    most = max(len(sides) - 1, 3)
    coarse = min(max(sum(side <= _COARSE_ENDS for side in sides), 1), most - 2)
    return coarse, min(max(sum(side <= _MIDDLE_ENDS for side in sides), coarse + 1), most - 1)
