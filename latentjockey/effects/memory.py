"""The two rings of the effects process: pictures come in by one and go out by the other. Main thread only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from latentjockey.base.platform import attach_shared
from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.link.effects_messages import Rings
from latentjockey.link.ring import RingReader, RingWriter
from latentjockey.stage.isf.chain import ShaderChain

_NO_STAMP = Stamp(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)  # the show knows of which picture this is what
_NO_VALUES = np.zeros(0)
_NO_POSITION = np.zeros((0, 0), np.float32)


class PictureMemory:
    """``taken`` is called with each incoming slot that has been read. Raises OSError when the memory is gone already,
    because its show is."""

    def __init__(self, rings: Rings, taken: Callable[[int], None]) -> None:
        self.number = rings.number
        self._shared = (
            attach_shared(rings.incoming, rings.incoming_slots * rings.slot_bytes),
            attach_shared(rings.outgoing, rings.outgoing_slots * rings.slot_bytes),
        )
        self._incoming = RingReader(self._shared[0].buffer, rings.slot_bytes, taken)
        self._outgoing = RingWriter(self._shared[1].buffer, rings.outgoing_slots, rings.slot_bytes)
        self._size: tuple[int, int] | None = None

    def take(self, slot: int) -> Frame | None:
        """Lease the picture in a slot; ``None`` for slot -1. Raises ValueError when there is none."""
        if slot < 0:
            return None
        self._incoming.ready(slot)
        frame = self._incoming.acquire()
        if frame is not None:
            self._size = frame.size
        return frame

    def put(self, chain: ShaderChain) -> int:
        """Let what ``chain`` has drawn be read into a free slot, and return that; -1 where none is free."""
        if self._size is None or not self._outgoing.has_free:
            return -1
        width, height = self._size

        def read(room: Pixels) -> None:
            chain.read_into(room.data)

        return self._outgoing.fill((height, width, 4), read, False, _NO_STAMP, _NO_VALUES, _NO_POSITION)

    def give(self, slot: int) -> None:
        """The show is done with an outgoing slot."""
        self._outgoing.give(slot)

    def close(self) -> None:
        """Let go of the memory."""
        self._incoming.close()
        self._outgoing.close()
        for shared in self._shared:
            shared.close()
