"""A preset or a still put onto one deck: the deck glides to the place that was heard in it; the mix stays. Pure."""

from __future__ import annotations

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.names import BANDS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import RECALL
from latentjockey.presets.motion import held
from latentjockey.presets.preset import Preset, batch
from latentjockey.session.moves import Writes, go, place


def audible_deck(crossfade: float) -> str:
    """The deck that is heard most at a crossfade: ``a`` below the middle, else ``b``."""
    return "a" if crossfade < 0.5 else "b"


def onto_deck(preset: Preset, snapshot: Snapshot, deck: str, t: float) -> Writes:
    """Glide ``deck`` from where it is at ``t`` to where the audible deck of ``preset`` was when it was kept.

    Its place, directions, reach, equaliser and centre come along. What the preset leaves out is at its default.
    """
    there = Bay(snapshot.layout, ManualClock(t))
    there.write(batch(held(preset, t), snapshot.layout).writes, RECALL)
    kept = there.snapshot()
    source = audible_deck(kept.number("/mix/crossfade"))
    writes = go(snapshot, deck, place(snapshot, deck, t), place(kept, source, t), t)
    for name in ("psi", "overdrive", *(f"eq/{band}" for band in BANDS)):
        writes.append((f"/deck/{deck}/{name}", kept.number(f"/deck/{source}/{name}")))
    for name in ("centre/z", "dir"):
        if snapshot.layout.resolve(f"/deck/{deck}/{name}") is not None:
            writes.append((f"/deck/{deck}/{name}", kept.vector(f"/deck/{source}/{name}")))
    writes.append((f"/deck/{deck}/centre", kept.text(f"/deck/{source}/centre")))
    return writes
