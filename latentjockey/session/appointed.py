"""What is ready and waits for its moment: a mover of the conductor that does one thing at a time given for it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Appointed:
    """:meth:`at` and :meth:`clear` may be called by any thread; what is to be done is done on the conductor's, and must
    not wait. Only one thing waits: a later one takes its place."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._next: tuple[float, Callable[[], None]] | None = None

    def at(self, moment: float, job: Callable[[], None]) -> None:
        """Do ``job`` at ``moment`` (s), or as soon after as there is a tick."""
        with self._lock:
            self._next = (moment, job)
        self._wake()

    def clear(self) -> None:
        """Nothing is to be done any more."""
        with self._lock:
            self._next = None

    def move(self, t: float) -> bool:
        """Do what is due at ``t`` seconds. Whether something waits yet."""
        with self._lock:
            due = self._next
            if due is not None and t < due[0]:
                return True
            self._next = None
        if due is not None:
            due[1]()
        return False
