"""The small ordered messages between the show and the process that reads pictures from outside, as data."""

from __future__ import annotations

import msgspec

from latentjockey.link.framing import Readable, next_message, packed


class Room(msgspec.Struct, frozen=True, tag=True):
    """A ring to write pictures into from now on."""

    ring: int
    handle: str
    slots: int
    slot_bytes: int


class Open(msgspec.Struct, frozen=True, tag=True):
    """Read what is called ``what`` and is of this ``kind``, in place of what was read before. Answered by
    :class:`Opened` or :class:`Trouble`. Pictures are wanted for this size."""

    ident: int
    kind: str
    what: str
    width: int
    height: int


class Speed(msgspec.Struct, frozen=True, tag=True):
    """How fast films run from now on: 1 as they are, 0 not at all, below 0 backwards."""

    speed: float


class Back(msgspec.Struct, frozen=True, tag=True):
    """A slot goes back to the process."""

    ring: int
    slot: int


class Find(msgspec.Struct, frozen=True, tag=True):
    """Look which cameras and NDI sources there are. Answered by :class:`Found`."""


class Leave(msgspec.Struct, frozen=True, tag=True):
    """Leave."""


class Up(msgspec.Struct, frozen=True, tag=True):
    """The process is up; nothing is read."""

    pid: int


class Alive(msgspec.Struct, frozen=True, tag=True):
    """It goes round, though no picture may have come."""


class Opened(msgspec.Struct, frozen=True, tag=True):
    """What was asked for is being read; ``words`` say what it is."""

    ident: int
    words: str


class Came(msgspec.Struct, frozen=True, tag=True):
    """A slot holds the newest picture of what was asked for by this number, and belongs to the show."""

    ident: int
    ring: int
    slot: int


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """What was asked for cannot be read, or not any further, in a sentence; nothing is read now."""

    ident: int
    text: str


class Found(msgspec.Struct, frozen=True, tag=True):
    """What there is: cameras as (device, name), names of NDI sources, and a sentence about what could not be looked
    for."""

    cameras: tuple[tuple[str, str], ...]
    ndi: tuple[str, ...]
    trouble: str = ""


ToInputs = Room | Open | Speed | Back | Find | Leave
FromInputs = Up | Alive | Opened | Came | Trouble | Found

_to_inputs = msgspec.msgpack.Decoder(ToInputs)
_from_inputs = msgspec.msgpack.Decoder(FromInputs)


def pack(message: ToInputs | FromInputs) -> bytes:
    """A message with its length before it."""
    return packed(message)


def read_to_inputs(stream: Readable) -> ToInputs | None:
    """The next message from the show. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _to_inputs)


def read_from_inputs(stream: Readable) -> FromInputs | None:
    """The next message from the process. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _from_inputs)
