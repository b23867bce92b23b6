"""Writing stills off the show's threads: one thread, a short queue, failures as messages."""

from __future__ import annotations

import itertools
import queue
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.presets.preset import Preset
from latentjockey.presets.still import write_still

_CATEGORY = "stills"
_FINISH_S = 30.0

_Job = tuple[NDArray[np.uint8], Preset, Path]


class StillWriter:
    """``save`` returns at once; the file is there, whole, when its message says so; ``close`` waits for the rest."""

    def __init__(self, messages: Messages, clock: Clock, waiting: int = 8) -> None:
        self._messages = messages
        self._clock = clock
        self._jobs: queue.Queue[_Job | None] = queue.Queue(waiting)
        self._lock = threading.Lock()
        self._saved = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="stills", daemon=True)
        self._thread.start()

    def save(self, rgb: NDArray[np.uint8], preset: Preset, path: Path) -> bool:
        """Queue a still: ``rgb`` (H, W, 3) uint8, from now on ours. A name that is taken gets a number.

        False, with a message, when the disk is so slow that the queue is full, and after ``close``.
        """
        if self._closed:
            return False
        try:
            self._jobs.put_nowait((rgb, preset, path))
        except queue.Full:
            self._say(f"The still {path.name} was not kept: the disk is too slow for so many.", serious=True)
            return False
        return True

    @property
    def saved(self) -> int:
        """How many stills have been written."""
        with self._lock:
            return self._saved

    def close(self) -> None:
        """Write what is queued, then end. Calling it again does nothing."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        self._thread.join(_FINISH_S)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            rgb, preset, path = job
            path = _free(path)
            try:
                write_still(path, rgb, preset)
            except StageError as error:
                self._say(str(error), serious=True)
                continue
            with self._lock:
                self._saved += 1
            self._say(f"Kept {path}.")

    def _say(self, text: str, *, serious: bool = False) -> None:
        self._messages.post(self._clock.now(), _CATEGORY, text, serious=serious)


def _free(path: Path) -> Path:
    names = (path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in itertools.count(1))
    return next(name for name in names if not name.exists())
