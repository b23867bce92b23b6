"""A process of ours as the show sees it: a child, its pipes, its log, and how it ended.

Messages are read on a thread named like the child; ``send`` may be called from any thread and waits a quarter of a
second at most, for a child that does not read.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import IO, Generic, TypeVar

import msgspec

from latentjockey.base.children import findable
from latentjockey.base.diagnostics import logger
from latentjockey.base.platform import LITTLE, Family, end_at_once, is_stopped, memory_kills
from latentjockey.link.framing import Readable

_SENDING_S = 0.25
_ENDING_S = 5.0
_LAST_WORDS_S = 0.3
_LONGEST_LINE = 4096

_In = TypeVar("_In")


class Child(Generic[_In]):
    """``python -m module PARENT``, started at once. A subclass says in ``hear`` what becomes of its messages, on the
    reading thread, ``None`` at the end; it is ready for them before it calls this constructor.

    Raises OSError when the system has no room for another process. It is told to die with the *thread* that makes it.
    """

    def __init__(
        self,
        name: str,
        module: str,
        family: Family,
        environment: dict[str, str],
        read: Callable[[Readable], _In | None],
    ) -> None:
        self._name = name
        self._read_one = read
        self._logger = logger(name.split()[0])
        self._sending = threading.Lock()
        self._memory_kills = memory_kills()
        self._garbled = False
        self._last_words = ""
        self._last_lines: deque[str] = deque(maxlen=12)
        # -P: what lies in the folder where the show was started is not to be taken for a library
        command = [sys.executable, "-P", "-m", module, str(os.getpid())]
        self._process = family.start(command, findable(environment), yielding=LITTLE)
        if self._process.stdin is not None and os.name == "posix":
            os.set_blocking(self._process.stdin.fileno(), False)
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)
        self._log = threading.Thread(target=self._read_log, name=name.replace(" ", " log ", 1), daemon=True)
        self._reader.start()
        self._log.start()

    def hear(self, message: _In | None) -> None:
        """A message came, or none will any more."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send_bytes(self, message: bytes) -> None:
        """Send, or end the child when its pipe stays full: it is not reading then."""
        stream = self._process.stdin
        if stream is None:
            return
        data = memoryview(message)
        try:
            with self._sending:
                while data:
                    written = stream.write(data)
                    data = data[written or 0 :]
                    if data and not _writable(stream):
                        self.kill()
                        return
        except (OSError, ValueError):
            return  # gone: the reading thread sees its end

    @property
    def meddled(self) -> bool:
        """Whether it looks as if somebody outside stopped or killed it, and not the system for its memory."""
        ended = self._process.poll()
        killed = ended in (-signal.SIGTERM, -signal.SIGINT) or (
            ended == -signal.SIGKILL and memory_kills() == self._memory_kills and not self._garbled
        )
        return killed or is_stopped(self.pid)

    def obituary(self) -> str:
        """In a few words, how it ended. Waits a moment for its last words."""
        code = self._process.poll()
        if code is not None:
            for thread in (self._reader, self._log):
                if thread is not threading.current_thread():
                    thread.join(_LAST_WORDS_S)
        if self._last_words:
            return self._last_words
        if code is None:
            return "it was ended"
        if code == 0:
            return "it left"
        if code < 0:
            return f"killed by signal {-code}"
        return self._last_lines[-1] if self._last_lines else f"exit code {code}"

    def kill(self) -> None:
        """End it now, whatever it is doing. Does nothing when it has ended."""
        end_at_once(self._process)

    def wait(self, timeout: float) -> bool:
        """Whether it was gone within ``timeout`` seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """End it, collect it and close the pipes."""
        self.kill()
        if not self.wait(_ENDING_S):
            self._logger.warning("%s does not end: a driver seems to keep it", self._name)
        for thread in (self._reader, self._log):
            if thread is not threading.current_thread():
                thread.join(2.0)
        with self._sending:  # nobody must be writing to a number that may soon stand for another file
            if self._process.stdin is not None:
                self._process.stdin.close()
        for thread, stream in ((self._reader, self._process.stdout), (self._log, self._process.stderr)):
            if stream is not None and not thread.is_alive():
                stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        whole = _Whole(stream)
        try:
            while (message := self._read_one(whole)) is not None:
                self.hear(message)
        except (ValueError, msgspec.MsgspecError) as error:
            self._garbled, self._last_words = True, f"it sent what nobody understands: {error}"
            self.kill()
        self.hear(None)

    def _read_log(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        with open(stream.fileno(), "rb", closefd=False) as buffered:  # a raw pipe is read byte by byte
            while line := buffered.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").rstrip()
                if text:
                    self._last_lines.append(text)
                    self._logger.info("%s: %s", self._name, text)


class _Whole:
    """Reads a raw pipe until the wanted bytes are there or it has ended."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size:
            try:
                part = self._stream.read(size - len(parts))
            except (OSError, ValueError):
                part = b""
            if not part:
                break
            parts += part
        return parts


def _writable(stream: IO[bytes]) -> bool:
    """Whether a full pipe has room again within ``_SENDING_S``."""
    if os.name != "posix":
        return True  # writing blocks there
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    return bool(poll.poll(_SENDING_S * 1000))
