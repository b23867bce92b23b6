"""The show's one job and what can be trained: started, stopped and told about without anybody having to wait.

Every call returns at once and may come from any thread. Thread ``jobs look`` waits for the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.paths import data_dir
from latentjockey.base.platform import Family
from latentjockey.jobs import wish as wishes
from latentjockey.jobs.account import Account, Ending, Report
from latentjockey.jobs.curve import Numbers
from latentjockey.jobs.events import Event, Notice
from latentjockey.jobs.job import Job, Patience
from latentjockey.jobs.material import RECIPES, Material, look_at
from latentjockey.jobs.runs import TrainingRun, runs_in
from latentjockey.jobs.wish import Wish
from latentjockey.recipes.made import MADE

LEAVING_S = 12.0
"""How long the show waits at its end for a job to save."""

_CATEGORY = "train"
_MOST_NOTICES = 24
Make = Callable[[Wish], list[str]]
MakeResume = Callable[[TrainingRun, float], list[str]]


class JobDesk:
    """``command`` and ``resume_command`` give the commands that train; ``home`` the folder of the player's data."""

    def __init__(
        self,
        messages: Messages,
        clock: Clock,
        home: Callable[[], Path] = data_dir,
        command: Make = wishes.command,
        resume_command: MakeResume = wishes.resume_command,
        patience: Patience | None = None,
    ) -> None:
        self._messages = messages
        self._clock = clock
        self._home = home
        self._command = command
        self._resume_command = resume_command
        self._patience = patience
        self._family: Family | None = None
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._account: Account | None = None
        self._told = 0
        self._closed = False
        self._looks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._looker: threading.Thread | None = None
        self._wanted = ""
        self._material: Material | None = None
        self._runs: tuple[TrainingRun, ...] = ()

    # -- the job ----------------------------------------------------------------------------------------------------

    def start(self, wish: Wish) -> str:
        """Train; why not, in a sentence, or nothing."""
        why = self.missing(wish)
        return why or self._begin(" ".join(wish.name.split()), self._command(wish))

    def resume(self, run: TrainingRun, minutes: float) -> str:
        """Go on with a training for so many minutes more; why not, in a sentence, or nothing."""
        if not minutes > 0:
            return "Give it some minutes."
        return self._begin(run.name, self._resume_command(run, minutes))

    def stop(self) -> None:
        """Let the job finish its step, save and write its model. Does nothing where none runs."""
        with self._lock:
            job, account = self._job, self._account
            if account is not None:
                account.stopping()
        if job is not None:
            job.stop()

    def end_now(self) -> None:
        """End the job on the spot; what it saved before is kept."""
        with self._lock:
            job, account = self._job, self._account
            if account is not None:
                account.stopping()
                account.ending_now()
        if job is not None:
            job.kill()

    def report(self) -> Report | None:
        """How the job stands that runs or ran last; the same object as long as nothing happened."""
        with self._lock:
            return self._account.report if self._account is not None else None

    def curves(self) -> Mapping[str, tuple[Numbers, Numbers]]:
        """Losses by name over pictures seen."""
        with self._lock:
            curves = self._account.curves() if self._account is not None else {}
            return {name: curve.points() for name, curve in curves.items()}

    # -- what can be trained ----------------------------------------------------------------------------------------

    def recipes(self) -> Sequence[str]:
        """Names of what can be drawn, or was made by a script, to learn from."""
        return (*RECIPES, *MADE)

    def look(self, data: str) -> None:
        """Have ``data`` looked through; :meth:`material` has it afterwards."""
        with self._lock:
            self._wanted = data
            if not data:
                self._material = None
                return
        self._soon(partial(self._look, data))

    def material(self, data: str) -> Material | None:
        """What lies at ``data``; ``None`` until that is known."""
        with self._lock:
            found = self._material
            return found if found is not None and found.data == data else None

    def look_for_runs(self) -> None:
        """Have the trainings looked for that can go on."""
        self._soon(self._look_for_runs)

    def runs(self) -> tuple[TrainingRun, ...]:
        """The trainings that can go on, as when last looked for."""
        with self._lock:
            return self._runs

    def missing(self, wish: Wish) -> str:
        """What is missing before this can start, in a sentence; empty for nothing."""
        return wishes.missing(wish, self.material(wish.data), self.runs())

    # -- the end ----------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """The show is about to end: what runs begins to save."""
        self._closed = True
        self.stop()

    def close(self) -> None:
        """End what runs; returns when it has saved, or did not within ``LEAVING_S``."""
        self.leave()
        with self._lock:
            job = self._job
        if job is not None:
            job.close(LEAVING_S)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _begin(self, name: str, arguments: list[str]) -> str:
        with self._lock:
            if self._closed or (self._account is not None and not self._account.report.over):
                return "One training at a time: stop the one that runs."
            if self._family is None:
                self._family = Family()
            self._told = 0
            self._account = account = Account(name)
            self._job = job = Job(
                name, arguments, partial(self._hear, account), partial(self._miscounted, account),
                partial(self._ended, account), self._family, self._clock, self._patience,
            )  # fmt: skip
        job.start()
        return ""

    def _hear(self, account: Account, event: Event) -> None:
        with self._lock:
            account.hear(event)
            if isinstance(event, Notice):
                self._told += 1
            told = self._told
        if isinstance(event, Notice) and told <= _MOST_NOTICES:
            self._say(event.text)
        elif isinstance(event, Notice) and told == _MOST_NOTICES + 1:
            self._say(f"{account.report.name} has more to tell than fits here; the rest is left out.")

    def _miscounted(self, account: Account, lines: int) -> None:
        with self._lock:
            account.miscounted(lines)

    def _ended(self, account: Account, ending: Ending) -> None:
        with self._lock:
            account.end(ending)
            report = account.report
        self._say(report.sentence, serious=report.state == "failed")
        if not self._closed:
            self.look_for_runs()

    def _say(self, text: str, *, serious: bool = False) -> None:
        self._messages.post(self._clock.now(), _CATEGORY, text, serious=serious)

    def _look(self, data: str) -> None:
        with self._lock:
            if data != self._wanted:
                return  # something else was chosen meanwhile
        found = look_at(data)
        with self._lock:
            if data == self._wanted:
                self._material = found

    def _look_for_runs(self) -> None:
        found = runs_in(self._home() / "training")
        with self._lock:
            self._runs = found

    def _soon(self, look: Callable[[], None]) -> None:
        self._looks.put(look)
        with self._lock:
            if self._looker is None:
                self._looker = threading.Thread(target=self._work, name="jobs look", daemon=True)
                self._looker.start()

    def _work(self) -> None:
        while True:
            self._looks.get()()
