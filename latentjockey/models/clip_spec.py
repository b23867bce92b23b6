"""What a clip is to a deck: its shape as a model, and its controls. Pure, any thread.

A clip has no latent space, but what a deck does about a place has a meaning for it: its three layers are the coarse,
middle and fine detail of the picture, each of them there once (the first number), and the first numbers of z say how
far each of them strays in time. So the equaliser's gains are those of detail, and reach is how far a picture is from
the mean of all frames (ADR 24).
"""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.models.clip_folder import Clip
from latentjockey.models.spec import ModelSpec
from latentjockey.modulation import playhead
from latentjockey.modulation.playhead import LOOPS

FAMILY = "clip"
BLEND, STRAY = "/gen/blend", "/gen/stray"
MOST_BLEND = 32.0
BANDS = 3


def clip_spec(clip: Clip, name: str) -> ModelSpec:
    """The spec of a clip under the id ``name``."""
    return ModelSpec(
        name=name,
        card=clip.card,
        z_dim=BANDS,
        num_ws=BANDS,
        w_dim=2,
        bands=(1, 2),
        mix="lerp",
        size=(clip.width, clip.height),
        controls=controls_of(clip.seconds),
        file=clip.stamp,
    )


def controls_of(seconds: float) -> tuple[ControlSpec, ...]:
    """What a hand can move of a clip that lasts ``seconds``."""
    return (
        ControlSpec(playhead.SCRUB, Kind.FLOAT, 0.0, 0.0, 1.0, label="Scrub", modulatable=True,
                    help="Where in the clip it is put: 0 its beginning, 1 its end; beyond, it goes on as its loop "
                    "says. From there it plays on. Locked to the beat, how far it is beside it."),
        ControlSpec(playhead.SPEED, Kind.FLOAT, 1.0, -2.0, 2.0, unit="×", label="Speed",
                    help="How fast it plays; negative backwards, 0 not at all."),
        ControlSpec(playhead.LOOP, Kind.CHOICE, 0, 0, len(LOOPS) - 1, choices=LOOPS, label="Loop",
                    help="What comes after its end: its beginning, the way back, nothing more; or it is held, and "
                    "only scrub moves it."),
        ControlSpec(playhead.BEATS, Kind.FLOAT, 0.0, 0.0, 32.0, unit="beats", label="Beats",
                    help="How many beats it lasts at speed 1, beginning on the grid of the transport; 0 lets it run "
                    "free."),
        ControlSpec(playhead.RESTART, Kind.TRIGGER, local=True, saved=False, modulatable=True, label="Restart",
                    help="Play it again from scrub on, on the beat where presses wait for it."),
        ControlSpec(BLEND, Kind.FLOAT, 1.0, 0.0, 4.0, label="Blend", modulatable=True, guard=(-MOST_BLEND, MOST_BLEND),
                    help="Over how many frames a picture is spread: 0 shows one after another, 1 blends each into the "
                    "next, more leaves trails; below 0 what moves stands out."),
        ControlSpec(STRAY, Kind.FLOAT, 0.0, 0.0, 1.0, label="Stray", modulatable=True,
                    help="How many seconds the deck's place leads coarse, middle and fine detail apart in time."),
        ControlSpec(playhead.LENGTH, Kind.FLOAT, seconds, 0.0, max(2.0 * seconds, 1.0), unit="s", internal=True,
                    help="How long the clip lasts at speed 1."),
        ControlSpec(playhead.ANCHOR, Kind.FLOAT, 0.0, -1e6, 1e6, internal=True,
                    help="Lengths it had run at its anchor."),
        ControlSpec(playhead.SINCE, Kind.FLOAT, 0.0, -1e9, 1e9, unit="s", internal=True,
                    help="When it was anchored, on the show's clock: counts while it runs free."),
        ControlSpec(playhead.BEAT, Kind.FLOAT, 0.0, -1e6, 1e6, unit="beats", internal=True,
                    help="The beat at which it was anchored: counts while it is locked to the beat."),
        ControlSpec(playhead.LAG, Kind.FLOAT, 0.0, -1.0, 1.0, internal=True,
                    help="How far it was beside the beat's grid at its anchor, in lengths."),
    )  # fmt: skip


def seconds(spec: ModelSpec) -> float:
    """How long the clip that ``spec`` is of lasts; 0 for what is no clip."""
    for control in spec.controls:
        if control.address == playhead.LENGTH and isinstance(control.default, int | float):
            return float(control.default)
    return 0.0
