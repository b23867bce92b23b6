"""Who is told how a job goes: a person at a terminal, a log, or a show by JSON lines. Used within the job's process, on
one thread."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from latentjockey.base.clock import Clock
from latentjockey.jobs.estimate import span
from latentjockey.jobs.events import Event, Failed, Finished, Notice, Progress, Sheet, Started, encode

_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: ``done`` is 0 to 1, ``left`` seconds where that can be told, ``count`` what was made so far:
    steps, frames or pictures."""

    phase: str
    done: float = 0.0
    count: int = 0
    left: float | None = None


class Teller(Protocol):
    """Takes what is to be told until its block ends; the end may be told afterwards too."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def began(self, name: str, device: str) -> None: ...

    def went(self, step: Step) -> None: ...

    def showed(self, strip: Path | None, count: int) -> None: ...

    def noticed(self, text: str) -> None: ...

    def ended(self, event: Finished | Failed | Notice) -> None: ...


class JsonLines:
    """One line of JSON an event on standard output, a few a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._next = float("-inf")
        self._phase = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def began(self, name: str, device: str) -> None:
        self._tell(Started(name, "", device=device))

    def went(self, step: Step) -> None:
        now = self._clock.now()
        if now < self._next and step.phase == self._phase:
            return
        self._next, self._phase = now + _EVERY_S, step.phase
        took = now - self._began
        self._tell(Progress(step.count, 0, took, step.phase, {"done": step.done}, left_s=step.left))

    def showed(self, strip: Path | None, count: int) -> None:
        if strip is not None:
            self._tell(Sheet(str(strip), count))

    def noticed(self, text: str) -> None:
        self._tell(Notice(text))

    def ended(self, event: Finished | Failed | Notice) -> None:
        self._tell(event)

    def _tell(self, event: Event) -> None:
        with contextlib.suppress(OSError):  # who listened is gone; the job is told by its input
            sys.stdout.buffer.write(encode(event))
            sys.stdout.buffer.flush()


class Screen:
    """A bar in the terminal, and sentences; only sentences where there is no terminal. ``doing`` are the words before
    the name of what the job is about."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(40), TextColumn("{task.fields[left]}", style="dim"))
        self._bar = Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def began(self, name: str, device: str) -> None:
        self._say(f"{self._doing} {name}, on {device}. Ctrl-C stops it and keeps nothing.")
        self._task = self._bar.add_task("starting", total=1.0, left="")

    def went(self, step: Step) -> None:
        if self._task is not None:
            left = "" if step.left is None else f"{span(step.left)} left"
            self._bar.update(self._task, description=step.phase, completed=step.done, left=left)

    def showed(self, strip: Path | None, count: int) -> None:
        return None

    def noticed(self, text: str) -> None:
        self._say(text)

    def ended(self, event: Finished | Failed | Notice) -> None:
        self._say(event.words if isinstance(event, Finished) else event.text)

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)
