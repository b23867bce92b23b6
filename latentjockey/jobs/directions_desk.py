"""The show's one search for directions: started, stopped and told about without anybody having to wait.

Every call returns at once and may come from any thread. ``found`` is called on a thread of the job, when new directions
of a model lie where models find them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.platform import Family
from latentjockey.jobs import directions_wish
from latentjockey.jobs.account import Ending
from latentjockey.jobs.events import Event, Failed, Finished, Progress
from latentjockey.jobs.job import Job, Patience

State = Literal["starting", "running", "stopping", "finished", "stopped", "failed"]
_OVER: tuple[State, ...] = ("finished", "stopped", "failed")
_CATEGORY = "directions"
_LEAVING_S = 3.0


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it stands. ``done`` is 0 to 1, ``left`` how long it takes yet, in words, where that can be told."""

    model: str
    state: State = "starting"
    sentence: str = ""
    done: float = 0.0
    left: str = ""

    @property
    def over(self) -> bool:
        return self.state in _OVER

    @property
    def words(self) -> str:
        """How it goes, in a few words; empty when it is over."""
        if self.over:
            return ""
        if self.state == "stopping":
            return "stopping"
        return f"finding {self.done:.0%}" + (f" · {self.left} left" if self.left else "")


class DirectionsDesk:
    """``command`` gives the command that searches a model; ``found`` gets its name when that was done, ``went`` each
    new state of it, in words."""

    def __init__(
        self,
        messages: Messages,
        clock: Clock,
        found: Callable[[str], None] = lambda model: None,
        went: Callable[[str], None] = lambda words: None,
        command: Callable[[str], list[str]] = directions_wish.command,
        patience: Patience | None = None,
    ) -> None:
        self._messages = messages
        self._clock = clock
        self._found = found
        self._went = went
        self._command = command
        # nothing is saved at a stop, so that nobody has to wait for it
        self._patience = patience or Patience(4.0, 3.0, 20.0)
        self._family: Family | None = None
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._search: Search | None = None
        self._finished: Finished | None = None
        self._failed: Failed | None = None
        self._closed = False

    def start(self, model: str) -> str:
        """Find directions of the model of this name; why not, in a sentence, or nothing."""
        with self._lock:
            if self._closed:
                return "The show is about to end."
            if self._search is not None and not self._search.over:
                return f"Directions of {self._search.model} are being found: wait, or stop that first."
            if self._family is None:
                self._family = Family()
            self._finished = self._failed = None
            self._search = Search(model)
            self._job = job = Job(
                "directions", self._command(model), self._hear, lambda lines: None, self._ended, self._family,
                self._clock, self._patience,
            )  # fmt: skip
        self._tell()
        job.start()
        return ""

    def stop(self) -> None:
        """Give it up; nothing of it is kept. Does nothing where none runs."""
        with self._lock:
            job = self._job
            if job is None or self._search is None or self._search.over:
                return
            self._search = replace(self._search, state="stopping")
        self._tell()
        job.stop()

    def search(self) -> Search | None:
        """How the search stands that runs or ran last; the same object as long as nothing happened."""
        with self._lock:
            return self._search

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

    # -- on the job's threads -----------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        with self._lock:
            if self._search is None:
                return
            if isinstance(event, Finished):
                self._finished = event
            elif isinstance(event, Failed):
                self._failed = event
            elif isinstance(event, Progress) and self._search.state in ("starting", "running"):
                done = min(1.0, max(0.0, event.losses.get("done", 0.0)))
                left = "" if event.left_s is None else _short(max(0.0, event.left_s))
                self._search = replace(self._search, state="running", done=done, left=left)
        self._tell()

    def _ended(self, ending: Ending) -> None:
        with self._lock:
            if self._search is None:
                return
            state, sentence = self._verdict(self._search, ending)
            self._search = search = replace(self._search, state=state, sentence=sentence, left="")
            closed = self._closed
        self._tell()
        self._messages.post(self._clock.now(), _CATEGORY, sentence, serious=state == "failed")
        if state == "finished" and not closed:
            self._found(search.model)

    def _verdict(self, search: Search, ending: Ending) -> tuple[State, str]:
        if self._finished is not None:
            return "finished", self._finished.words or f"Directions of {search.model} were found."
        if self._failed is not None:
            return "failed", self._failed.text
        if search.state == "stopping":
            return "stopped", f"Finding directions of {search.model} was stopped; nothing of it is kept."
        if ending.code is None:
            return "failed", f"Directions of {search.model} could not be looked for: {ending.words}."
        why = f"signal {-ending.code}" if ending.code < 0 else ending.words or f"exit code {ending.code}"
        return "failed", f"Finding directions of {search.model} broke off ({why.rstrip('.')}); try again."

    def _tell(self) -> None:
        search = self.search()
        self._went("" if search is None else search.words)


def _short(seconds: float) -> str:
    """A length of time in the fewest words: it has to stand beside a button."""
    return f"{max(1, round(seconds / 10)) * 10} s" if seconds < 55 else f"{max(1, round(seconds / 60))} min"
