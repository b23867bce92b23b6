"""Numbers of a clip's form, as they are typed and read. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from latentjockey.jobs.clips_desk import Making
from latentjockey.models.clip_folder import MadeOf
from latentjockey.models.clip_spec import FAMILY
from latentjockey.models.library import Entry

NOWHERE = "noise alone"
PLACES = (NOWHERE, "deck A", "deck B")
"""Where a rendering may begin."""
_SIZE = re.compile(r"(\d{1,5})\s*(?:[x×*, ]\s*(\d{1,5}))?\Z")


def whole(text: str, least: int = 1) -> str:
    """A whole number as it was typed, or nothing. Raises ValueError with what would do."""
    words = text.strip()
    if words and not (words.lstrip("-").isdecimal() and len(words) < 19 and int(words) >= least):
        raise ValueError(f"a whole number from {least} on; empty is as the model has it")
    return words


def any_number(text: str) -> str:
    """A number as it was typed, or nothing. Raises ValueError with what would do."""
    words = text.strip().replace(",", ".")
    try:
        fine = not words or math.isfinite(float(words))
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("a number; empty is as the model has it")
    return words


def size(text: str) -> tuple[int, int]:
    """Width and height of ``704 x 480``; 0 for what is not said. Raises ValueError with what would do."""
    words = text.strip().lower()
    if not words:
        return 0, 0
    match = _SIZE.match(words)
    if match is None:
        raise ValueError("a size is 704 x 480, or a width alone; empty is as the model has it")
    return int(match[1]), int(match[2] or 0)


def size_text(width: int, height: int) -> str:
    """A size to be typed and read."""
    return f"{width} × {height}" if width and height else f"{width}" if width else ""


def kept_size(text: str) -> str:
    """A size as the form keeps it."""
    return size_text(*size(text))


def heading(making: Making) -> str:
    """How a making goes, beside its name."""
    if making.over:
        return {"finished": "made", "stopped": "given up", "failed": "failed"}[making.state]
    return making.words


def origin(made: MadeOf) -> str:
    """What a clip was made of, for a person who looks at it."""
    if made.film:
        return f"Converted from {made.film}."
    if not made.model:
        return "It does not say what it was made of."
    numbers = [f"seed {made.seed}", f"{made.frames} frames", f"{made.width} × {made.height}", f"{made.steps} steps"]
    numbers += [f"guidance {made.guidance:g}"]
    numbers += [f"the place of {made.place_of}"] if made.place_of else []
    prompt = f"“{' '.join(made.prompt.split())}”" if made.prompt else "no prompt"
    return f"{made.model}: {prompt}, {', '.join(numbers)}."


def clips_of(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The clips among models."""
    return tuple(entry for entry in entries if entry.family == FAMILY and entry.spec is not None)


def renderers_of(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The models that render clips."""
    return tuple(entry for entry in entries if entry.renders)
