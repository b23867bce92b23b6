"""The engine's end of the pipes, and its heartbeat."""

from __future__ import annotations

import threading
from typing import BinaryIO

from latentjockey.base.clock import now_ns
from latentjockey.link import port
from latentjockey.link.messages import Beat, ToEngine, ToShow, pack, read_to_engine


class Port(port.Port[ToEngine, ToShow]):
    """Messages from the show, in order, and to it."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        super().__init__(incoming, outgoing, read_to_engine, pack)


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
