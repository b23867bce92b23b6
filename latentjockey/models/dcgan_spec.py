"""What the header of a DCGAN-like model's file says of the model, checked before anything is believed. Pure, any
thread."""

from __future__ import annotations

from collections.abc import Mapping

from latentjockey.models.container import TensorInfo
from latentjockey.models.dcgan_shape import bands_of, shape_from_json
from latentjockey.models.header import described, require, said, shape_in
from latentjockey.models.spec import ModelSpec
from latentjockey.models.squashed import SQUASHED

KIND = "dcgan"


def dcgan_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    words = said(metadata, (KIND,))
    shape = shape_in(words, shape_from_json)
    require(tensors, shape.tensors())
    size = shape.sides[-1]
    return described(
        name,
        words,
        tensors,
        z_dim=shape.z_dim,
        w_dim=shape.width,
        num_ws=len(shape.stages),
        classes=shape.classes,
        bands=bands_of(shape.sides),
        size=(size, size),
        controls=SQUASHED,
        mix="slerp",
        straight=shape.width - shape.z_dim,
    )
