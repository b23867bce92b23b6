"""Which controls there are while a model plays. Pure, any thread.

Apart from the spec, which engines read with every message: they need no catalogue to begin with.
"""

from __future__ import annotations

from latentjockey.control.catalogue import builtin
from latentjockey.control.spec import ControlSpec
from latentjockey.models.spec import ModelSpec


def controls_of(model: ModelSpec) -> tuple[ControlSpec, ...]:
    """Every control that there is while ``model`` plays."""
    return builtin(model.z_dim, model.size, model.controls, model.directions, model.classes, model.direction_labels)
