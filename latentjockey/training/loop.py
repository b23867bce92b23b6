"""A training run from beginning to end: stages, states, models, sheets, and when each is due. One thread.

The loop tells what happens as events and never writes to a screen. It ends when the budget is spent or somebody says
stop, and then always leaves a state to go on from and a model that plays.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.jobs.events import Event, Finished, Notice, Progress, Saved, Sheet, Started
from latentjockey.models.card import ModelCard, Source, card_from_data, card_to_data
from latentjockey.training import checkpoint, directions, export, give_directions, prior_fit, schedule, sheet
from latentjockey.training.config import Plan
from latentjockey.training.directions import Directions, Way
from latentjockey.training.distributed import Group
from latentjockey.training.feeder import Feed
from latentjockey.training.learner import Learner, LostError, Precision
from latentjockey.training.schedule import Spent
from latentjockey.training.step import Losses, Now, take
from latentjockey.training.threads import Threads
from latentjockey.training.transfer import write_teachers

TELL_EVERY_S = 2.0
_AT_ONCE = 32
_FOR_PRIOR = 2000
_FOR_DIRECTIONS = 3000
_TRIED = 8
SHEET = "sheet.png"
COMPILED = (
    "The networks are compiled at each size: that takes some minutes and makes the rest faster (or --no-compile)."
)


@dataclass(frozen=True, slots=True)
class Rim:
    """What a run needs of the world: whom to tell, whether to stop, the time, and where files go."""

    tell: Callable[[Event], None]
    stopped: Callable[[], bool]
    clock: Clock
    folder: Path
    model: Path
    threads: Threads


class Run:
    """One run of a plan. :meth:`train` returns when it is over."""

    def __init__(self, plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim) -> None:
        self.plan, self.feed, self.precise, self.group, self.rim = plan, feed, precise, group, rim
        self.spent = Spent()
        self.stage, self.stage_images = 0, 0
        self.learner = self._learner(0)
        self._rate = 0.0
        self._losses: Losses = {}
        self._now = Now(0, 0.0, False, 0.0)
        self.before: tuple[Source, ...] = ()

    # -- states ---------------------------------------------------------------------------------------------------

    def resume(self, state: checkpoint.State) -> None:
        """Go on from a state of this run."""
        about = state.about
        if "half" in about and self.precise.device.type == "cpu":
            self.precise = replace(self.precise, half=bool(about["half"]))  # what was measured then holds
        self.spent = Spent(int(about["step"]), int(about["images"]), float(about["seconds"]))
        self.stage, self.stage_images = self._stage_of(int(about["size"])), int(about["stage_images"])
        self.learner = self._learner(self.stage)
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
            "size": self.plan.stages[self.stage].size,
            "stage_images": self.stage_images,
            "half": self.precise.half,
            "balance": self.learner.balance,
            "before": card_to_data(ModelCard("", sources=self.before))["sources"],
        }
        return checkpoint.save(self.rim.folder, self.learner.tensors(), about, self.spent.images)

    def _learner(self, stage: int) -> Learner:
        size, classes = self.plan.stages[stage].size, len(self.feed.classes)
        return Learner(self.plan, size, classes, self.precise, self.group, self.feed.count)

    def _stage_of(self, size: int) -> int:
        for index, stage in enumerate(self.plan.stages):
            if stage.size == size:
                return index
        raise StageError(f"The run was saved at {size} px, which is no stage of its plan.")

    # -- the loop -------------------------------------------------------------------------------------------------

    def train(self) -> bool:
        """Train until the budget is spent or somebody says stop. Returns whether the budget was spent.

        Raises DiskFullError, and StageError when training has lost its way.
        """
        plan, clock = self.plan, self.rim.clock
        self._tell(
            Started(
                plan.name,
                str(self.rim.folder),
                plan.size,
                self.feed.classes,
                export.machine(self.precise.device),
                self.feed.count,
            )
        )
        if self.precise.compiled:
            self._tell(Notice(COMPILED))
        self.feed.begin(plan.stages[self.stage].size, self.stage_images)
        self.learner.agree()
        told = saved = drawn = last = clock.now()
        counted = self.spent.images
        done = False
        while not (done := schedule.progress(plan, self.spent) >= 1.0) and not self._stop():
            self._grow()
            self._step()
            now = clock.now()
            self.rim.threads.took(now - last, self.spent.step % plan.penalty_every != 1)
            self.spent = replace(self.spent, seconds=self.group.number(self.spent.seconds + now - last))
            last = now
            if now - told >= TELL_EVERY_S:
                self._progress((self.spent.images - counted) / (now - told))
                told, counted = now, self.spent.images
            if self._due(now - saved, plan.save_minutes):
                self._keep(self.learner.running.prior())
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

    def _grow(self) -> None:
        """Begin the stage that is due."""
        due = schedule.stage_at(self.plan, schedule.progress(self.plan, self.spent))
        if due <= self.stage:
            return
        self.stage, self.stage_images = due, 0
        size = self.plan.stages[due].size
        self._tell(Notice(f"From here at {size} px; what was learned goes on."))
        self.feed.begin(size, 0)
        self.learner = self.learner.grown(size)
        self.learner.agree()
        self.rim.threads.again()

    def _step(self) -> None:
        plan, share = self.plan, schedule.progress(self.plan, self.spent)
        each = max(1, plan.batch // self.group.count)
        n = each * self.group.count
        pictures, labels = self.feed.batch(self.spent.step, self.stage_images // self.group.count, each)
        self._now = Now(
            self.spent.step,
            schedule.rate_at(plan, share, self.stage_images),
            schedule.adversarial_at(plan, share),
            schedule.keep_at(plan, self.spent.images, n),
            schedule.still_at(plan, share),
        )
        try:
            self._losses = take(self.learner, pictures, labels, self._now)
        except LostError as error:
            raise StageError(
                "Training no longer gives numbers: it stopped, and the last state is kept; go on with --resume and a "
                "smaller --rate."
            ) from error
        self.stage_images += n
        self.spent = replace(self.spent, step=self.spent.step + 1, images=self.spent.images + n)

    def _progress(self, images_per_s: float) -> None:
        self._rate = images_per_s if not self._rate else 0.8 * self._rate + 0.2 * images_per_s
        left = schedule.left_s(self.plan, self.spent, self._rate)
        phase = "getting to know it" if self._now.still else "drawing like it" if self._now.adversarial else "copying"
        words = f"{self.spent.images:,} pictures seen"
        if left is not None:
            words += f"; done in {schedule.in_words(left)}"
        losses = {name: float(value) for name, value in self._losses.items()} | {"balance": self.learner.balance}
        self._tell(
            Progress(
                self.spent.step, self.spent.images, self.spent.seconds,
                f"{self.plan.stages[self.stage].size} px, {phase}", losses, self._rate, left, words,
            )
        )  # fmt: skip

    # -- what comes out -------------------------------------------------------------------------------------------

    def _keep(self, prior: ClassPrior) -> None:
        if not self.group.writes:
            return
        path = self.save()
        self._export(prior)
        self._tell(Saved(str(path), self.spent.images))

    def _export(self, prior: ClassPrior, ways: Directions | None = None) -> None:
        where = export.machine(self.precise.device)
        sources = tuple(dict.fromkeys([*self.feed.sources, *self.before]))
        made = export.card(self.plan, sources, self.spent, where, self.feed.count == 0)
        net = self.learner.averaged
        export.write(self.rim.model, net, prior, self.feed.classes, self.plan, made, self.spent, ways)

    def _end(self, done: bool) -> None:
        if self.group.writes and self.spent.step:
            prior = self.exact_prior()
            self._keep(prior)
            write_teachers(self.rim.model, self.learner)
            self._sheet()
            self._export(prior, self._directions(prior, done))  # takes longest, and the model plays without
            words = (
                "The budget is spent." if done else f"Stopped; go on with: latentjockey train --resume {self.plan.name}"
            )
            self._tell(Finished(str(self.rim.model), words))
        self.group.wait()

    def _directions(self, prior: ClassPrior, done: bool) -> Directions | None:
        """Those of the model as it is, None where it has none; labelled ones only when the run is done, for pictures
        have to be drawn."""
        net, plan = copy.deepcopy(self.learner.averaged).cpu().eval(), self.plan
        known: tuple[Way, ...] = ()
        if done:
            reads = copy.deepcopy(self.learner.averaged_encoder).cpu().eval()
            try:
                known = give_directions.ways(
                    reads, self.learner.size, plan.data, self.feed.classes, prior, _FOR_DIRECTIONS, plan.seed
                )
            except StageError as error:
                self._tell(Notice(f"The model's directions have no labels: {error}"))
        try:
            return directions.found(net, prior, known, places=_TRIED if done else 2)
        except (np.linalg.LinAlgError, RuntimeError):  # of torch: a network of numbers that are none
            self._tell(Notice("No directions were found: the model plays without."))
            return None

    def exact_prior(self) -> ClassPrior:
        """The Gaussian of each class, of some thousand of its pictures as the averaged encoder sees them."""
        classes = len(self.feed.classes)
        batches = ((x, k) for k in range(classes) for x in self.feed.some(k, _FOR_PRIOR))
        return prior_fit.exact(classes, self.plan.z_dim, batches, self._means)

    @torch.no_grad()
    def _means(self, pictures: Tensor, k: int) -> Tensor:
        found = []
        for part in torch.split(pictures, _AT_ONCE):
            x = (part.to(self.precise.device).float() / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)
            c = F.one_hot(torch.full((len(part),), k, device=x.device), len(self.feed.classes)).float()
            with self.precise():
                found.append(self.learner.averaged_encoder(x, c)[0].float())
        return torch.cat(found)

    @torch.no_grad()
    def _sheet(self) -> None:
        if not self.group.writes:
            return
        k = len(self.feed.classes)
        pictures, labels = self.feed.batch(0, self.stage_images // self.group.count, sheet.ACROSS)
        z = torch.cat([self._means(picture[None], int(label)) for picture, label in zip(pictures, labels, strict=True)])
        again = self._make(z, F.one_hot(labels, k).float())
        picture = sheet.draw(
            pictures.float() / 127.5 - 1.0, again, k, self.plan.z_dim, self.learner.running.prior(), self._make
        )
        path = self.rim.folder / SHEET
        with checkpoint.no_room(self.rim.folder):
            sheet.write(picture, path)
        self._tell(Sheet(str(path), self.spent.images))

    @torch.no_grad()
    def _make(self, z: Tensor, c: Tensor) -> Tensor:
        with self.precise():
            made = self.learner.averaged(z.to(self.precise.device), c.to(self.precise.device))
        return cast(Tensor, made).float().cpu()

    def _tell(self, event: Event) -> None:
        if self.group.writes:
            self.rim.tell(event)


def about_to_plan(about: dict[str, Any]) -> dict[str, Any]:
    """The plan's plain object within a state's. Raises StageError."""
    plan = about.get("plan")
    if not isinstance(plan, dict):
        raise StageError("The run's last state does not say what it was to do.")
    return plan
