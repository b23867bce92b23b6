"""What the header of a BigGAN model's file says of the model, checked before anything is believed. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.biggan_shape import shape_from_json
from latentjockey.models.container import TensorInfo
from latentjockey.models.header import described, require, said, shape_in
from latentjockey.models.spec import ModelSpec
from latentjockey.models.squashed import SQUASHED

KIND = "biggan"
TRUNCATION = 0.5
"""Between variety (1) and typical pictures (0), as most published pictures are."""

NATIVE = (
    ControlSpec(
        "/gen/truncation",
        Kind.FLOAT,
        TRUNCATION,
        0.0,
        1.0,
        label="Truncation",
        modulatable=True,
        help="How far places lie from the middle, with the norms that were learned for it: 1 is all the variety, "
        "0 the most typical. Beyond 1 and below 0 places go on, the norms stay.",
    ),
    *SQUASHED,
)


def biggan_spec(name: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> tuple[ModelSpec, str]:
    """The spec of the model in a file, under the id ``name``, and its title.

    Raises ForeignError for a file of another program, BrokenError for one whose words do not fit together.
    """
    words = said(metadata, (KIND,))
    shape = shape_in(words, shape_from_json)
    require(tensors, shape.tensors())
    return described(
        name,
        words,
        tensors,
        z_dim=shape.z_dim,
        w_dim=shape.width,
        num_ws=shape.num_ws,
        classes=shape.classes,
        bands=shape.bands,
        size=(shape.size, shape.size),
        controls=NATIVE,
        mix="slerp",
        straight=shape.width - shape.z_dim,
    )
