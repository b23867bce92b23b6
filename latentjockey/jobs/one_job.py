"""One job at a time: started, stopped and told about without anybody having to wait. A subclass knows what it is about.

Every call returns at once and may come from any thread.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.platform import Family
from latentjockey.jobs.account import Ending
from latentjockey.jobs.events import Event, Failed, Finished, Progress
from latentjockey.jobs.job import Job, Patience

State = Literal["starting", "running", "stopping", "finished", "stopped", "failed"]
_OVER: tuple[State, ...] = ("finished", "stopped", "failed")
_LEAVING_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A job as it stands. ``done`` is 0 to 1, ``left`` how long it takes yet, in words, where that can be told;
    ``sentence`` says how it ended."""

    state: State = "starting"
    sentence: str = ""
    done: float = 0.0
    left: str = ""

    @property
    def over(self) -> bool:
        return self.state in _OVER


D = TypeVar("D", bound=Doing)


class OneJob(ABC, Generic[D]):
    """``category`` is that of its messages. ``_doing`` and what the job said of its end belong to ``_lock``."""

    def __init__(self, category: str, messages: Messages, clock: Clock, patience: Patience) -> None:
        self._category = category
        self._messages = messages
        self._clock = clock
        self._patience = patience
        self._family: Family | None = None
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._doing: D | None = None
        self._finished: Finished | None = None
        self._failed: Failed | None = None
        self._closed = False

    def stop(self) -> None:
        """Give it up; nothing of it is kept. Does nothing where none runs."""
        with self._lock:
            job = self._job
            if job is None or self._doing is None or self._doing.over:
                return
            self._doing = replace(self._doing, state="stopping")
        self._changed()
        job.stop()

    def leave(self) -> None:
        """The show is about to end."""
        with self._lock:
            self._closed = True
        self.stop()

    def close(self) -> None:
        """End what runs; returns when it has."""
        self.leave()
        with self._lock:
            job = self._job
        if job is not None:
            job.close(_LEAVING_S)

    def _stands(self) -> D | None:
        """The job that runs or ran last; the same object as long as nothing happened."""
        with self._lock:
            return self._doing

    def _begin(self, doing: D, command: list[str], busy: Callable[[D], str]) -> str:
        """Start it; why not, in a sentence, or nothing. ``busy`` is that sentence where another one runs."""
        with self._lock:
            if self._closed:
                return "The show is about to end."
            if self._doing is not None and not self._doing.over:
                return busy(self._doing)
            if self._family is None:
                self._family = Family()
            self._finished = self._failed = None
            self._doing = doing
            self._job = job = Job(
                self._category, command, self._hear, lambda lines: None, self._ended, self._family,
                self._clock, self._patience,
            )  # fmt: skip
        self._changed()
        job.start()
        return ""

    # -- on the job's threads -----------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        with self._lock:
            if self._doing is None:
                return
            if isinstance(event, Finished):
                self._finished = event
            elif isinstance(event, Failed):
                self._failed = event
            if not isinstance(event, Progress) or self._doing.state in ("starting", "running"):
                self._doing = self._told(self._doing, event)
        self._changed()

    def _ended(self, ending: Ending) -> None:
        with self._lock:
            if self._doing is None:
                return
            state, said = self._verdict(self._doing)
            doing = replace(self._doing, state=state, left="")
            if self._finished is not None:
                doing = self._with(doing, self._finished)
            self._doing = doing = replace(doing, sentence=said or self._sentence(doing, ending))
            finished = None if self._closed else self._finished
        self._changed()
        self._messages.post(self._clock.now(), self._category, doing.sentence, serious=state == "failed")
        if finished is not None:
            self._is_done(doing, finished)

    def _verdict(self, doing: D) -> tuple[State, str]:
        if self._finished is not None:
            return "finished", self._finished.words
        if self._failed is not None:
            return "failed", self._failed.text
        return ("stopped" if doing.state == "stopping" else "failed"), ""

    @abstractmethod
    def _told(self, doing: D, event: Event) -> D:
        """What follows from an event. Under the lock."""

    def _with(self, doing: D, finished: Finished) -> D:
        """What follows from a good end. Under the lock."""
        return doing

    @abstractmethod
    def _sentence(self, doing: D, ending: Ending) -> str:
        """How it ended, where the job itself had no words for it."""

    @abstractmethod
    def _is_done(self, doing: D, finished: Finished) -> None:
        """It was done, and the show goes on."""

    def _changed(self) -> None:
        """There may be something new to tell."""
        return


def how_far(event: Progress) -> float:
    """The share that is done, 0 to 1."""
    return min(1.0, max(0.0, event.losses.get("done", 0.0)))


def why(ending: Ending) -> str:
    """Of a process that ended by itself, in a few words without a full stop."""
    assert ending.code is not None
    return f"signal {-ending.code}" if ending.code < 0 else (ending.words or f"exit code {ending.code}").rstrip(".")
