"""The feed: where everything that shows or keeps pictures gets them, whatever happens to the engine.

Any thread may acquire. While an engine delivers, frames are leases of its ring; while none does, the last two seconds
play back and forth; freeze keeps one frame, blackout blackens whatever there is.
"""

from __future__ import annotations

import threading

import numpy as np

from latentjockey.base.clock import Clock
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.frames.hold import HoldBuffer
from latentjockey.link.ring import RingReader

_HELD_RATE = 30.0


class Feed:
    """A :class:`latentjockey.frames.frame.FrameSource`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._ring: RingReader | None = None
        self._newest: tuple[int, int] = (-1, -1)
        self._hold = HoldBuffer()
        self._holding_since: float | None = None
        self._frozen: Frame | None = None
        self._black = False
        self._dark: Frame | None = None

    # -- the engine's side --------------------------------------------------------------------------------------------

    def deliver(self, ring: RingReader, slot: int) -> Stamp:
        """A frame of ``ring`` is ready; from now on this ring plays and nothing is held."""
        stamp = ring.ready(slot)
        now = self._clock.now()
        with self._changed:
            self._ring = ring
            self._holding_since = None
            self._newest = (stamp.generation, stamp.number)
            with _leased(ring) as frame:
                if frame is not None and self._hold.wants(now, frame.size):
                    self._hold.push(frame.copy(), now)
            self._changed.notify_all()
        return stamp

    def hold(self) -> None:
        """No more frames come: play what there is. Does nothing while already holding."""
        with self._changed:
            if self._holding_since is None and self._ring is not None:
                self._keep_last(self._ring)
                self._holding_since = self._clock.now()
                self._ring = None
                self._changed.notify_all()

    def resume(self, ring: RingReader) -> None:
        """The engine of ``ring`` is well again although it has published nothing new."""
        with self._changed:
            self._ring = ring
            self._holding_since = None
            self._changed.notify_all()

    def _keep_last(self, ring: RingReader) -> None:
        with _leased(ring) as frame:
            if frame is not None:
                self._hold.push(frame.copy(), self._clock.now())

    # -- the stage's side ---------------------------------------------------------------------------------------------

    def freeze(self, on: bool) -> None:
        """Keep showing the picture of now, until off."""
        frame = self.acquire() if on and self._frozen is None else None
        with self._changed:
            if not on:
                self._frozen = None
            elif frame is not None:
                self._frozen = frame.copy()
            self._changed.notify_all()
        if frame is not None:
            frame.release()

    def blackout(self, on: bool) -> None:
        """Show black, until off."""
        with self._changed:
            self._black = on
            self._changed.notify_all()

    @property
    def held(self) -> bool:
        """Whether old frames play because no engine delivers."""
        return self._holding_since is not None

    def acquire(self) -> Frame | None:
        with self._changed:
            frame = self._current()
        return self._blackened(frame) if self._black and frame is not None else frame

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        deadline = self._clock.now() + timeout
        with self._changed:
            while self._newest == after:
                left = deadline - self._clock.now()
                if left <= 0:
                    return False
                if self._holding_since is not None:
                    self._changed.wait(min(left, 1.0 / _HELD_RATE))
                    return True
                self._changed.wait(left)
            return True

    def _current(self) -> Frame | None:
        if self._frozen is not None:
            return self._frozen
        if self._holding_since is None:
            return self._ring.acquire() if self._ring is not None else None
        frame = self._hold.at(self._clock.now() - self._holding_since)
        if frame is None:
            return None
        return Frame(frame.pixels, frame.stamp, frame.effective, frame.position, frame.planar, held=True)

    def _blackened(self, frame: Frame) -> Frame:
        with frame:
            if self._dark is None or self._dark.pixels.shape != frame.pixels.shape:
                pixels = np.zeros(frame.pixels.shape, np.uint8)
                if not frame.planar:
                    pixels[..., 3] = 255
                self._dark = Frame(pixels, frame.stamp, frame.effective.copy(), frame.position.copy(), frame.planar)
            dark = self._dark
        return Frame(dark.pixels, frame.stamp, dark.effective, dark.position, dark.planar)


class _leased:  # noqa: N801 - reads as a verb where it is used
    """A lease that may be of nothing."""

    def __init__(self, ring: RingReader) -> None:
        self._frame = ring.acquire()

    def __enter__(self) -> Frame | None:
        return self._frame

    def __exit__(self, *exc: object) -> None:
        if self._frame is not None:
            self._frame.release()
