"""One engine process as the show sees it: a child, two pipes, and what it last said.

``_read`` runs on a thread ``engine N``; ``send`` may be called from any thread and never blocks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import IO

from latentjockey.base.clock import now_ns
from latentjockey.base.diagnostics import logger
from latentjockey.base.platform import Family, is_stopped
from latentjockey.link.messages import Beat, ToEngine, ToShow, pack, read_to_show

_LOG = logger("engine")
_SILENCE_S = 1.0
_SILENCE_LOADING_S = 60.0  # importing may keep the interpreter's lock, and the pulse with it, for seconds


class EngineProcess:
    """Started at once; ``on_message(engine, message)`` is called from the reading thread, with ``None`` at the end."""

    def __init__(
        self,
        generation: int,
        family: Family,
        threads: int | None,
        on_message: Callable[[EngineProcess, ToShow | None], None],
    ) -> None:
        self.generation = generation
        self._on_message = on_message
        self._sending = threading.Lock()
        self._process = family.start(
            [sys.executable, "-m", "latentjockey.engine", str(os.getpid())], _environment(threads)
        )
        if self._process.stdin is not None and os.name == "posix":
            os.set_blocking(self._process.stdin.fileno(), False)
        self._last_heard = now_ns()
        self._beat = Beat("starting", now_ns(), _SILENCE_LOADING_S)
        self._last_lines: deque[str] = deque(maxlen=12)
        self._reader = threading.Thread(target=self._read, name=f"engine {generation}", daemon=True)
        self._reader.start()
        self._log = threading.Thread(target=self._read_log, name=f"engine log {generation}", daemon=True)
        self._log.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def phase(self) -> str:
        """What its main thread said it was doing."""
        return self._beat.phase

    def send(self, message: ToEngine) -> None:
        """Send, or end the engine when its pipe is full or gone: it is not reading then."""
        if self._process.stdin is None:
            return
        data = pack(message)
        try:
            with self._sending:
                written = self._process.stdin.write(data)
        except (OSError, ValueError):
            return  # gone: the reading thread sees its end
        if written != len(data):
            self.kill()

    def hung(self, now: int) -> str | None:
        """Why this engine counts as hung at ``now`` ns, or ``None``."""
        silent = (now - self._last_heard) * 1e-9
        loading = self._beat.phase in ("starting", "loading")
        if silent > (_SILENCE_LOADING_S if loading else _SILENCE_S):
            return f"it was silent for {silent:.1f} s"
        busy = (now - self._beat.since_ns) * 1e-9
        if busy > self._beat.allowed_s:
            return f"{self._beat.phase} took over {self._beat.allowed_s:.1f} s"
        return None

    def forgive(self, now: int) -> None:
        """The show itself was asleep: count silence from now."""
        self._last_heard = now
        self._beat = Beat(self._beat.phase, now, self._beat.allowed_s)

    @property
    def meddled(self) -> bool:
        """Whether it looks as if somebody outside stopped or killed it."""
        return self._process.poll() in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT) or is_stopped(self.pid)

    def obituary(self) -> str:
        """In a few words, how it ended."""
        code = self._process.poll()
        if code is None:
            return "it was ended"
        if code == 0:
            return "it left"
        if code < 0:
            return f"killed by signal {-code}"
        return self._last_lines[-1] if self._last_lines else f"exit code {code}"

    def kill(self) -> None:
        if self.alive:
            self._process.kill()

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
        self._process.wait()
        for thread in (self._reader, self._log):
            if thread is not threading.current_thread():
                thread.join(2.0)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        whole = _Whole(stream)
        while (message := read_to_show(whole)) is not None:
            self._last_heard = now_ns()
            if isinstance(message, Beat):
                self._beat = message
            else:
                self._on_message(self, message)
        self._on_message(self, None)

    def _read_log(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            if text:
                self._last_lines.append(text)
                _LOG.info("engine %d: %s", self.generation, text)


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


def _environment(threads: int | None) -> dict[str, str]:
    # passive waiting: beside one busy process the 99th percentile of a frame fell from 682 to 29 ms
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("PYTHONFAULTHANDLER", "1")
    if threads is not None:
        environment["OMP_NUM_THREADS"] = str(threads)
    return environment
