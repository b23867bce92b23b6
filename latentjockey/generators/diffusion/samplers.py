"""In which manner noise becomes a picture: the model's own, or another that a hand chose. Engine process, one thread.

Networks that were taught anew beside themselves, as by a LoRA of latent consistency (Luo et al. 2023, "LCM-LoRA",
arXiv 2311.05556), want other noise levels and other steps than the folder says; all are one formula here (ADR 0019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from latentjockey.base.diagnostics import logger
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.generators.diffusion.stream import Stream
from latentjockey.models.diffusion_spec import ANCESTRAL, EULER, LATENT_CONSISTENCY, OWN_SAMPLER

_CLASSES = {
    EULER: "EulerDiscreteScheduler",
    ANCESTRAL: "EulerAncestralDiscreteScheduler",
    LATENT_CONSISTENCY: "LCMScheduler",
}
_LOG = logger("diffusion")


@dataclass(frozen=True, slots=True)
class Sampler:
    """The noise levels of a manner, whether each of its steps draws all noise anew, and its pictures under way."""

    schedules: Schedules
    jumps: bool
    stream: Stream


class Samplers:
    """The manners of a model whose ``own`` noise levels are these; ``held`` gives the noise of a grain that is added
    after a step."""

    def __init__(self, own: Schedules, held: Callable[[int, int], Tensor], *, jumps: bool) -> None:
        self._held = held
        self._made = {OWN_SAMPLER: self._sampler(own, jumps=jumps)}
        self._last = OWN_SAMPLER

    def at(self, number: int) -> Sampler:
        """The manner of this number; the model's own where there is no such, or its scheduler does not bear it. Whoever
        changes it begins with nothing under way."""
        if number not in self._made:
            self._made[number] = self._other(number)
        if number != self._last:
            self._made[self._last].stream.clear()
            self._last = number
        return self._made[number]

    def _other(self, number: int) -> Sampler:
        own = self._made[OWN_SAMPLER]
        if number not in _CLASSES:
            return own
        try:
            made = own.schedules.of_class(_CLASSES[number])
            made.at(1)
        except (ArithmeticError, ImportError, LookupError, AttributeError, RuntimeError, TypeError, ValueError) as why:
            _LOG.warning("the model's own sampler is kept: %s", " ".join(str(why).split())[:200])
            return own
        return self._sampler(made, jumps=number == LATENT_CONSISTENCY)

    def _sampler(self, schedules: Schedules, *, jumps: bool) -> Sampler:
        return Sampler(schedules, jumps, Stream(schedules, self._held, jumps=jumps))
