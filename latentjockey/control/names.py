"""The names that addresses are made of, and the eight knobs. Data; any thread."""

from __future__ import annotations

DECKS = ("a", "b")
BANDS = ("coarse", "middle", "fine")
CUES = tuple(range(1, 9))
TRAVEL_POINTS = 65
GLIDE_CURVES = ("smooth", "linear", "ease")
FITS = ("letterbox", "crop", "stretch")
ENGINE_STATES = ("starting", "loading", "playing", "restarting", "fallback", "stopped")
LARGEST_SIDE = 16384
FIRST_SEEDS = {"a": 1, "b": 2}
VIEWS = ("studio", "play")
OUTPUTS = (1, 2, 3, 4)
FX_SLOTS = tuple(range(1, 9))
SENDS = ("ndi", "spout", "syphon", "v4l2")
INPUTS = ("none", "image", "video", "camera", "feedback", "ndi")
COMING_IN = "coming in"
"""What ``/input/state`` begins with while pictures come in, and are heard."""
SOURCES = ("internal", "midi clock")
QUANTISE = ("off", "beat", "bar", "2 bars", "4 bars")
FOCUSED = "@"
"""Stands for the focused deck's letter in an address that follows it, e.g. ``/deck/@/reach``."""

EIGHT = (
    ("wander", "/deck/@/drift/speed"),
    ("reach", "/deck/@/reach"),
    ("coarse", "/deck/@/eq/coarse"),
    ("middle", "/deck/@/eq/middle"),
    ("fine", "/deck/@/eq/fine"),
    ("lead", "/deck/@/dir/0"),
    ("break", "/break/amount"),
    ("echo", "/echo/amount"),
)
"""The eight knobs: what the hand reads on them, and where they lead."""


OWN = "/gen/"
"""Where a model's own controls stand; those of deck B's, where it plays another one than deck A, below that deck."""


def own_address(address: str, deck: str) -> str:
    """Where a control of a model's own, ``/gen/…``, stands while another model plays on the other deck."""
    return address if deck == DECKS[0] else f"/deck/{deck}{address}"


def on_deck(address: str, deck: str) -> str:
    """The address with ``deck`` ("a" or "b") in place of ``FOCUSED``."""
    return address.replace(f"/{FOCUSED}/", f"/{deck}/")
