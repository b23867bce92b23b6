"""From a snapshot to what the break rack does. Pure; main thread of the engine."""

from __future__ import annotations

from latentjockey.control.catalogue_breaks import BLEND, BREAKS
from latentjockey.control.names import BANDS
from latentjockey.control.snapshot import Snapshot
from latentjockey.generators.break_values import BandBreak, Breaks


def breaks_of(snapshot: Snapshot) -> Breaks | None:
    """What the effective numbers of ``snapshot`` ask of the rack; ``None`` while it is neutral, as in a layout without
    one."""
    if snapshot.layout.resolve(BLEND) is None:
        return None
    number = snapshot.number
    coarse, middle, fine = (BandBreak(*(number(f"/break/{band}/{way}") for way in BREAKS)) for band in BANDS)
    breaks = Breaks(coarse, middle, fine, int(number("/break/seed")), number(BLEND))
    return breaks if breaks.active else None
