"""How messages between processes are told apart in a pipe: length (u32), then MessagePack."""

from __future__ import annotations

import struct
from typing import Protocol

_LENGTH = struct.Struct("<I")
_LONGEST = 16 << 20


class Readable(Protocol):
    """What messages are read from: ``read`` waits for all the bytes, or returns fewer at the end."""

    def read(self, size: int, /) -> bytes: ...


def framed(body: bytes) -> bytes:
    """A message's bytes with their length before them."""
    return _LENGTH.pack(len(body)) + body


def read_body(stream: Readable) -> bytes | None:
    """The bytes of the next message; ``None`` when the pipe has ended. Raises ValueError for a length that no message
    has."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LONGEST:
        raise ValueError(f"a message of {length} bytes between show and child")
    body = stream.read(length)
    return body if len(body) == length else None
