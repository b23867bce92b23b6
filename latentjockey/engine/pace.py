"""Rather than fewer pictures a second than wished, fewer steps, and then smaller pictures. Pure; one thread.

Cost is taken to grow with steps times pixels. That expects too much of going down where a part of it stays the same,
so that another rung follows, and too little of going up, so that what is tried is mostly affordable; where it is not,
the next try waits twice as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

_JUDGED = 6
_COLD = 1
"""Pictures after a change that say nothing yet."""
_PATIENCE, _LONGEST_PATIENCE = 40, 2560
_DOWN, _UP = 0.95, 0.85
"""The shares of the time that there is which a lower and a higher rung may take."""
_USEFUL = 0.9
_SMALLEST_SIDE = 64


@dataclass(frozen=True, slots=True)
class Effort:
    """In how many steps a picture is made, and its size in pixels."""

    steps: int
    width: int
    height: int

    @property
    def weight(self) -> int:
        return self.steps * self.width * self.height

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def ladder(wish: Effort) -> tuple[Effort, ...]:
    """From ``wish`` down: one step less each, then half the pixels each."""
    rungs = [Effort(steps, wish.width, wish.height) for steps in range(max(1, wish.steps), 0, -1)]
    for halved in count(1):
        width, height = (round(side * 2.0 ** (-halved / 2)) // 2 * 2 for side in wish.size)
        if min(width, height) < _SMALLEST_SIDE:
            break
        rungs.append(Effort(1, width, height))
    return tuple(rungs)


class Pace:
    """Which rung is played. Ask :meth:`effort` before each picture, tell :meth:`took` after it."""

    def __init__(self) -> None:
        self._wish: Effort | None = None
        self._floor = 0.0
        self._rungs: tuple[Effort, ...] = ()
        self._rung = 0
        self._costs: deque[float] = deque(maxlen=_JUDGED)
        self._since = 0
        self._patience = _PATIENCE
        self._rose = False
        self._sizes_help = True
        self._before: tuple[int, float] | None = None

    @property
    def down(self) -> bool:
        """Whether less is played than wished."""
        return self._rung > 0

    @property
    def lowest(self) -> bool:
        """Whether nothing is left to do without."""
        return self._rung == self._last

    def effort(self, wish: Effort, floor: float) -> Effort:
        """What is played where ``wish`` is wished, and ``floor`` pictures a second; 0 and below is any number."""
        if floor <= 0.0:
            self._wish, self._rung, self._floor = None, 0, 0.0
            return wish
        if self._wish is None:
            self._rung, self._patience, self._sizes_help = 0, _PATIENCE, True
        if (wish, floor) != (self._wish, self._floor):
            played = self._rungs[self._rung].weight if self._wish is not None and self._rung else None
            self._sizes_help = self._sizes_help or self._wish is None or wish.size != self._wish.size
            self._wish, self._floor, self._rungs = wish, floor, ladder(wish)
            self._before = None
            self._stand(0 if played is None else self._first(lambda rung: rung.weight <= played))
        return self._rungs[self._rung]

    def took(self, seconds: float) -> bool:
        """A picture was computed in ``seconds``. Whether another rung is played from now on."""
        if self._wish is None:
            return False
        self._since += 1
        if self._since <= _COLD:
            return False
        self._costs.append(seconds)
        if len(self._costs) < _JUDGED:
            return False
        typical, budget = sorted(self._costs)[_JUDGED // 2], 1.0 / self._floor
        self._judge_sizes(typical)
        weight = self._rungs[self._rung].weight
        if self._rung > self._last:
            return self._go(self._last, typical)
        if typical > budget and self._rung < self._last:
            if self._rose:
                self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
            self._rose = False
            enough = self._first(lambda rung: typical * rung.weight <= _DOWN * budget * weight)
            if self._rung < self._fewest:  # sizes are judged by what they bring alone
                enough = min(enough, self._fewest)
            return self._go(min(self._last, max(self._rung + 1, enough)), typical)
        if self._rung and self._since >= self._patience:
            higher = self._first(lambda rung: typical * rung.weight <= _UP * budget * weight)
            if higher < self._rung:
                self._rose = True
                return self._go(higher, typical)
        return False

    @property
    def _last(self) -> int:
        """The lowest rung that is of any use."""
        return max(0, len(self._rungs) - 1) if self._sizes_help else self._fewest

    @property
    def _fewest(self) -> int:
        """The rung with one step, at the wished size."""
        return 0 if self._wish is None else max(1, self._wish.steps) - 1

    def _first(self, fits: Callable[[Effort], bool]) -> int:
        return next((index for index, rung in enumerate(self._rungs) if fits(rung)), len(self._rungs) - 1)

    def _judge_sizes(self, typical: float) -> None:
        """Smaller pictures that cost as much are of no use: who made larger ones before knows."""
        if self._before is None:
            return
        rung, cost = self._before
        self._before = None
        here = self._rungs[self._rung]
        if rung < self._rung and here.size != self._rungs[rung].size and here.steps == self._rungs[rung].steps:
            self._sizes_help = typical < _USEFUL * cost

    def _go(self, rung: int, typical: float) -> bool:
        if rung == self._rung:
            return False
        self._before = self._rung, typical
        self._stand(rung)
        return True

    def _stand(self, rung: int) -> None:
        self._rung, self._since = rung, 0
        self._costs.clear()


def paced_word(played: Effort, wish: Effort) -> str:
    """What is done without, in a few words; nothing where nothing is."""
    words = []
    if played.steps != wish.steps:
        words.append(f"{played.steps} of {wish.steps} steps")
    if played.size != wish.size:
        words.append(f"{played.width}×{played.height}")
    return ", ".join(words)
