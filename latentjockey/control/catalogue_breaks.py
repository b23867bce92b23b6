"""The controls of the break rack, as data. Any thread.

Three bands of layers, seven ways each to break what passes between them, and the blend of two networks' weights. They
are of no deck: what is broken is the network that both decks play through. All are neutral at their default, where the
picture is the whole one bit for bit.
"""

from __future__ import annotations

from latentjockey.control.names import BANDS
from latentjockey.control.spec import ControlSpec, Kind

BREAKS = ("gain", "rotate", "invert", "threshold", "kill", "noise", "feedback")
"""The ways to break a band: ``/break/<band>/<way>``."""

BLEND = "/break/blend"


def break_controls() -> list[ControlSpec]:
    """The rack, band by band, and the blend."""
    specs = [spec for band in BANDS for spec in _band(band)]
    specs.append(
        _knob(BLEND, 0.0, 0.0, 1.0, "blend",
              "The network's weights on their way to another's: 0 its own, 1 the other's; beyond both it goes on."),
    )  # fmt: skip
    return specs


def _band(band: str) -> list[ControlSpec]:
    at, maps = f"/break/{band}", f"the {band} layers"
    return [
        _knob(f"{at}/gain", 1.0, 0.0, 2.0, "gain", f"How loud {maps} are: 0 silent, below turned over.", unit="×"),
        _knob(f"{at}/rotate", 0.0, -180.0, 180.0, "turn",
              f"Turns the feature maps of {maps} anticlockwise, while the others stand.", unit="°"),
        _knob(f"{at}/invert", 0.0, 0.0, 1.0, "invert",
              f"Turns the forms of {maps} into their negatives: ½ is flat, beyond 1 louder and louder."),
        _knob(f"{at}/threshold", 0.0, 0.0, 2.0, "gate",
              f"Silences what is quiet in {maps}; below zero it caps what is loud."),
        _knob(f"{at}/kill", 0.0, 0.0, 1.0, "kill",
              f"Silences a share of the channels of {maps}, chosen by the tear's seed; from 1 on it turns them over."),
        _knob(f"{at}/noise", 0.0, 0.0, 1.0, "grain", f"Grain in {maps}, new with every picture."),
        _knob(f"{at}/feedback", 0.0, 0.0, 1.0, "trails",
              f"How long the last pictures' forms stay in {maps}; below zero they are subtracted."),
    ]  # fmt: skip


def _knob(address: str, default: float, lo: float, hi: float, label: str, text: str, *, unit: str = "") -> ControlSpec:
    return ControlSpec(
        address, Kind.FLOAT, default, lo, hi, label=label, help=text, unit=unit, modulatable=True, panic=True
    )
