"""The models that need no file: the coordinate network and the test card. Data only, free of torch, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.models.card import NO_DATA, ModelCard
from latentjockey.models.spec import ModelSpec

ACTIVATIONS = ("by the latent", "waves", "bells", "folds", "clay", "ridges", "shards")
"""What ``/gen/activation`` offers, in order."""

PALETTES = (
    "by the latent",
    "harbour",
    "persimmon",
    "moss",
    "riso",
    "aurora",
    "terracotta",
    "iris",
    "lagoon",
    "orchard",
    "ember",
    "paper",
    "night market",
)
"""What ``/gen/palette`` offers, in order."""

WORDS = "/gen/words"
"""The test card's text."""

REHEARSALS = ("none", "exception", "hang", "exit", "out of memory", "not a number")
"""What ``/gen/rehearse`` of the test card offers, in order."""


def _knob(
    name: str,
    default: float,
    lo: float,
    hi: float,
    label: str,
    text: str,
    *,
    unit: str = "",
    taper: Taper = Taper.LINEAR,
) -> ControlSpec:
    """A continuous control: modulated, smoothed a little, and back at its default on panic."""
    return ControlSpec(
        f"/gen/{name}",
        Kind.FLOAT,
        default,
        lo,
        hi,
        label=label,
        help=text,
        unit=unit,
        taper=taper,
        modulatable=True,
        panic=True,
    )


def _choice(name: str, choices: tuple[str, ...], label: str, text: str, *, panic: bool = False) -> ControlSpec:
    return ControlSpec(
        f"/gen/{name}",
        Kind.CHOICE,
        0,
        0,
        len(choices) - 1,
        label=label,
        help=text,
        choices=choices,
        modulatable=not panic,
        panic=panic,
    )


CPPN = ModelSpec(
    name="cppn",
    card=ModelCard(
        name="Coordinate network",
        author="latentjockey",
        licence="Apache-2.0",
        data="none: the weights are drawn from a seed, nothing was learned from anybody's pictures",
        data_licence=NO_DATA,
        consent="none needed: no data",
        note="A compositional pattern-producing network (Stanley 2007), coloured in OKLab (Ottosson 2020).",
    ),
    z_dim=512,
    num_ws=9,
    w_dim=512,
    bands=(3, 6),
    mix="slerp",
    size=(256, 256),
    directions=32,
    controls=(
        ControlSpec(
            "/gen/weights",
            Kind.INT,
            7,
            0,
            999,
            label="Weights",
            modulatable=True,
            help="Seed of the network's weights: every number is another world for the same latents.",
        ),
        _choice(
            "activation",
            ACTIVATIONS,
            "Activation",
            "The shape of the network's bends; the first lets the latent blend several.",
        ),
        _choice("palette", PALETTES, "Palette", "The colours; the first lets the fine band of the latent choose."),
        _knob(
            "zoom",
            1.0,
            0.125,
            8.0,
            "Zoom",
            "Magnification about the middle; below zero turns the picture over.",
            unit="×",
            taper=Taper.LOG,
        ),
        _knob("pan_x", 0.0, -2.0, 2.0, "Pan x", "Moves the view to the right, in half short sides of the picture."),
        _knob("pan_y", 0.0, -2.0, 2.0, "Pan y", "Moves the view up, in half short sides of the picture."),
        _knob("rotate", 0.0, -180.0, 180.0, "Rotate", "Turns the view anticlockwise.", unit="°"),
        _knob(
            "symmetry",
            0.0,
            0.0,
            12.0,
            "Symmetry",
            "Folds the plane into so many mirrored wedges; between whole numbers a seam opens, 0 is none.",
        ),
        _knob("detail", 1.0, 0.0, 3.0, "Detail", "Frequency of the forms: how often the network bends.", unit="×"),
        _knob("texture", 1.0, 0.0, 3.0, "Texture", "Amount of fine structure; below zero is its negative.", unit="×"),
        _knob("edge", 1.0, 0.0, 4.0, "Edge", "How crisply colours meet: 0 melts them, 4 cuts them out.", unit="×"),
        _knob("lines", 1.0, 0.0, 3.0, "Lines", "Ink drawn along one level of a late field.", unit="×"),
        _knob("contrast", 1.0, 0.0, 2.0, "Contrast", "Spread of lightness; below zero is a negative.", unit="×"),
        _knob("hue", 0.0, -180.0, 180.0, "Hue", "Turns every hue at equal lightness.", unit="°"),
        _knob("chroma", 1.0, 0.0, 2.0, "Chroma", "Colourfulness: 0 is grey, below zero the opposite hues.", unit="×"),
        _knob("lightness", 0.0, -0.5, 0.5, "Lightness", "Lifts or lowers the whole picture."),
    ),
)
"""The built-in generator: any size, no weights to download, and what the player falls back to."""


TESTCARD = ModelSpec(
    name="testcard",
    card=ModelCard(
        name="Test card",
        author="latentjockey",
        licence="Apache-2.0",
        data="none: drawn by its own code",
        data_licence=NO_DATA,
        consent="none needed: no data",
        note="Shows geometry, colour bars and the position itself, and rehearses failures.",
    ),
    z_dim=512,
    num_ws=3,
    w_dim=512,
    bands=(1, 2),
    mix="slerp",
    size=(256, 256),
    controls=(
        _choice(
            "rehearse",
            REHEARSALS,
            "Rehearse",
            "Makes the next frame fail for real, to see that the show goes on.",
            panic=True,
        ),
        ControlSpec(
            WORDS,
            Kind.TEXT,
            "",
            label="Words",
            help="A row of marks along the foot, another for each text: shows that a text has arrived.",
        ),
    ),
)
"""A deterministic picture from which a test, or an eye, can read the position."""


BUILTIN: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in (CPPN, TESTCARD)})
"""Every built-in model by name."""
