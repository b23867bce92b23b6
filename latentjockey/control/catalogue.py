"""The built-in controls, as data. Widgets, OSC, ``docs/controls.md`` and tests derive from it.

``builtin`` depends on the model only through the width of its z, its directions, its classes and its own ``/gen``
controls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from latentjockey.control.catalogue_bank import bank_controls
from latentjockey.control.catalogue_breaks import break_controls
from latentjockey.control.catalogue_clips import clip_controls
from latentjockey.control.catalogue_deck import DeckShape, deck_controls
from latentjockey.control.catalogue_fx import fx_controls
from latentjockey.control.catalogue_input import input_controls
from latentjockey.control.catalogue_modulation import modulation_controls
from latentjockey.control.catalogue_send import send_controls
from latentjockey.control.names import (
    BANDS,
    DECKS,
    ENGINE_STATES,
    FITS,
    LARGEST_SIDE,
    OUTPUTS,
    QUANTISE,
    SOURCES,
    TRAVEL_POINTS,
    VIEWS,
    own_address,
)
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.options import DEFAULT_MODEL


def builtin(
    z_dim: int,
    size: tuple[int, int],
    native: Iterable[ControlSpec] = (),
    directions: int = 0,
    classes: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
    *,
    faint: tuple[int, ...] = (),
    field: tuple[int, ...] = (),
    b: DeckShape | None = None,
    native_b: Iterable[ControlSpec] = (),
) -> tuple[ControlSpec, ...]:
    """Every control of a layout: both decks, the mixer, effects, engine, stage, outputs, transport, surface, commands,
    and the model's own. ``directions`` is how many the model knows, ``classes`` how its classes are called, ``words``
    what its directions change, ``faint`` which of them show little, ``field`` the shape of z where that is noise. Where
    deck B plays another model, ``b`` is said of that, and its own controls are ``native_b``."""
    shape = DeckShape(z_dim, directions, classes, words, faint, field)
    specs: list[ControlSpec] = []
    for deck, own in zip(DECKS, (shape, b or shape), strict=True):
        specs += deck_controls(deck, own)
    specs += _mix()
    specs += _effects()
    specs += break_controls()
    specs += fx_controls()
    specs += _engine(size)
    specs += _stage()
    specs += _transport()
    specs += modulation_controls()
    specs += send_controls()
    specs += input_controls()
    specs += _surface()
    specs += _commands()
    specs += bank_controls()
    specs += clip_controls()
    specs += native
    specs += [_of_deck_b(spec) for spec in native_b]
    return tuple(specs)


def _of_deck_b(spec: ControlSpec) -> ControlSpec:
    """A model's own control, of the model on deck B where that is another one than deck A's."""
    return replace(spec, address=own_address(spec.address, DECKS[1]), label=f"{spec.label} B")


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
            modulatable=True,
            help="Equal travel of the crossfader gives about equal visible change, measured on small pictures.",
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


def _effects() -> list[ControlSpec]:
    return [
        ControlSpec("/break/amount", Kind.FLOAT, 0.0, 0.0, 1.0, label="break", panic=True, modulatable=True,
                    help="Tears the layers' latents apart from each other: 0 is whole, 1 torn, beyond goes on."),
        ControlSpec("/break/seed", Kind.INT, 1, 0, 9_999, label="tear", unit="seed", panic=True, modulatable=True,
                    help="Which way they are torn."),
        ControlSpec("/echo/amount", Kind.FLOAT, 0.0, 0.0, 1.0, label="echo", panic=True, modulatable=True,
                    help="How much of the last picture stays: 0 none, towards 1 longer; negative subtracts."),
        ControlSpec("/echo/zoom", Kind.FLOAT, 1.01, 0.9, 1.1, label="echo zoom", unit="×", panic=True,
                    guard=(0.01, None), modulatable=True,
                    help="How much the last picture grows each time it comes back."),
        ControlSpec("/echo/turn", Kind.FLOAT, 0.0, -10.0, 10.0, label="echo turn", unit="°", panic=True,
                    modulatable=True, help="How far the last picture turns each time it comes back."),
    ]  # fmt: skip


def _engine(size: tuple[int, int]) -> list[ControlSpec]:
    side = (1.0, float(LARGEST_SIDE))
    readouts = (
        ("frames", 0.0, "Pictures made since the start."),
        ("fps", 0.0, "Pictures a second over the last second."),
        ("latency_ms", 0.0, "Newest control change to published picture, median of the last changes."),
        ("latency_p99_ms", 0.0, "The same, 99 of 100 are faster."),
        ("render_ms", 0.0, "Time to make one picture."),
        ("time/encode", 0.0, "Milliseconds to encode texts and pictures, when that was last done."),
        ("time/denoise", 0.0, "Milliseconds of the network that takes noise away."),
        ("time/decode", 0.0, "Milliseconds to make pixels of a latent."),
        ("time/copy", 0.0, "Milliseconds to bring a picture to its size, and from the device."),
        ("time/cached", "", "Which of those the newest picture did not need: they were there already."),
        ("late_frames", 0.0, "How many pictures ago the one on stage began, where steps are made as one batch."),
        ("late_ms", 0.0, "The same in milliseconds: what that adds to control → picture, which has it in already."),
        ("restarts", 0.0, "How often the engine had to be started again."),
        ("state", "starting", f"One of {', '.join(ENGINE_STATES)}."),
        ("error", "", "What went wrong last, or nothing."),
        ("pid", 0.0, "The engine's process."),
        ("device", "", "Where the model runs."),
        ("model", "", "The model that is playing."),
        ("pace", "", "What is done without, not to fall below /engine/fps_floor: steps, then size."),
        ("picture", "", "What is plain about the model's picture: black, constant, or nothing."),
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
            label="cap",
            help="At most so many pictures a second; 0 means as many as can be made.",
        ),
        ControlSpec(
            "/engine/fps_floor",
            Kind.FLOAT,
            0.0,
            0.0,
            60.0,
            guard=(0.0, None),
            unit="fps",
            label="floor",
            help="Rather than fewer pictures a second, fewer steps, then smaller ones; 0 keeps to what is asked.",
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
        ControlSpec("/stage/credit", Kind.BOOL, False, label="credit", saved=False, local=True,
                    help="Write on the stage what is asked for, and whose pictures the model learned from."),
        *(spec for n in OUTPUTS for spec in _output(n)),
    ]  # fmt: skip


def _output(n: int) -> list[ControlSpec]:
    at = f"/output/{n}"
    return [
        ControlSpec(f"{at}/on", Kind.BOOL, False, label=f"output {n}", local=True, saved=False,
                    help=f"Show the stage full screen on the display of output {n}."),
        ControlSpec(f"{at}/display", Kind.TEXT, "", label="display", local=True, saved=False,
                    help=f"Which display output {n} fills, by name; empty is the first that is free."),
        ControlSpec(f"{at}/fit", Kind.CHOICE, 0, 0, 2, choices=FITS, label="fit", local=True, saved=False,
                    help=f"How the picture meets the display of output {n}."),
        ControlSpec(f"{at}/test", Kind.BOOL, False, label="test card", local=True, saved=False,
                    help=f"A test card for focus and geometry on output {n}."),
    ]  # fmt: skip


def _transport() -> list[ControlSpec]:
    return [
        ControlSpec("/transport/bpm", Kind.FLOAT, 120.0, 40.0, 240.0, guard=(0.01, None), unit="bpm", label="tempo",
                    help="Beats a minute."),
        ControlSpec("/transport/playing", Kind.BOOL, True, label="play", help="Whether beats pass."),
        ControlSpec("/transport/tap", Kind.TRIGGER, local=True, saved=False,
                    help="Tap the tempo; while MIDI clock is followed, the first beat of the bar."),
        ControlSpec("/transport/downbeat", Kind.TRIGGER, local=True, saved=False, label="downbeat",
                    help="This is the one: the nearest beat becomes the first of a bar, at the tempo there is."),
        ControlSpec("/transport/source", Kind.CHOICE, 0, 0, 1, choices=SOURCES, label="source", local=True,
                    help="Who leads the beat: this instrument, or the MIDI clock that comes in."),
        ControlSpec("/transport/offset_ms", Kind.FLOAT, 0.0, -100.0, 100.0, unit="ms", label="offset", local=True,
                    help="How much earlier than heard a followed clock's beats are: for what cables and screens take."),
        ControlSpec("/transport/quantise", Kind.CHOICE, 0, 0, 4, choices=QUANTISE, label="quantise", local=True,
                    help="What cues, deck buttons, presets and loops wait for."),
        ControlSpec("/transport/follows", Kind.READOUT, "", saved=False, local=True,
                    help="Who leads: nothing, taps, midi clock from a port, or midi clock lost."),
        ControlSpec("/transport/hears", Kind.READOUT, "", saved=False, local=True,
                    help="The port that sends MIDI clock now, followed or not."),
        ControlSpec("/transport/waiting", Kind.READOUT, "", saved=False, local=True,
                    help="What waits for its beat."),
        ControlSpec("/transport/beat", Kind.FLOAT, 0.0, 0.0, 1e6, internal=True, help="The beat at the anchor."),
        ControlSpec("/transport/since", Kind.FLOAT, 0.0, -1e9, 1e9, unit="s", internal=True,
                    help="When the transport was anchored, on the show's clock."),
    ]  # fmt: skip


def _surface() -> list[ControlSpec]:
    return [
        ControlSpec("/surface/view", Kind.CHOICE, 0, 0, 1, choices=VIEWS, label="view", local=True, saved=False,
                    help="STUDIO shows everything, PLAY what hands need on stage, larger."),
        ControlSpec("/surface/focus", Kind.CHOICE, 0, 0, 1, choices=DECKS, label="focus", local=True, saved=False,
                    help="The deck that the eight knobs and the number keys play."),
        ControlSpec("/ghost/playing", Kind.BOOL, False, label="ghost", local=True, saved=False,
                    help="A ghost performer plays; any hand, note or message takes over from it."),
        ControlSpec("/loop/hold", Kind.COMMAND, "", local=True, saved=False,
                    help="Begin to record the movement of the control at this address; over a loop it is overdubbed."),
        ControlSpec("/loop/release", Kind.COMMAND, "", local=True, saved=False,
                    help="End the recording for this address: the movement loops to the bar."),
        ControlSpec("/loop/reverse", Kind.COMMAND, "", local=True, saved=False,
                    help="Play the loop of this address backwards, or forwards again."),
        ControlSpec("/loop/halve", Kind.COMMAND, "", local=True, saved=False,
                    help="Play the loop of this address in half its time."),
        ControlSpec("/loop/double", Kind.COMMAND, "", local=True, saved=False,
                    help="Play the loop of this address in twice its time."),
        ControlSpec("/loop/clear", Kind.COMMAND, "", local=True, saved=False,
                    help="Forget the loop of this address; without an address, all loops."),
    ]  # fmt: skip


def _commands() -> list[ControlSpec]:
    return [
        ControlSpec("/panic", Kind.TRIGGER, local=True, saved=False,
                    help="A clean picture within one frame: reach, EQ, offsets and breaks go back, holds end."),
        ControlSpec("/panic/home", Kind.TRIGGER, local=True, saved=False,
                    help="Panic, and both decks glide to their first cue."),
        ControlSpec("/model", Kind.TEXT, DEFAULT_MODEL, local=True,
                    help="The model that plays, or two joined by +, one for each deck; loaded beside the show."),
        ControlSpec("/model/reload", Kind.TRIGGER, local=True, saved=False,
                    help="Load the model that plays anew from its file, beside the show."),
        ControlSpec("/model/directions/find", Kind.TRIGGER, local=True, saved=False,
                    help="Find directions for the model that plays and has none, beside the show."),
        ControlSpec("/model/directions/stop", Kind.TRIGGER, local=True, saved=False,
                    help="Give up finding directions; nothing of it is kept."),
        ControlSpec("/model/directions/state", Kind.READOUT, "", saved=False, local=True,
                    help="How finding directions goes, in a few words; empty while nothing is looked for."),
        ControlSpec("/model/credit", Kind.READOUT, "", saved=False, local=True,
                    help="What is asked for now, and whose pictures the model learned from."),
        ControlSpec("/preset/recall", Kind.COMMAND, "", local=True, saved=False, help="Recall a preset by name."),
        ControlSpec("/preset/morph", Kind.FLOAT, 0.0, 0.0, 10.0, unit="s", label="morph", guard=(0.0, None), local=True,
                    saved=False, help="How long a recalled preset takes to arrive; 0 cuts."),
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
