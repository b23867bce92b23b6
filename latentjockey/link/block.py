"""The snapshot block: the newest values of the engine's controls, in shared memory.

Texts go ahead of it by pipe (:mod:`latentjockey.link.texts`); a snapshot holds the number of the page of texts that
belongs to it, 0 for none.

A ring of slots. The writer fills the slot after the newest and then names it; the reader copies the named slot and
believes it only if its sequence number and CRC-32 (of stamps and values) agree, because plain stores from Python
promise no order on weakly ordered processors. After a few tries it keeps what it has. One writer thread, any number of
readers.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<QQ")  # epoch, newest sequence number
_SLOT = struct.Struct("<QQqII")  # sequence, revision, changed_ns, page, crc
_STAMPS = struct.Struct("<QQqI")
_SLOTS = 4
_TRIES = 8


def block_bytes(values: int) -> int:
    """The size of a block for so many float64 values."""
    return _HEAD.size + _SLOTS * (_SLOT.size + 8 * values)


@dataclass(frozen=True, slots=True)
class Reading:
    """One snapshot as read: ``values`` float64 (n,), the engine's prefix of the layout."""

    sequence: int
    epoch: int
    revision: int
    changed_ns: int
    values: NDArray[np.float64]
    page: int = 0


class BlockWriter:
    """The show's side. ``buffer`` must hold :func:`block_bytes` of ``values``."""

    def __init__(self, buffer: memoryview, epoch: int, values: int) -> None:
        self._buffer = buffer
        self._epoch = epoch
        self._values = values
        self._sequence = 0
        _HEAD.pack_into(buffer, 0, epoch, 0)

    def write(self, values: NDArray[np.float64], revision: int, changed_ns: int, page: int = 0) -> None:
        """Publish ``values`` (n,) under a revision, with the ``page`` of texts that was told before."""
        if values.shape != (self._values,):
            raise ValueError(f"the block holds {self._values} values, not {values.shape}")
        payload = values.tobytes()
        self._sequence += 1
        at = _HEAD.size + (self._sequence % _SLOTS) * (_SLOT.size + 8 * self._values)
        start = at + _SLOT.size
        self._buffer[start : start + len(payload)] = payload
        crc = zlib.crc32(payload, zlib.crc32(_STAMPS.pack(self._sequence, revision, changed_ns, page)))
        _SLOT.pack_into(self._buffer, at, self._sequence, revision, changed_ns, page, crc)
        _HEAD.pack_into(self._buffer, 0, self._epoch, self._sequence)

    def close(self) -> None:
        self._buffer.release()


class BlockReader:
    """The engine's side."""

    def __init__(self, buffer: memoryview, epoch: int, values: int) -> None:
        self._buffer = buffer
        self._epoch = epoch
        self._bytes = 8 * values

    def read(self, known: int = -1) -> Reading | None:
        """The newest snapshot; ``None`` when it is the one with sequence ``known``, when nothing was written yet, when
        it belongs to another epoch, or when it could not be read whole in a few tries."""
        for _ in range(_TRIES):
            epoch, newest = _HEAD.unpack_from(self._buffer, 0)
            if epoch != self._epoch or newest == 0 or newest == known:
                return None
            at = _HEAD.size + (newest % _SLOTS) * (_SLOT.size + self._bytes)
            sequence, revision, changed_ns, page, crc = _SLOT.unpack_from(self._buffer, at)
            start = at + _SLOT.size
            payload = bytes(self._buffer[start : start + self._bytes])
            if sequence == newest and crc == zlib.crc32(
                payload, zlib.crc32(_STAMPS.pack(sequence, revision, changed_ns, page))
            ):
                return Reading(sequence, epoch, revision, changed_ns, np.frombuffer(payload, np.float64), page)
        return None

    def close(self) -> None:
        self._buffer.release()
