"""The show's one search for directions: started, stopped and told about without anybody having to wait.

Every call returns at once and may come from any thread. ``found`` is called on a thread of the job, when new directions
of a model lie where models find them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.jobs import directions_wish
from latentjockey.jobs.account import Ending
from latentjockey.jobs.events import Event, Finished, Progress
from latentjockey.jobs.job import Patience
from latentjockey.jobs.one_job import Doing, OneJob, how_far, why


@dataclass(frozen=True, slots=True)
class Search(Doing):
    """A search for directions of ``model``."""

    model: str

    @property
    def words(self) -> str:
        """How it goes, in a few words; empty when it is over."""
        if self.over:
            return ""
        if self.state == "stopping":
            return "stopping"
        return f"finding {self.done:.0%}" + (f" · {self.left} left" if self.left else "")


class DirectionsDesk(OneJob[Search]):
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
        # nothing is saved at a stop, so that nobody has to wait for it
        super().__init__("directions", messages, clock, patience or Patience(4.0, 3.0, 20.0))
        self._found = found
        self._went = went
        self._command = command

    def start(self, model: str) -> str:
        """Find directions of the model of this name; why not, in a sentence, or nothing."""
        return self._begin(Search(model), self._command(model), _busy)

    def search(self) -> Search | None:
        """How the search stands that runs or ran last; the same object as long as nothing happened."""
        return self._stands()

    # -- on the job's threads -----------------------------------------------------------------------------------------

    def _told(self, doing: Search, event: Event) -> Search:
        if not isinstance(event, Progress):
            return doing
        left = "" if event.left_s is None else _short(max(0.0, event.left_s))
        return replace(doing, state="running", done=how_far(event), left=left)

    def _sentence(self, doing: Search, ending: Ending) -> str:
        if doing.state == "finished":
            return f"Directions of {doing.model} were found."
        if doing.state == "stopped":
            return f"Finding directions of {doing.model} was stopped; nothing of it is kept."
        if ending.code is None:
            return f"Directions of {doing.model} could not be looked for: {ending.words}."
        return f"Finding directions of {doing.model} broke off ({why(ending)}); try again."

    def _is_done(self, doing: Search, finished: Finished) -> None:
        self._found(doing.model)

    def _changed(self) -> None:
        search = self.search()
        self._went("" if search is None else search.words)


def _busy(search: Search) -> str:
    return f"Directions of {search.model} are being found: wait, or stop that first."


def _short(seconds: float) -> str:
    """A length of time in the fewest words: it has to stand beside a button."""
    return f"{max(1, round(seconds / 10)) * 10} s" if seconds < 55 else f"{max(1, round(seconds / 60))} min"
