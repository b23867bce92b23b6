"""The stage's feed: what the engine shows, with the effects chain over it while that draws.

Any thread may acquire. Without effects the feed's own frames pass through. With effects, thread ``effects`` takes
frames to draw on, and the thread that reads the effects process's messages delivers what came of them. Freeze and
blackout come last, so that nothing moves or shines through them.

A drawn picture keeps what the engine's frame says of itself. Only its generation and number are of a row of its own,
beyond every engine's, because one frame may be drawn over many times; the engine's stamp is its ``origin``.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock, now_ns
from latentjockey.frames.darkness import Darkness
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.host.feed import Feed
from latentjockey.link.ring import RingReader

_DRAWN = 1 << 32
_HELD_RATE = 30.0

Key = tuple[int, int]
"""A frame's generation and number."""


@dataclass(frozen=True, slots=True, eq=False)
class Original:
    """What an engine's frame says of itself, without its pixels."""

    stamp: Stamp
    effective: NDArray[np.float64]
    position: NDArray[np.float32]
    held: bool
    size: tuple[int, int]

    @property
    def key(self) -> Key:
        return self.stamp.generation, self.stamp.number


def original(frame: Frame) -> Original:
    """A copy of all but the pixels."""
    return Original(frame.stamp, frame.effective.copy(), frame.position.copy(), frame.held, frame.size)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """The newest slot of ``ring`` shows ``original`` with effects, and calls itself ``stamp``."""

    ring: RingReader
    original: Original
    stamp: Stamp


class StageFeed:
    """A :class:`latentjockey.frames.frame.FrameSource` over ``feed``, whose lock and condition it shares."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self.changed: threading.Condition = feed.changed
        self._mode: Literal["plain", "joining", "drawn"] = "plain"
        self._bridge: Frame | None = None
        self._drawn: _Drawn | None = None
        self._count = 0
        self._freeze = False
        self._frozen: Frame | None = None
        self._black = False
        self._darkness = Darkness()

    # -- the stage's side ---------------------------------------------------------------------------------------------

    def freeze(self, on: bool) -> None:
        """Keep showing the picture of now (or the first, where there is none yet), until off. Effects stand, too."""
        with self.changed:
            self._freeze = on
            if not on:
                self._frozen = None
            elif self._frozen is None:
                frame = self._current()
                if frame is not None:
                    self._keep(frame)
            self._feed.freeze(on)
            self.changed.notify_all()

    def blackout(self, on: bool) -> None:
        """Show black, until off."""
        with self.changed:
            self._black = on
            self._darkness = Darkness()
            self.changed.notify_all()

    @property
    def held(self) -> bool:
        """Whether old frames play because no engine delivers."""
        return self._feed.held

    def acquire(self) -> Frame | None:
        with self.changed:
            frame = self._current()
            if frame is None:
                return None
            if self._freeze and self._frozen is None:
                frame = self._keep(frame)
            return self._darkness.over(frame) if self._black else frame

    def wait_newer(self, after: Key, timeout: float) -> bool:
        deadline = self._clock.now() + timeout
        with self.changed:
            while self.shown() == after:
                left = deadline - self._clock.now()
                if left <= 0:
                    return False
                self.changed.wait(min(left, 1.0 / _HELD_RATE) if self._feed.held else left)
            return True

    def shown(self) -> Key:
        """(generation, number) of the frame that ``acquire`` would give now; (-1, -1) for none."""
        with self.changed:
            if self._frozen is not None:
                return self._frozen.stamp.generation, self._frozen.stamp.number
            if self._mode == "drawn" and self._drawn is not None:
                return self._drawn.stamp.generation, self._drawn.stamp.number
            if self._mode == "joining" and self._bridge is not None:
                return self._bridge.stamp.generation, self._bridge.stamp.number
            return self._feed.shown()

    def _current(self) -> Frame | None:
        if self._frozen is not None:
            return self._frozen
        if self._mode == "drawn" and self._drawn is not None:
            frame = _with_effects(self._drawn)
            if frame is not None:
                return frame
        if self._mode == "joining" and self._bridge is not None:
            return self._bridge
        return self._feed.acquire()

    def _keep(self, frame: Frame) -> Frame:
        """Freeze at ``frame``, which is given back."""
        with frame:
            self._frozen = frame.copy()
        return self._frozen

    # -- the effects' side --------------------------------------------------------------------------------------------

    @property
    def stands(self) -> bool:
        """Whether the picture is frozen, so that there is nothing to draw."""
        return self._freeze

    @property
    def drawing(self) -> bool:
        """Whether what is shown has effects over it."""
        return self._mode == "drawn"

    def newest(self) -> Key:
        """(generation, number) of the frame that could be drawn on now; (-1, -1) for none."""
        return self._feed.shown()

    def take(self) -> Frame | None:
        """Lease the newest frame to draw on it. Where plain frames are shown now, that one stays on stage until it
        comes back drawn or :meth:`plain` is called: what is shown never goes back in time."""
        with self.changed:
            frame = self._feed.acquire()
            if frame is not None and self._mode == "plain":
                self._bridge = frame.copy()
                self._mode = "joining"
            return frame

    def deliver(self, ring: RingReader, slot: int, source: Original) -> bool:
        """What was taken came back drawn, in a slot of ``ring``. False where plain frames are shown by now, so that it
        is not. Raises ValueError when there is no such slot."""
        with self.changed:
            if ring.closed:
                return False
            ring.ready(slot)
            if self._mode == "plain":
                return False
            self._count += 1
            generation = _DRAWN + source.stamp.generation
            stamp = replace(source.stamp, generation=generation, number=self._count, published_ns=now_ns())
            self._drawn = _Drawn(ring, source, stamp)
            self._mode, self._bridge = "drawn", None
            self.changed.notify_all()
            return True

    def plain(self) -> None:
        """Show the feed's own frames, from now on."""
        with self.changed:
            if self._mode != "plain":
                self._mode, self._bridge, self._drawn = "plain", None, None
                self.changed.notify_all()


def _with_effects(drawn: _Drawn) -> Frame | None:
    lease, source = drawn.ring.acquire(), drawn.original
    if lease is None:
        return None
    return Frame(
        lease.pixels,
        drawn.stamp,
        source.effective,
        source.position,
        planar=False,
        held=source.held,
        _release=lease.release,
        source=source.stamp,
    )
