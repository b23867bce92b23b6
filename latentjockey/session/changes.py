"""What differs between two snapshots of one epoch, by address. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.epoch import moved
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import Kind
from latentjockey.presets.preset import Kept, recallable

Changes = Mapping[str, tuple[Kept, Kept]]


def differences(before: Snapshot, after: Snapshot) -> dict[str, tuple[Kept, Kept]]:
    """(before, after) of everything a preset would keep; measured travel is no change."""
    layout = after.layout
    earlier = _in_layout(layout, before)
    differing = np.flatnonzero(earlier != after.values)
    indices = set(map(int, np.searchsorted(layout.offsets, differing, side="right") - 1))
    changes: dict[str, tuple[Kept, Kept]] = {}
    for index in sorted(indices):
        spec = layout.specs[index]
        if not recallable(spec) or spec.address == "/mix/travel":
            continue
        run = slice(layout.offsets[index], layout.offsets[index + 1])
        if spec.kind is Kind.VECTOR:
            changes[spec.address] = (earlier[run], after.values[run])
        else:
            changes[spec.address] = (float(earlier[run][0]), float(after.values[run][0]))
    for address, text in after.texts.items():
        old = before.texts.get(address, "")
        if old != text and recallable(layout.spec(address)):
            changes[address] = (old, text)
    return changes


def _in_layout(layout: Layout, before: Snapshot) -> NDArray[np.float64]:
    """The numbers of ``before`` where ``layout`` of the same epoch has them; what was not there is at its default."""
    if before.layout is layout:
        return before.values
    values = layout.defaults()
    for start, here, width in moved(before.layout, layout):
        values[here : here + width] = before.values[start : start + width]
    return values
