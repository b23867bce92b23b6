"""One engine process as the show sees it: a child, two pipes, and what it last said.

``_read`` runs on a thread ``engine N``; ``send`` may be called from any thread and waits a
quarter of a second at most, for an engine that does not read.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import sysconfig
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from latentjockey.base.clock import now_ns
from latentjockey.base.diagnostics import logger
from latentjockey.base.platform import Family, end_at_once, is_stopped, memory_kills
from latentjockey.link.messages import Beat, Problem, ToEngine, ToShow, pack, read_to_show

_LOG = logger("engine")
_SILENCE_S, _STALLED_S = 1.0, 0.35
_SILENCE_LOADING_S = 60.0  # importing may keep the interpreter's lock, and the pulse with it, for seconds
_SENDING_S = 0.25
_ENDING_S = 5.0
_LAST_WORDS_S = 0.3
_LONGEST_LINE = 4096


class EngineProcess:
    """Started at once; ``on_message(engine, message)`` is called from the reading thread, with ``None`` at the end.

    Raises OSError when the system has no room for another process.
    """

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
        self._memory_kills = memory_kills()
        self._garbled = False
        self._last_words = ""
        # -P: what lies in the folder where the show was started is not to be taken for a library
        self._process = family.start(
            [sys.executable, "-P", "-m", "latentjockey.engine", str(os.getpid())], _environment(threads)
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
        """Send, or end the engine when its pipe stays full: it is not reading then."""
        stream = self._process.stdin
        if stream is None:
            return
        data = memoryview(pack(message))
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

    def stalled(self, now: int, *, woken: bool) -> bool:
        """Whether pictures should be coming at ``now`` ns and do not: too soon to call it hung, too long to be still.

        An engine that is asleep, or waits for us, owes us no picture, unless it was ``woken``.
        """
        owing = ("rendering", "pacing", "measuring", "previewing", *(("idle",) if woken else ()))
        if self._beat.phase not in owing:
            return False
        busy = (now - self._beat.since_ns) * 1e-9 > self._beat.allowed_s / 3
        return busy or (now - self._last_heard) * 1e-9 > _STALLED_S

    def forgive(self, now: int) -> None:
        """The show itself was asleep: count silence from now."""
        self._last_heard = now
        self._beat = Beat(self._beat.phase, now, self._beat.allowed_s)

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
            _LOG.warning("engine %d does not end: a driver seems to keep it", self.generation)
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
            while (message := read_to_show(whole)) is not None:
                self._last_heard = now_ns()
                if isinstance(message, Beat):
                    self._beat = message
                    continue
                if isinstance(message, Problem) and message.fatal:
                    self._last_words = message.text
                self._on_message(self, message)
        except (ValueError, msgspec.MsgspecError) as error:
            self._garbled, self._last_words = True, f"it sent what nobody understands: {error}"
            self.kill()
        self._on_message(self, None)

    def _read_log(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        with open(stream.fileno(), "rb", closefd=False) as buffered:  # a raw pipe is read byte by byte
            while line := buffered.readline(_LONGEST_LINE):
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


def _writable(stream: IO[bytes]) -> bool:
    """Whether a full pipe has room again within ``_SENDING_S``."""
    if os.name != "posix":
        return True  # writing blocks there
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    return bool(poll.poll(_SENDING_S * 1000))


def _environment(threads: int | None) -> dict[str, str]:
    # passive waiting: beside one busy process the 99th percentile of a frame fell from 682 to 29 ms
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("PYTHONFAULTHANDLER", "1")
    root = str(Path(__file__).resolve().parents[2])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root if not others else f"{root}{os.pathsep}{others}"
    if threads is not None:
        environment["OMP_NUM_THREADS"] = str(threads)
    return environment
