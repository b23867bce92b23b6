"""The keeper: a thread ``keeper`` for everything that waits for a disk, so that nothing that plays does. What may take
minutes has one of its own, by another name, so that a preset does not wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError


class Keeper:
    """Does jobs in order. A job that fails says why in the messages; the next one is done all the same."""

    def __init__(self, messages: Messages, clock: Clock, name: str = "keeper") -> None:
        self._messages = messages
        self._clock = clock
        self._left = False
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], None]) -> None:
        """Queue a job. Any thread."""
        self._jobs.put(job)

    def close(self) -> None:
        """Finish what is queued, then end."""
        self._jobs.put(None)
        self._thread.join()

    def leave(self) -> None:
        """Do nothing more that has not begun, and wait for nothing."""
        self._left = True
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self._left:
            try:
                job()
            except StageError as error:
                self._messages.post(self._clock.now(), "files", str(error), serious=True)
            except OSError as error:
                why = error.strerror or str(error)
                self._messages.post(self._clock.now(), "files", f"{error.filename}: {why}", serious=True)
