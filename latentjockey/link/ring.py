"""The frame ring: slots of shared memory for pictures, owned by tokens.

A slot belongs to the engine until it says ``ready`` and to the show until it says ``free``; the tokens travel through
pipes, whose order the system guarantees, so that no flag in memory is needed. Newest wins: a frame that was overtaken
before anybody leased it goes straight back. A slot that is being read is never written.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentjockey.frames.frame import Frame, Stamp

_SLOT = struct.Struct("<QQQQdqqqqqIIIIIB3x")
_HEADER = 128
SLOTS = 6


def slot_bytes(width: int, height: int, effective: int, layers: tuple[int, int]) -> int:
    """Bytes a slot needs for a picture of this size (RGBA at most), with its values and position; page-rounded."""
    need = _HEADER + 8 * effective + 4 * layers[0] * layers[1] + 4 * width * height
    return (need + 4095) // 4096 * 4096


class RingWriter:
    """The engine's side; used from the engine's main thread only."""

    def __init__(self, buffer: memoryview, slots: int, bytes_each: int) -> None:
        self._buffer = buffer
        self._bytes = bytes_each
        self._free = list(range(slots))

    @property
    def has_free(self) -> bool:
        return bool(self._free)

    def give(self, slot: int) -> None:
        """The show is done with a slot."""
        self._free.append(slot)

    def fits(self, pixels: NDArray[np.uint8], effective: int, position: NDArray[np.float32]) -> bool:
        return _HEADER + 8 * effective + position.nbytes + pixels.nbytes <= self._bytes

    def put(
        self,
        pixels: NDArray[np.uint8],
        planar: bool,
        stamp: Stamp,
        effective: NDArray[np.float64],
        position: NDArray[np.float32],
    ) -> int:
        """Write a frame into a free slot and return its number, to be announced. Call only while ``has_free``."""
        slot = self._free.pop()
        height, width = (pixels.shape[1], pixels.shape[2]) if planar else (pixels.shape[0], pixels.shape[1])
        at = slot * self._bytes
        _SLOT.pack_into(
            self._buffer, at,
            stamp.generation, stamp.number, stamp.epoch, stamp.revision, stamp.time, stamp.changed_ns,
            stamp.snapshot_ns, stamp.render_start_ns, stamp.render_end_ns, stamp.published_ns,
            width, height, effective.size, position.shape[0], position.shape[1], planar,
        )  # fmt: skip
        at += _HEADER
        for array in (effective, position, pixels):
            view = np.frombuffer(self._buffer, array.dtype, array.size, at)
            view[:] = array.ravel()
            at += array.nbytes
        return slot

    def close(self) -> None:
        self._buffer.release()


class RingReader:
    """The show's side; any thread may lease. ``on_free`` is called with each slot that goes back."""

    def __init__(self, buffer: memoryview, bytes_each: int, on_free: Callable[[int], None]) -> None:
        self._buffer = buffer
        self._bytes = bytes_each
        self._on_free = on_free
        self._lock = threading.Lock()
        self._leases: dict[int, int] = {}
        self._newest: int | None = None

    def ready(self, slot: int) -> Stamp:
        """The engine announced a frame: it becomes the newest. Returns its stamp."""
        with self._lock:
            old, self._newest = self._newest, slot
            done = old is not None and not self._leases.get(old)
        if done and old is not None:
            self._on_free(old)
        return self._read(slot)[0]

    def acquire(self) -> Frame | None:
        """Lease the newest frame, as views into the ring; ``None`` before the first."""
        with self._lock:
            slot = self._newest
            if slot is None:
                return None
            self._leases[slot] = self._leases.get(slot, 0) + 1
        stamp, pixels, planar, effective, position = self._read(slot)
        frame = Frame(pixels, stamp, effective, position, planar)
        frame._release = lambda: self._release(slot)
        return frame

    def _release(self, slot: int) -> None:
        with self._lock:
            self._leases[slot] -= 1
            done = not self._leases[slot] and slot != self._newest
        if done:
            self._on_free(slot)

    def _read(self, slot: int) -> tuple[Stamp, NDArray[np.uint8], bool, NDArray[np.float64], NDArray[np.float32]]:
        at = slot * self._bytes
        *stamp, width, height, count, rows, columns, planar = _SLOT.unpack_from(self._buffer, at)
        at += _HEADER
        effective = np.frombuffer(self._buffer, np.float64, count, at)
        at += effective.nbytes
        position = np.frombuffer(self._buffer, np.float32, rows * columns, at).reshape(rows, columns)
        at += position.nbytes
        shape = (3, height, width) if planar else (height, width, 4)
        pixels = np.frombuffer(self._buffer, np.uint8, int(np.prod(shape)), at).reshape(shape)
        for array in (effective, position, pixels):
            array.setflags(write=False)
        return Stamp(*stamp), pixels, bool(planar), effective, position
