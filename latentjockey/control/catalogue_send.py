"""The controls of what sends the picture to other programs, as data. Any thread."""

from __future__ import annotations

from latentjockey.control.names import FITS, LARGEST_SIDE, SENDS
from latentjockey.control.spec import ControlSpec, Kind, Taper

_WORDS = {"ndi": "NDI", "spout": "Spout", "syphon": "Syphon", "v4l2": "camera"}
_WHERE = {
    "ndi": "to programs on this machine and in its network, by NDI",
    "spout": "to programs on this machine, by Spout (Windows)",
    "syphon": "to programs on this machine, by Syphon (macOS)",
    "v4l2": "to programs that take a camera, by a v4l2 loopback device (Linux)",
}


def send_controls() -> list[ControlSpec]:
    """For each way out: whether it is on, its name, size, rate and fit, and how it goes."""
    return [spec for kind in SENDS for spec in _send(kind)]


def _send(kind: str) -> list[ControlSpec]:
    at, words, side = f"/send/{kind}", _WORDS[kind], (0.0, float(LARGEST_SIDE))
    device = kind == "v4l2"
    named = (
        "The device that is written to, such as /dev/video10; empty is the first that takes pictures."
        if device
        else f"The name under which {words} receivers find this picture."
    )
    return [
        ControlSpec(f"{at}/on", Kind.BOOL, False, label=words, local=True, saved=False,
                    help=f"Send the stage {_WHERE[kind]}."),
        ControlSpec(f"{at}/name", Kind.TEXT, "" if device else "latentjockey", label="device" if device else "name",
                    local=True, saved=False, help=named),
        ControlSpec(f"{at}/width", Kind.INT, 0, 0, 3840, guard=side, unit="px", label="width", local=True, saved=False,
                    help="Width of what is sent; 0 is the picture's own, or what its shape asks for."),
        ControlSpec(f"{at}/height", Kind.INT, 0, 0, 2160, guard=side, unit="px", label="height", local=True,
                    saved=False, help="Height of what is sent; 0 is the picture's own, or what its shape asks for."),
        ControlSpec(f"{at}/fps", Kind.FLOAT, 60.0, 1.0, 120.0, taper=Taper.LOG, guard=(0.0, None), unit="fps",
                    label="fps", local=True, saved=False,
                    help="At most so many pictures a second; 0 means as many as there are."),
        ControlSpec(f"{at}/fit", Kind.CHOICE, 0, 0, 2, choices=FITS, label="fit", local=True, saved=False,
                    help="How the picture meets a size of another shape."),
        ControlSpec(f"{at}/state", Kind.READOUT, "off", saved=False, help=f"How sending by {words} goes, in words."),
    ]  # fmt: skip
