"""The small ordered messages between show and effects process, as data. Each is about a shader chain of eight slots."""

from __future__ import annotations

import msgspec

from latentjockey.link.framing import Readable, next_message, packed

InputValue = float | int | bool | str | tuple[float, ...]


class Put(msgspec.Struct, frozen=True, tag=True):
    """Compile a shader into a slot; answered by :class:`Compiled` or :class:`Refused`. ``events`` are the names of the
    inputs that are presses: their values are counters."""

    ident: int
    slot: int
    source: str
    vertex: str | None
    folder: str | None
    events: tuple[str, ...]


class Take(msgspec.Struct, frozen=True, tag=True):
    """Take the shader out of a slot."""

    slot: int


class Rings(msgspec.Struct, frozen=True, tag=True):
    """Where pictures come from and go to, from the next :class:`Draw` on."""

    number: int
    incoming: str
    incoming_slots: int
    outgoing: str
    outgoing_slots: int
    slot_bytes: int


class Step(msgspec.Struct, frozen=True, tag=True):
    """One shader of the chain, in its order, with its inputs by their own names."""

    slot: int
    mix: float
    values: dict[str, InputValue]


class Draw(msgspec.Struct, frozen=True, tag=True):
    """Draw the chain over the picture in an incoming slot, or over the last one again (-1); answered by
    :class:`Drawn`, one at a time. ``time`` in seconds of the show's clock; sound as float32 (n,) bytes, or empty."""

    ident: int
    slot: int
    steps: tuple[Step, ...]
    time: float
    spectrum: bytes = b""
    waveform: bytes = b""


class Back(msgspec.Struct, frozen=True, tag=True):
    """An outgoing slot goes back to the effects process."""

    ring: int
    slot: int


class Leave(msgspec.Struct, frozen=True, tag=True):
    """End."""


class Up(msgspec.Struct, frozen=True, tag=True):
    """The process is there, and draws with this device."""

    pid: int
    device: str


class Unable(msgspec.Struct, frozen=True, tag=True):
    """There is no OpenGL here, in a sentence; the process ends."""

    why: str


class Compiled(msgspec.Struct, frozen=True, tag=True):
    """A shader is ready in its slot."""

    ident: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A shader does not compile; the one before it stays. ``line`` of its source, from 1."""

    ident: int
    sentence: str
    line: int | None


class Taken(msgspec.Struct, frozen=True, tag=True):
    """An incoming slot goes back to the show."""

    ring: int
    slot: int


class Drawn(msgspec.Struct, frozen=True, tag=True):
    """An outgoing slot holds the picture that was asked for and belongs to the show; -1 where there was no free one.
    ``moves``: the next picture differs though nothing changes. ``ms`` is what drawing and reading back took;
    ``lacking`` tells for slots, in a sentence, which picture they go without."""

    ident: int
    ring: int
    slot: int
    ms: float
    moves: bool
    lacking: dict[int, str] = {}


ToEffects = Put | Take | Rings | Draw | Back | Leave
FromEffects = Up | Unable | Compiled | Refused | Taken | Drawn

_to_effects = msgspec.msgpack.Decoder(ToEffects)
_from_effects = msgspec.msgpack.Decoder(FromEffects)


def pack(message: ToEffects | FromEffects) -> bytes:
    """A message with its length before it."""
    return packed(message)


def read_to_effects(stream: Readable) -> ToEffects | None:
    """The next message from the show. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _to_effects)


def read_from_effects(stream: Readable) -> FromEffects | None:
    """The next message from the effects process. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _from_effects)
