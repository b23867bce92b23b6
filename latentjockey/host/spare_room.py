"""The memory that one engine uses in spare time: a ring for small pictures, and a block with what to draw.

Made, asked and closed by the supervisor's thread; pictures are taken out on the engine's reading thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.platform import SharedBlock, create_shared
from latentjockey.control.layout import Layout
from latentjockey.host.engine_process import EngineProcess
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.messages import Free, Peek, Spare
from latentjockey.link.ring import SMALL_SLOTS, RingReader, small_slot_bytes
from latentjockey.link.texts import sendable

Picture = NDArray[np.uint8]
"""(height, width, 3) sRGB, row 0 at the top, read-only."""


class SpareRoom:
    """``number`` tells its ring from others of this engine; below 0, so that it is never that of a ring for frames.

    Raises OSError or MemoryError without room.
    """

    def __init__(self, engine: EngineProcess, number: int, layout: Layout) -> None:
        self.number = number
        self._engine = engine
        each = small_slot_bytes()
        self._pictures = create_shared(SMALL_SLOTS * each)
        try:
            self._asked: SharedBlock = create_shared(block_bytes(layout.engine_size))
        except BaseException:
            self._pictures.close()
            raise
        self._writer = BlockWriter(self._asked.buffer, layout.epoch, layout.engine_size)
        self._reader = RingReader(self._pictures.buffer, each, lambda slot: engine.send(Free(number, slot)))
        self._taking = threading.Lock()
        pictures, asked = self._pictures, self._asked
        engine.send(Spare(number, pictures.handle, SMALL_SLOTS, each, asked.handle, asked.size))

    def ask(self, ident: int, values: NDArray[np.float64], texts: Mapping[str, str]) -> None:
        """Let the engine draw ``values`` (engine_size,) with a model's own ``texts``, under a number."""
        self._writer.write(values, ident, 0)
        self._engine.send(Peek(ident, sendable(texts)))

    def take(self, slot: int) -> Picture | None:
        """The picture in a slot that the engine announced, copied; ``None`` after ``close``.

        Raises ValueError when there is none.
        """
        with self._taking:
            if self._reader.closed:
                return None
            self._reader.ready(slot)
            frame = self._reader.acquire()
            if frame is None:
                return None
            with frame:
                picture = frame.rgb()
        picture.setflags(write=False)
        return picture

    def forget_names(self) -> None:
        """The engine has opened it."""
        self._pictures.forget_name()
        self._asked.forget_name()

    def close(self) -> None:
        """Give the memory back."""
        with self._taking:
            self._reader.close()
        self._writer.close()
        self._pictures.close()
        self._asked.close()
