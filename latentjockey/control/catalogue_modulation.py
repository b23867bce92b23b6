"""What moves other controls, as data: two LFOs, what is heard of a sound input, and the routes from them to controls.

A route adds to a control's base value; what hands, presets and undo see stays the base. See ``docs/modulation.md``.
"""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, Kind, Taper

LFOS = (1, 2)
ROUTES = tuple(range(1, 17))
SHAPES = ("sine", "triangle", "ramp up", "ramp down", "square", "random steps", "random smooth")
HEARD = ("level", "low", "middle", "high", "onset")
"""What is heard of a sound input: its loudness, three bands of it, and a pulse at each beginning of a sound."""

SOURCES = ("off", *(f"lfo {n}" for n in LFOS), *HEARD)


def modulation_controls() -> list[ControlSpec]:
    """LFOs, routes, and the sound input."""
    return [
        *(spec for n in LFOS for spec in _lfo(n)),
        *(spec for n in ROUTES for spec in _route(n)),
        *_audio(),
    ]


def _lfo(n: int) -> list[ControlSpec]:
    at = f"/lfo/{n}"
    return [
        ControlSpec(f"{at}/shape", Kind.CHOICE, 0, 0, len(SHAPES) - 1, choices=SHAPES, label="shape",
                    help="The curve of one turn, from -1 to 1."),
        ControlSpec(f"{at}/rate", Kind.FLOAT, 0.25, 0.01, 10.0, taper=Taper.LOG, unit="Hz", label="rate",
                    help="Turns a second while it runs free; negative runs backwards, 0 stands."),
        ControlSpec(f"{at}/sync", Kind.BOOL, False, label="sync",
                    help="Turn with the beat instead of the second."),
        ControlSpec(f"{at}/beats", Kind.FLOAT, 4.0, 0.25, 64.0, taper=Taper.LOG, guard=(1 / 64, None), label="beats",
                    help="Beats that one turn takes in sync."),
        ControlSpec(f"{at}/phase", Kind.FLOAT, 0.0, 0.0, 1.0, label="phase",
                    help="Where in the turn it stands beside the other: 0.5 is half a turn ahead."),
        ControlSpec(f"{at}/seed", Kind.INT, n, 0, 9_999, unit="seed", label="seed",
                    help="Which random steps, or which smooth ones."),
        ControlSpec(f"{at}/restart", Kind.TRIGGER, local=True, saved=False,
                    help="Begin a turn now; in sync, let its turns begin on the beat."),
        ControlSpec(f"{at}/anchor", Kind.FLOAT, 0.0, -1e6, 1e6, unit="turns", internal=True,
                    help="Turns made at the anchor."),
        ControlSpec(f"{at}/since", Kind.FLOAT, 0.0, -1e9, 1e9, unit="s", internal=True,
                    help="When it was anchored, on the show's clock: counts while it runs free."),
        ControlSpec(f"{at}/beat", Kind.FLOAT, 0.0, -1e6, 1e6, unit="beats", internal=True,
                    help="The beat at which it was anchored: counts in sync."),
    ]  # fmt: skip


def _route(n: int) -> list[ControlSpec]:
    at = f"/mod/{n}"
    return [
        ControlSpec(f"{at}/on", Kind.BOOL, False, label=f"route {n}", panic=True, help=f"Whether route {n} plays."),
        ControlSpec(f"{at}/source", Kind.CHOICE, 0, 0, len(SOURCES) - 1, choices=SOURCES, label="source",
                    help=f"What moves the target of route {n}."),
        ControlSpec(f"{at}/target", Kind.TEXT, "", local=True, label="target",
                    help=f"The address that route {n} moves; a component of a vector, too (/deck/a/z/12)."),
        ControlSpec(f"{at}/amount", Kind.FLOAT, 0.25, -1.0, 1.0, label="amount",
                    help="How far: the part of the target's nominal range that a full swing of the source takes."),
        ControlSpec(f"{at}/index", Kind.INT, -1, -1, 1e6, internal=True, saved=False,
                    help="Where the target's number lies in the layout of the day; -1 nowhere."),
    ]  # fmt: skip


def _audio() -> list[ControlSpec]:
    heard = {
        "level": "Loudness, against what was loudest of late.",
        "low": "Loudness below 200 Hz.",
        "middle": "Loudness from 200 to 2000 Hz.",
        "high": "Loudness from 2000 Hz up.",
        "onset": "1 where a sound begins, then fading.",
    }
    return [
        ControlSpec("/audio/on", Kind.BOOL, False, label="listen", local=True, help="Listen to a sound input."),
        ControlSpec("/audio/device", Kind.TEXT, "", label="input", local=True,
                    help="Which input, by a part of its name; empty is the system's own choice."),
        ControlSpec("/audio/gain", Kind.FLOAT, 1.0, 0.1, 10.0, taper=Taper.LOG, unit="×", label="gain", local=True,
                    help="How strongly what is heard counts, after it was levelled."),
        ControlSpec("/audio/attack", Kind.FLOAT, 0.01, 0.001, 1.0, taper=Taper.LOG, guard=(0.0, None), unit="s",
                    label="attack", local=True, help="How long level and bands take to rise."),
        ControlSpec("/audio/release", Kind.FLOAT, 0.2, 0.01, 4.0, taper=Taper.LOG, guard=(0.0, None), unit="s",
                    label="release", local=True, help="How long level, bands and onset take to fall."),
        ControlSpec("/audio/threshold", Kind.FLOAT, 2.0, 1.0, 8.0, taper=Taper.LOG, unit="×", label="threshold",
                    local=True, help="How far the spectrum must change, against its usual change, to count as onset."),
        *(ControlSpec(f"/audio/{name}", Kind.FLOAT, 0.0, 0.0, 1.0, label=name, internal=True, saved=False, help=text)
          for name, text in heard.items()),
    ]  # fmt: skip
