"""The run of a style network: its stages, its steps, its models and sheets. One thread.

What it has in common with others is :mod:`latentjockey.training.course`. It always leaves a model that plays.
"""

from __future__ import annotations

import copy
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.jobs.events import Notice, Saved
from latentjockey.training import directions, export, give_directions, prior_fit, schedule, sheet
from latentjockey.training.config import Plan
from latentjockey.training.course import Course, Rim
from latentjockey.training.directions import Directions, Way
from latentjockey.training.distributed import Group
from latentjockey.training.feeder import Feed
from latentjockey.training.learner import Learner, Precision
from latentjockey.training.step import Losses, Now, take
from latentjockey.training.transfer import write_teachers

_AT_ONCE = 32
_FOR_PRIOR = 2000
_FOR_DIRECTIONS = 3000
_TRIED = 8
COMPILED = (
    "The networks are compiled at each size: that takes some minutes and makes the rest faster (or --no-compile)."
)


class Run(Course[Learner]):
    """One run of a plan. :meth:`train` returns when it is over."""

    def __init__(self, plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim) -> None:
        super().__init__(plan, feed, precise, group, rim)
        self.stage = 0
        self.learner = self._learner(0)
        self._now = Now(0, 0.0, False, 0.0)

    # -- states ---------------------------------------------------------------------------------------------------

    def _part(self) -> dict[str, Any]:
        return {"size": self.plan.stages[self.stage].size, "stage_images": self.part_images}

    def _return_to(self, about: dict[str, Any]) -> None:
        self.stage, self.part_images = self._stage_of(int(about["size"])), int(about["stage_images"])
        self.learner = self._learner(self.stage)

    def _learner(self, stage: int) -> Learner:
        size, classes = self.plan.stages[stage].size, len(self.feed.classes)
        return Learner(self.plan, size, classes, self.precise, self.group, self.feed.count)

    def _stage_of(self, size: int) -> int:
        for index, stage in enumerate(self.plan.stages):
            if stage.size == size:
                return index
        raise StageError(f"The run was saved at {size} px, which is no stage of its plan.")

    # -- the loop -------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self.precise.compiled:
            self._tell(Notice(COMPILED))
        self.feed.begin(self.plan.stages[self.stage].size, self.part_images)

    def _enter(self) -> bool:
        due = schedule.stage_at(self.plan, schedule.progress(self.plan, self.spent))
        if due > self.stage:
            self.stage, self.part_images = due, 0
            size = self.plan.stages[due].size
            self._tell(Notice(f"From here at {size} px; what was learned goes on."))
            self.feed.begin(size, 0)
            self.learner = self.learner.grown(size)
            self.learner.agree()
            self.rim.threads.again()
        return True

    def _learn(self) -> tuple[Losses, int]:
        plan, share = self.plan, schedule.progress(self.plan, self.spent)
        each = max(1, plan.batch // self.group.count)
        n = each * self.group.count
        pictures, labels = self.feed.batch(self.spent.step, self.part_images // self.group.count, each)
        self._now = Now(
            self.spent.step,
            schedule.rate_at(plan, share, self.part_images),
            schedule.adversarial_at(plan, share),
            schedule.keep_at(plan, self.spent.images, n),
            schedule.still_at(plan, share),
        )
        return take(self.learner, pictures, labels, self._now), n

    def _comparable(self) -> bool:
        return self.spent.step % self.plan.penalty_every != 1

    # -- what is told ---------------------------------------------------------------------------------------------

    def _phase_words(self) -> str:
        phase = "getting to know it" if self._now.still else "drawing like it" if self._now.adversarial else "copying"
        return f"{self.plan.stages[self.stage].size} px, {phase}"

    def _measured(self) -> dict[str, float]:
        return super()._measured() | {"balance": self.learner.balance}

    # -- what comes out -------------------------------------------------------------------------------------------

    def _keep(self, prior: ClassPrior | None = None) -> None:
        """``prior`` is that of the model, else what is known of it while it learns."""
        if not self.group.writes:
            return
        path = self.save()
        self._export(prior or self.learner.running.prior())
        self._tell(Saved(str(path), self.spent.images))

    def _export(self, prior: ClassPrior, ways: Directions | None = None) -> None:
        where = export.machine(self.precise.device)
        made = export.card(self.plan, self._sources, self.spent, where, self.feed.count == 0)
        net = self.learner.averaged
        export.write(self.rim.model, net, prior, self.feed.classes, self.plan, made, self.spent, ways)

    def _leave(self, done: bool) -> str:
        prior = self.exact_prior()
        self._keep(prior)
        write_teachers(self.rim.model, self.learner)
        self._sheet()
        self._export(prior, self._directions(prior, done))  # takes longest, and the model plays without
        return str(self.rim.model)

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

    def _drawn(self) -> Tensor:
        k = len(self.feed.classes)
        pictures, labels = self.feed.batch(0, self.part_images // self.group.count, sheet.ACROSS)
        z = torch.cat([self._means(picture[None], int(label)) for picture, label in zip(pictures, labels, strict=True)])
        again = self._make(z, F.one_hot(labels, k).float())
        return sheet.draw(
            pictures.float() / 127.5 - 1.0, again, k, self.plan.z_dim, self.learner.running.prior(), self._make
        )

    @torch.no_grad()
    def _make(self, z: Tensor, c: Tensor) -> Tensor:
        with self.precise():
            made = self.learner.averaged(z.to(self.precise.device), c.to(self.precise.device))
        return cast(Tensor, made).float().cpu()


def about_to_plan(about: dict[str, Any]) -> dict[str, Any]:
    """The plan's plain object within a state's. Raises StageError."""
    plan = about.get("plan")
    if not isinstance(plan, dict):
        raise StageError("The run's last state does not say what it was to do.")
    return plan
