"""The controls of rendering a clip, as data. Any thread."""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, Kind

CLIP_BEGINS = ("seed", "deck a", "deck b")
"""Where a clip's noise begins."""


def clip_controls() -> list[ControlSpec]:
    """What clip is to be rendered, by hands that have no window, and how that goes."""
    return [
        ControlSpec("/clip/render", Kind.COMMAND, "", local=True, saved=False,
                    help="Render a clip of the text that it brings; without one, or with the 1 of a button, of "
                    "/clip/prompt."),
        ControlSpec("/clip/cancel", Kind.TRIGGER, local=True, saved=False, label="give it up",
                    help="Give up the clip that is rendered; nothing of it is kept."),
        ControlSpec("/clip/model", Kind.TEXT, "", local=True, saved=False, label="video model",
                    help="The video model that renders, by its name in the library; empty is the only one there."),
        ControlSpec("/clip/prompt", Kind.TEXT, "", local=True, saved=False, label="prompt",
                    help="What the clip is to show."),
        ControlSpec("/clip/negative", Kind.TEXT, "", local=True, saved=False, label="away from",
                    help="What the clip is led away from."),
        ControlSpec("/clip/name", Kind.TEXT, "", local=True, saved=False, label="name",
                    help="What the clip is to be called; empty is by its prompt. A name that is taken gets a number."),
        ControlSpec("/clip/seed", Kind.INT, 0, 0, 9999, local=True, saved=False, label="seed",
                    help="Of the clip's noise; any whole number."),
        ControlSpec("/clip/begins", Kind.CHOICE, 0, 0, len(CLIP_BEGINS) - 1, choices=CLIP_BEGINS, local=True,
                    saved=False, label="begins at",
                    help="Where the clip's noise begins: with its seed alone, or at the place of a deck."),
        ControlSpec("/clip/frames", Kind.INT, 0, 0, 257, local=True, saved=False, label="frames",
                    help="How many frames; 0 is as the model has it."),
        ControlSpec("/clip/width", Kind.INT, 0, 0, 1280, unit="px", local=True, saved=False, label="width",
                    help="Of its frames; 0 is as the model has it."),
        ControlSpec("/clip/height", Kind.INT, 0, 0, 1280, unit="px", local=True, saved=False, label="height",
                    help="Of its frames; 0 is as the model has it."),
        ControlSpec("/clip/fps", Kind.FLOAT, 0.0, 0.0, 60.0, unit="/s", local=True, saved=False, label="rate",
                    help="Frames a second; 0 is as the model has it."),
        ControlSpec("/clip/steps", Kind.INT, 0, 0, 60, local=True, saved=False, label="steps",
                    help="Of denoising; 0 is as the model has it."),
        ControlSpec("/clip/guidance", Kind.FLOAT, 0.0, -10.0, 10.0, local=True, saved=False, label="guidance",
                    help="CFG of any value, below 0 too; 0 itself is as the model has it."),
        ControlSpec("/clip/state", Kind.READOUT, "idle", saved=False, local=True,
                    help="One word: idle, starting, running, stopping, finished, stopped, failed, or refused."),
        ControlSpec("/clip/words", Kind.READOUT, "", saved=False, local=True,
                    help="How it goes: what is done and how long it takes yet, or how it ended, or why not."),
        ControlSpec("/clip/progress", Kind.READOUT, 0.0, 0.0, 1.0, saved=False, local=True,
                    help="How much of the clip is rendered, from 0 to 1."),
        ControlSpec("/clip/made", Kind.READOUT, "", saved=False, local=True,
                    help="The clip that was rendered last, as /model takes it."),
    ]  # fmt: skip
