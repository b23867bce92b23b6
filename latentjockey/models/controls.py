"""Which controls there are while a model plays. Pure, any thread.

Apart from the spec, which engines read with every message: they need no catalogue to begin with.
"""

from __future__ import annotations

from latentjockey.control.catalogue import builtin
from latentjockey.control.catalogue_deck import DeckShape
from latentjockey.control.spec import ControlSpec
from latentjockey.models.spec import ModelSpec


def controls_of(model: ModelSpec) -> tuple[ControlSpec, ...]:
    """Every control that there is while ``model`` plays."""
    a, b = model.of("a"), model.of("b")
    shape_b = DeckShape(b.z_dim, b.directions, b.classes, b.direction_labels, b.faint_directions, b.noise)
    return builtin(
        a.z_dim, model.size, a.controls, a.directions, a.classes, a.direction_labels,
        faint=a.faint_directions, field=a.noise, b=shape_b, native_b=b.controls if model.pair else (),
    )  # fmt: skip
