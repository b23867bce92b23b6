"""The built-in controls, as data. Widgets, OSC, ``docs/controls.md`` and tests derive from it.

``builtin`` depends on the model only through the width of its z and its own ``/gen`` controls.
"""

from __future__ import annotations

from collections.abc import Iterable

from latentjockey.control.spec import ControlSpec, Kind, Taper

DECKS = ("a", "b")
BANDS = ("coarse", "middle", "fine")
CUES = tuple(range(1, 9))
TRAVEL_POINTS = 17
GLIDE_CURVES = ("smooth", "linear", "ease")
FITS = ("letterbox", "crop", "stretch")
ENGINE_STATES = ("starting", "loading", "playing", "restarting", "fallback", "stopped")
LARGEST_SIDE = 16384
FIRST_SEEDS = {"a": 1, "b": 2}


def builtin(z_dim: int, size: tuple[int, int], native: Iterable[ControlSpec] = ()) -> tuple[ControlSpec, ...]:
    """Every control of a layout: both decks, the mixer, engine, stage, transport, commands, and the model's own."""
    specs: list[ControlSpec] = []
    for deck in DECKS:
        specs += _deck(deck, z_dim)
    specs += _mix()
    specs += _engine(size)
    specs += _stage()
    specs += _transport()
    specs += _commands()
    specs += native
    return tuple(specs)


def _deck(deck: str, z_dim: int) -> list[ControlSpec]:
    at = f"/deck/{deck}"
    name = deck.upper()
    specs = [
        ControlSpec(
            f"{at}/z",
            Kind.VECTOR,
            0.0,
            -3.0,
            3.0,
            size=z_dim,
            unit="σ",
            label=f"z {name}",
            modulatable=True,
            help="The deck's place in latent space; whole, by slice (/8-15) or by component (/3).",
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
            f"{at}/centre",
            Kind.TEXT,
            "mean",
            label="centre",
            help="What psi and EQ pull towards: mean, a cue (3) or the mean of cues (1 3 5).",
        ),
        ControlSpec(f"{at}/centre/z", Kind.VECTOR, 0.0, -3.0, 3.0, size=z_dim, internal=True, help="The centre as z."),
    ]
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
            f"{at}/drift/seed", Kind.INT, FIRST_SEEDS[deck], 0, 9_999, unit="seed", label="walk", help="Which walk."
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
        ControlSpec(f"{at}/randomise", Kind.TRIGGER, local=True, saved=False, help="Go to a new seed, with glide."),
        ControlSpec(f"{at}/mutate", Kind.TRIGGER, local=True, saved=False, help="A step aside from here, with glide."),
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
            help="A child of both decks, on this deck, with glide.",
        ),
    ]
    for n in CUES:
        specs += [
            ControlSpec(
                f"{at}/cue/{n}/store", Kind.TRIGGER, local=True, saved=False, help=f"Keep this place as cue {n}."
            ),
            ControlSpec(f"{at}/cue/{n}/recall", Kind.TRIGGER, local=True, saved=False, help=f"Glide to cue {n}."),
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


def _mix() -> list[ControlSpec]:
    specs = [
        ControlSpec(
            "/mix/crossfade",
            Kind.FLOAT,
            0.0,
            0.0,
            1.0,
            label="crossfade",
            modulatable=True,
            help="Between deck A (0) and deck B (1) in latent space; beyond the ends it goes on.",
        )
    ]
    specs += [
        ControlSpec(
            f"/mix/offset/{band}",
            Kind.FLOAT,
            0.0,
            -1.0,
            1.0,
            label=f"{band} offset",
            panic=True,
            modulatable=True,
            help=f"Moves the crossfade of the {band} layers alone: style mixing by hand.",
        )
        for band in BANDS
    ]
    specs += [
        ControlSpec(
            "/mix/even",
            Kind.BOOL,
            True,
            label="even travel",
            help="Evens the crossfader out by what small pictures show: nearer to even, not exact.",
        ),
        ControlSpec(
            "/mix/travel",
            Kind.VECTOR,
            tuple(i / (TRAVEL_POINTS - 1) for i in range(TRAVEL_POINTS)),
            size=TRAVEL_POINTS,
            internal=True,
            help="The measured travel of the crossfader: where each even step lies.",
        ),
    ]
    return specs


def _engine(size: tuple[int, int]) -> list[ControlSpec]:
    side = (1.0, float(LARGEST_SIDE))
    readouts = (
        ("frames", 0.0, "Pictures made since the start."),
        ("fps", 0.0, "Pictures a second over the last second."),
        ("latency_ms", 0.0, "Newest control change to published picture, median of the last changes."),
        ("latency_p99_ms", 0.0, "The same, 99 of 100 are faster."),
        ("render_ms", 0.0, "Time to make one picture."),
        ("restarts", 0.0, "How often the engine had to be started again."),
        ("state", "starting", f"One of {', '.join(ENGINE_STATES)}."),
        ("error", "", "What went wrong last, or nothing."),
        ("pid", 0.0, "The engine's process."),
        ("device", "", "Where the model runs."),
        ("model", "", "The model that is playing."),
    )
    return [
        ControlSpec("/engine/width", Kind.INT, size[0], 64, 2048, guard=side, unit="px", help="Width of the picture."),
        ControlSpec(
            "/engine/height", Kind.INT, size[1], 64, 2048, guard=side, unit="px", help="Height of the picture."
        ),
        ControlSpec(
            "/engine/fps_cap",
            Kind.FLOAT,
            60.0,
            1.0,
            240.0,
            taper=Taper.LOG,
            guard=(0.0, None),
            unit="fps",
            help="At most so many pictures a second; 0 means as many as can be made.",
        ),
        *(
            ControlSpec(f"/engine/{name}", Kind.READOUT, default, saved=False, help=text)
            for name, default, text in readouts
        ),
    ]


def _stage() -> list[ControlSpec]:
    return [
        ControlSpec("/stage/blackout", Kind.BOOL, False, label="blackout", panic=True, saved=False, local=True,
                    help="Black on the stage and in the recording; the engine plays on."),
        ControlSpec("/stage/freeze", Kind.BOOL, False, label="freeze", panic=True, saved=False, local=True,
                    help="Keep the picture that is on stage."),
        ControlSpec("/stage/fit", Kind.CHOICE, 0, 0, 2, choices=FITS, label="fit", local=True,
                    help="How the picture meets a window of another shape."),
    ]  # fmt: skip


def _transport() -> list[ControlSpec]:
    return [
        ControlSpec("/transport/bpm", Kind.FLOAT, 120.0, 40.0, 240.0, guard=(0.01, None), unit="bpm", label="tempo",
                    help="Beats a minute."),
        ControlSpec("/transport/playing", Kind.BOOL, True, label="play", help="Whether beats pass."),
        ControlSpec("/transport/tap", Kind.TRIGGER, local=True, saved=False, help="Tap the tempo."),
        ControlSpec("/transport/beat", Kind.FLOAT, 0.0, 0.0, 1e6, internal=True, help="The beat at the anchor."),
        ControlSpec("/transport/since", Kind.FLOAT, 0.0, -1e9, 1e9, unit="s", internal=True,
                    help="When the transport was anchored, on the show's clock."),
    ]  # fmt: skip


def _commands() -> list[ControlSpec]:
    return [
        ControlSpec("/panic", Kind.TRIGGER, local=True, saved=False,
                    help="A clean picture within one frame: reach, EQ, offsets and breaks go back, holds end."),
        ControlSpec("/model", Kind.TEXT, "cppn", local=True, help="The model that plays; loaded beside the show."),
        ControlSpec("/preset/recall", Kind.COMMAND, "", local=True, saved=False, help="Recall a preset by name."),
        ControlSpec("/preset/save", Kind.COMMAND, "", local=True, saved=False, help="Save a preset under a name."),
        ControlSpec("/still/save", Kind.COMMAND, "", local=True, saved=False,
                    help="Keep the picture as PNG with its whole position; an optional name."),
        ControlSpec("/record/running", Kind.BOOL, False, local=True, saved=False, label="record",
                    help="Record the stage to a video file."),
        ControlSpec("/session/restore", Kind.TRIGGER, local=True, saved=False,
                    help="Go back to where the last session ended."),
        ControlSpec("/session/undo", Kind.TRIGGER, local=True, saved=False, help="Take the last move back."),
        ControlSpec("/session/redo", Kind.TRIGGER, local=True, saved=False, help="Make the undone move again."),
    ]  # fmt: skip
