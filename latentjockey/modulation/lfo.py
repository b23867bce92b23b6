"""A low-frequency oscillator: its waves, and where it stands at a time, as a record. Pure; any thread.

The turns made at a time follow from the record alone: from the second while it runs free, from the beat in sync. A
change of pace is a new anchor, so that the wave goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from latentjockey.control.catalogue_modulation import SHAPES
from latentjockey.control.snapshot import Snapshot
from latentjockey.modulation.transport import Transport

_MASK = 2**64 - 1
_LARGEST_STEP = 2.0**53


@dataclass(frozen=True, slots=True)
class Lfo:
    """``shape`` indexes :data:`SHAPES`. ``anchor`` turns had been made at ``since`` seconds and at ``beat``; from there
    ``rate`` more a second, or, ``synced``, one in ``beats`` beats. ``phase`` turns are added to what is shown."""

    shape: int
    rate: float
    synced: bool
    beats: float
    phase: float
    seed: int
    anchor: float
    since: float
    beat: float

    def turns(self, t: float, transport: Transport) -> float:
        """Turns made at ``t`` seconds, without ``phase``; finite."""
        if self.synced:
            passed = (transport.beat_at(t) - self.beat) / self.beats if self.beats else 0.0
        else:
            passed = (t - self.since) * self.rate
        made = self.anchor + passed
        return made if math.isfinite(made) else self.anchor

    def value(self, t: float, transport: Transport) -> float:
        """The wave at ``t`` seconds, -1 … 1."""
        return wave(self.shape, self.turns(t, transport) + self.phase, self.seed)

    def moving(self, transport: Transport) -> bool:
        """Whether it is elsewhere a moment later."""
        return transport.playing and transport.bpm != 0.0 if self.synced else self.rate != 0.0

    def anchored(self, t: float, transport: Transport) -> Lfo:
        """The same movement, with its anchor at ``t``."""
        return replace(self, anchor=self.turns(t, transport), since=t, beat=transport.beat_at(t))

    def restarted(self, t: float, transport: Transport) -> Lfo:
        """The movement with a turn that begins at ``t``; in sync, with turns that begin on multiples of ``beats``."""
        return replace(self, anchor=0.0, since=t, beat=0.0 if self.synced else transport.beat_at(t))


def lfo_of(snapshot: Snapshot, n: int) -> Lfo:
    """LFO ``n`` of a snapshot. Raises KeyError for a layout without it."""
    at = f"/lfo/{n}"
    number = snapshot.number
    return Lfo(
        shape=int(number(f"{at}/shape")),
        rate=number(f"{at}/rate"),
        synced=bool(number(f"{at}/sync")),
        beats=number(f"{at}/beats"),
        phase=number(f"{at}/phase"),
        seed=int(number(f"{at}/seed")),
        anchor=number(f"{at}/anchor"),
        since=number(f"{at}/since"),
        beat=number(f"{at}/beat"),
    )


def wave(shape: int, turns: float, seed: int = 0) -> float:
    """A wave at any number of turns, -1 … 1; a ``shape`` beyond the last counts round. ``seed`` is for the random ones.

    Sine and triangle begin at 0, rising; the square begins high.
    """
    if not abs(turns) < _LARGEST_STEP:  # no fraction is left, or no number
        turns = 0.0
    whole = math.floor(turns)
    return _WAVES[shape % len(_WAVES)](turns - whole, whole, seed)


def random_step(seed: int, step: int) -> float:
    """A number -1 … 1 for each whole ``step`` of each ``seed``, evenly spread: splitmix64 (Steele et al. 2014)."""
    mixed = (step * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) / _MASK * 2.0 - 1.0


def _sine(x: float, whole: int, seed: int) -> float:
    return math.sin(2.0 * math.pi * x)


def _triangle(x: float, whole: int, seed: int) -> float:
    return 4.0 * x if x < 0.25 else 2.0 - 4.0 * x if x < 0.75 else 4.0 * x - 4.0


def _ramp_up(x: float, whole: int, seed: int) -> float:
    return 2.0 * x - 1.0


def _ramp_down(x: float, whole: int, seed: int) -> float:
    return 1.0 - 2.0 * x


def _square(x: float, whole: int, seed: int) -> float:
    return 1.0 if x < 0.5 else -1.0


def _steps(x: float, whole: int, seed: int) -> float:
    return random_step(seed, whole)


def _smooth(x: float, whole: int, seed: int) -> float:
    s = x * x * (3.0 - 2.0 * x)
    return (1.0 - s) * random_step(seed, whole) + s * random_step(seed, whole + 1)


_WAVES: tuple[Callable[[float, int, int], float], ...] = (
    _sine, _triangle, _ramp_up, _ramp_down, _square, _steps, _smooth,
)  # fmt: skip
assert len(_WAVES) == len(SHAPES)
