"""The inputs process's main loop: one source at a time, its newest picture into the ring, as often as it changes.

Runs on the main thread of the inputs process. What cannot be read is told in a sentence; what hangs or crashes takes
this process along and nothing else: the show ends it and starts another.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import SharedBlock, attach_shared
from latentjockey.frames.frame import Stamp
from latentjockey.inputs.camera import Camera, cameras
from latentjockey.inputs.film import Film
from latentjockey.inputs.ndi import NdiSource, ndi_names
from latentjockey.inputs.source import InputError, Planes, Source
from latentjockey.inputs.still import Still
from latentjockey.link.input_messages import (
    Alive,
    Back,
    Came,
    Find,
    Found,
    FromInputs,
    Leave,
    Open,
    Opened,
    Room,
    Speed,
    ToInputs,
    Trouble,
)
from latentjockey.link.port import Port
from latentjockey.link.ring import RingWriter

if TYPE_CHECKING:
    import av

_BEAT_S = 1.0
_RUNNING = ("video", "camera", "ndi")
"""What runs on where the same is asked for in another size; a still is read anew."""
_NO_STAMP = Stamp(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)
_NO_VALUES, _NO_POSITION = np.zeros(0), np.zeros((0, 0), np.float32)

MAKERS: Mapping[str, Callable[[Open], Source]] = {
    "image": lambda asked: Still(asked.what),
    "video": lambda asked: Film(asked.what),
    "camera": lambda asked: Camera(asked.what, (asked.width, asked.height)),
    "ndi": lambda asked: NdiSource(asked.what),
}


class Inputs:
    """One inputs process, from its first message to its last. ``makers`` are for tests."""

    def __init__(
        self, port: Port[ToInputs, FromInputs], makers: Mapping[str, Callable[[Open], Source]] = MAKERS
    ) -> None:
        self._port = port
        self._makers = makers
        self._asked: Open | None = None
        self._source: Source | None = None
        self._speed = 1.0
        self._planes = Planes()
        self._held: av.VideoFrame | None = None
        self._memory: SharedBlock | None = None
        self._ring: RingWriter | None = None
        self._ring_id = 0
        self._beat = 0.0

    def run(self) -> None:
        """Serve until told to leave."""
        while self._handle_messages():
            now = now_ns() * 1e-9
            rest = self._serve(now)
            if now >= self._beat:
                self._beat = now + _BEAT_S
                self._port.send(Alive())
            if rest > 0.0:
                self._port.wait(min(rest, _BEAT_S))
        self._shut()

    def _handle_messages(self) -> bool:
        while (message := self._port.receive()) is not None:
            match message:
                case Room():
                    self._take_room(message)
                case Open():
                    self._open(message)
                case Speed(speed):
                    self._speed = speed
                    if self._source is not None:
                        self._source.use_speed(speed)
                case Back(ring, slot):
                    if self._ring is not None and ring == self._ring_id:
                        self._ring.give(slot)
                case Find():
                    self._find()
                case Leave():
                    return False
        return True

    def _take_room(self, room: Room) -> None:
        shared = attach_shared(room.handle, room.slots * room.slot_bytes)
        if self._ring is not None and self._memory is not None:
            self._ring.close()
            self._memory.close()
        self._memory, self._ring_id = shared, room.ring
        self._ring = RingWriter(shared.buffer, room.slots, room.slot_bytes)

    def _open(self, asked: Open) -> None:
        before, self._asked = self._asked, asked
        same = before is not None and (asked.kind, asked.what) == (before.kind, before.what)
        if same and self._source is not None and asked.kind in _RUNNING:
            self._port.send(Opened(asked.ident, self._source.words))
            return
        self._shut()
        try:
            self._source = self._makers[asked.kind](asked)
        except InputError as error:
            self._port.send(Trouble(asked.ident, str(error)))
            return
        self._source.use_speed(self._speed)
        self._port.send(Opened(asked.ident, self._source.words))

    def _shut(self) -> None:
        source, self._source, self._held = self._source, None, None
        if source is not None:
            with contextlib.suppress(OSError, ValueError):  # of a device that is gone
                source.close()

    def _serve(self, now: float) -> float:
        """Hand on the newest picture, if there is one. Returns for how many seconds there is nothing to do."""
        source, asked = self._source, self._asked
        if source is None or asked is None:
            return math.inf
        room = self._ring is not None and self._ring.has_free
        if not room and not source.live:
            return math.inf  # a slot that comes back wakes us
        try:
            picture, rest = source.picture(now)
            self._held = picture or self._held
            if room and self._held is not None:
                self._hand_on(self._held, asked)
                self._held = None
        except InputError as error:
            self._shut()
            self._port.send(Trouble(asked.ident, str(error)))
            return math.inf
        return rest

    def _hand_on(self, picture: av.VideoFrame, asked: Open) -> None:
        pixels = self._planes.of(picture, (asked.width, asked.height))
        if self._ring is not None:
            slot = self._ring.put(pixels, True, _NO_STAMP, _NO_VALUES, _NO_POSITION)
            self._port.send(Came(asked.ident, self._ring_id, slot))

    def _find(self) -> None:
        """Look for cameras and NDI sources, each as far as it can be."""
        lenses: tuple[tuple[str, str], ...] = ()
        names: tuple[str, ...] = ()
        troubles: list[str] = []
        try:
            lenses = cameras()
        except InputError as error:
            troubles.append(str(error))
        try:
            names = ndi_names()
        except InputError as error:
            troubles.append(str(error))
        self._port.send(Found(lenses, names, " ".join(troubles)))
