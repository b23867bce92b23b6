"""Memory for frames: a ring of the wanted size, or of one for which there is room. Thread ``supervisor``."""

from __future__ import annotations

from collections.abc import Callable

from latentjockey.base.platform import shared_memory_free
from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR
from latentjockey.host.seat import Seat
from latentjockey.link.ring import SLOTS, slot_bytes
from latentjockey.models.spec import ModelSpec

_SMALL = (256, 256)


class Rings:
    """``say`` tells the player why a size cannot be."""

    def __init__(self, bay: Bay, say: Callable[[str], None]) -> None:
        self._bay = bay
        self._say = say
        self._number = 0
        self._size = _SMALL

    def wanted(self) -> tuple[int, int]:
        """The size of the picture that the bay asks for."""
        return int(self._bay.number("/engine/width")), int(self._bay.number("/engine/height"))

    def give(self, seat: Seat, size: tuple[int, int]) -> None:
        """A ring for pictures of this size, or of one that fits. Raises MemoryError when none does."""
        model = seat.loaded
        if model is None or self._try(seat, model, size):
            return
        smaller = (self._size, _SMALL)
        if not seat.has_ring and not any(self._try(seat, model, each) for each in smaller):
            raise MemoryError("there is no room even for a small picture")
        self._refuse(size)

    def _try(self, seat: Seat, model: ModelSpec, size: tuple[int, int]) -> bool:
        """Whether there was room for pictures of this size."""
        each = slot_bytes(*size, self._bay.layout.engine_size, model.shape)
        free = shared_memory_free()
        if free is not None and SLOTS * each > free // 2:
            return False
        self._number += 1
        try:
            seat.give_ring(self._number, each)
        except (OSError, MemoryError):
            return False
        self._size = size
        return True

    def _refuse(self, size: tuple[int, int]) -> None:
        width, height = self._size
        need = SLOTS * 4 * size[0] * size[1] / 2**30
        self._say(f"{size[0]}×{size[1]} needs {need:.1f} GiB for frames, more than is free: staying smaller.")
        self._bay.write([("/engine/width", width), ("/engine/height", height)], CONDUCTOR)
