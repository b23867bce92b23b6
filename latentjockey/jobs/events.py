"""What a job tells about itself: one JSON object a line on its standard output, and ``stop`` as a line on its input.

Pure; any thread. The other side may be older, newer, or something that prints warnings between its lines: fields that
are not known are passed over, lines that are none are counted and passed over.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

STOP: Final = b"stop\n"
"""Written to a job: finish this step, save, export, end."""

LONGEST_LINE: Final = 64 * 1024
"""Bytes of one event with its line end. A longer line is none."""


class Started(msgspec.Struct, frozen=True, tag_field="event", tag="started"):
    """First of all: what is being trained, and where. ``run`` is the folder that resuming needs, ``images`` how many
    pictures there are to learn from (0: drawn without end), ``device`` in words."""

    name: str
    run: str
    size: int = 0
    classes: tuple[str, ...] = ()
    device: str = ""
    images: int = 0


class Progress(msgspec.Struct, frozen=True, tag_field="event", tag="progress"):
    """A few times a second at most. ``images`` seen since the first start, ``seconds`` trained since the first start,
    ``left_s`` until the budget is spent or the plan is done, None where nobody can tell. ``phase`` is one word or two,
    ``words`` a sentence for people: "good enough to play in about 10 minutes". ``good`` is the share of its time after
    which what is made is worth playing, from where it has its full size and its edges: what comes after is finish."""

    step: int
    images: int
    seconds: float
    phase: str = ""
    losses: dict[str, float] = {}
    images_per_s: float = 0.0
    left_s: float | None = None
    words: str = ""
    good: float = 0.5


class Sheet(msgspec.Struct, frozen=True, tag_field="event", tag="sheet"):
    """A sheet of samples, whole, at an absolute ``path`` (PNG); made after ``images`` pictures."""

    path: str
    images: int = 0


class Saved(msgspec.Struct, frozen=True, tag_field="event", tag="saved"):
    """All that resuming needs was written, whole, at an absolute ``path``, after ``images`` pictures. ``plays`` says
    whether there is a model beside it by now."""

    path: str
    images: int = 0
    plays: bool = True


class Notice(msgspec.Struct, frozen=True, tag_field="event", tag="notice"):
    """One sentence for the messages: a corrupt image that was skipped, what falls back to what."""

    text: str


class Finished(msgspec.Struct, frozen=True, tag_field="event", tag="finished"):
    """The end, a good one. ``model`` is what ``/model`` can be set to, empty when nothing came out that plays."""

    model: str
    words: str = ""


class Failed(msgspec.Struct, frozen=True, tag_field="event", tag="failed"):
    """The end, a bad one, in one sentence: what, why, what to do."""

    text: str


Event = Started | Progress | Sheet | Saved | Notice | Finished | Failed

_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ENCODER = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """One line with its end. Numbers that JSON has not (NaN, infinity) are left out of the losses, 0 or None elsewhere.

    Raises ValueError for an event longer than :data:`LONGEST_LINE`.
    """
    if isinstance(event, Progress):
        event = _finite(event)
    line = _ENCODER.encode(event) + b"\n"
    if len(line) > LONGEST_LINE:
        raise ValueError(f"an event of {len(line)} bytes is longer than a line may be")
    return line


def decode(line: bytes) -> Event | None:
    """The event of one line, with or without its end, or None when it is none."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class Lines:
    """Puts what comes through a pipe together to lines, and never keeps more than one of them."""

    def __init__(self) -> None:
        self.garbage = 0
        self._rest = b""
        self._skipping = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that ``piece`` completes, in order. Lines that are none are counted; empty ones are not."""
        found: list[Event] = []
        *whole, rest = (self._rest + piece).split(b"\n")
        for line in whole:
            if self._skipping:
                self._skipping = False  # the end of a line too long, which was counted at its beginning
            elif line.strip():
                event = decode(line)
                if event is None:
                    self.garbage += 1
                else:
                    found.append(event)
        if len(rest) > LONGEST_LINE or (self._skipping and rest):
            self.garbage += not self._skipping
            self._skipping, rest = True, b""
        self._rest = rest
        return found


def _finite(event: Progress) -> Progress:
    def number(value: float) -> float:
        return value if math.isfinite(value) else 0.0

    left = event.left_s
    return msgspec.structs.replace(
        event,
        seconds=number(event.seconds),
        images_per_s=number(event.images_per_s),
        good=number(event.good),
        left_s=left if left is not None and math.isfinite(left) else None,
        losses={name: float(value) for name, value in event.losses.items() if math.isfinite(value)},
    )
