"""The small ordered messages between show and engine, as data."""

from __future__ import annotations

from typing import Annotated

import msgspec

from latentjockey.control.spec import ControlSpec
from latentjockey.control.values import LONGEST_TEXT
from latentjockey.link.framing import Readable, next_message, packed
from latentjockey.models.spec import ModelSpec

MOST_TEXTS = 256
"""So many texts of a model's own are told; who has more plays the others at their defaults."""

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Texts = Annotated[dict[Text, Text], msgspec.Meta(max_length=MOST_TEXTS)]
"""Texts by address, see :mod:`latentjockey.link.texts`."""


class Load(msgspec.Struct, frozen=True, tag=True):
    """Make this model ready, or two, joined (:mod:`latentjockey.models.pair`); answered by :class:`Loaded` or
    :class:`Problem`. ``anew``: as its file is now, whatever is at hand. Not for an engine that plays."""

    model: str
    width: int
    height: int
    anew: bool = False


class Play(msgspec.Struct, frozen=True, tag=True):
    """Begin to publish: read the block of this epoch, write into this ring."""

    generation: int
    epoch: int
    specs: tuple[ControlSpec, ...]
    block: str
    block_bytes: int


class Words(msgspec.Struct, frozen=True, tag=True):
    """These texts of a model's own change, and make this page of them, the next after the last; it is sent before the
    first snapshot that has it. Every turn begins without any, at page 0."""

    page: int
    texts: Texts


class Rest(msgspec.Struct, frozen=True, tag=True):
    """Publish no more, let go of block and rings, and stay ready: another engine plays. No slots come back."""


class Keep(msgspec.Struct, frozen=True, tag=True):
    """Have these models at hand, the most wanted first, within so many bytes (0: a share of what is free); load what is
    missing while nothing else is to be done. Told by :class:`Holds`."""

    models: tuple[str, ...]
    budget: int


class Ring(msgspec.Struct, frozen=True, tag=True):
    """A ring to write into, from the next frame on."""

    ring: int
    handle: str
    slots: int
    slot_bytes: int


class Free(msgspec.Struct, frozen=True, tag=True):
    """A slot goes back to the engine."""

    ring: int
    slot: int


class Spare(msgspec.Struct, frozen=True, tag=True):
    """Where small pictures made in spare time go, a ring, and where values to be looked at lie, a block of the epoch
    that plays."""

    ring: int
    handle: str
    slots: int
    slot_bytes: int
    block: str
    block_bytes: int


class WantSolo(msgspec.Struct, frozen=True, tag=True):
    """Whether anybody looks at each deck's own picture."""

    on: bool


class Peek(msgspec.Struct, frozen=True, tag=True):
    """Make a small picture of what lies in the block of :class:`Spare` with this revision, and of these texts, which
    are all of a model's own. Answered by :class:`Peeked`; one at a time."""

    ident: int
    texts: Texts = {}


class Sight(msgspec.Struct, frozen=True, tag=True):
    """Where pictures from outside lie from now on: a ring that the show writes."""

    ring: int
    handle: str
    slots: int
    slot_bytes: int


class Seen(msgspec.Struct, frozen=True, tag=True):
    """A slot of the ring of :class:`Sight` holds a new picture from outside, and belongs to the engine."""

    ring: int
    slot: int


class Blind(msgspec.Struct, frozen=True, tag=True):
    """What was seen last is to be forgotten."""


class Wake(msgspec.Struct, frozen=True, tag=True):
    """Something changed while you were idle."""


class Quit(msgspec.Struct, frozen=True, tag=True):
    """Leave."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The engine is up; nothing is loaded."""

    pid: int


class Beat(msgspec.Struct, frozen=True, tag=True):
    """A heartbeat: what the main thread is doing, since when (ns), and how long that may take (s)."""

    phase: str
    since_ns: int
    allowed_s: float


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The model is ready."""

    model: ModelSpec
    device: str


class Held(msgspec.Struct, frozen=True):
    """A model at hand, and the bytes that it takes."""

    model: str
    bytes: int


class Holds(msgspec.Struct, frozen=True, tag=True):
    """Which models are at hand, the least recently used first, within which budget in bytes, and which is being loaded
    to be so; what was said about the last that could not be, empty where nothing was."""

    models: tuple[Held, ...]
    budget: int
    loading: str = ""
    trouble: str = ""


class Runs(msgspec.Struct, frozen=True, tag=True):
    """The model runs in another way now than it said when it was loaded."""

    device: str


class Ready(msgspec.Struct, frozen=True, tag=True):
    """A slot holds a new frame and belongs to the show."""

    ring: int
    slot: int


class Looked(msgspec.Struct, frozen=True, tag=True):
    """A slot of the ring of :class:`Sight` goes back to the show."""

    ring: int
    slot: int


class Solo(msgspec.Struct, frozen=True, tag=True):
    """A slot of the ring of :class:`Spare` holds a picture of one deck alone, and belongs to the show."""

    ring: int
    deck: str
    slot: int


class Peeked(msgspec.Struct, frozen=True, tag=True):
    """The same for what was asked for by :class:`Peek`; slot -1 where no picture can be made of it."""

    ring: int
    ident: int
    slot: int


class Idle(msgspec.Struct, frozen=True, tag=True):
    """Nothing moves after the snapshot with this sequence number: the engine sleeps until :class:`Wake`."""

    sequence: int


class NeedRing(msgspec.Struct, frozen=True, tag=True):
    """A picture of this size does not fit the ring, or would be lost in it."""

    width: int
    height: int


class Resized(msgspec.Struct, frozen=True, tag=True):
    """Memory ran out at the wanted size: the engine stepped down to this one."""

    width: int
    height: int
    why: str


class Paced(msgspec.Struct, frozen=True, tag=True):
    """What is done without for the sake of the frame rate, in a few words, none where nothing is; ``why``, in a
    sentence, where that has just begun or ended."""

    word: str
    why: str = ""


class Travel(msgspec.Struct, frozen=True, tag=True):
    """The crossfader's even travel between the places of now, measured."""

    points: tuple[float, ...]


class Problem(msgspec.Struct, frozen=True, tag=True):
    """Something went wrong, in a sentence. ``fatal``: the engine ends after this."""

    text: str
    fatal: bool


class Plain(msgspec.Struct, frozen=True, tag=True):
    """From here on pictures are ``black``, ``constant``, or, with an empty word, neither."""

    word: str


class Fine(msgspec.Struct, frozen=True, tag=True):
    """What went wrong is over."""


ToEngine = (
    Load | Play | Words | Rest | Keep | Ring | Free | Spare | WantSolo | Peek | Sight | Seen | Blind | Wake | Quit
)
ToShow = (
    Hello
    | Beat
    | Loaded
    | Holds
    | Runs
    | Ready
    | Looked
    | Solo
    | Peeked
    | Idle
    | NeedRing
    | Resized
    | Paced
    | Travel
    | Plain
    | Problem
    | Fine
)

_to_engine = msgspec.msgpack.Decoder(ToEngine)
_to_show = msgspec.msgpack.Decoder(ToShow)


def pack(message: ToEngine | ToShow) -> bytes:
    """A message with its length before it."""
    return packed(message)


def read_to_engine(stream: Readable) -> ToEngine | None:
    """The next message from the show. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _to_engine)


def read_to_show(stream: Readable) -> ToShow | None:
    """The next message from the engine. Returns and raises as :func:`next_message` does."""
    return next_message(stream, _to_show)
