"""What clip is to be made, as data, and the command that makes it. Pure."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import msgspec

from latentjockey.models.clip_folder import MOST_FRAMES, MOST_PLACE

LONGEST_PROMPT = 4000
LARGEST_SIDE = 4096
MOST_STEPS = 1000
LARGEST_SEED = 10**18
MOST_RENDERED = 4096
"""Frames of one rendering."""


class ClipWish(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clip called ``name`` (empty: by what it is made of), rendered by the video ``model`` from ``prompt`` and
    ``seed``, or converted from the video file at ``film``, of which ``every`` n-th frame is taken.

    What is 0 or ``None`` is as the model has it: ``width``, ``height`` in pixels, ``frames``, ``fps``, ``steps``,
    ``guidance``. ``place`` is the z of a deck, of the model ``place_of``, that the noise begins with, as far as
    ``place_share`` says: 1 is wholly, and any number can be.
    """

    name: str = ""
    model: str = ""
    film: str = ""
    prompt: str = ""
    negative: str = ""
    seed: int = 0
    width: int = 0
    height: int = 0
    frames: int = 0
    fps: float = 0.0
    steps: int = 0
    guidance: float | None = None
    place: tuple[float, ...] = ()
    place_of: str = ""
    place_share: float = 1.0
    every: int = 1
    device: str = ""

    @property
    def called(self) -> str:
        """Its name, or one by what it is made of."""
        words = self.name.strip() or self.prompt.strip() or Path(self.film).stem or f"{self.model} {self.seed}"
        return " ".join("".join(c if c.isalnum() or c in "-_ " else " " for c in words).split())[:40].strip() or "clip"


def missing(wish: ClipWish) -> str:
    """What is missing or cannot be, in a sentence; empty for nothing."""
    if not wish.model and not wish.film:
        return "Choose a video model, or a film to convert."
    if len(wish.prompt) > LONGEST_PROMPT or len(wish.negative) > LONGEST_PROMPT:
        return f"A prompt has {LONGEST_PROMPT} characters at most."
    if not (0 <= wish.width <= LARGEST_SIDE and 0 <= wish.height <= LARGEST_SIDE):
        return f"A side has {LARGEST_SIDE} pixels at most."
    if not 0 <= wish.frames <= (MOST_FRAMES if wish.film else MOST_RENDERED):
        return f"A clip has {MOST_FRAMES if wish.film else MOST_RENDERED} frames at most."
    if not abs(wish.seed) <= LARGEST_SEED:
        return "A seed is a whole number of up to 18 digits."
    if not 0 <= wish.steps <= MOST_STEPS:
        return f"There are {MOST_STEPS} steps at most."
    numbers = (wish.fps, wish.guidance or 0.0, wish.place_share, *wish.place)
    if len(wish.place) > MOST_PLACE or not all(map(math.isfinite, numbers)) or wish.fps < 0.0 or wish.every < 1:
        return "A number is none that a clip can be made of."
    return ""


def command(wish: ClipWish, *, events: bool = True) -> list[str]:
    """The whole command that makes it; with ``events`` it tells a show, else a person."""
    words = msgspec.json.encode(wish).decode()
    # -P: what lies in the folder where the show was started is not to be taken for a library
    return [sys.executable, "-P", "-m", "latentjockey.rendering", *(["--events"] if events else []), f"--wish={words}"]


def parsed(text: str) -> ClipWish:
    """The wish in a command. Raises ValueError, with a sentence."""
    try:
        wish = msgspec.json.decode(text, type=ClipWish)
    except msgspec.MsgspecError as error:
        raise ValueError(f"The wish cannot be read: {error}.") from error
    why = missing(wish)
    if why:
        raise ValueError(why)
    return wish


def add(parser: argparse.ArgumentParser) -> None:
    """The options of ``latentjockey clip``."""
    parser.add_argument("model", metavar="MODEL", help="a video model of the library, or a video file to convert")
    parser.add_argument("--out", default="", metavar="NAME", help="what the clip is called (default: by the prompt)")
    parser.add_argument("--prompt", default="", help="what it shows")
    parser.add_argument("--negative", default="", metavar="PROMPT", help="what it is led away from")
    parser.add_argument("--seed", type=int, default=0, help="of its noise (default: %(default)s)")
    parser.add_argument("--frames", type=int, default=0, help="how many (default: as the model has it)")
    parser.add_argument("--width", type=int, default=0, help="pixels (default: as the model has it)")
    parser.add_argument("--height", type=int, default=0, help="pixels (default: as the model has it)")
    parser.add_argument("--fps", type=float, default=0.0, help="frames a second (default: as the model has it)")
    parser.add_argument("--steps", type=int, default=0, help="of denoising (default: as the model has it)")
    parser.add_argument("--guidance", type=float, default=None, help="CFG (default: as the model has it)")
    parser.add_argument("--every", type=int, default=1, help="take each n-th frame of a video file")
    parser.add_argument("--device", default="", help="where it is rendered (default: the best there is)")


def from_options(given: argparse.Namespace) -> ClipWish:
    """The wish that a command line means."""
    path = Path(given.model).expanduser()
    film = path.is_file()
    return ClipWish(
        given.out, "" if film else given.model, str(path.absolute()) if film else "", given.prompt, given.negative,
        given.seed, given.width, given.height, given.frames, given.fps, given.steps, given.guidance,
        every=given.every, device=given.device,
    )  # fmt: skip
