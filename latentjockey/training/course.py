"""What every training run goes through, whatever it learns: states, budget, when what is due, and the end. One thread.

A run tells what happens as events and never writes to a screen. It ends when the budget is spent or somebody says stop,
and then always leaves a state to go on from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.base.threads import Threads
from latentjockey.jobs.events import Event, Finished, Progress, Sheet, Started
from latentjockey.models.card import ModelCard, Source, card_from_data, card_to_data
from latentjockey.training import checkpoint, schedule, sheet
from latentjockey.training.config import Plan
from latentjockey.training.distributed import Group
from latentjockey.training.export import machine
from latentjockey.training.feeder import Feed
from latentjockey.training.learner import LostError, Precision
from latentjockey.training.schedule import Spent
from latentjockey.training.step import Losses

_TELL_EVERY_S = 2.0
SHEET = "sheet.png"


@dataclass(frozen=True, slots=True)
class Rim:
    """What a run needs of the world: whom to tell, whether to stop, the time, and where files go."""

    tell: Callable[[Event], None]
    stopped: Callable[[], bool]
    clock: Clock
    folder: Path
    model: Path
    threads: Threads


class Learning(Protocol):
    """What is learned, as far as its states go."""

    balance: float

    def tensors(self) -> dict[str, Tensor]: ...

    def load(self, tensors: dict[str, Tensor]) -> None: ...

    def agree(self) -> None: ...


L = TypeVar("L", bound=Learning)


class Course(ABC, Generic[L]):
    """One run of a plan. :meth:`train` returns when it is over. A subclass makes ``learner`` and teaches it, in parts
    that follow each other: ``part_images`` pictures were seen in the one of now."""

    learner: L
    good = 0.5
    """:attr:`latentjockey.jobs.events.Progress.good`."""

    def __init__(self, plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim) -> None:
        self.plan, self.feed, self.precise, self.group, self.rim = plan, feed, precise, group, rim
        self.spent = Spent()
        self.part_images = 0
        self.before: tuple[Source, ...] = ()
        self._rate = 0.0
        self._losses: Losses = {}

    # -- states ---------------------------------------------------------------------------------------------------

    def resume(self, state: checkpoint.State) -> None:
        """Go on from a state of this run."""
        about = state.about
        if "half" in about and self.precise.device.type == "cpu":
            self.precise = replace(self.precise, half=bool(about["half"]))  # what was measured then holds
        self.spent = Spent(int(about["step"]), int(about["images"]), float(about["seconds"]))
        self._return_to(about)
        self.learner.load(state.tensors)
        self.learner.balance = float(about["balance"])
        self.before = card_from_data({"sources": about.get("before", [])}).sources

    def save(self) -> Path:
        """Write a state. Raises DiskFullError, OSError."""
        about = {
            "plan": self.plan.to_json(),
            "classes": list(self.feed.classes),
            "step": self.spent.step,
            "images": self.spent.images,
            "seconds": self.spent.seconds,
            **self._part(),
            "half": self.precise.half,
            "balance": self.learner.balance,
            "before": card_to_data(ModelCard("", sources=self.before))["sources"],
        }
        return checkpoint.save(self.rim.folder, self.learner.tensors(), about, self.spent.images)

    @abstractmethod
    def _part(self) -> dict[str, Any]:
        """In which part it is, as a state says it."""

    @abstractmethod
    def _return_to(self, about: dict[str, Any]) -> None:
        """Be in the part that a state says, with a learner that can load the rest of it."""

    # -- the loop -------------------------------------------------------------------------------------------------

    def train(self) -> bool:
        """Train until the budget is spent or somebody says stop. Returns whether the budget was spent.

        Raises DiskFullError, and StageError when training has lost its way.
        """
        plan, clock = self.plan, self.rim.clock
        where = machine(self.precise.device)
        self._tell(Started(plan.name, str(self.rim.folder), plan.size, self.feed.classes, where, self.feed.count))
        self._begin()
        self.learner.agree()
        told = saved = drawn = last = clock.now()
        counted = self.spent.images
        done = False
        while not (done := schedule.progress(plan, self.spent) >= 1.0) and not self._stop() and self._enter():
            self._step()
            now = clock.now()
            self.rim.threads.took(now - last, self._comparable())
            self.spent = replace(self.spent, seconds=self.group.number(self.spent.seconds + now - last))
            last = now
            if now - told >= _TELL_EVERY_S:
                self._progress((self.spent.images - counted) / (now - told))
                told, counted = now, self.spent.images
            if self._due(now - saved, plan.save_minutes):
                self._keep()
                saved = clock.now()
            if self._due(now - drawn, plan.sheet_minutes):
                self._sheet()
                drawn = clock.now()
        self._end(done)
        return done

    def _due(self, since: float, minutes: float) -> bool:
        return self.group.number(since) >= minutes * 60.0

    def _stop(self) -> bool:
        return self.group.any(self.rim.stopped())

    @abstractmethod
    def _begin(self) -> None:
        """Before the first step: have the feed begin."""

    @abstractmethod
    def _enter(self) -> bool:
        """Begin the part that is due; False where it was stopped meanwhile."""

    def _step(self) -> None:
        try:
            self._losses, n = self._learn()
        except LostError as error:
            raise StageError(
                "Training no longer gives numbers: it stopped, and the last state is kept; go on with --resume and a "
                "smaller --rate."
            ) from error
        self.part_images += n
        self.spent = replace(self.spent, step=self.spent.step + 1, images=self.spent.images + n)

    @abstractmethod
    def _learn(self) -> tuple[Losses, int]:
        """Take one step. Returns what was measured, and how many pictures were seen on all machines. Raises
        LostError."""

    def _comparable(self) -> bool:
        """Whether the last step was as long as others."""
        return True

    # -- what is told ---------------------------------------------------------------------------------------------

    def _progress(self, images_per_s: float) -> None:
        self._rate = images_per_s if not self._rate else 0.8 * self._rate + 0.2 * images_per_s
        spent, left = self.spent, schedule.left_s(self.plan, self.spent, self._rate)
        words = f"{spent.images:,} pictures seen"
        if left is not None:
            words += f"; done in {schedule.in_words(left)}"
        phase, losses = self._phase_words(), self._measured()
        self._tell(Progress(spent.step, spent.images, spent.seconds, phase, losses, self._rate, left, words, self.good))

    @abstractmethod
    def _phase_words(self) -> str:
        """The part it is in, in a few words."""

    def _measured(self) -> dict[str, float]:
        return {name: float(value) for name, value in self._losses.items()}

    def _tell(self, event: Event) -> None:
        if self.group.writes:
            self.rim.tell(event)

    # -- what comes out -------------------------------------------------------------------------------------------

    @property
    def _sources(self) -> tuple[Source, ...]:
        """Of all that it has learned from."""
        return tuple(dict.fromkeys([*self.feed.sources, *self.before]))

    @abstractmethod
    def _keep(self) -> None:
        """Write and tell a state, and the model where it plays by now; only where the group writes."""

    def _end(self, done: bool) -> None:
        if self.group.writes and self.spent.step:
            model = self._leave(done)
            words = (
                "The budget is spent." if done else f"Stopped; go on with: latentjockey train --resume {self.plan.name}"
            )
            self._tell(Finished(model, words))
        self.group.wait()

    @abstractmethod
    def _leave(self, done: bool) -> str:
        """Write all that stays. Returns where the model lies, nothing where there is none."""

    @torch.no_grad()
    def _sheet(self) -> None:
        if not self.group.writes:
            return
        picture, path = self._drawn(), self.rim.folder / SHEET
        with checkpoint.no_room(self.rim.folder):
            sheet.write(picture, path)
        self._tell(Sheet(str(path), self.spent.images))

    @abstractmethod
    def _drawn(self) -> Tensor:
        """The sheet as (3, H, W) about -1..1. Under ``no_grad``."""
