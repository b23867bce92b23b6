"""The run of a latent diffusion: its phases, its steps, its models and sheets. One thread.

What it has in common with others is :mod:`latentjockey.training.course`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from latentjockey.jobs.events import Notice, Saved
from latentjockey.training import schedule, sheet
from latentjockey.training.config import Plan
from latentjockey.training.course import Course, Rim
from latentjockey.training.distributed import Group
from latentjockey.training.export import machine
from latentjockey.training.feeder import Feed
from latentjockey.training.latent import autoencoding, denoising, export, latents
from latentjockey.training.latent import sheet as latent_sheet
from latentjockey.training.latent.latents import Latents
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.latent.phases import DENOISE_END, DRAW_END, Phase, phase_at, rate_at
from latentjockey.training.learner import Precision
from latentjockey.training.step import Losses, Now

_PICTURES, _LATENTS = 0.25, 2.0
"""What share of the plan's batch makes a step of the autoencoder, which needs many steps, and how many times the batch
one of the transformer, whose measure is noisy."""
_EMA = 2.0


class LatentRun(Course[LatentLearner]):
    """One run of a plan. :meth:`train` returns when it is over."""

    good = DENOISE_END

    def __init__(self, plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim) -> None:
        super().__init__(plan, feed, precise, group, rim)
        self.phase = phase_at(plan, 0.0)
        self.learner = LatentLearner(plan, len(feed.classes), precise, group, feed.count)
        self._latents: Latents | None = None

    # -- states ---------------------------------------------------------------------------------------------------

    def _part(self) -> dict[str, Any]:
        phase = self.phase
        return {
            "phase": [phase.words, phase.denoises, phase.adversarial, phase.steps],
            "phase_images": self.part_images,
        }

    def _return_to(self, about: dict[str, Any]) -> None:
        words = about["phase"]
        self.phase = Phase(str(words[0]), bool(words[1]), bool(words[2]), int(words[3]))
        self.part_images = int(about["phase_images"])
        self.learner.precise = self.precise

    # -- the loop -------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.feed.begin(self.plan.size, self.spent.images)

    def _enter(self) -> bool:
        """Begin the phase that is due; encode all pictures where it learns from latents and there are none yet."""
        due, was = phase_at(self.plan, schedule.progress(self.plan, self.spent)), self.phase
        if was.denoises and not due.denoises:  # the budget is larger than it was: other latents would cost all of it
            due = phase_at(self.plan, DRAW_END)
        if (due.denoises, due.adversarial, due.steps) != (was.denoises, was.adversarial, was.steps):
            if due.steps:
                self._keep()  # what a round learned is lost in the next
                self.learner.begin_round()
            self.part_images = 0
            if due.denoises and not was.denoises:
                self._tell(Notice("The autoencoder is done: its latents are what is learned from here on."))
            if due.steps:
                self._tell(Notice(f"From here it learns to draw in {due.steps} steps."))
            self.rim.threads.again()
        self.phase = due
        if due.denoises and self._latents is None:
            self._tell(Notice(f"Up to {self.plan.pool:,} pictures are encoded once; that takes some minutes."))
            self._latents = latents.encoded(self.feed, self.learner, self.rim.stopped)
        return not due.denoises or self._latents is not None

    def _learn(self) -> tuple[Losses, int]:
        plan, phase = self.plan, self.phase
        batch = plan.batch * (_LATENTS if phase.denoises else _PICTURES)
        each = max(1, round(batch / self.group.count))
        n = each * self.group.count
        half_life = plan if not phase.denoises else replace(plan, ema_images=_EMA * plan.ema_images)
        now = Now(
            self.spent.step,
            rate_at(plan, phase, self.part_images),
            phase.adversarial,
            schedule.keep_at(half_life, self.part_images if phase.denoises else self.spent.images, n),
        )
        if self._latents is not None:
            found, labels = self._latents.batch(self.spent.step, each)
            return denoising.take(self.learner, found, labels, now, phase.steps), n
        pictures, labels = self.feed.batch(self.spent.step, self.spent.images // self.group.count, each)
        return autoencoding.take(self.learner, pictures, labels, now), n

    def _phase_words(self) -> str:
        return f"{self.plan.size} px, {self.phase.words}"

    # -- what comes out -------------------------------------------------------------------------------------------

    @property
    def _plays(self) -> bool:
        """Whether there is anything to play yet."""
        return self.phase.denoises and self.part_images > 0

    def _keep(self) -> None:
        if not self.group.writes:
            return
        path = self.save()
        if self._plays:
            self._export()
        self._tell(Saved(str(path), self.spent.images, self._plays))

    def _export(self) -> None:
        where, endless = machine(self.precise.device), self.feed.count == 0
        folder, classes = export.folder_of(self.rim.model), self.feed.classes
        export.write(folder, self.learner, classes, self.phase, self._sources, self.spent, where, endless)

    def _leave(self, done: bool) -> str:
        self._keep()
        self._sheet()
        return str(export.folder_of(self.rim.model)) if self._plays else ""

    def _drawn(self) -> Tensor:
        pictures, _ = self.feed.batch(0, self.spent.images // self.group.count, 2 * sheet.ACROSS)
        return latent_sheet.draw(self.learner, pictures, self.phase)
