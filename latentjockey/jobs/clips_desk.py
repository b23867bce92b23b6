"""The show's one making of a clip: started, stopped and told about without anybody having to wait.

Every call returns at once and may come from any thread. ``made`` is called on a thread of the job, with the name of a
clip that lies in the library by then.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.platform import Family
from latentjockey.jobs import clip_wish
from latentjockey.jobs.account import Ending
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.estimate import span
from latentjockey.jobs.events import Event, Failed, Finished, Notice, Progress, Sheet, Started
from latentjockey.jobs.job import Job, Patience
from latentjockey.models.clip_folder import ClipError, MadeOf, read_clip
from latentjockey.models.library import Entry, Stamp

State = Literal["starting", "running", "stopping", "finished", "stopped", "failed"]
_OVER: tuple[State, ...] = ("finished", "stopped", "failed")
_CATEGORY = "clips"
_LEAVING_S = 3.0
_MOST_NOTICES = 12


@dataclass(frozen=True, slots=True)
class Making:
    """A clip that is made, as it stands. ``done`` is 0 to 1, ``left`` how long it takes yet, in words, where that can
    be told; ``strip`` is a picture file with what is seen of it, ``clip`` what ``/model`` takes when it is there."""

    wish: ClipWish
    state: State = "starting"
    sentence: str = ""
    phase: str = "loading"
    device: str = ""
    done: float = 0.0
    left: str = ""
    strip: str = ""
    seen: int = 0
    clip: str = ""

    @property
    def over(self) -> bool:
        return self.state in _OVER

    @property
    def words(self) -> str:
        """How it goes, in a few words."""
        if self.over:
            return self.sentence
        if self.state == "stopping":
            return "stopping"
        return self.phase + (f" · {self.left} left" if self.left else "")


class ClipsDesk:
    """``command`` gives the command that makes a clip; ``made`` gets its name when that was done; ``later`` does what
    waits for the disk, on another thread."""

    def __init__(
        self,
        messages: Messages,
        clock: Clock,
        made: Callable[[str], None] = lambda name: None,
        command: Callable[[ClipWish], list[str]] = clip_wish.command,
        patience: Patience | None = None,
        later: Callable[[Callable[[], None]], None] = lambda job: job(),
    ) -> None:
        self._messages = messages
        self._clock = clock
        self._made = made
        self._command = command
        # nothing is saved at a stop, so that nobody has to wait for it
        self._patience = patience or Patience(4.0, 3.0, 60.0)
        self._family: Family | None = None
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._making: Making | None = None
        self._finished: Finished | None = None
        self._failed: Failed | None = None
        self._told = 0
        self._closed = False
        self._later = later
        self._known: dict[tuple[str, Stamp], MadeOf | None] = {}

    def start(self, wish: ClipWish) -> str:
        """Make this clip; why not, in a sentence, or nothing."""
        why = clip_wish.missing(wish)
        if why:
            return why
        with self._lock:
            if self._closed:
                return "The show is about to end."
            if self._making is not None and not self._making.over:
                return f"The clip {self._making.wish.called} is being made: wait, or stop that first."
            if self._family is None:
                self._family = Family()
            self._finished = self._failed = None
            self._told = 0
            self._making = Making(wish)
            self._job = job = Job(
                "clip", self._command(wish), self._hear, lambda lines: None, self._ended, self._family,
                self._clock, self._patience,
            )  # fmt: skip
        job.start()
        return ""

    def convert(self, film: Path) -> str:
        """Make a clip of a video file; why not, in a sentence, or nothing."""
        return self.start(ClipWish(film=str(film.absolute())))

    def stop(self) -> None:
        """Give it up; nothing of it is kept. Does nothing where none is made."""
        with self._lock:
            job = self._job
            if job is None or self._making is None or self._making.over:
                return
            self._making = replace(self._making, state="stopping")
        job.stop()

    def making(self) -> Making | None:
        """The clip that is made or was made last; the same object as long as nothing happened."""
        with self._lock:
            return self._making

    def made_of(self, entry: Entry) -> MadeOf | None:
        """What a clip of the library was made of; ``None`` while it is read, so ask again, and where it cannot be."""
        key = (entry.name, entry.stamp)
        with self._lock:
            if key in self._known or entry.path is None:
                return self._known.get(key)
            self._known[key] = None
        self._later(lambda: self._read(entry, key))
        with self._lock:
            return self._known.get(key)

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

    def _read(self, entry: Entry, key: tuple[str, Stamp]) -> None:
        if entry.path is None:
            return
        with contextlib.suppress(ClipError):
            made = read_clip(entry.path).made_of
            with self._lock:
                self._known = {old: kept for old, kept in self._known.items() if old[0] != entry.name}
                self._known[key] = made

    # -- on the job's threads -----------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        notice = ""
        with self._lock:
            making = self._making
            if making is None:
                return
            if isinstance(event, Finished):
                self._finished = event
            elif isinstance(event, Failed):
                self._failed = event
            elif isinstance(event, Started):
                self._making = replace(making, device=event.device[:80])
            elif isinstance(event, Sheet):
                self._making = replace(making, strip=event.path, seen=event.images)
            elif isinstance(event, Notice) and self._told < _MOST_NOTICES:
                self._told += 1
                notice = event.text
            elif isinstance(event, Progress) and making.state in ("starting", "running"):
                done = min(1.0, max(0.0, event.losses.get("done", 0.0)))
                left = "" if event.left_s is None else span(max(0.0, event.left_s))
                self._making = replace(making, state="running", phase=event.phase[:80], done=done, left=left)
        if notice:
            self._messages.post(self._clock.now(), _CATEGORY, notice)

    def _ended(self, ending: Ending) -> None:
        with self._lock:
            if self._making is None:
                return
            state, sentence = self._verdict(self._making, ending)
            name = self._finished.model if self._finished is not None else ""
            self._making = replace(self._making, state=state, sentence=sentence, left="", clip=name)
            closed = self._closed
        self._messages.post(self._clock.now(), _CATEGORY, sentence, serious=state == "failed")
        if state == "finished" and not closed:
            self._made(name)

    def _verdict(self, making: Making, ending: Ending) -> tuple[State, str]:
        called = making.wish.called
        if self._finished is not None:
            return "finished", self._finished.words or f"The clip {called} is made."
        if self._failed is not None:
            return "failed", self._failed.text
        if making.state == "stopping":
            return "stopped", f"The clip {called} was given up; nothing of it is kept."
        if ending.code is None:
            return "failed", f"The clip {called} could not be made: {ending.words}."
        if ending.code == -9:
            return "failed", f"The clip {called} broke off, perhaps because memory ran out; make it smaller or shorter."
        why = f"signal {-ending.code}" if ending.code < 0 else ending.words or f"exit code {ending.code}"
        return "failed", f"The clip {called} broke off ({why.rstrip('.')}); try again."
