"""A child process's end of its pipes: a thread ``port`` reads messages, any thread sends."""

from __future__ import annotations

import os
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, Generic, TypeVar

import msgspec

from latentjockey.link.framing import Readable

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Port(Generic[_In, _Out]):
    """Messages from the show, in order. When the show goes, so does this process, whatever its main thread does."""

    def __init__(
        self,
        incoming: BinaryIO,
        outgoing: BinaryIO,
        read: Callable[[Readable], _In | None],
        pack: Callable[[_Out], bytes],
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._read_one = read
        self._pack = pack
        self._queue: deque[_In] = deque()
        self._sending = threading.Lock()
        self._arrived = threading.Event()
        threading.Thread(target=self._read, name="port", daemon=True).start()

    def _read(self) -> None:
        try:
            while (message := self._read_one(self._incoming)) is not None:
                self._queue.append(message)
                self._arrived.set()
        except (ValueError, msgspec.MsgspecError):
            traceback.print_exc()
            os._exit(1)  # whatever comes next cannot be told apart any more
        os._exit(0)

    def send(self, message: _Out) -> None:
        data = self._pack(message)
        try:
            with self._sending:
                self._outgoing.write(data)
        except OSError:
            os._exit(0)  # nobody is left to make pictures for

    def receive(self) -> _In | None:
        """The next message, or ``None``."""
        return self._queue.popleft() if self._queue else None

    def wait(self, timeout: float) -> None:
        """Until a message arrives, at most ``timeout`` seconds."""
        self._arrived.clear()  # first: what arrived before is in the queue, or was taken from it
        if not self._queue:
            self._arrived.wait(timeout)
