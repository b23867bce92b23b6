"""Packages of the Python index that carry the weights of a generator, and what is known of them. Pure, any thread.

What is not known for certain is not told: a package's own licence is that of its code, and says nothing of the pictures
that its weights learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from latentjockey.models.card import UNDISCLOSED, ModelCard


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """``sums`` are the SHA-256 of its wheels by version; ``asked`` is what its weights do not say themselves."""

    card: ModelCard
    sums: Mapping[str, str]
    asked: Mapping[str, Any] = field(default_factory=dict)


KNOWN: Mapping[str, KnownPackage] = {
    "omniart-eye-generator": KnownPackage(
        ModelCard(
            name="OmniArt Eyes",
            author="Rogier Knoester",
            licence="MIT by the package's metadata; it has no licence text",
            data="eyes cut out of paintings of the OmniArt collection (OmniArt Eye Dataset)",
            note="Painted eyes in eight colours, from a Master's thesis at the University of Amsterdam. Neither the "
            "painters nor the licences of their pictures are told.",
            weak="More than half of all places read as eyes, the others are smears.",
        ),
        {"0.1": "e21910eb2ea8ce1eeadd037454fafd5bb7cee28cee7ed07f14d897b67971fd74"},
        {"classes": ["amber", "blue", "brown", "gray", "grayscale", "green", "hazel", "red"]},
    ),
    "gan-face-generate": KnownPackage(
        ModelCard(
            name="DigiFace Faces",
            author="Chien Liu",
            licence="MIT",
            data="DigiFace-1M of Microsoft: faces drawn by computer after scans of heads",
            note="The package says that those who were scanned agreed to that; whether to this is not told. Nor is the "
            "licence of the pictures: take them for non-commercial.",
            weak="64 px; hair and what lies behind a face are smeared.",
        ),
        {"1.1.1": "24102f4be41d164e44251168ede0458a45e498a888c81493e2aea48529640569"},
        {"classes": 0},
    ),
}
"""By the package's normalised name."""


def unknown_card(name: str, author: str, licence: str) -> ModelCard:
    """What can be told of a package that nobody described here: what its own metadata says of it."""
    return ModelCard(
        name=name,
        author=author or UNDISCLOSED,
        licence=f"{licence}, by the package's metadata" if licence else UNDISCLOSED,
        note="Taken out of a package of the Python index. What its weights learned from is not told.",
    )
