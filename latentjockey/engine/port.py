"""The engine's end of the pipes: a thread ``port`` reads messages, any thread sends."""

from __future__ import annotations

import os
import threading
import traceback
from collections import deque
from typing import BinaryIO

import msgspec

from latentjockey.base.clock import now_ns
from latentjockey.link.messages import Beat, ToEngine, ToShow, pack, read_to_engine


class Port:
    """Messages from the show, in order. When the show goes, so does this process, whatever its main thread does."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._queue: deque[ToEngine] = deque()
        self._sending = threading.Lock()
        self._arrived = threading.Event()
        threading.Thread(target=self._read, name="port", daemon=True).start()

    def _read(self) -> None:
        try:
            while (message := read_to_engine(self._incoming)) is not None:
                self._queue.append(message)
                self._arrived.set()
        except (ValueError, msgspec.MsgspecError):
            traceback.print_exc()
            os._exit(1)  # whatever comes next cannot be told apart any more
        os._exit(0)

    def send(self, message: ToShow) -> None:
        data = pack(message)
        try:
            with self._sending:
                self._outgoing.write(data)
        except OSError:
            os._exit(0)  # nobody is left to make pictures for

    def receive(self) -> ToEngine | None:
        """The next message, or ``None``."""
        return self._queue.popleft() if self._queue else None

    def wait(self, timeout: float) -> None:
        """Until a message arrives, at most ``timeout`` seconds."""
        self._arrived.clear()  # first: what arrived before is in the queue, or was taken from it
        if not self._queue:
            self._arrived.wait(timeout)


class Pulse:
    """The heartbeat: a thread ``pulse`` tells ten times a second what the main thread does and since when."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._now = Beat("starting", now_ns(), 60.0)
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def phase(self, name: str, allowed_s: float) -> None:
        """The main thread begins ``name``, which may take ``allowed_s`` seconds before it counts as hung."""
        self._now = Beat(name, now_ns(), allowed_s)

    def beat(self) -> None:
        """Tell at once: a phase begins or ends during which the show is more patient with silence."""
        self._port.send(self._now)

    def _run(self) -> None:
        rest = threading.Event()
        while not rest.wait(0.1):
            self._port.send(self._now)
