"""Writes what a family made as a model of ours, and looks whether it is one. numpy only; in the child process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.models import container
from latentjockey.models.card import card_to_data
from latentjockey.models.families.family import Converted
from latentjockey.models.header import FORMAT, KEY, BrokenError, ForeignError
from latentjockey.models.kinds import spec_in
from latentjockey.models.reading.plain import Checkpoint, RefusedError
from latentjockey.models.reading.settle import finite

_WILDEST = 1e18
"""A weight larger than this is what a flipped bit leaves; those of networks that can be played are far below 1e6."""


def write(path: Path, stem: str, made: Converted, source: Checkpoint, family: str) -> None:
    """Write ``made`` to ``path``; it is called ``stem`` where it has no name. Raises RefusedError where it could not be
    played, OSError as the disk does."""
    name = made.name or stem
    card = replace(made.card, name=made.card.name or name)
    header: dict[str, Any] = {
        "format": FORMAT,
        "kind": made.kind,
        "name": name,
        "config": made.config,
        "classes": list(made.classes),
        "card": card_to_data(card),
        "direction_labels": list(made.direction_labels),
        "training": {},
        "from": {"sha256": source.sha256, "form": source.form, "family": family},
    }
    if made.bands:
        header["bands"] = list(made.bands)
    header = {**made.extra, **header}
    tensors = {name: _sound(name, values) for name, values in made.tensors.items()}
    container.write(path, tensors, {KEY: json.dumps(header, ensure_ascii=False)})
    try:
        spec_in("x", *container.read_header(path))
    except (BrokenError, ForeignError) as error:
        path.unlink(missing_ok=True)
        raise RefusedError(f"{error}") from error


def _sound(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """``values`` as they are written, floats as float32. Raises RefusedError where they are not finite, or wild."""
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            values = np.asarray(values, np.float32)
        if not finite(values) or (values.size and max(-float(values.min()), float(values.max())) > _WILDEST):
            raise RefusedError(
                f"its weights {name[:80]} are not all numbers that can be; it is damaged, or its training had failed"
            )
    elif values.dtype.kind not in "biu":
        raise RefusedError(f"its weights {name[:80]} are no numbers")
    return values
