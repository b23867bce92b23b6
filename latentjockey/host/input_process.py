"""One inputs process as the show sees it: a child, its ring of pictures, and how long it has been silent.

Messages are read on a thread ``inputs N``; thread ``inputs`` asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import Family, SharedBlock, create_shared
from latentjockey.host.child import Child
from latentjockey.link.input_messages import (
    Alive,
    Back,
    Came,
    Find,
    Found,
    FromInputs,
    Open,
    Opened,
    Room,
    ToInputs,
    Trouble,
    Up,
    pack,
    read_from_inputs,
)
from latentjockey.link.ring import RingReader, slot_bytes

_SLOTS = 3
_STARTING_S, _OPENING_S, _FINDING_S, _SILENT_S = 30.0, 25.0, 25.0, 6.0
_ROOMY = 2
"""A side of a slot is so many times that of the wanted picture."""


class InputProcess(Child[FromInputs]):
    """Started at once; ``on_message(process, message)`` is called on the reading thread, with ``None`` at the end.

    Raises OSError when the system has no room for another process.
    """

    def __init__(
        self, number: int, family: Family, on_message: Callable[[InputProcess, FromInputs | None], None]
    ) -> None:
        self._on_message = on_message
        self._heard = now_ns()
        self._allowed = _STARTING_S
        self._taking = threading.Lock()
        self._shared: SharedBlock | None = None
        self._pictures: RingReader | None = None
        self._ring = 0
        self._size = (0, 0)
        environment = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}
        super().__init__(f"inputs {number}", "latentjockey.inputs", family, environment, read_from_inputs)

    def send(self, message: ToInputs) -> None:
        """Send, or end the process when its pipe stays full: it is not reading then."""
        if isinstance(message, Open | Find):
            self._heard = now_ns()
            self._allowed = _OPENING_S if isinstance(message, Open) else _FINDING_S
        self.send_bytes(pack(message))

    def make_room(self, size: tuple[int, int]) -> None:
        """See that pictures for (width, height) fit. Raises OSError or MemoryError without room."""
        if size == self._size:
            return
        each = slot_bytes(_ROOMY * size[0], _ROOMY * size[1], 0, (0, 0))
        shared = create_shared(_SLOTS * each)
        self._let_go()
        self._ring += 1
        number = self._ring
        with self._taking:
            self._shared, self._size = shared, size
            self._pictures = RingReader(shared.buffer, each, lambda slot: self.send(Back(number, slot)))
        self.send(Room(number, shared.handle, _SLOTS, each))

    def take(self, came: Came) -> NDArray[np.uint8] | None:
        """The picture (3, H, W) that was announced, copied; ``None`` where it is not to be had any more.

        Raises ValueError when there is none.
        """
        with self._taking:
            if self._pictures is None or came.ring != self._ring or self._shared is None:
                return None
            self._shared.forget_name()
            self._pictures.ready(came.slot)
            frame = self._pictures.acquire()
            if frame is None:
                return None
            with frame:
                pixels = frame.pixels.copy()
        pixels.setflags(write=False)
        return pixels

    def hear(self, message: FromInputs | None) -> None:
        self._heard = now_ns()
        if isinstance(message, Up | Opened | Trouble | Found):
            self._allowed = _SILENT_S
        if not isinstance(message, Alive):
            self._on_message(self, message)

    def hung(self, now: int) -> bool:
        """Whether it counts as hung at ``now`` ns."""
        return (now - self._heard) * 1e-9 > self._allowed

    def forgive(self, now: int) -> None:
        """The show itself was asleep: count silence from now."""
        self._heard = now

    def close(self) -> None:
        """End it, collect it, and give its memory back."""
        super().close()
        self._let_go()

    def _let_go(self) -> None:
        with self._taking:
            if self._pictures is not None:
                self._pictures.close()
            if self._shared is not None:
                self._shared.close()
            self._pictures, self._shared = None, None
