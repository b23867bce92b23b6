"""The memory by which one engine sees pictures from outside. Filled on thread ``inputs``; slots come back on the
engine's reading thread; who shares it takes turns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.platform import create_shared
from latentjockey.frames.frame import Stamp
from latentjockey.host.engine_process import EngineProcess
from latentjockey.link.messages import Seen, Sight
from latentjockey.link.ring import RingWriter, slot_bytes

_SLOTS = 3
_NO_STAMP = Stamp(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)
_NO_VALUES, _NO_POSITION = np.zeros(0), np.zeros((0, 0), np.float32)


class SightRoom:
    """For pictures as large as ``pixels`` (3, H, W). ``number`` tells it from others of this engine. Raises OSError or
    MemoryError without room."""

    def __init__(self, engine: EngineProcess, number: int, pixels: NDArray[np.uint8]) -> None:
        self.number = number
        self._engine = engine
        each = _bytes_of(pixels)
        self._shared = create_shared(_SLOTS * each)
        self._ring = RingWriter(self._shared.buffer, _SLOTS, each)
        self._waiting: NDArray[np.uint8] | None = None
        engine.send(Sight(number, self._shared.handle, _SLOTS, each))

    def fits(self, pixels: NDArray[np.uint8]) -> bool:
        """Whether a picture is no larger than this was made for."""
        return self._ring.fits(_bytes_of(pixels))

    def put(self, pixels: NDArray[np.uint8]) -> None:
        """Let the engine see a picture; the newest waits while it has not looked at those before."""
        if not self._ring.has_free:
            self._waiting = pixels
            return
        self._waiting = None
        slot = self._ring.put(pixels, True, _NO_STAMP, _NO_VALUES, _NO_POSITION)
        self._engine.send(Seen(self.number, slot))

    def forget(self) -> None:
        """What waits is not to be seen any more."""
        self._waiting = None

    def looked(self, slot: int) -> None:
        """The engine has looked at a slot, so it has opened the memory."""
        self._shared.forget_name()
        self._ring.give(slot)
        if self._waiting is not None:
            self.put(self._waiting)

    def close(self) -> None:
        """Give the memory back."""
        self._ring.close()
        self._shared.close()


def _bytes_of(pixels: NDArray[np.uint8]) -> int:
    return slot_bytes(pixels.shape[2], pixels.shape[1], 0, (0, 0))
