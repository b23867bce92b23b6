"""Memory for pictures on their way through the effects process: one ring there, one ring back.

Thread ``effects`` makes, fills and closes them; tokens come back on the thread that reads the process's messages.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np

from latentjockey.base.platform import SharedBlock, create_shared, shared_memory_free
from latentjockey.frames.frame import Frame
from latentjockey.link.effects_messages import Back, Rings, ToEffects
from latentjockey.link.ring import SLOTS, RingReader, RingWriter, slot_bytes

_THERE = 3
_WASTEFUL = 32 << 20
_NO_VALUES = np.zeros(0)
_NO_POSITION = np.zeros((0, 0), np.float32)


class EffectsRings:
    """The rings of one effects process. ``send`` tells it; nobody looks at its pictures but under ``guard``."""

    def __init__(self, send: Callable[[ToEffects], None], guard: AbstractContextManager[bool]) -> None:
        self._send = send
        self._guard = guard
        self._pairs: dict[int, _Pair] = {}
        self._number = 0

    def make_room(self, size: tuple[int, int]) -> str:
        """See that a picture of (width, height) fits, and that little memory is kept for small ones. Returns a sentence
        where there is no room for it, otherwise nothing."""
        need = slot_bytes(*size, 0, (0, 0))
        pair = self._pairs.get(self._number)
        if pair is not None and pair.there.fits(need) and not pair.there.fits(max(_WASTEFUL, 8 * need)):
            return ""
        total = (_THERE + SLOTS) * need
        free = shared_memory_free()
        asked = f"{size[0]}×{size[1]} need {total / 2**30:.1f} GiB"
        refusal = f"Effects at {asked}, more than is free: choose a smaller size."
        if free is not None and total > free // 2:
            return refusal
        try:
            pair = _Pair(self._number + 1, need, self._send)
        except (OSError, MemoryError):
            return refusal
        self._number += 1
        self._pairs[self._number] = pair
        self._send(pair.described())
        return ""

    def put(self, frame: Frame) -> int | None:
        """Copy a picture into a free slot and return that; ``None`` where none is free. There must be room."""
        there = self._pairs[self._number].there
        if not there.has_free:
            return None
        return there.put(frame.pixels, frame.planar, frame.stamp, _NO_VALUES, _NO_POSITION)

    def taken(self, ring: int, slot: int) -> None:
        """The process has read a slot. Any thread."""
        pair = self._pairs.get(ring)
        if pair is not None:
            pair.there.give(slot)

    def back(self, ring: int) -> RingReader | None:
        """The ring by whose number a drawn picture comes. Any thread."""
        pair = self._pairs.get(ring)
        return None if pair is None else pair.back

    def settle(self, ring: int) -> None:
        """The process draws into ``ring``: older memory may go, and its name."""
        with self._guard:
            for number in [n for n in self._pairs if n < ring]:
                self._pairs.pop(number).close()
        if ring in self._pairs:
            self._pairs[ring].forget_names()

    def close(self) -> None:
        """Give all memory back. Pictures that are leased keep theirs until they are released."""
        with self._guard:
            for number in list(self._pairs):
                self._pairs.pop(number).close()


class _Pair:
    """Two rings of one slot size. Raises OSError or MemoryError without room."""

    def __init__(self, number: int, bytes_each: int, send: Callable[[ToEffects], None]) -> None:
        self._number = number
        self._bytes = bytes_each
        self._shared: list[SharedBlock] = []
        try:
            for slots in (_THERE, SLOTS):
                self._shared.append(create_shared(slots * bytes_each))
        except BaseException:
            self.close_memory()
            raise
        self.there = RingWriter(self._shared[0].buffer, _THERE, bytes_each)
        self.back = RingReader(self._shared[1].buffer, bytes_each, lambda slot: send(Back(number, slot)))

    def described(self) -> Rings:
        there, back = self._shared
        return Rings(self._number, there.handle, _THERE, back.handle, SLOTS, self._bytes)

    def forget_names(self) -> None:
        for shared in self._shared:
            shared.forget_name()

    def close(self) -> None:
        self.there.close()
        self.back.close()
        self.close_memory()

    def close_memory(self) -> None:
        for shared in self._shared:
            shared.close()
