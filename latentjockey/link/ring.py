"""The frame ring: slots of shared memory for pictures, owned by tokens.

A slot belongs to the engine until it says ``ready`` and to the show until it says ``free``; the tokens travel through
pipes, whose order the system guarantees, so that no flag in memory is needed. Newest wins: a frame that was overtaken
before anybody leased it goes straight back. A slot that is being read is never written.
"""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import now_ns
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.frames.stages import STAGES, Stages, lateness

_SLOT = struct.Struct("<QQQQdqqqqqIIIIIBBBx4f")
_HEADER = 128
SLOTS = 6
SMALL_SLOTS = 4
SMALL_SIDE = 96
"""The longer side of a picture made in spare time, in pixels."""


def slot_bytes(width: int, height: int, effective: int, layers: tuple[int, int]) -> int:
    """Bytes a slot needs for a picture of this size (RGBA at most), with its values and position; page-rounded."""
    need = _HEADER + 8 * effective + 4 * layers[0] * layers[1] + 4 * width * height
    return (need + 4095) // 4096 * 4096


def small_slot_bytes() -> int:
    """Bytes a slot needs for a picture made in spare time, whatever its shape."""
    return slot_bytes(SMALL_SIDE, SMALL_SIDE, 0, (0, 0))


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

    def fits(self, bytes_each: int) -> bool:
        """Whether a slot holds as much as :func:`slot_bytes` says a picture needs."""
        return bytes_each <= self._bytes

    def put(
        self,
        pixels: NDArray[np.uint8],
        planar: bool,
        stamp: Stamp,
        effective: NDArray[np.float64],
        position: NDArray[np.float32],
    ) -> int:
        """Write a frame into a free slot and return its number, to be announced. Call only while ``has_free``.

        It counts as published when its pixels are there, whatever ``stamp`` says. Raises ValueError when it is larger
        than a slot; the slot stays free then.
        """

        def copy(room: NDArray[np.uint8]) -> None:
            room[...] = pixels

        return self.fill(pixels.shape, copy, planar, stamp, effective, position)

    def fill(
        self,
        shape: tuple[int, ...],
        draw: Callable[[NDArray[np.uint8]], None],
        planar: bool,
        stamp: Stamp,
        effective: NDArray[np.float64],
        position: NDArray[np.float32],
    ) -> int:
        """The same for pixels of a ``shape`` that ``draw`` writes into the slot itself, all of them. What that raises
        leaves the slot free."""
        size = math.prod(shape)
        if _HEADER + effective.nbytes + position.nbytes + size > self._bytes:
            raise ValueError(f"a picture of shape {shape} does not fit a slot of {self._bytes} bytes")
        slot = self._free.pop()
        height, width = (shape[1], shape[2]) if planar else (shape[0], shape[1])
        start = slot * self._bytes
        at = start + _HEADER
        for array in (effective, position):
            view = np.frombuffer(self._buffer, array.dtype, array.size, at)
            view.reshape(array.shape)[...] = array
            at += array.nbytes
        try:
            draw(np.frombuffer(self._buffer, np.uint8, size, at).reshape(shape))
        except BaseException:
            self._free.append(slot)
            raise
        _SLOT.pack_into(
            self._buffer, start,
            stamp.generation, stamp.number, stamp.epoch, stamp.revision, stamp.time, stamp.changed_ns,
            stamp.snapshot_ns, stamp.render_start_ns, stamp.render_end_ns, now_ns(),
            width, height, effective.size, position.shape[0], position.shape[1], planar,
            stamp.stages.cached, lateness(stamp.stages.late), *stamp.stages.ms,
        )  # fmt: skip
        return slot

    def close(self) -> None:
        self._buffer.release()


class RingReader:
    """The show's side; any thread may lease. ``on_free`` is called with each slot that goes back."""

    def __init__(self, buffer: memoryview, bytes_each: int, on_free: Callable[[int], None]) -> None:
        self._buffer: memoryview | None = buffer
        self._slots = len(buffer) // bytes_each
        self._bytes = bytes_each
        self._on_free = on_free
        self._lock = threading.Lock()
        self._leases: dict[int, int] = {}
        self._newest: int | None = None

    @property
    def closed(self) -> bool:
        return self._buffer is None

    def ready(self, slot: int) -> Stamp:
        """The engine announced a frame: it becomes the newest. Returns its stamp.

        Raises ValueError when there is no such slot, or what lies in it is no frame.
        """
        stamp = self._read(slot)[0]
        with self._lock:
            old, self._newest = self._newest, slot
            done = old is not None and old != slot and not self._leases.get(old)
        if done and old is not None:
            self._on_free(old)
        return stamp

    def pass_over(self, slot: int) -> None:
        """The frame that was announced in ``slot`` is not wanted."""
        self._on_free(slot)

    def acquire(self) -> Frame | None:
        """Lease the newest frame, as views into the ring; ``None`` before the first and after ``close``."""
        with self._lock:
            slot = self._newest
            if slot is None or self._buffer is None:
                return None
            self._leases[slot] = self._leases.get(slot, 0) + 1
        stamp, pixels, planar, effective, position = self._read(slot)
        frame = Frame(pixels, stamp, effective, position, planar)
        frame._release = lambda: self._release(slot)
        return frame

    def close(self) -> None:
        """No more frames from here, no more slots back. Frames that are leased keep their memory until they are gone.

        Not to be called while another thread is in ``ready`` or ``acquire``: whoever shares the reader takes turns.
        """
        with self._lock:
            self._buffer = None
            self._newest = None
            self._on_free = _forget

    def _release(self, slot: int) -> None:
        with self._lock:
            self._leases[slot] -= 1
            done = not self._leases[slot] and slot != self._newest
        if done:
            self._on_free(slot)

    def _read(self, slot: int) -> tuple[Stamp, NDArray[np.uint8], bool, NDArray[np.float64], NDArray[np.float32]]:
        buffer, at = self._buffer, slot * self._bytes
        if buffer is None or not 0 <= slot < self._slots:
            raise ValueError(f"there is no slot {slot} in a ring of {self._slots}")
        said = _SLOT.unpack_from(buffer, at)
        *stamp, width, height, count, rows, columns, planar, cached, late = said[: -len(STAGES)]
        if _HEADER + 8 * count + 4 * rows * columns + (3 if planar else 4) * width * height > self._bytes:
            raise ValueError(f"what lies in slot {slot} is no frame")
        at += _HEADER
        effective = np.frombuffer(buffer, np.float64, count, at)
        at += effective.nbytes
        position = np.frombuffer(buffer, np.float32, rows * columns, at).reshape(rows, columns)
        at += position.nbytes
        shape = (3, height, width) if planar else (height, width, 4)
        pixels = np.frombuffer(buffer, np.uint8, int(np.prod(shape)), at).reshape(shape)
        for array in (effective, position, pixels):
            array.setflags(write=False)
        stages = Stages(said[-len(STAGES) :], cached, late)
        return replace(Stamp(*stamp), stages=stages), pixels, bool(planar), effective, position


def _forget(slot: int) -> None:
    """Whoever wrote into the slot is gone."""
