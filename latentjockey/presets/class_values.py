"""Class weights of a preset in a layout that may know other classes: what is called alike goes over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.elements import Names, by_name, homeless
from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS
from latentjockey.control.values import Value

_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What to write, and a sentence about what could not come along, or an empty one."""

    writes: tuple[tuple[str, Value], ...]
    note: str


def carried(values: Mapping[str, object], classes: Names, layout: Layout) -> Carried:
    """The class weights among ``values``, called ``classes`` there, as ``layout`` has them.

    A preset that names no classes, because people wrote it by hand, means those of the layout where it has as many.
    A deck that gets weights, or another glide, without what its glide had still to turn, has nothing left to turn.
    """
    writes: list[tuple[str, Value]] = []
    lost: dict[str, None] = {}
    strange = False
    for address, value in values.items():
        wanted = names_of(layout, address)
        if not wanted or not isinstance(value, np.ndarray):
            continue
        given = classes or (wanted if value.size == len(wanted) else ())
        weights = by_name(value, given, wanted)
        if weights is not None:
            writes.append((address, weights))
        if _is_heard(address):
            lost |= dict.fromkeys(homeless(value, given, wanted))
            strange = strange or weights is None
    known = {address for address, _ in writes}
    for deck in DECKS:
        left, turned = f"/deck/{deck}/glide/class", {f"/deck/{deck}/class", f"/deck/{deck}/glide/since"}
        if left not in known and layout.resolve(left) is not None and turned & (known | values.keys()):
            writes.append((left, np.zeros(layout.width(left))))
    return Carried(tuple(writes), _note(tuple(lost), strange))


def turning(values: Mapping[str, object], deck: str) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """A deck's weights and what its glide has still to turn, both (K,); ``None`` where a preset does not tell both."""
    weights, left = values.get(f"{deck}/class"), values.get(f"{deck}/glide/class")
    if isinstance(weights, np.ndarray) and isinstance(left, np.ndarray) and weights.shape == left.shape:
        return weights, left
    return None


def names_of(layout: Layout, address: str) -> Names:
    """How the components of the VECTOR at ``address`` are called; empty for a part of it and without names."""
    target = layout.resolve(address)
    spec = None if target is None else layout.specs[target.index]
    return spec.elements if spec is not None and spec.address == address else ()


def _is_heard(address: str) -> bool:
    return address.endswith("/class") and address.count("/") == 3


def _note(lost: Sequence[str], strange: bool) -> str:
    if not lost:
        return "it names no classes that this model knows, so these stay as they are" if strange else ""
    shown = ", ".join(lost[:_SHOWN]) + (f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else "")
    return f"this model does not know {shown}" + (", so the classes stay as they are" if strange else "")
