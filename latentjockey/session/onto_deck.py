"""A preset or a still put onto one deck: the deck glides to the place that was heard in it; the mix stays. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import RECALL
from latentjockey.models.controls import controls_of
from latentjockey.models.pair import part
from latentjockey.models.spec import ModelSpec
from latentjockey.navigation.state import class_weights
from latentjockey.presets.motion import held
from latentjockey.presets.preset import Preset, batch
from latentjockey.session.moves import Writes, arrive, dialled, place


def audible_deck(crossfade: float) -> str:
    """The deck that is heard most at a crossfade: ``a`` below the middle, else ``b``."""
    return "a" if crossfade < 0.5 else "b"


def onto_deck(
    preset: Preset,
    snapshot: Snapshot,
    deck: str,
    t: float,
    directions: NDArray[np.float32] | None = None,
    model: ModelSpec | None = None,
) -> Writes:
    """Glide ``deck`` from where it is at ``t`` to where the audible deck of ``preset`` was when it was kept; of a
    preset of two models, the deck that played the one that ``deck`` plays.

    Its place, classes, directions, reach, equaliser and centre come along. What the preset leaves out is at its
    default, but for classes, which stay. ``directions`` (k, z_dim) are those of the deck's model, so that steps along
    them arrive without a jump. ``model`` is that model, where the other deck plays another one.
    """
    layout = snapshot.layout if model is None else Layout(0, controls_of(model))
    there = Bay(layout, ManualClock(t))
    recall = batch(held(preset, t), layout)
    there.write(recall.writes, RECALL)
    kept = there.snapshot()
    source = audible_deck(kept.number("/mix/crossfade"))
    if model is not None and part(preset.model, source) != model.name:
        source = next(other for other in DECKS if other != source)
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
