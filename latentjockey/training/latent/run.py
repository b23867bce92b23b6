"""A run of a latent diffusion from beginning to end: phases, states, models, sheets, and when each is due. One thread.

It is for a latent diffusion what :mod:`latentjockey.training.loop` is for a style network, and tells the same events.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from latentjockey.base.diagnostics import StageError
from latentjockey.jobs.events import Event, Finished, Notice, Progress, Saved, Sheet, Started
from latentjockey.models.card import ModelCard, Source, card_from_data, card_to_data
from latentjockey.training import checkpoint, schedule, sheet
from latentjockey.training.config import Plan
from latentjockey.training.distributed import Group
from latentjockey.training.export import machine
from latentjockey.training.feeder import Feed
from latentjockey.training.latent import autoencoding, denoising, export, latents
from latentjockey.training.latent import sheet as latent_sheet
from latentjockey.training.latent.latents import Latents
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.latent.phases import DENOISE_END, DRAW_END, Phase, phase_at, rate_at
from latentjockey.training.learner import LostError, Precision
from latentjockey.training.loop import SHEET, TELL_EVERY_S, Rim
from latentjockey.training.schedule import Spent
from latentjockey.training.step import Losses, Now

_PICTURES, _LATENTS = 0.25, 2.0
"""What share of the plan's batch makes a step of the autoencoder, which needs many steps, and how many times the batch
one of the transformer, whose measure is noisy."""
_EMA = 2.0


class LatentRun:
    """One run of a plan. :meth:`train` returns when it is over."""

    def __init__(self, plan: Plan, feed: Feed, precise: Precision, group: Group, rim: Rim) -> None:
        self.plan, self.feed, self.precise, self.group, self.rim = plan, feed, precise, group, rim
        self.spent = Spent()
        self.phase, self.phase_images = phase_at(plan, 0.0), 0
        self.learner = LatentLearner(plan, len(feed.classes), precise, group, feed.count)
        self.before: tuple[Source, ...] = ()
        self._latents: Latents | None = None
        self._rate = 0.0
        self._losses: Losses = {}

    # -- states ---------------------------------------------------------------------------------------------------

    def resume(self, state: checkpoint.State) -> None:
        """Go on from a state of this run."""
        about = state.about
        if "half" in about and self.precise.device.type == "cpu":
            self.precise = replace(self.precise, half=bool(about["half"]))  # what was measured then holds
            self.learner.precise = self.precise
        self.spent = Spent(int(about["step"]), int(about["images"]), float(about["seconds"]))
        words = about["phase"]
        self.phase = Phase(str(words[0]), bool(words[1]), bool(words[2]), int(words[3]))
        self.phase_images = int(about["phase_images"])
        self.learner.load(state.tensors)
        self.learner.balance = float(about["balance"])
        self.before = card_from_data({"sources": about.get("before", [])}).sources

    def save(self) -> Path:
        """Write a state. Raises DiskFullError, OSError."""
        phase = self.phase
        about = {
            "plan": self.plan.to_json(),
            "classes": list(self.feed.classes),
            "step": self.spent.step,
            "images": self.spent.images,
            "seconds": self.spent.seconds,
            "phase": [phase.words, phase.denoises, phase.adversarial, phase.steps],
            "phase_images": self.phase_images,
            "half": self.precise.half,
            "balance": self.learner.balance,
            "before": card_to_data(ModelCard("", sources=self.before))["sources"],
        }
        return checkpoint.save(self.rim.folder, self.learner.tensors(), about, self.spent.images)

    # -- the loop -------------------------------------------------------------------------------------------------

    def train(self) -> bool:
        """Train until the budget is spent or somebody says stop. Returns whether the budget was spent.

        Raises DiskFullError, and StageError when training has lost its way.
        """
        plan, clock = self.plan, self.rim.clock
        where = machine(self.precise.device)
        self._tell(Started(plan.name, str(self.rim.folder), plan.size, self.feed.classes, where, self.feed.count))
        self.feed.begin(plan.size, self.spent.images)
        self.learner.agree()
        told = saved = drawn = last = clock.now()
        counted = self.spent.images
        done = False
        while not (done := schedule.progress(plan, self.spent) >= 1.0) and not self._stop():
            self._enter()
            if self.phase.denoises and self._latents is None:
                break  # stopped while the pictures were encoded
            self._step()
            now = clock.now()
            self.rim.threads.took(now - last)
            self.spent = replace(self.spent, seconds=self.group.number(self.spent.seconds + now - last))
            last = now
            if now - told >= TELL_EVERY_S:
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

    def _enter(self) -> None:
        """Begin the phase that is due; encode all pictures where it learns from latents and there are none yet."""
        due, was = phase_at(self.plan, schedule.progress(self.plan, self.spent)), self.phase
        if was.denoises and not due.denoises:  # the budget is larger than it was: other latents would cost all of it
            due = phase_at(self.plan, DRAW_END)
        if (due.denoises, due.adversarial, due.steps) != (was.denoises, was.adversarial, was.steps):
            if due.steps:
                self._keep()  # what a round learned is lost in the next
                self.learner.begin_round()
            self.phase_images = 0
            if due.denoises and not was.denoises:
                self._tell(Notice("The autoencoder is done: its latents are what is learned from here on."))
            if due.steps:
                self._tell(Notice(f"From here it learns to draw in {due.steps} steps."))
            self.rim.threads.again()
        self.phase = due
        if due.denoises and self._latents is None:
            self._tell(Notice(f"Up to {self.plan.pool:,} pictures are encoded once; that takes some minutes."))
            self._latents = latents.encoded(self.feed, self.learner, self.rim.stopped)

    def _step(self) -> None:
        plan, phase = self.plan, self.phase
        batch = plan.batch * (_LATENTS if phase.denoises else _PICTURES)
        each = max(1, round(batch / self.group.count))
        n = each * self.group.count
        half_life = plan if not phase.denoises else replace(plan, ema_images=_EMA * plan.ema_images)
        now = Now(
            self.spent.step,
            rate_at(plan, phase, self.phase_images),
            phase.adversarial,
            schedule.keep_at(half_life, self.phase_images if phase.denoises else self.spent.images, n),
        )
        try:
            if self._latents is not None:
                found, labels = self._latents.batch(self.spent.step, each)
                self._losses = denoising.take(self.learner, found, labels, now, phase.steps)
            else:
                pictures, labels = self.feed.batch(self.spent.step, self.spent.images // self.group.count, each)
                self._losses = autoencoding.take(self.learner, pictures, labels, now)
        except LostError as error:
            raise StageError(
                "Training no longer gives numbers: it stopped, and the last state is kept; go on with --resume and a "
                "smaller --rate."
            ) from error
        self.phase_images += n
        self.spent = replace(self.spent, step=self.spent.step + 1, images=self.spent.images + n)

    def _progress(self, images_per_s: float) -> None:
        self._rate = images_per_s if not self._rate else 0.8 * self._rate + 0.2 * images_per_s
        left = schedule.left_s(self.plan, self.spent, self._rate)
        words = f"{self.spent.images:,} pictures seen"
        if left is not None:
            words += f"; done in {schedule.in_words(left)}"
        losses = {name: float(value) for name, value in self._losses.items()}
        spent = self.spent
        what = f"{self.plan.size} px, {self.phase.words}"
        self._tell(
            Progress(spent.step, spent.images, spent.seconds, what, losses, self._rate, left, words, DENOISE_END)
        )

    # -- what comes out -------------------------------------------------------------------------------------------

    @property
    def _plays(self) -> bool:
        """Whether there is anything to play yet."""
        return self.phase.denoises and self.phase_images > 0

    def _keep(self) -> None:
        if not self.group.writes:
            return
        path = self.save()
        if self._plays:
            self._export()
        self._tell(Saved(str(path), self.spent.images, self._plays))

    def _export(self) -> None:
        sources = tuple(dict.fromkeys([*self.feed.sources, *self.before]))
        where, endless = machine(self.precise.device), self.feed.count == 0
        folder, classes = export.folder_of(self.rim.model), self.feed.classes
        export.write(folder, self.learner, classes, self.phase, sources, self.spent, where, endless)

    def _end(self, done: bool) -> None:
        if self.group.writes and self.spent.step:
            self._keep()
            self._sheet()
            words = (
                "The budget is spent." if done else f"Stopped; go on with: latentjockey train --resume {self.plan.name}"
            )
            self._tell(Finished(str(export.folder_of(self.rim.model)) if self._plays else "", words))
        self.group.wait()

    @torch.no_grad()
    def _sheet(self) -> None:
        if not self.group.writes:
            return
        pictures, _ = self.feed.batch(0, self.spent.images // self.group.count, 2 * sheet.ACROSS)
        picture = latent_sheet.draw(self.learner, pictures, self.phase)
        path = self.rim.folder / SHEET
        with checkpoint.no_room(self.rim.folder):
            sheet.write(picture, path)
        self._tell(Sheet(str(path), self.spent.images))

    def _tell(self, event: Event) -> None:
        if self.group.writes:
            self.rim.tell(event)
