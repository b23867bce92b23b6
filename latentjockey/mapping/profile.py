"""What a controller can show, as data of its map: lights, rings, motor faders. Pure; the rules are :mod:`.feedback`'s.

A binding's ``feedback`` says what its control shows on the controller; a map's ``feedback`` is the controller's
profile: what is sent when it is plugged in, and lights that belong to no binding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from latentjockey.mapping.event import FINE_KINDS, NUMBERLESS_KINDS, MessageKind

MOST_RAW = 64
"""How many raw messages a profile may send at once."""
MOST_RAW_BYTES = 256
"""How long each of them may be: enough for every settings message, too short for a firmware."""

LARGEST_NUMBER = {MessageKind.CC14: 31, MessageKind.NRPN: 16383, MessageKind.RPN: 16383}
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


def _nothing() -> Mapping[str, object]:
    return MappingProxyType({})


def largest(kind: MessageKind) -> int:
    """The largest value that a message of this kind carries."""
    return 16383 if kind in FINE_KINDS else 127


def check_message(kind: MessageKind, number: int | None, channel: int | None) -> None:
    """Raises ValueError for a number or a channel that no message of the kind can have. No number is always fine."""
    if channel is not None and not 1 <= channel <= 16:
        raise ValueError(f"channel {channel} is not one of 1 to 16")
    if number is None:
        return
    if kind in NUMBERLESS_KINDS:
        raise ValueError(f"{kind} has no number")
    most = LARGEST_NUMBER.get(kind, 127)
    if not 0 <= number <= most:
        raise ValueError(f"number {number} is not one of 0 to {most} for {kind}")


@dataclass(frozen=True, slots=True)
class Colours:
    """The raw values (0..127, or 0..16383 for fine kinds) by which a light shows a state; ``None`` shows none of it.

    ``asleep``: there is no such control now. ``beyond``: its value lies outside the nominal range. ``on`` and ``off``:
    the control stands nearer to the high or the low end of the travel; a knob is on unless it stands at the low end; a
    button that has nothing to remember (a recall) is off, and on for a moment when it was pressed.
    """

    off: int | None = None
    on: int | None = None
    beyond: int | None = None
    asleep: int | None = None
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)


@dataclass(frozen=True, slots=True)
class Touch:
    """The message by which a motor fader says that a finger is on it: down while it lasts. No ``channel`` is any."""

    kind: MessageKind
    number: int | None = None
    channel: int | None = None
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)

    def __post_init__(self) -> None:
        check_message(self.kind, self.number, self.channel)


@dataclass(frozen=True, slots=True)
class Light:
    """One thing on the controller that shows one control: a lamp, a ring, the place of a motor fader.

    It is told by a message of ``kind``, ``number`` and ``channel``; each that is left out is that of the binding (any
    channel is channel 1). ``values`` are the raw values at the two ends of the travel, between which it goes in
    straight steps, and beyond which it never goes; without them 0 and the largest. ``colours`` go before. ``moves``
    marks what stands afterwards where it was told (a motor fader, an endless encoder that sends positions): its hand
    need not pick up the value. While ``touch`` is down nothing is sent to it.

    ``address``, ``lo``, ``hi``, ``bank`` and ``shift`` are for the lights of a profile, with the meaning that they have
    in a binding; ``/midi/bank/NAME`` and ``/midi/shift`` light up for the bank of now and for shift. In the
    ``feedback`` of a binding they are the binding's own and left out.

    Raises ValueError for what no message can be.
    """

    kind: MessageKind | None = None
    number: int | None = None
    channel: int | None = None
    values: tuple[int, int] | None = None
    colours: Colours | None = None
    moves: bool = False
    touch: Touch | None = None
    address: str = ""
    lo: float | None = None
    hi: float | None = None
    bank: str | None = None
    shift: bool | None = None
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)

    def __post_init__(self) -> None:
        if self.kind is not None:
            check_message(self.kind, self.number, self.channel)
        elif self.channel is not None and not 1 <= self.channel <= 16:
            raise ValueError(f"channel {self.channel} is not one of 1 to 16")
        most = 16383 if self.kind is None else largest(self.kind)
        colours = self.colours or Colours()
        for value in (*(self.values or ()), colours.off, colours.on, colours.beyond, colours.asleep):
            if value is not None and not 0 <= value <= most:
                raise ValueError(f"a light is told 0 to {most}, not {value}")
        if self.address and not self.address.startswith("/"):
            raise ValueError(f"the address {self.address[:60]!r} does not begin with /")


ECHO = Light()
"""The binding's own message back, from 0 to the largest value: ``"feedback": "echo"``."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a controller is told beside its bindings' feedback.

    ``output`` is a part of the name of the port to send to, where that is called otherwise than the input. ``setup`` is
    sent first, each time it is plugged in; ``teardown`` last, when the program ends. Raw messages, whole, system
    exclusive ones from F0 to F7; as many as ``MOST_RAW`` of up to ``MOST_RAW_BYTES``.

    Raises ValueError for bytes that are no whole message, and for lights without an address or a message.
    """

    output: str = ""
    setup: tuple[bytes, ...] = ()
    teardown: tuple[bytes, ...] = ()
    lights: tuple[Light, ...] = ()
    extra: Mapping[str, object] = field(default_factory=_nothing, compare=False)

    def __post_init__(self) -> None:
        for name, messages in (("setup", self.setup), ("teardown", self.teardown)):
            if len(messages) > MOST_RAW:
                raise ValueError(f"{name} has {len(messages)} messages; up to {MOST_RAW} are sent")
            for message in messages:
                why = why_no_message(message)
                if why:
                    raise ValueError(f"{name}: {message[:8].hex(' ')} {why}")
        for i, light in enumerate(self.lights):
            if not light.address or light.kind is None:
                raise ValueError(f"lights[{i}] needs an address and a kind")
            if light.number is None and light.kind not in NUMBERLESS_KINDS:
                raise ValueError(f"lights[{i}]: {light.kind} needs a number")


def why_no_message(message: bytes) -> str:
    """Why bytes are not one whole MIDI message; empty when they are."""
    if len(message) > MOST_RAW_BYTES:
        return f"is longer than {MOST_RAW_BYTES} bytes"
    if len(message) < 2:
        return "is too short"
    first, rest = message[0], message[1:]
    if first == 0xF0:
        whole = rest[-1] == 0xF7 and all(byte < 0x80 for byte in rest[:-1])
        return "" if whole else "is not a system exclusive message from F0 to F7"
    whole = len(rest) == _DATA_BYTES.get(first & 0xF0, -1) and all(byte < 0x80 for byte in rest)
    return "" if whole else "is not a channel message"
