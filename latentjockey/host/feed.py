"""The feed: where everything that shows or keeps pictures gets them, whatever happens to the engine.

Any thread may acquire. While an engine delivers, frames are leases of its ring; while none does, the last two seconds
play back and forth; freeze keeps one frame.
"""

from __future__ import annotations

import threading

from latentjockey.base.clock import Clock
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.frames.hold import HoldBuffer
from latentjockey.link.ring import RingReader

_HELD_RATE = 30.0


class Feed:
    """A :class:`latentjockey.frames.frame.FrameSource`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.changed = self._changed = threading.Condition()
        """Held while anything here is decided, and told when what ``acquire`` gives may have changed."""
        self._ring: RingReader | None = None
        self._newest: tuple[int, int] = (-1, -1)
        self._newest_at = 0.0
        self._hold = HoldBuffer()
        self._holding_since: float | None = None
        self._held_ring: RingReader | None = None
        self._freeze = False
        self._frozen: Frame | None = None

    # -- the engine's side --------------------------------------------------------------------------------------------

    def deliver(self, ring: RingReader, slot: int) -> Stamp | None:
        """A frame of ``ring`` is ready; from now on this ring plays and nothing is held.

        Returns its stamp; ``None`` for a frame that is not to be seen: its engine is being replaced, or has been.
        """
        now = self._clock.now()
        with self._changed:
            if ring.closed:
                return None
            stamp = ring.ready(slot)
            if stamp.generation < self._newest[0]:
                return None
            self._ring, self._held_ring = ring, None
            self._holding_since = None
            self._newest, self._newest_at = (stamp.generation, stamp.number), now
            frame = ring.acquire()
            self._changed.notify_all()
        if frame is not None:
            self._keep(frame, now)
        return stamp

    def hold(self, ring: RingReader) -> None:
        """No more frames come from ``ring``: play what there is. Does nothing where another one plays."""
        with self._changed:
            if self._ring is not ring:
                return
            frame = ring.acquire() if self._hold.newest != self._newest else None
            if frame is not None:  # the picture of now is where the way back begins
                with frame:
                    self._hold.push(frame.copy(), self._newest_at)
            self._holding_since = self._clock.now()
            self._ring, self._held_ring = None, ring
            self._changed.notify_all()

    def resume(self, ring: RingReader) -> None:
        """``ring`` was held without need: its newest picture is the one to show. Does nothing for any other."""
        with self._changed:
            if self._held_ring is ring and self._holding_since is not None and not ring.closed:
                self._ring, self._held_ring = ring, None
                self._holding_since = None
                self._changed.notify_all()

    def retire(self, ring: RingReader) -> None:
        """``ring`` goes: hold if it is the one that plays, and show nothing of it any more."""
        with self._changed:
            self.hold(ring)
            ring.close()

    def _keep(self, frame: Frame, now: float) -> None:
        """Copy what the way back needs, and not under the lock: a large picture takes a while."""
        with frame:
            with self._changed:
                wanted = self._hold.wants(now, frame.size)
                first = self._freeze and self._frozen is None
            copy = frame.copy() if wanted or first else None
        if copy is not None:
            with self._changed:
                if wanted:
                    self._hold.push(copy, now)
                if first and self._freeze and self._frozen is None:
                    self._frozen = copy

    # -- the stage's side ---------------------------------------------------------------------------------------------

    def freeze(self, on: bool) -> None:
        """Keep showing the picture of now (or the first, where there is none yet), until off."""
        with self._changed:
            self._freeze = on
            if not on:
                self._frozen = None
            elif self._frozen is None:
                frame = self._current()
                if frame is not None:
                    with frame:
                        self._frozen = frame.copy()
            self._changed.notify_all()

    @property
    def held(self) -> bool:
        """Whether old frames play because no engine delivers."""
        return self._holding_since is not None

    def acquire(self) -> Frame | None:
        with self._changed:
            return self._current()

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        deadline = self._clock.now() + timeout
        with self._changed:
            while self.shown() == after:
                left = deadline - self._clock.now()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 1.0 / _HELD_RATE) if self._holding_since is not None else left)
            return True

    def shown(self) -> tuple[int, int]:
        """(generation, number) of the frame that ``acquire`` would give now; (-1, -1) for none."""
        with self._changed:
            if self._frozen is None and self._holding_since is None:
                return self._newest
            frame = self._current()
        return (-1, -1) if frame is None else (frame.stamp.generation, frame.stamp.number)

    def _current(self) -> Frame | None:
        if self._frozen is not None:
            return self._frozen
        if self._holding_since is None:
            return self._ring.acquire() if self._ring is not None else None
        frame = self._hold.at(self._clock.now() - self._holding_since, self._holding_since)
        if frame is None:
            return None
        return Frame(frame.pixels, frame.stamp, frame.effective, frame.position, frame.planar, held=True)
