"""What the engine sees from outside, or of what it made last: the pictures that others begin with. Engine, main thread.

Pictures come by a ring that the show writes, newest wins; feedback needs none. Each is copied when it comes, so that
the ring is free at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.platform import SharedBlock, attach_shared
from latentjockey.control.names import INPUTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.generators.beginning import Beginning
from latentjockey.generators.protocol import FrameResult
from latentjockey.link.messages import Looked, Sight, ToShow
from latentjockey.link.ring import RingReader

_SOURCE = "/input/source"
_NONE, _FEEDBACK = float(INPUTS.index("none")), float(INPUTS.index("feedback"))


class Eye:
    """``send`` tells the show which slots are read. ``heard`` says whether what plays can begin with pictures."""

    def __init__(self, send: Callable[[ToShow], None]) -> None:
        self._send = send
        self._memory: SharedBlock | None = None
        self._reader: RingReader | None = None
        self._ring = 0
        self._count = 0
        self._outside: tuple[NDArray[np.uint8], int] | None = None
        self._last: tuple[NDArray[np.uint8], int] | None = None
        self._used = 0
        self.heard = False

    # -- from the show ------------------------------------------------------------------------------------------------

    def open(self, sight: Sight) -> None:
        """Pictures lie there from now on; where the show has given that up meanwhile, none come."""
        self._let_go()
        try:
            shared = attach_shared(sight.handle, sight.slots * sight.slot_bytes)
        except (OSError, ValueError):
            return
        self._memory, self._ring = shared, sight.ring
        self._reader = RingReader(shared.buffer, sight.slot_bytes, lambda slot: self._send(Looked(sight.ring, slot)))

    def see(self, ring: int, slot: int) -> None:
        """A picture came. Raises ValueError when there is none in that slot."""
        if self._reader is None or ring != self._ring:
            return
        self._reader.ready(slot)
        frame = self._reader.acquire()
        if frame is not None:
            with frame:
                self._outside = _planes(frame.pixels, planar=frame.planar).copy(), self._next()

    def forget(self) -> None:
        """What was seen last is not to be begun with any more."""
        self._outside = None

    def close(self) -> None:
        """Let go of all pictures, and of the ring."""
        self._let_go()
        self._outside = self._last = None

    # -- for pictures -------------------------------------------------------------------------------------------------

    def beginning(self, snapshot: Snapshot) -> Beginning | None:
        """What a picture of ``snapshot`` begins with, where that is a picture."""
        seen = self._seen(snapshot)
        if seen is None:
            return None
        number = snapshot.number
        return Beginning(
            *seen,
            strength=number("/input/strength"),
            fit=int(number("/input/fit")),
            mirror=bool(number("/input/mirror")),
            zoom=number("/input/zoom"),
            turn=number("/input/turn"),
        )

    def fresh(self, snapshot: Snapshot) -> bool:
        """Whether a picture came since the last that was shown."""
        return self._number(snapshot) != self._used

    def shown(self, snapshot: Snapshot, result: FrameResult) -> None:
        """``result`` was made of ``snapshot`` and what was seen until now."""
        self._used = self._number(snapshot)
        if not result.finite:
            return
        pixels = _planes(result.pixels, planar=result.planar)
        last = self._last
        same = last is not None and self._feeds(snapshot) and np.array_equal(last[0], pixels)
        self._last = pixels, last[1] if same and last is not None else self._next()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _seen(self, snapshot: Snapshot) -> tuple[NDArray[np.uint8], int] | None:
        if not self.heard or snapshot.layout.resolve(_SOURCE) is None or snapshot.number(_SOURCE) == _NONE:
            return None
        return self._last if self._feeds(snapshot) else self._outside

    def _number(self, snapshot: Snapshot) -> int:
        seen = self._seen(snapshot)
        return 0 if seen is None else seen[1]

    def _feeds(self, snapshot: Snapshot) -> bool:
        return self.heard and snapshot.layout.resolve(_SOURCE) is not None and snapshot.number(_SOURCE) == _FEEDBACK

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
        if self._memory is not None:
            self._memory.close()
        self._reader, self._memory = None, None


def _planes(pixels: NDArray[np.uint8], *, planar: bool) -> NDArray[np.uint8]:
    """As planes (3, H, W), packed where they were not."""
    return pixels if planar else np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1))
