"""What the time of a picture went into, as data. Any thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STAGES = ("encode", "denoise", "decode", "copy")
"""Texts and pictures are encoded, noise is taken away, a latent becomes a picture, that leaves the device."""
ENCODE, DENOISE, DECODE, COPY = range(len(STAGES))
_LATEST = 255


@dataclass(frozen=True, slots=True)
class Stages:
    """``ms`` are milliseconds for each of :data:`STAGES`, 0 for one that was ``cached``: bit n says that nothing of
    stage n was computed anew. ``late`` is how many pictures ago this one began. All 0 is nothing known."""

    ms: tuple[float, ...] = (0.0,) * len(STAGES)
    cached: int = 0
    late: int = 0

    @property
    def known(self) -> bool:
        return bool(self.cached) or any(self.ms)

    @property
    def held(self) -> tuple[str, ...]:
        """The names of the stages that were cached."""
        return tuple(name for index, name in enumerate(STAGES) if self.cached >> index & 1)

    def with_(self, other: Stages) -> Stages:
        """Those of two pictures that make one: a stage is cached where it is in both, and what is known of one alone
        is all there is."""
        if not (self.known and other.known):
            return self if self.known else other
        ms = tuple(a + b for a, b in zip(self.ms, other.ms, strict=True))
        return Stages(ms, self.cached & other.cached, max(self.late, other.late))


NOTHING_KNOWN = Stages()


def spent(laps: Iterable[tuple[int, float]], cached: int = 0) -> Stages:
    """Stages of ``laps``, each of a stage and its milliseconds; what a ``cached`` one took to look is not counted."""
    ms = [0.0] * len(STAGES)
    for stage, took in laps:
        ms[stage] += max(0.0, took)
    return Stages(tuple(0.0 if cached >> index & 1 else took for index, took in enumerate(ms)), cached)


def lateness(pictures: int) -> int:
    """How many pictures ago, as far as a frame can say."""
    return max(0, min(_LATEST, pictures))
