"""The keeper: a thread ``keeper`` for everything that waits for a disk, so that nothing that plays does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError


class Keeper:
    """Does jobs in order. A job that fails says why in the messages; the next one is done all the same."""

    def __init__(self, messages: Messages, clock: Clock) -> None:
        self._messages = messages
        self._clock = clock
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], None]) -> None:
        """Queue a job. Any thread."""
        self._jobs.put(job)

    def close(self) -> None:
        """Finish what is queued, then end."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except StageError as error:
                self._messages.post(self._clock.now(), "files", str(error), serious=True)
            except OSError as error:
                why = error.strerror or str(error)
                self._messages.post(self._clock.now(), "files", f"{error.filename}: {why}", serious=True)
