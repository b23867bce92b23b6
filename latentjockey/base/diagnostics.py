"""Errors that a person can meet, and the log categories.

A :class:`StageError` carries one clear sentence: what, why, what to do. Raise it for what a player can cause;
raise the ordinary built-in exceptions for our own bugs.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from threading import Lock


class StageError(Exception):
    """Something a person can meet; ``str()`` is one sentence fit for the surface."""


def logger(category: str) -> logging.Logger:
    """The logger of one category, e.g. ``osc``, ``engine``, ``recorder``."""
    return logging.getLogger(f"latentjockey.{category}")


@dataclass(frozen=True, slots=True)
class Message:
    """One line for the messages panel. ``time`` in seconds of the show's clock."""

    time: float
    category: str
    text: str
    serious: bool = False
    count: int = 1


class Messages:
    """The last thousand messages; any thread may post. One that was posted just before is counted, not repeated."""

    def __init__(self, keep: int = 1000) -> None:
        self._items: deque[Message] = deque(maxlen=keep)
        self._lock = Lock()
        self._total = 0

    def post(self, time: float, category: str, text: str, *, serious: bool = False) -> None:
        with self._lock:
            self._total += 1
            for i in range(len(self._items) - 1, max(-1, len(self._items) - 9), -1):
                old = self._items[i]
                if old.category == category and old.text == text:
                    del self._items[i]
                    self._items.append(Message(time, category, text, serious, old.count + 1))
                    break
            else:
                self._items.append(Message(time, category, text, serious))
        logger(category).log(logging.WARNING if serious else logging.INFO, "%s", text)

    def latest(self) -> Message | None:
        with self._lock:
            return self._items[-1] if self._items else None

    def recent(self) -> tuple[Message, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(self._items)

    @property
    def total(self) -> int:
        """How many messages were ever posted: poll this to see whether ``recent`` changed."""
        return self._total
