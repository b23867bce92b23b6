"""The table of contents of a ZIP archive, checked before anything in it is believed. Pure.

Only what torch writes is read: entries that are stored, or deflated within a ratio, in one piece, without encryption,
under names that stay in the archive, none twice, none over another, each with its checksum.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from dataclasses import dataclass

from latentjockey.models.reading.limits import Account, damaged
from latentjockey.models.reading.plain import RefusedError

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCATOR = b"PK\x06\x07"
_ENTRY = b"PK\x01\x02"
_LOCAL = b"PK\x03\x04"
_LONGEST_COMMENT = 1 << 16
_WIDE, _WIDE_COUNT = 0xFFFFFFFF, 0xFFFF
_STORED, _DEFLATED = 0, 8
_SMALL = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``start`` and ``packed`` are where its bytes lie in the archive, ``size`` how many they become."""

    name: str
    method: int
    crc: int
    start: int
    packed: int
    size: int


class Archive:
    """The entries of the archive in ``data`` by name. Raises RefusedError for one that is damaged or plays tricks."""

    def __init__(self, data: memoryview, account: Account) -> None:
        self._data = data
        self._account = account
        place, size, count = _directory(data)
        if count > account.limits.entries:
            raise RefusedError(f"it is an archive of {count} files; more than {account.limits.entries} are not read")
        self.entries = self._listed(place, size, count)

    def read(self, name: str) -> memoryview:
        """The bytes of the entry called ``name``, compared with their checksum. Raises RefusedError."""
        entry = self.entries.get(name)
        if entry is None:
            raise damaged("a part of it is missing")
        self._account.look()
        packed = self._data[entry.start : entry.start + entry.packed]
        values = packed if entry.method == _STORED else self._unpacked(entry, packed)
        if zlib.crc32(values) != entry.crc:
            raise damaged("a checksum in it is wrong")
        return values

    def _unpacked(self, entry: Entry, packed: memoryview) -> memoryview:
        self._account.make(entry.size)
        unpacker = zlib.decompressobj(-15)
        try:
            values = unpacker.decompress(packed, entry.size + 1)
        except zlib.error as error:
            raise damaged("a part of it cannot be unpacked") from error
        if len(values) != entry.size or not unpacker.eof:
            raise damaged("a part of it has another size than it says")
        return memoryview(values)

    def _listed(self, place: int, size: int, count: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        end = place + size
        at = place
        for _ in range(count):
            self._account.operate()
            name, entry, at = self._entry(at, end, place)
            if not name.endswith("/"):
                if name in entries:
                    raise RefusedError("it is an archive that has two files of one name; get it from its source again")
                entries[name] = entry
        if at != end:
            raise damaged("its table of contents has another size than it says")
        ranges = sorted((entry.start, entry.start + entry.packed) for entry in entries.values())
        if any(after[0] < before[1] for before, after in itertools.pairwise(ranges)):
            raise RefusedError("it is an archive whose files lie over each other, as no model's do")
        return entries

    def _entry(self, at: int, end: int, directory: int) -> tuple[str, Entry, int]:
        data = self._data
        if at + 46 > end or data[at : at + 4] != _ENTRY:
            raise damaged("its table of contents is none")
        flags, method = struct.unpack_from("<HH", data, at + 8)
        crc, packed, size, named, extra, comment = struct.unpack_from("<IIIHHH", data, at + 16)
        (local,) = struct.unpack_from("<I", data, at + 42)
        after = at + 46 + named + extra + comment
        if after > end:
            raise damaged("its table of contents is none")
        raw = bytes(data[at + 46 : at + 46 + named])
        if _WIDE in (packed, size, local):
            size, packed, local = _wide(data[at + 46 + named : at + 46 + named + extra], size, packed, local)
        if flags & 0x2041:
            raise RefusedError("it is an archive that is locked by a password; unlock it first")
        if method not in (_STORED, _DEFLATED):
            raise RefusedError("it is an archive packed in a way that no model is; unpack it first")
        self._sizes(method, packed, size)
        start = self._start(raw, local, directory)
        if start + packed > directory:
            raise damaged("a part of it does not lie within it")
        name = _name(raw)
        return name, Entry(name, method, crc, start, packed, size), after

    def _sizes(self, method: int, packed: int, size: int) -> None:
        if method == _STORED and packed != size:
            raise damaged("a part of it has another size than it says")
        if size > _SMALL and size > packed * self._account.limits.ratio:
            raise RefusedError("it unpacks to far more than any model would; it was made to fill a disk or a memory")
        if size > self._account.limits.made:
            raise RefusedError("it unpacks to more than is read; keep the generator alone in a file of its own")

    def _start(self, raw: bytes, local: int, directory: int) -> int:
        """Where the bytes begin whose own heading lies at ``local``; it has to have the same name."""
        data = self._data
        if local + 30 > directory or data[local : local + 4] != _LOCAL:
            raise damaged("a part of it does not lie within it")
        named, extra = struct.unpack_from("<HH", data, local + 26)
        if bytes(data[local + 30 : local + 30 + named]) != raw:
            raise RefusedError("it is an archive that calls one file by two names, as no model does")
        return int(local + 30 + named + extra)


def _directory(data: memoryview) -> tuple[int, int, int]:
    """Where the table of contents begins, its bytes, and the number of entries."""
    tail = bytes(data[max(0, len(data) - 22 - _LONGEST_COMMENT) :])
    found = tail.rfind(_END)
    if found < 0 or found + 22 > len(tail):
        raise damaged("it is an archive without its end")
    at = len(data) - len(tail) + found
    disk, start_disk, here, count, size, place = struct.unpack_from("<HHHHII", data, at + 4)
    before = at
    if (count == _WIDE_COUNT or _WIDE in (size, place)) and at >= 20 and data[at - 20 : at - 16] == _LOCATOR:
        (wide,) = struct.unpack_from("<Q", data, at - 12)
        if wide + 56 > at or data[wide : wide + 4] != _END_64:
            raise damaged("it is an archive without its end")
        here, count, size, place = struct.unpack_from("<QQQQ", data, wide + 24)
        disk, start_disk, before = 0, 0, wide
    if disk or start_disk or here != count:
        raise RefusedError("it is one part of an archive in several; put it together first")
    if place + size > before or count * 46 > size:
        raise damaged("its table of contents does not lie within it")
    return place, size, count


def _wide(extra: memoryview, size: int, packed: int, local: int) -> tuple[int, int, int]:
    """The three numbers where they do not fit 32 bits: in the extra field 1, in this order, those that are missing."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            missing = [value == _WIDE for value in (size, packed, local)]
            if len(field) < 8 * sum(missing):
                break
            numbers = iter(struct.unpack_from(f"<{sum(missing)}Q", field))
            size, packed, local = (
                next(numbers) if gone else value
                for gone, value in zip(missing, (size, packed, local), strict=True)
            )  # fmt: skip
            return size, packed, local
        at += 4 + length
    raise damaged("its table of contents is none")


def _name(raw: bytes) -> str:
    """The name of an entry, which has to stay within the archive."""
    try:
        name = str(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise damaged("a name in it is none") from error
    parts = name.removesuffix("/").split("/")
    if "\\" in name or ":" in name or not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise RefusedError("it is an archive with names that lead out of it; it was made to do harm")
    return name
