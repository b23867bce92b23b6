"""The show's one making of a clip: started, stopped and told about without anybody having to wait.

Every call returns at once and may come from any thread. ``made`` is called on a thread of the job, with the name of a
clip that lies in the library by then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.jobs import clip_wish
from latentjockey.jobs.account import Ending
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.estimate import span
from latentjockey.jobs.events import Event, Finished, Notice, Progress, Sheet, Started
from latentjockey.jobs.job import Patience
from latentjockey.jobs.one_job import Doing, OneJob, how_far, why
from latentjockey.models.clip_folder import ClipError, MadeOf, read_clip
from latentjockey.models.library import Entry, Stamp

_MOST_NOTICES = 12


@dataclass(frozen=True, slots=True)
class Making(Doing):
    """A clip that is made; ``strip`` is a picture file with what is seen of it after ``seen`` steps or frames,
    ``clip`` what ``/model`` takes when it is there. ``notices`` were heard of it."""

    wish: ClipWish
    phase: str = "loading"
    device: str = ""
    strip: str = ""
    seen: int = 0
    clip: str = ""
    notices: int = 0

    @property
    def words(self) -> str:
        """How it goes, in a few words."""
        if self.over:
            return self.sentence
        if self.state == "stopping":
            return "stopping"
        return self.phase + (f" · {self.left} left" if self.left else "")


class ClipsDesk(OneJob[Making]):
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
        # nothing is saved at a stop, so that nobody has to wait for it
        super().__init__("clips", messages, clock, patience or Patience(4.0, 3.0, 60.0))
        self._made = made
        self._command = command
        self._later = later
        self._known: dict[tuple[str, Stamp], MadeOf | None] = {}

    def start(self, wish: ClipWish) -> str:
        """Make this clip; why not, in a sentence, or nothing."""
        return clip_wish.missing(wish) or self._begin(Making(wish), self._command(wish), _busy)

    def convert(self, film: Path) -> str:
        """Make a clip of a video file; why not, in a sentence, or nothing."""
        return self.start(ClipWish(film=str(film.absolute())))

    def making(self) -> Making | None:
        """The clip that is made or was made last; the same object as long as nothing happened."""
        return self._stands()

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
        before = self._stands()
        super()._hear(event)
        if isinstance(event, Notice) and before is not None and before.notices < _MOST_NOTICES:
            self._messages.post(self._clock.now(), self._category, event.text)

    def _told(self, doing: Making, event: Event) -> Making:
        if isinstance(event, Started):
            return replace(doing, device=event.device[:80])
        if isinstance(event, Sheet):
            return replace(doing, strip=event.path, seen=event.images)
        if isinstance(event, Notice):
            return replace(doing, notices=doing.notices + 1)
        if isinstance(event, Progress):
            left = "" if event.left_s is None else span(max(0.0, event.left_s))
            return replace(doing, state="running", phase=event.phase[:80], done=how_far(event), left=left)
        return doing

    def _with(self, doing: Making, finished: Finished) -> Making:
        return replace(doing, clip=finished.model)

    def _sentence(self, doing: Making, ending: Ending) -> str:
        called = doing.wish.called
        if doing.state == "finished":
            return f"The clip {called} is made."
        if doing.state == "stopped":
            return f"The clip {called} was given up; nothing of it is kept."
        if ending.code is None:
            return f"The clip {called} could not be made: {ending.words}."
        if ending.code == -9:
            return f"The clip {called} broke off, perhaps because memory ran out; make it smaller or shorter."
        return f"The clip {called} broke off ({why(ending)}); try again."

    def _is_done(self, doing: Making, finished: Finished) -> None:
        self._made(finished.model)


def _busy(making: Making) -> str:
    return f"The clip {making.wish.called} is being made: wait, or stop that first."
