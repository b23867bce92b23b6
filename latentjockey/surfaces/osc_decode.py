"""Bounded, iterative decoder of OSC packets. Pure: no sockets, no clock; runs on whichever thread calls it.

The format is that of "The Open Sound Control 1.0 Specification" (M. Wright, 2002) with the type tags of OSC 1.1
(A. Freed, A. Schmeder, NIME 2009). A packet is taken whole or refused whole, and only :class:`OscError` comes out.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple

LARGEST_PACKET = 65_507
"""Bytes: what a UDP datagram can carry over IPv4."""
DEEPEST = 8
"""Bundles within bundles."""
MOST_MESSAGES = 4_096
"""The smallest message with an argument takes 16 bytes of a bundle, so no honest 64 KB packet has more."""
LONGEST_ADDRESS = 255
"""Characters. What is remembered by address elsewhere stays small, whatever a sender invents."""

Arg = float | int | bool | str | bytes | tuple[int, ...] | None

_BUNDLE = b"#bundle\x00"
_UNIX_EPOCH = 2_208_988_800  # seconds from 1900, where NTP time begins, to 1970
_IMMEDIATELY = 1
_FLOAT = struct.Struct(">f")
_INT = struct.Struct(">i")
_TIME = struct.Struct(">Q")
_FIXED = {
    "f": _FLOAT,
    "i": _INT,
    "h": struct.Struct(">q"),
    "d": struct.Struct(">d"),
    "t": _TIME,
    "r": struct.Struct(">I"),
}
_CONSTANTS: dict[str, Arg] = {"T": True, "F": False, "I": True, "N": None}


class OscError(ValueError):
    """A packet that is no OSC, or more than we take; ``str()`` says what is wrong with it."""


class Message(NamedTuple):
    """One message. A named tuple because ten thousand a second are made and a frozen dataclass takes thrice as long.

    ``tags`` are the type tags without the comma. ``args`` has arrays laid flat; a blob is bytes, MIDI a tuple of four
    bytes, a time tag the raw 64-bit number, N None and I (impulse) True. ``time`` is Unix seconds, or ``None`` for at
    once; in nested bundles the later time counts, since the inner may not come before the outer.
    """

    address: str
    tags: str
    args: tuple[Arg, ...]
    time: float | None = None


def decode(packet: bytes) -> list[Message]:
    """All messages of a packet, in the order in which they stand in it. Raises :class:`OscError`."""
    size = len(packet)
    if size > LARGEST_PACKET:
        raise OscError(f"a packet has up to {LARGEST_PACKET} bytes, not {size}")
    if packet.startswith(b"/"):
        return [_message(packet, 0, size, None)]
    if packet.startswith(_BUNDLE):
        return _bundle(packet)
    raise OscError("a packet begins with / or #bundle")


def _bundle(packet: bytes) -> list[Message]:
    size = len(packet)
    messages: list[Message] = []
    open_bundles = [(16, size, _time(packet, 0, size, None))]  # where to read on, where it ends, when it is due
    while open_bundles:
        at, end, when = open_bundles.pop()
        while at < end:
            if end - at < 4:
                raise OscError("a bundle is cut short")
            length: int = _INT.unpack_from(packet, at)[0]
            at += 4
            if length < 4 or length % 4 or length > end - at:
                raise OscError(f"a bundle element cannot have {length} bytes here")
            stop = at + length
            if packet[at] == 0x2F:  # a slash
                messages.append(_message(packet, at, stop, when))
                if len(messages) > MOST_MESSAGES:
                    raise OscError(f"a packet has up to {MOST_MESSAGES} messages")
                at = stop
            elif packet.startswith(_BUNDLE, at):
                open_bundles.append((stop, end, when))
                if len(open_bundles) >= DEEPEST:
                    raise OscError(f"bundles are nested more than {DEEPEST} deep")
                when = _time(packet, at, stop, when)
                at, end = at + 16, stop
            else:
                raise OscError("a bundle element begins with / or #bundle")
    return messages


def _time(packet: bytes, start: int, end: int, outer: float | None) -> float | None:
    if end - start < 16:
        raise OscError("a bundle is cut short")
    raw: int = _TIME.unpack_from(packet, start + 8)[0]
    if raw <= _IMMEDIATELY:
        return outer
    when = raw / 2**32 - _UNIX_EPOCH
    return when if outer is None else max(when, outer)


def _message(packet: bytes, start: int, end: int, when: float | None) -> Message:
    stop = packet.find(0, start, end)
    if stop < 0:
        raise OscError("an address does not end")
    address = _address(packet[start:stop])
    at = stop + 4 - (stop - start) % 4
    if packet[at : at + 4] == b",f\x00\x00" and end - at == 8:  # what most senders send most of the time
        return Message(address, "f", _FLOAT.unpack_from(packet, at + 4), when)
    if at == end:  # OSC 1.0 tolerates senders that leave empty type tags out
        return Message(address, "", (), when)
    stop = packet.find(0, at, end)
    if stop < 0 or packet[at] != 0x2C:
        raise OscError(f"{address} has no type tags")
    tags = packet[at + 1 : stop].decode("latin-1")
    at = stop + 4 - (stop - at) % 4
    if at > end:
        raise OscError(f"{address} is cut short")
    if tags and tags.count("f") == len(tags):
        if end - at != 4 * len(tags):
            raise OscError(f"{address} has {end - at} bytes for {len(tags)} floats")
        return Message(address, tags, struct.unpack_from(f">{len(tags)}f", packet, at), when)
    return Message(address, tags, _arguments(packet, at, end, address, tags), when)


@lru_cache(maxsize=4096)
def _address(raw: bytes) -> str:
    if len(raw) > LONGEST_ADDRESS:
        raise OscError(f"an address has up to {LONGEST_ADDRESS} characters, not {len(raw)}")
    text = raw.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise OscError("an address has printable ASCII characters only")
    return text


def _arguments(packet: bytes, at: int, end: int, address: str, tags: str) -> tuple[Arg, ...]:
    args: list[Arg] = []
    depth = 0
    for tag in tags:
        fixed = _FIXED.get(tag)
        if fixed is not None:
            if end - at < fixed.size:
                raise OscError(f"{address} is cut short")
            args.append(fixed.unpack_from(packet, at)[0])
            at += fixed.size
        elif tag in _CONSTANTS:
            args.append(_CONSTANTS[tag])
        elif tag in "[]":
            depth += 1 if tag == "[" else -1
            if depth < 0:
                raise OscError(f"{address} closes an array that is not open")
        else:
            arg, at = _sized(packet, at, end, address, tag)
            args.append(arg)
    if depth:
        raise OscError(f"{address} leaves an array open")
    if at != end:
        raise OscError(f"{address} has {end - at} bytes that no type tag announces")
    return tuple(args)


def _sized(packet: bytes, at: int, end: int, address: str, tag: str) -> tuple[Arg, int]:
    """A string, blob, character or MIDI message, and where it ends."""
    if tag in "sS":
        stop = packet.find(0, at, end)
        past = stop + 4 - (stop - at) % 4
        if stop < 0 or past > end:
            raise OscError(f"{address} has a string that does not end")
        try:
            return packet[at:stop].decode("utf-8"), past
        except UnicodeDecodeError:
            raise OscError(f"{address} has a string that is not UTF-8") from None
    if end - at < 4:
        raise OscError(f"{address} is cut short")
    if tag == "b":
        size: int = _INT.unpack_from(packet, at)[0]
        at += 4
        if not 0 <= size <= end - at or size + -size % 4 > end - at:
            raise OscError(f"{address} has a blob of {size} bytes where {end - at} are left")
        return packet[at : at + size], at + size + -size % 4
    if tag == "m":
        return tuple(packet[at : at + 4]), at + 4
    if tag == "c":
        code: int = _INT.unpack_from(packet, at)[0]
        if not 0 <= code < 128:
            raise OscError(f"{address} has a character that is not ASCII")
        return chr(code), at + 4
    raise OscError(f"{address} has the type tag {tag!r}, which is not OSC")
