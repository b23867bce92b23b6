"""A preset or a still put onto one deck: the deck glides to the place that was heard in it; the mix stays. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.names import BANDS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import RECALL
from latentjockey.navigation.state import class_weights
from latentjockey.presets.motion import held
from latentjockey.presets.preset import Preset, batch
from latentjockey.session.moves import Writes, arrive, dialled, place


def audible_deck(crossfade: float) -> str:
    """The deck that is heard most at a crossfade: ``a`` below the middle, else ``b``."""
    return "a" if crossfade < 0.5 else "b"


def onto_deck(
    preset: Preset, snapshot: Snapshot, deck: str, t: float, directions: NDArray[np.float32] | None = None
) -> Writes:
    """Glide ``deck`` from where it is at ``t`` to where the audible deck of ``preset`` was when it was kept.

    Its place, classes, directions, reach, equaliser and centre come along. What the preset leaves out is at its
    default, but for classes, which stay. ``directions`` (k, z_dim) are those of the model that plays, so that steps
    along them arrive without a jump.
    """
    there = Bay(snapshot.layout, ManualClock(t))
    recall = batch(held(preset, t), snapshot.layout)
    there.write(recall.writes, RECALL)
    kept = there.snapshot()
    source = audible_deck(kept.number("/mix/crossfade"))
    told = f"/deck/{source}/class" in {address for address, _ in recall.writes}
    classes = class_weights(kept, source, t) if told else None
    writes = arrive(snapshot, deck, place(kept, source, t), dialled(kept, source), t, directions, classes)
    for name in ("psi", "overdrive", *(f"eq/{band}" for band in BANDS)):
        writes.append((f"/deck/{deck}/{name}", kept.number(f"/deck/{source}/{name}")))
    writes.append((f"/deck/{deck}/centre/z", kept.vector(f"/deck/{source}/centre/z")))
    if snapshot.layout.resolve(f"/deck/{deck}/centre/class") is not None:
        writes.append((f"/deck/{deck}/centre/class", kept.vector(f"/deck/{source}/centre/class")))
    writes.append((f"/deck/{deck}/centre", kept.text(f"/deck/{source}/centre")))
    return writes
