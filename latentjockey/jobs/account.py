"""What is known of a job, folded from its events and its end. Pure; whoever uses it from two threads locks it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from latentjockey.base.paths import safe_name
from latentjockey.jobs.curve import Curve
from latentjockey.jobs.estimate import left_words
from latentjockey.jobs.events import Event, Failed, Finished, Notice, Progress, Saved, Sheet, Started
from latentjockey.models import library

State = Literal["starting", "running", "stopping", "finished", "failed"]

OVER: tuple[State, ...] = ("finished", "failed")
_NOTICES = 50
_CURVES = 8


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: its exit code (negative for a signal, None where it could not be started), the last line of
    its standard error or why it could not be started, and whether we had to end it."""

    code: int | None
    words: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A job as it stands. ``sentence`` says it all in one; ``model`` is what ``/model`` can be set to, empty as long as
    nothing plays; ``left`` is how long it takes yet, in words; ``garbage`` counts lines that were no events."""

    name: str
    state: State = "starting"
    sentence: str = ""
    started: Started | None = None
    progress: Progress | None = None
    sheet: Sheet | None = None
    saved: Saved | None = None
    model: str = ""
    left: str = ""
    notices: tuple[str, ...] = ()
    garbage: int = 0

    @property
    def over(self) -> bool:
        return self.state in OVER


class Account:
    """``revision`` grows with everything that is heard."""

    def __init__(self, name: str) -> None:
        self.report = Report(name, sentence=f"{name} is starting: loading what training needs.")
        self.revision = 1
        self._curves: dict[str, Curve] = {}
        self._notices: deque[str] = deque(maxlen=_NOTICES)
        self._finished: Finished | None = None
        self._failed: Failed | None = None
        self._at_once = False

    def hear(self, event: Event) -> None:
        """Take an event in; nothing counts after the end."""
        if self.report.over:
            return
        if isinstance(event, Started):
            self._set(started=event)
            self._runs()
        elif isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Sheet):
            self._set(sheet=event)
        elif isinstance(event, Saved):
            self._set(saved=event, model=self.report.model or (_own(self.report.name) if event.plays else ""))
        elif isinstance(event, Notice):
            self._notices.append(event.text)
            self._set(notices=tuple(self._notices))
        elif isinstance(event, Finished):
            self._finished = event
            self._set(model=playable(event.model) or self.report.model)
        else:
            self._failed = event

    def miscounted(self, lines: int) -> None:
        """So many lines were no events by now."""
        if lines != self.report.garbage:
            self._set(garbage=lines)

    def stopping(self) -> None:
        """Somebody asked it to stop."""
        if not self.report.over:
            self._set(state="stopping", sentence=f"{self.report.name} is stopping: it saves and writes the model.")

    def ending_now(self) -> None:
        """Somebody ended it on the spot."""
        self._at_once = True

    def end(self, ending: Ending) -> None:
        """The process has ended."""
        if self.report.over:
            return
        state, sentence = self._verdict(ending)
        self._set(state=state, sentence=sentence, left="")

    def curves(self) -> dict[str, Curve]:
        """The losses over pictures seen."""
        return self._curves

    def _progress(self, event: Progress) -> None:
        for name, value in event.losses.items():
            if name in self._curves or len(self._curves) < _CURVES:
                self._curves.setdefault(name, Curve()).add(float(event.images), value)
        self._set(progress=event, left=left_words(event))
        self._runs()

    def _runs(self) -> None:
        if self.report.state == "starting":
            self._set(state="running", sentence=f"{self.report.name} is learning.")

    def _verdict(self, ending: Ending) -> tuple[State, str]:
        name, kept = self.report.name, self._kept()
        if self._failed is not None:
            return "failed", self._failed.text
        if ending.code is None:
            return "failed", f"{name} could not be started: {ending.words}."
        if self._finished is not None:
            return "finished", self._finished.words or f"{name} is done."
        if ending.forced and self._at_once:
            return "finished", f"{name} was ended. {kept}"
        if ending.forced:
            return "failed", f"{name} did not stop by itself and was ended. {kept}"
        if ending.code == 0:
            return "finished", f"{name} ended before it had made anything to play. {kept}"
        if ending.code < 0:
            why = f"killed by signal {-ending.code}"
            why += ", perhaps because memory ran out" if ending.code == -9 else ""
            return "failed", f"{name} was {why}. {kept}"
        return "failed", f"{name} broke off: {(ending.words or f'exit code {ending.code}').rstrip('.')}. {kept}"

    def _kept(self) -> str:
        saved = self.report.saved
        if saved is None:
            return "Nothing was saved since it began."
        return f"All that it had learned after {saved.images:,} pictures is kept; resume goes on from there."

    def _set(self, **changes: object) -> None:
        self.report = replace(self.report, **changes)  # type: ignore[arg-type]
        self.revision += 1


def playable(model: str) -> str:
    """What ``/model`` takes for what a job calls its model: the library's name of a file or folder, or the name
    itself."""
    path = Path(model)
    if path.suffix == library.SUFFIX:
        return library.slug(path.stem)
    return library.slug(path.name) if path.is_absolute() else model


def _own(name: str) -> str:
    """Where a job of this name writes its model at each save, as the library calls it."""
    return library.slug(safe_name(name))
