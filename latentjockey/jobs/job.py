"""One job: a process of its own beside the show, what it tells, and its end.

Threads: ``job NAME`` starts the process, waits for its end and urges it when it was told to stop; ``job told`` reads
its events, ``job log`` its standard error. Whoever made the job hears of both on those threads.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from latentjockey.base.children import findable
from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import logger
from latentjockey.base.platform import MUCH, Family, end_at_once, has_ended
from latentjockey.jobs.account import Ending
from latentjockey.jobs.events import STOP, Event, Lines

_LOG = logger("job")
_LOOK_S = 0.25
_LAST_WORDS_S = 2.0
_PIECE = 1 << 16
_LONGEST_LINE = 4096
# Threads of a job that wait for work sleep, so that those of the engine are not kept waiting.
_BESIDE_A_SHOW = {"OMP_WAIT_POLICY": "passive"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a job that was told to stop may be silent before it is asked by signal, how many more before it
    is ended, and how many it may take in all however much it tells."""

    silent_s: float = 45.0
    asked_s: float = 30.0
    most_s: float = 600.0


class Job:
    """``arguments`` is the whole command. ``hear`` gets each event, ``miscounted`` how many lines were none, both on a
    thread of the job; ``ended`` is called last and once, on another.

    The process leads a group of its own, gives way to the show, and does not outlive it by long: its input ends with
    the show, which it takes as a stop (:mod:`latentjockey.jobs.leash`).
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        hear: Callable[[Event], None],
        miscounted: Callable[[int], None],
        ended: Callable[[Ending], None],
        family: Family,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._name = name
        self._arguments = list(arguments)
        self._hear = hear
        self._miscounted = miscounted
        self._ended = ended
        self._family = family
        self._clock = clock
        self._patience = patience or Patience()
        self._last_lines: deque[str] = deque(maxlen=12)
        self._wake = threading.Event()
        self._lock = threading.Lock()  # around what stop() and the job's thread both touch
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_at: float | None = None
        self._heard_at = 0.0
        self._forced = self._urged = False
        self._thread = threading.Thread(target=self._live, name=f"job {name}", daemon=True)

    def start(self) -> None:
        """Start it; returns at once. Once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to finish and leave. Any thread; returns at once. Asking again does nothing."""
        with self._lock:
            if self._stop_at is not None:
                return
            self._stop_at = self._clock.now()
            self._say_stop()
        self._wake.set()

    def kill(self) -> None:
        """End it now, with everything that it started. Any thread."""
        with self._lock:
            self._forced = True
            if self._stop_at is None:
                self._stop_at = self._clock.now()
            if self._process is not None:
                end_at_once(self._process)
        self._wake.set()

    def close(self, wait_s: float) -> None:
        """Stop it, wait so long, then end it; when this returns, ``ended`` was called."""
        self.stop()
        self._thread.join(wait_s)
        if self._thread.is_alive():
            self.kill()
            self._thread.join(_LAST_WORDS_S + 5.0)

    # -- the job's thread -------------------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            process = self._family.start(self._arguments, findable(_BESIDE_A_SHOW), yielding=MUCH)
        except OSError as error:
            self._ended(Ending(None, error.strerror or str(error)))
            return
        readers = [
            threading.Thread(target=self._read, args=(process.stdout,), name="job told", daemon=True),
            threading.Thread(target=self._read_log, args=(process.stderr,), name="job log", daemon=True),
        ]
        for reader in readers:
            reader.start()
        with self._lock:
            self._process = process
            if self._forced:
                end_at_once(process)
            elif self._stop_at is not None:
                self._say_stop()
        while not has_ended(process):
            self._wake.wait(_LOOK_S)
            self._wake.clear()
            self._urge(process)
        for reader in readers:
            reader.join(_LAST_WORDS_S)
        self._close_pipes(process, readers)
        words = self._last_lines[-1] if self._last_lines else ""
        self._ended(Ending(process.returncode, words, self._forced))

    def _urge(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a job that was told to stop more and more urgently, the longer it is silent."""
        with self._lock:
            if self._stop_at is None:
                return
            now, patience = self._clock.now(), self._patience
            silent = now - max(self._stop_at, self._heard_at)
            if silent > patience.silent_s + patience.asked_s or now - self._stop_at > patience.most_s:
                self._forced = True
                end_at_once(process)
            elif silent > patience.silent_s and not self._urged:
                self._urged = True
                process.terminate()

    def _say_stop(self) -> None:
        stream = self._process.stdin if self._process is not None else None
        if stream is None:
            return
        try:
            stream.write(STOP)
        except (OSError, ValueError):
            return  # gone: its end is seen elsewhere

    def _close_pipes(self, process: subprocess.Popen[bytes], readers: Sequence[threading.Thread]) -> None:
        with self._lock:  # nobody must be writing to a number that may soon stand for another file
            if process.stdin is not None:
                process.stdin.close()
        for reader, stream in zip(readers, (process.stdout, process.stderr), strict=True):
            if stream is not None and not reader.is_alive():
                stream.close()

    # -- what it tells ----------------------------------------------------------------------------------------------

    def _read(self, stream: IO[bytes] | None) -> None:
        lines = Lines()
        while piece := _piece(stream):
            heard = lines.feed(piece)
            for event in heard:
                self._hear(event)
            if heard:
                self._heard_at = self._clock.now()
            self._miscounted(lines.garbage)
        self._wake.set()

    def _read_log(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with open(stream.fileno(), "rb", closefd=False) as buffered:  # a raw pipe is read byte by byte
            while line := buffered.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").rstrip()
                if text:
                    self._last_lines.append(text)
                    _LOG.info("%s: %s", self._name, text)


def _piece(stream: IO[bytes] | None) -> bytes:
    """What has come through a pipe; empty at its end."""
    try:
        return os.read(stream.fileno(), _PIECE) if stream is not None else b""
    except (OSError, ValueError):
        return b""
