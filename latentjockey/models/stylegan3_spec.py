"""What the header of a StyleGAN3 model's file says of the model, checked before anything is believed. Pure, any thread.

Its own controls move the plane that its pictures lie in: they are computed there, sharp at any place, and go on beyond
the edge of what was learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.models.container import TensorInfo
from latentjockey.models.header import described, said, shape_in
from latentjockey.models.spec import ModelSpec
from latentjockey.models.style_spec import FINISH
from latentjockey.models.stylegan3_shape import Stylegan3Shape, layer_shapes, shape_from_json

KIND = "stylegan3"


def _moved(name: str, label: str, help_: str, reach: float, unit: str = "") -> ControlSpec:
    return ControlSpec(
        f"/gen/{name}", Kind.FLOAT, 0.0, -reach, reach, label=label, unit=unit, modulatable=True, help=help_
    )


NATIVE = (
    _moved("x", "Move right", "How far the picture is moved to the right, in its own widths.", 0.5),
    _moved("y", "Move down", "How far the picture is moved down, in its own heights.", 0.5),
    _moved("rotate", "Turn", "How far the picture is turned about its middle, anticlockwise.", 180.0, "°"),
    ControlSpec(
        "/gen/scale",
        Kind.FLOAT,
        1.0,
        0.25,
        4.0,
        label="Scale",
        taper=Taper.LOG,
        modulatable=True,
        help="How large the picture is: above 1 closer, below it with more around it, below 0 on its head.",
    ),
    *FINISH,
)
"""The controls that every StyleGAN3 model has."""


def stylegan3_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    words = said(metadata, (KIND,))
    shape = shape_in(words, _shape)
    return described(
        name,
        words,
        tensors,
        z_dim=shape.z_dim,
        w_dim=shape.w_dim,
        num_ws=shape.num_ws,
        classes=shape.classes,
        bands=shape.bands,
        size=(shape.size, shape.size),
        controls=NATIVE,
    )


def _shape(config: Mapping[str, Any]) -> Stylegan3Shape:
    shape = shape_from_json(config)
    layer_shapes(shape)  # whose sampling rates may not fit
    return shape
