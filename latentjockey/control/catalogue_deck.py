"""A deck's controls, as data: place, classes, reach, equaliser, walk, glide, directions and cues."""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.control.names import BANDS, CUES, DECKS, FIRST_SEEDS, GLIDE_CURVES
from latentjockey.control.spec import ControlSpec, Kind

CLASS_RANGE = (-1.0, 2.0)
"""The nominal range of a class's weight. Training knew 0 and 1; what lies beside them is there to be played."""


_NOISE = "The noise that the deck's picture begins with; whole, by slice (/8-15) or by component (/3)."


@dataclass(frozen=True, slots=True)
class DeckShape:
    """What a deck's controls depend on: how wide the z of its model is, how many directions that knows, what they
    change and which of them show little, how its classes are called; ``field`` (C, h, w) is the shape of z where that
    is noise."""

    z_dim: int
    directions: int = 0
    classes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    faint: tuple[int, ...] = ()
    field: tuple[int, ...] = ()


def deck_controls(deck: str, shape: DeckShape) -> list[ControlSpec]:
    at, z_dim, directions = f"/deck/{deck}", shape.z_dim, shape.directions
    name = deck.upper()
    specs = [
        ControlSpec(
            f"{at}/model",
            Kind.TEXT,
            "",
            label=f"model {name}",
            local=True,
            saved=False,
            help="The model that this deck plays, by name: the decks may play two. Both together are /model.",
        ),
        ControlSpec(
            f"{at}/z",
            Kind.VECTOR,
            0.0,
            -3.0,
            3.0,
            size=z_dim,
            unit="σ",
            label=f"{'noise' if shape.field else 'z'} {name}",
            field=shape.field,
            modulatable=True,
            help=_NOISE
            if shape.field
            else "The deck's place in latent space; whole, by slice (/8-15) or by component (/3).",
        ),
        ControlSpec(
            f"{at}/seed",
            Kind.INT,
            FIRST_SEEDS[deck],
            0,
            99_999,
            unit="seed",
            label="seed",
            help="Fills z with the place of this number (or word); recalled presets keep their own z.",
        ),
        ControlSpec(
            f"{at}/psi",
            Kind.FLOAT,
            1.0,
            -1.0,
            2.0,
            label="psi",
            panic=True,
            modulatable=True,
            help="Truncation: distance from the centre. 0 is the centre, negative the opposite, beyond 1 goes further.",
        ),
        ControlSpec(
            f"{at}/overdrive",
            Kind.FLOAT,
            1.0,
            1.0,
            4.0,
            label="overdrive",
            unit="×",
            panic=True,
            modulatable=True,
            help="Multiplies psi: how far past the known the deck is pushed.",
        ),
        ControlSpec(
            f"{at}/reach",
            Kind.FLOAT,
            1.0,
            0.0,
            2.0,
            label="reach",
            unit="×",
            saved=False,
            modulatable=True,
            help="Distance from the centre in one number: psi times overdrive. Moving it sets both.",
        ),
        ControlSpec(
            f"{at}/centre",
            Kind.TEXT,
            "mean",
            label="centre",
            help="What psi and EQ pull towards: mean, a cue (3) or the mean of cues (1 3 5).",
        ),
        ControlSpec(f"{at}/centre/z", Kind.VECTOR, 0.0, -3.0, 3.0, size=z_dim, internal=True, help="The centre as z."),
    ]
    if directions:
        specs.append(
            ControlSpec(
                f"{at}/dir",
                Kind.VECTOR,
                0.0,
                -4.0,
                4.0,
                size=directions,
                unit="σ",
                label=f"directions {name}",
                modulatable=True,
                words=shape.words,
                faint=shape.faint,
                help="Steps along the model's directions, the most visible first, on top of z; by component (/0), or "
                "by name where it has one.",
            )
        )
    specs += _class_controls(deck, shape.classes) if shape.classes else []
    for band in BANDS:
        specs.append(
            ControlSpec(
                f"{at}/eq/{band}",
                Kind.FLOAT,
                1.0,
                0.0,
                2.0,
                label=band,
                panic=True,
                modulatable=True,
                help=f"Gain of the {band} layers about the centre: 0 kills, 1 as is, negative inverts.",
            )
        )
    specs += [
        ControlSpec(
            f"{at}/drift/speed",
            Kind.FLOAT,
            0.0,
            0.0,
            2.0,
            unit="/s",
            label="drift",
            panic=True,
            help="How fast the deck wanders: new places a second. Negative walks back the same way.",
        ),
        ControlSpec(
            f"{at}/drift/spread",
            Kind.FLOAT,
            0.5,
            0.0,
            1.0,
            label="spread",
            modulatable=True,
            help="How far the walk strays from z, once it has left it: 0 stays, 1 is half way to anywhere.",
        ),
        ControlSpec(
            f"{at}/drift/seed",
            Kind.INT,
            FIRST_SEEDS[deck],
            0,
            9_999,
            unit="seed",
            label="walk",
            modulatable=True,
            help="Which walk.",
        ),
        ControlSpec(
            f"{at}/drift/phase", Kind.FLOAT, 0.0, -1e6, 1e6, internal=True, help="Where the walk was at its anchor."
        ),
        ControlSpec(
            f"{at}/drift/origin",
            Kind.FLOAT,
            0.0,
            -1e6,
            1e6,
            internal=True,
            help="Where the walk left z: there the picture is exactly z.",
        ),
        ControlSpec(
            f"{at}/drift/since",
            Kind.FLOAT,
            0.0,
            -1e9,
            1e9,
            unit="s",
            internal=True,
            help="When the walk was anchored, on the show's clock.",
        ),
        ControlSpec(
            f"{at}/glide/time",
            Kind.FLOAT,
            1.0,
            0.0,
            10.0,
            unit="s",
            label="glide",
            guard=(0.0, None),
            local=True,
            help="How long a recalled cue or a new seed takes to arrive.",
        ),
        ControlSpec(
            f"{at}/glide/curve",
            Kind.CHOICE,
            0,
            0,
            2,
            choices=GLIDE_CURVES,
            label="curve",
            local=True,
            help="How the next glide moves.",
        ),
        ControlSpec(
            f"{at}/glide/from", Kind.VECTOR, 0.0, -3.0, 3.0, size=z_dim, internal=True, help="Where the glide began."
        ),
        ControlSpec(
            f"{at}/glide/shape", Kind.CHOICE, 0, 0, 2, choices=GLIDE_CURVES, internal=True, help="How the glide moves."
        ),
        ControlSpec(
            f"{at}/glide/since",
            Kind.FLOAT,
            0.0,
            -1e9,
            1e9,
            unit="s",
            internal=True,
            help="When the glide began, on the show's clock.",
        ),
        ControlSpec(
            f"{at}/glide/duration", Kind.FLOAT, 0.0, 0.0, 10.0, unit="s", internal=True, help="The glide's length."
        ),
        ControlSpec(
            f"{at}/randomise",
            Kind.TRIGGER,
            local=True,
            saved=False,
            modulatable=True,
            help="Go to a new seed, with glide.",
        ),
        ControlSpec(
            f"{at}/mutate",
            Kind.TRIGGER,
            local=True,
            saved=False,
            modulatable=True,
            help="A step aside from here, with glide.",
        ),
        ControlSpec(
            f"{at}/mutate/amount",
            Kind.FLOAT,
            0.25,
            0.0,
            1.0,
            label="amount",
            local=True,
            help="How far a mutation goes: 0 stays, 1 is unrelated, beyond goes on.",
        ),
        ControlSpec(
            f"{at}/breed",
            Kind.TRIGGER,
            local=True,
            saved=False,
            modulatable=True,
            help="A child of both decks, on this deck, with glide.",
        ),
    ]
    for n in CUES:
        specs += [
            ControlSpec(
                f"{at}/cue/{n}/store", Kind.TRIGGER, local=True, saved=False, help=f"Keep this place as cue {n}."
            ),
            ControlSpec(
                f"{at}/cue/{n}/recall",
                Kind.TRIGGER,
                local=True,
                saved=False,
                modulatable=True,
                help=f"Glide to cue {n}.",
            ),
            ControlSpec(
                f"{at}/cue/{n}/z", Kind.VECTOR, 0.0, -3.0, 3.0, size=z_dim, local=True, help=f"The place of cue {n}."
            ),
            ControlSpec(
                f"{at}/cue/{n}/filled",
                Kind.BOOL,
                False,
                local=True,
                internal=True,
                help=f"Whether cue {n} holds a place.",
            ),
        ]
    return specs


def _class_controls(deck: str, classes: tuple[str, ...]) -> list[ControlSpec]:
    """The class weights of a deck and of its cues, and the records that belong to them."""
    at, many = f"/deck/{deck}", len(classes)
    first = DECKS.index(deck) % many  # each deck begins as another class, so that the crossfader has somewhere to go

    def weights(name: str, text: str, *, local: bool) -> ControlSpec:
        return ControlSpec(
            f"{at}/{name}", Kind.VECTOR, 0.0, *CLASS_RANGE,
            size=many, elements=classes, help=text, local=local, internal=not local,
        )  # fmt: skip

    return [
        ControlSpec(
            f"{at}/class",
            Kind.VECTOR,
            tuple(float(index == first) for index in range(many)),
            *CLASS_RANGE,
            size=many,
            elements=classes,
            label=f"classes {deck.upper()}",
            modulatable=True,
            help="How much of each class the deck asks for: several at once, in parts, negative and beyond 1; by "
            "component (/3) or by name.",
        ),
        weights(
            "glide/class",
            "How far each class's weight was from where it goes when the glide began.",
            local=False,
        ),
        weights("centre/class", "The classes of the centre; all 0 are those of the deck.", local=False),
        *(
            weights(f"cue/{n}/class", f"The classes of cue {n}; all 0 leave those of the deck.", local=True)
            for n in CUES
        ),
    ]
