"""Several pictures under way at once, each a step further than the next: one batch makes a step of all of them.

Kodaira et al. 2023, "StreamDiffusion" (arXiv 2312.12491): with n steps, a picture comes of each batch of n, which began
n - 1 pictures ago. Their noise differs from step to step; here it is held, so that where nothing moves the stream comes
to rest at the very picture that one after the other would give. Engine process, one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentjockey.generators.diffusion.asked import Asked
from latentjockey.generators.diffusion.networks import Wanted
from latentjockey.generators.diffusion.sampling import Run
from latentjockey.generators.diffusion.schedule import Schedules

Predict = Callable[[Tensor, Sequence[float], Wanted], Tensor]
"""(what the network hears (n, C, H, W), n timesteps, what is wanted of all) → what it predicts (n, C, H, W)."""


@dataclass(slots=True)
class Flight:
    """A picture under way: what was ``asked`` when it began, at ``time`` (s). ``latent`` is what it began with where
    that was a picture; ``steady`` tells that every step heard just what was asked."""

    run: Run
    asked: Asked
    time: float
    latent: Tensor | None = None
    steady: bool = True


class Stream:
    """The pictures under way, the oldest first. ``held`` gives the noise of a grain that is added after a step, always
    the same."""

    def __init__(self, schedules: Schedules, held: Callable[[int, int], Tensor], *, jumps: bool) -> None:
        self.schedules, self._held, self._jumps = schedules, held, jumps
        self._under_way: list[Flight] = []

    def fits(self, flight: Flight) -> bool:
        """Whether ``flight`` may follow those under way, who have as many steps and as much to be decoded with."""
        if not self._under_way:
            return False
        last = self._under_way[-1]
        same = len(last.run.schedule.steps) == len(flight.run.schedule.steps)
        return same and last.asked.decoder == flight.asked.decoder and last.run.x.shape == flight.run.x.shape

    def begin(self, flight: Flight, predict: Predict) -> Flight:
        """Make all steps of ``flight``, which waits for nobody. It stands at every step afterwards, as if it had been
        asked for all the time."""
        self._under_way, runs = [], []
        run = flight.run
        while not run.over:
            runs.append(run)
            predicted = predict(run.heard(self.schedules), (run.step.timestep,), flight.asked.wanted)
            run = self._made(run, predicted, flight.asked)
        for earlier in reversed(runs[1:]):
            self._under_way.append(Flight(earlier, flight.asked, flight.time, flight.latent))
        return Flight(run, flight.asked, flight.time, flight.latent)

    def follow(self, flight: Flight, predict: Predict) -> Flight:
        """Put ``flight`` behind those under way, make a step of all, and return who has made all."""
        wanted = flight.asked.wanted
        self._under_way.append(flight)
        heard = torch.cat([each.run.heard(self.schedules) for each in self._under_way])
        predicted = predict(heard, [each.run.step.timestep for each in self._under_way], wanted)
        for each, one in zip(self._under_way, predicted.chunk(len(predicted)), strict=True):
            each.run = self._made(each.run, one, each.asked)
            each.steady = each.steady and each.asked.wanted == wanted
        return self._under_way.pop(0)

    def clear(self) -> None:
        self._under_way = []

    def _made(self, run: Run, predicted: Tensor, asked: Asked) -> Run:
        return run.made(
            predicted, self.schedules, lambda step: self._held(asked.grain, step), eta=asked.eta, jumps=self._jumps
        )
