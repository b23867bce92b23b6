"""What the header of a style model's file says of the model, checked before anything is believed. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.container import TensorInfo
from latentjockey.models.header import KEY, MOST_CLASSES, BrokenError, described, number, said, table
from latentjockey.models.spec import ModelSpec

__all__ = ["FINISH", "KEY", "KIND", "NATIVE", "default_bands", "style_spec"]

KIND = "style"
_WIDEST = 4096
_LARGEST, _SMALLEST = 4096, 8
_COARSE_ENDS, _MIDDLE_ENDS = 8, 32
"""The coarse layers are those up to 8×8, the middle ones those up to 32×32, where a file does not say otherwise."""

FINISH = (
    ControlSpec(
        "/gen/limit",
        Kind.FLOAT,
        1.0,
        0.0,
        1.0,
        label="Limit",
        modulatable=True,
        help="How much of a picture's loudness is taken back when it is far out: 0 lets it blaze.",
    ),
    ControlSpec(
        "/gen/fold",
        Kind.FLOAT,
        0.0,
        0.0,
        1.0,
        label="Fold",
        modulatable=True,
        help="What lies beyond black and white comes back mirrored instead of being cut.",
    ),
)
"""What is done with a picture far out, for every network whose pictures know no bounds."""

NATIVE = (
    ControlSpec(
        "/gen/noise",
        Kind.FLOAT,
        1.0,
        0.0,
        2.0,
        label="Noise",
        modulatable=True,
        help="How strongly each layer's own noise shows: 0 is smooth, 1 as learned, below zero its negative.",
    ),
    ControlSpec(
        "/gen/noise_seed",
        Kind.INT,
        0,
        0,
        999,
        label="Noise seed",
        unit="seed",
        modulatable=True,
        help="Which noise: 0 is what the model learned with, every other number another grain.",
    ),
    *FINISH,
)
"""The controls that every style model has."""


def _noise_layers(layers: int) -> ControlSpec:
    return ControlSpec(
        "/gen/noise_layers",
        Kind.VECTOR,
        1.0,
        0.0,
        2.0,
        label="Noise of layers",
        size=layers,
        modulatable=True,
        help="How strongly the noise of each layer shows, from the coarsest to the finest, times that of all.",
    )


def style_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    words = said(metadata, (KIND,))
    config = table(words.get("config"), "the network's shape")
    size = number(config, "size", _SMALLEST, _LARGEST)
    if size & (size - 1):
        raise BrokenError(f"a picture of {size} px is no power of two")
    num_ws = 2 * (size.bit_length() - 2)
    return described(
        name,
        words,
        tensors,
        z_dim=number(config, "z_dim", 1, _WIDEST),
        w_dim=number(config, "w_dim", 1, _WIDEST),
        num_ws=num_ws,
        classes=number(config, "classes", 0, MOST_CLASSES),
        bands=default_bands(num_ws),
        size=(size, size),
        controls=(*NATIVE[:2], _noise_layers(num_ws - 1), *NATIVE[2:]),
    )


def default_bands(num_ws: int) -> tuple[int, int]:
    """The ends (exclusive) of the coarse and middle layers of a network with ``num_ws`` layer latents."""

    def end(resolution: int) -> int:
        return min(2 * (resolution.bit_length() - 2) - 1, num_ws - 1)

    return end(_COARSE_ENDS), end(_MIDDLE_ENDS)
