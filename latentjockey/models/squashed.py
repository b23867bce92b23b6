"""The controls of networks whose picture ends in a tanh: how it is driven into it. Pure, any thread."""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, Kind

DRIVE, FOLD = "/gen/drive", "/gen/fold"

SQUASHED = (
    ControlSpec(
        DRIVE,
        Kind.FLOAT,
        1.0,
        0.0,
        3.0,
        label="Drive",
        modulatable=True,
        help="How hard the picture is driven into black and white: 0 is grey, 1 as learned, below zero its negative.",
    ),
    ControlSpec(
        FOLD,
        Kind.FLOAT,
        0.0,
        0.0,
        1.0,
        label="Fold",
        modulatable=True,
        help="What lies beyond black and white comes back mirrored instead of being pressed flat.",
    ),
)
