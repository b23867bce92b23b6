"""Which noise a diffusion model hears at each step: the numbers of its scheduler, apart from any picture.

Everything is told of the picture plus ``sigma`` times unit noise (Karras et al. 2022, "Elucidating the Design Space of
Diffusion-Based Generative Models"), in which the ancestral, DDIM, Euler and consistency steps are one formula.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import diffusers
import numpy as np
from numpy.typing import NDArray

F64: TypeAlias = NDArray[np.float64]

_KEPT = 64
_NEARLY = 1e-6
_MOST_TIMES = 100_000
_TRIED = (1, 64)
_OWN = {
    "DDIMScheduler": diffusers.DDIMScheduler,
    "DDPMScheduler": diffusers.DDPMScheduler,
    "LCMScheduler": diffusers.LCMScheduler,
    "CMStochasticIterativeScheduler": diffusers.CMStochasticIterativeScheduler,
}
"""Schedulers whose own numbers are taken; of all others those of the Euler method with their betas."""


@dataclass(frozen=True, slots=True)
class Step:
    """The network hears ``timestep``; the noise in the picture is ``sigma``, and ``after`` when the step was made.
    ``skip`` and ``out`` are how much of what was there and of the guess make up the finished guess; ``part`` is how
    much of a whole step it is."""

    timestep: float
    sigma: float
    after: float
    skip: float = 0.0
    out: float = 1.0
    part: float = 1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """``gain`` is what unit noise is multiplied with at first. ``skipped`` steps of as many as were asked for were left
    out before these."""

    steps: tuple[Step, ...]
    gain: float
    skipped: int = 0


class Schedules:
    """The schedules of a scheduler of class ``cls`` with its ``config``, kept as they are asked for.

    ``prediction`` is what its network predicts, ``clip`` how far guesses reach (infinite where nothing clips them);
    ``consistent`` tells a consistency model, ``data`` its σ of data. Raises ValueError for a config that cannot be.
    """

    def __init__(self, cls: str, config: Mapping[str, Any]) -> None:
        times = config.get("num_train_timesteps", 1)
        if type(times) is not int or not 1 <= times <= _MOST_TIMES:
            raise ValueError(f"it has {str(times)[:40]} timesteps, and 1 to {_MOST_TIMES} can be")
        made = _OWN.get(cls, diffusers.EulerDiscreteScheduler)
        self._scheduler: Any = made.from_config(dict(config))
        said = self._scheduler.config
        self._last = int(said.num_train_timesteps) - 1
        self.consistent = cls == "CMStochasticIterativeScheduler"
        self.latent_consistency = cls == "LCMScheduler"
        self.data = float(said.get("sigma_data", 0.5))
        self.prediction = str(said.get("prediction_type", "epsilon"))
        if self.prediction not in ("epsilon", "v_prediction", "sample"):
            raise ValueError(f"its network predicts {self.prediction[:40]!r}, which is not played")
        clips = said.get("clip_denoised", False) if self.consistent else said.get("clip_sample", False)
        self.clip = float(said.get("clip_sample_range", 1.0)) if clips and cls in _OWN else math.inf
        self.keeps_noise = cls == "DDIMScheduler"
        self._sigmas: F64 = np.zeros(0)
        if not self.consistent:
            a = np.asarray(self._scheduler.alphas_cumprod, np.float64).clip(2.0**-24, 1.0)
            self._sigmas = np.sqrt((1.0 - a) / a)
        self._kept: dict[tuple[int, float, float], Schedule] = {}
        for steps in _TRIED:  # much of a config is looked at only when steps are made of it
            tried = self.at(steps)
            heard = [each for step in tried.steps for each in (step.timestep, step.sigma, step.after)]
            if not all(map(math.isfinite, (tried.gain, *heard))):
                raise ValueError("its noise is no number")

    def of_class(self, cls: str) -> Schedules:
        """Those of another class of scheduler with the same words. Raises as making one does."""
        return Schedules(cls, self._scheduler.config)

    def at(self, steps: int, start: float = 1.0, end: float = 0.0) -> Schedule:
        """``steps`` steps, at least one, of the part of the noise between ``start`` (1 the loudest) and ``end`` (0 none
        at all)."""
        key = steps, min(max(start, 0.0), 1.0), min(max(end, 0.0), 1.0)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = self._consistency(*key) if self.consistent else self._preserving(*key)
        return self._kept[key]

    def partly(self, steps: int, start: float, end: float, strength: float, *, jumps: bool) -> Schedule:
        """The steps that a picture goes through which begins with another: those of ``at`` whose noise is not louder
        than ``strength``, from 0 to 1, says, and one to the next of them where it lies between two. With ``jumps``, all
        of them, in that part of the noise. It changes continuously with strength."""
        full = self.at(steps, start, end)
        count = len(full.steps)
        if strength >= 1.0:
            return full
        if strength <= 0.0:
            return Schedule((), full.gain, count)
        if jumps:
            return self._squeezed(full, strength)
        reached = strength * count
        whole = int(reached)
        rest = full.steps[count - whole :]
        if (part := reached - whole) < _NEARLY:
            return Schedule(rest, full.gain, count - whole)
        upper = full.steps[count - whole - 1]
        low = rest[0].timestep if rest else -1.0
        time = low + part * (upper.timestep - low)
        sigma = self._below(time)
        step = Step(max(0.0, time), sigma, min(upper.after, sigma), part=part)
        return Schedule((step, *rest), full.gain, count - whole - 1)

    def _squeezed(self, full: Schedule, strength: float) -> Schedule:
        """All steps in the lower part of the noise, as latent consistency models go through it (Luo et al. 2023)."""
        if self.consistent:
            sigmas = [self._between(step.sigma, strength) for step in full.steps]
            return self._consistency_of(np.array(sigmas), full.steps[-1].after)
        times = [strength * (step.timestep + 1.0) - 1.0 for step in full.steps]
        sigmas = [self._below(time) for time in times]
        after = (*sigmas[1:], min(full.steps[-1].after, sigmas[-1]))
        heard = [max(0.0, time) for time in times]
        made = zip(heard, sigmas, after, strict=True)
        return Schedule(tuple(Step(t, s, n, *self._boundary(t)) for t, s, n in made), full.gain)

    def _below(self, time: float) -> float:
        """The noise at any time; from the first on it goes to none at -1."""
        if time < 0.0:
            return float(self._sigmas[0]) * (1.0 + time)
        return float(self._sigma(np.array([time]))[0])

    def _between(self, sigma: float, strength: float) -> float:
        """The noise of a consistency model that lies at ``strength`` between its least and ``sigma``."""
        config = self._scheduler.config
        low, rho = float(config.sigma_min), float(config.rho)
        return float((low ** (1 / rho) + strength * (sigma ** (1 / rho) - low ** (1 / rho))) ** rho)

    def _preserving(self, steps: int, start: float, end: float) -> Schedule:
        """Of a model that was taught with noise of unit variance in all."""
        scheduler = self._scheduler
        most = int(scheduler.config.get("original_inference_steps", self._last + 1)) if self.latent_consistency else 0
        scheduler.set_timesteps(min(steps, most or self._last + 1))
        times = np.asarray(scheduler.timesteps, np.float64)
        final = 0.0
        if self.keeps_noise:
            a = float(scheduler.final_alpha_cumprod)
            final = math.sqrt((1.0 - a) / a)
        if (start, end) == (1.0, 0.0) and hasattr(scheduler, "sigmas"):
            sigmas = np.asarray(scheduler.sigmas, np.float64)[: len(times)]
        else:
            times = end * self._last + (start - end) * times
            sigmas = self._sigma(times)
        if end > 0.0:
            final = float(self._sigma(np.array([end * self._last]))[0])
        loud = hasattr(scheduler, "sigmas") and scheduler.config.timestep_spacing in ("linspace", "trailing")
        gain = float(sigmas[0]) if loud else math.hypot(1.0, float(sigmas[0]))
        after = (*sigmas[1:], final)
        made = zip(times.tolist(), sigmas.tolist(), map(float, after), strict=True)
        return Schedule(tuple(Step(t, s, n, *self._boundary(t)) for t, s, n in made), gain)

    def _sigma(self, times: F64) -> F64:
        found: F64 = np.interp(times, np.arange(len(self._sigmas)), self._sigmas)
        return found

    def _boundary(self, time: float) -> tuple[float, float]:
        """How a latent consistency model is held at its picture where there is no noise (Luo et al. 2023)."""
        if not self.latent_consistency:
            return 0.0, 1.0
        scaled = time * float(self._scheduler.config.get("timestep_scaling", 10.0))
        return 0.25 / (scaled**2 + 0.25), scaled / math.sqrt(scaled**2 + 0.25)

    def _consistency(self, steps: int, start: float, end: float) -> Schedule:
        """Of a consistency model (Song et al. 2023, appendix C), whose noise goes by powers of ``rho``."""
        scheduler = self._scheduler
        scheduler.set_timesteps(min(steps, self._last + 1))
        sigmas = np.asarray(scheduler.sigmas, np.float64)[:-1]
        low, high = float(scheduler.config.sigma_min), float(scheduler.config.sigma_max)
        if (start, end) != (1.0, 0.0):
            rho = float(scheduler.config.rho)
            place = (sigmas ** (1 / rho) - low ** (1 / rho)) / (high ** (1 / rho) - low ** (1 / rho))
            place = end + (start - end) * place
            sigmas = (low ** (1 / rho) + place * (high ** (1 / rho) - low ** (1 / rho))) ** rho
        last = low if end == 0.0 else float(sigmas[-1])
        return self._consistency_of(sigmas, math.sqrt(max(last**2 - low**2, 0.0)))

    def _consistency_of(self, sigmas: F64, last: float) -> Schedule:
        """The steps of a consistency model from one of ``sigmas`` to the next; ``last`` is left at the end."""
        low = float(self._scheduler.config.sigma_min)
        after = np.append(np.sqrt(np.maximum(sigmas[1:] ** 2 - low**2, 0.0)), last)
        made = []
        for sigma, next_ in zip(sigmas.tolist(), after.tolist(), strict=True):
            skip = self.data**2 / ((sigma - low) ** 2 + self.data**2)
            out = (sigma - low) * self.data / math.hypot(sigma, self.data)
            made.append(Step(250.0 * math.log(sigma + 1e-44), sigma, next_, skip, out))
        return Schedule(tuple(made), made[0].sigma)
