"""Which pictures need not be made, as they would hardly differ from the last. Pure but for what it counts.

As the similarity filter of StreamDiffusion (Kodaira et al. 2023, arXiv 2312.12491), the less a picture differs the
rarer it is made; theirs draws lots, here what is left over is carried on, so that the same movement always skips the
same pictures. Two askings alike are never skipped: where movement ends, the picture of just that place is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.generators.beginning import Beginning
from latentjockey.generators.diffusion.asked import Asked

MOST_IN_A_ROW = 10
_ACROSS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture that others begin with: how it is ``placed``, and ``few`` of its points, 0 to 1."""

    placed: tuple[float, ...]
    few: NDArray[np.float32]


class Skipping:
    """One stage's skipping: ask of each picture, in order, whether it may be skipped."""

    def __init__(self) -> None:
        self._made: tuple[Asked, Seen | None] | None = None
        self._before: Asked | None = None
        self._owed = 0.0
        self._row = 0

    def may(self, asked: Asked, begins: Beginning | None, threshold: float) -> bool:
        """Whether the picture of ``asked`` may be skipped, which counts as done; else it counts as made. Up to
        ``threshold`` of change, see :func:`change`, pictures are skipped the more often the less there is; 0 and below
        skip none."""
        seen = None if begins is None or threshold <= 0.0 else seen_of(begins)
        still, self._before = asked == self._before, asked
        if self._made is not None and not still and threshold > 0.0 and self._row < MOST_IN_A_ROW:
            differs = change(asked, self._made[0], seen, self._made[1])
            self._owed += max(0.0, 1.0 - differs / threshold)
            if self._owed >= 1.0 and differs < threshold:
                self._owed -= 1.0
                self._row += 1
                return True
        self._made, self._row, self._owed = (asked, seen), 0, self._owed % 1.0
        return False

    def clear(self) -> None:
        """Forget what was made."""
        self._made = self._before = None


def change(a: Asked, b: Asked, seen_a: Seen | None = None, seen_b: Seen | None = None) -> float:
    """How much a picture's beginnings differ: the root mean square of its noise, of which ordinary noise has 1, or of
    the picture that it begins with (white is 1 from black), or the largest difference of a weight or strength,
    whichever is most; infinite where anything else differs."""
    if _rest(a) != _rest(b) or len(a.position) != len(b.position):
        return math.inf
    if len(a.wanted.weights) != len(b.wanted.weights) or (a.begins is None) != (b.begins is None):
        return math.inf
    found = [_moved(a, b), *(abs(x - y) for x, y in zip(a.wanted.weights, b.wanted.weights, strict=True))]
    if a.begins is not None and b.begins is not None:
        found += [abs(a.begins[1] - b.begins[1]), _seen_moved(seen_a, seen_b)]
    return max(found)


def _moved(a: Asked, b: Asked) -> float:
    """How far the noise went; what fills the bands up to one width does not count."""
    one, other = (np.frombuffer(each.position, np.float32).astype(np.float64) for each in (a, b))
    counted = max(1, int(np.count_nonzero((one != 0.0) | (other != 0.0))))
    return math.sqrt(float(np.sum((one - other) ** 2)) / counted)


def _seen_moved(a: Seen | None, b: Seen | None) -> float:
    if a is None or b is None or a.placed != b.placed or a.few.shape != b.few.shape:
        return math.inf
    return math.sqrt(float(np.mean((a.few - b.few) ** 2)))


def _rest(asked: Asked) -> Asked:
    """All that must be the same, whatever the threshold."""
    return replace(asked, position=b"", wanted=replace(asked.wanted, weights=()), begins=None)


def seen_of(begins: Beginning) -> Seen:
    """What is compared of a picture that others begin with."""
    high, wide = begins.pixels.shape[1:]
    few = begins.pixels[:, :: max(1, high // _ACROSS), :: max(1, wide // _ACROSS)].astype(np.float32) / 255.0
    return Seen((begins.zoom, begins.turn, float(begins.fit), float(begins.mirror)), few)
