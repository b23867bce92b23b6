"""The controls of the picture that comes in, as data. Any thread."""

from __future__ import annotations

from latentjockey.control.names import FITS, INPUTS
from latentjockey.control.spec import ControlSpec, Kind


def input_controls() -> list[ControlSpec]:
    """Where a picture comes from that others begin with, how it stands, and how far they leave it."""
    return [
        ControlSpec("/input/source", Kind.CHOICE, 0, 0, len(INPUTS) - 1, choices=INPUTS, label="input",
                    help="Where the picture comes from that a diffusion model begins with; none begins with noise."),
        ControlSpec("/input/file", Kind.TEXT, "", label="file", local=True,
                    help="The whole path of the picture or film that comes in as image or video."),
        ControlSpec("/input/device", Kind.TEXT, "", label="camera", local=True, saved=False,
                    help="The camera, by its name or device; test is a test picture. None is opened unless it is "
                    "named, and no preset names one."),
        ControlSpec("/input/ndi", Kind.TEXT, "", label="NDI source", local=True, saved=False,
                    help="The NDI source, by its name or a part of it; empty is the first that is found."),
        ControlSpec("/input/strength", Kind.FLOAT, 0.6, 0.0, 1.0, label="strength", modulatable=True,
                    help="How far the picture is left: 0 is the input itself, 1 noise with a trace of it, 2 noise "
                    "alone; below 0 as far to its other side."),
        ControlSpec("/input/fit", Kind.CHOICE, 1, 0, len(FITS) - 1, choices=FITS, label="fit",
                    help="How the input meets the model's size where that has another shape."),
        ControlSpec("/input/mirror", Kind.BOOL, False, label="mirror", modulatable=True,
                    help="The input left to right, as in a mirror."),
        ControlSpec("/input/zoom", Kind.FLOAT, 1.0, 0.5, 2.0, label="input zoom", unit="×", panic=True,
                    guard=(0.001, None), modulatable=True,
                    help="How much the input is enlarged; as feedback, each time it comes back."),
        ControlSpec("/input/turn", Kind.FLOAT, 0.0, -180.0, 180.0, label="input turn", unit="°", panic=True,
                    modulatable=True,
                    help="How far the input is turned anticlockwise; as feedback, each time it comes back."),
        ControlSpec("/input/speed", Kind.FLOAT, 1.0, -2.0, 2.0, label="speed", unit="×", local=True,
                    help="How fast a film comes in: 0 holds it, below 0 it runs backwards."),
        ControlSpec("/input/state", Kind.READOUT, "off", saved=False, local=True,
                    help="How the input goes, in words."),
        ControlSpec("/input/found", Kind.READOUT, "", saved=False, local=True,
                    help="The cameras and NDI sources that were found when they were last looked for, by line."),
        ControlSpec("/input/look", Kind.TRIGGER, local=True, saved=False, label="look",
                    help="Look for cameras and NDI sources."),
    ]  # fmt: skip
