"""Protocol buffers, read field by field as data: the wire format, and nothing of any schema. Pure; any thread.

The format is Google's "Protocol Buffers Encoding". Reading is stricter than the format asks for: groups, numbers of
more than 64 bits, and whatever does not lie within its message refuse the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeAlias

from latentjockey.models.reading.limits import Account, damaged

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
"""How a field lies there: a number of its own length, eight bytes, counted bytes, four bytes."""

Value: TypeAlias = "int | memoryview"
"""Numbers come unsigned, 64 bits at most; bytes as a view."""

_LARGEST_FIELD = (1 << 29) - 1
_LONGEST_VARINT = 10


def fields(data: memoryview, account: Account) -> Iterator[tuple[int, int, Value]]:
    """Each field of the message in ``data``: its number, how it lies there, its value. Raises RefusedError."""
    place, end = 0, len(data)
    while place < end:
        account.operate()
        tag, place = varint(data, place)
        number, wire = tag >> 3, tag & 7
        if not 0 < number <= _LARGEST_FIELD:
            raise damaged("a field has no number")
        if wire == VARINT:
            value, place = varint(data, place)
            yield number, wire, value
            continue
        if wire == BYTES:
            size, place = varint(data, place)
        elif wire == EIGHT:
            size = 8
        elif wire == FOUR:
            size = 4
        else:
            raise damaged("a field is of no kind that there is")
        if size > end - place:
            raise damaged("a field is longer than what holds it")
        yield number, wire, data[place : place + size]
        place += size


def varint(data: memoryview, place: int) -> tuple[int, int]:
    """The number that begins at ``place``, and where it ends. Raises RefusedError."""
    value = 0
    for shift in range(_LONGEST_VARINT):
        if place >= len(data):
            raise damaged("a number in it is cut short")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            if value >> 64:
                break
            return value, place
    raise damaged("a number in it is larger than can be")


def varints(data: memoryview, account: Account) -> list[int]:
    """The numbers that lie packed in ``data``. Raises RefusedError."""
    found, place = [], 0
    while place < len(data):
        account.operate()
        value, place = varint(data, place)
        found.append(value)
    return found


def signed(value: int) -> int:
    """A number as the 64 bits that a signed one has."""
    return value - (1 << 64) if value >> 63 else value


def real(data: memoryview) -> float:
    """Four or eight bytes as the number they are."""
    value: float = struct.unpack("<f" if len(data) == 4 else "<d", data)[0]
    return value
