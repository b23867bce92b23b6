"""How messages between processes are told apart in a pipe: length (u32), then MessagePack."""

from __future__ import annotations

import struct
from typing import Protocol, TypeVar

import msgspec

_LENGTH = struct.Struct("<I")
_LONGEST = 16 << 20
_encoder = msgspec.msgpack.Encoder()
Message = TypeVar("Message")


class Readable(Protocol):
    """What messages are read from: ``read`` waits for all the bytes, or returns fewer at the end."""

    def read(self, size: int, /) -> bytes: ...


def packed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def next_message(stream: Readable, decoder: msgspec.msgpack.Decoder[Message]) -> Message | None:
    """The next message; ``None`` when the pipe has ended. Raises ValueError for a length that no message has, and
    msgspec.MsgspecError for what ``decoder`` does not know."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _LONGEST:
        raise ValueError(f"a message of {length} bytes between show and child")
    body = stream.read(length)
    return decoder.decode(body) if len(body) == length else None
