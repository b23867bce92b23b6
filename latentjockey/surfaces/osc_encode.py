"""From values to OSC messages and packets. Pure; used on the OSC thread.

Messages are built by python-osc. Long vectors and bundles are packed here, because its builder reads back whatever it
built, which takes a time that grows with the square of the length.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing.osc_types import write_string

from latentjockey.control.spec import ControlSpec, Kind

Reply = float | int | bool | str

ROOM = 65_000
"""Bytes of arguments and type tags in one message: a packet has up to 65507, and the address takes some."""
SLICE = 4_096
"""Components in each message of a VECTOR that needs several."""
PREFERRED_PACKET = 1_400
"""Bytes: a bundle of this size crosses an Ethernet in one piece."""

_BUNDLE_AT_ONCE = b"#bundle\x00" + struct.pack(">Q", 1)
_LARGEST_FLOAT = float(np.finfo(np.float32).max)
_COUNTED = (Kind.INT, Kind.BOOL, Kind.CHOICE, Kind.TRIGGER)


def message(address: str, *values: Reply) -> bytes:
    """A message; type tags follow the Python types, numbers take 32 bits where that suffices."""
    builder = OscMessageBuilder(address)
    for value in values:
        if isinstance(value, str):
            builder.add_arg(_clean(value), "s")
        elif isinstance(value, float) or value.bit_length() > 63:
            builder.add_arg(float(value), "d" if _wide(value) else "f")
        else:
            builder.add_arg(value)
    return builder.build().dgram


def value_messages(
    address: str, spec: ControlSpec, value: float | str | NDArray[np.float64], first: int = 0
) -> list[bytes]:
    """The value of a control, or of a part that begins at component ``first``, as one message at ``address``.

    Whole numbers (INT, BOOL, CHOICE by index, the count of a TRIGGER) are ints, the rest floats or a string. A VECTOR
    too long for one packet becomes several messages at the addresses of its slices.
    """
    if isinstance(value, str):
        return [message(address, value)]
    if not isinstance(value, np.ndarray):
        return [message(address, int(value) if spec.kind in _COUNTED else value)]
    wide = bool((np.abs(value) > _LARGEST_FLOAT).any())
    if value.size * (9 if wide else 5) <= ROOM:  # the number and its type tag
        return [_vector(address, value, wide)]
    messages = []
    for at in range(0, value.size, SLICE):
        part = value[at : at + SLICE]
        messages.append(_vector(f"{spec.address}/{first + at}-{first + at + part.size - 1}", part, wide))
    return messages


def bundles(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Pack messages into bundles of up to 1400 bytes, in order; what is longer travels in a bundle of its own."""
    bundle = bytearray(_BUNDLE_AT_ONCE)
    for item in messages:
        if len(bundle) > len(_BUNDLE_AT_ONCE) and len(bundle) + 4 + len(item) > PREFERRED_PACKET:
            yield bytes(bundle)
            bundle = bytearray(_BUNDLE_AT_ONCE)
        bundle += struct.pack(">i", len(item)) + item
    if len(bundle) > len(_BUNDLE_AT_ONCE):
        yield bytes(bundle)


def _vector(address: str, numbers: NDArray[np.float64], wide: bool) -> bytes:
    tags = write_string("," + ("d" if wide else "f") * numbers.size)
    return write_string(address) + tags + numbers.astype(">f8" if wide else ">f4").tobytes()


def _wide(number: float) -> bool:
    """Whether float32 would overflow or miscount: a counter must not stand still at 16,777,216."""
    size = abs(number)
    return size > 2**24 and math.isfinite(size) and (size > _LARGEST_FLOAT or float(size).is_integer())


def _clean(text: str) -> str:
    """An OSC string ends at its first NUL and is UTF-8."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
