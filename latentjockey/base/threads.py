"""How many threads to compute with, where nobody said: as many as are fastest now. Pure; one thread.

Beside other busy processes fewer threads can be twice as fast: each convolution waits for its slowest part, and the
processor that was to do it is doing something else. A small network is faster on one thread even on a quiet machine,
because waking another takes longer than its share of a layer. So the counts are tried, again from time to time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

TRIES = 3
AGAIN_S = 600.0


class Threads:
    """Tries each of ``counts`` for some steps, then keeps the fastest, or the fewest that take no more than ``slack``
    (a share) longer: what they leave, others can use. ``use`` sets the count."""

    def __init__(self, counts: Sequence[int], use: Callable[[int], None], slack: float = 0.0) -> None:
        self._counts, self._use, self._slack = tuple(counts), use, slack
        self._best: dict[int, float] = {}
        self._waiting: list[int] = []
        self._since = 0.0
        self.now = self._counts[0]
        use(self.now)
        self.again()

    def again(self) -> None:
        """Find out anew, for instance at another size."""
        self._best, self._since = {}, 0.0
        self._waiting = [count for count in self._counts for _ in range(TRIES)] if len(self._counts) > 1 else []
        if self._waiting:
            self._set(self._waiting[0])

    def took(self, seconds: float, comparable: bool = True) -> None:
        """A step took so long; one that is not ``comparable`` to the others is not counted."""
        if not self._waiting:
            self._since += seconds
            if self._since > AGAIN_S and len(self._counts) > 1:
                self.again()
            return
        if not comparable:
            return
        count = self._waiting.pop(0)
        self._best[count] = min(seconds, self._best.get(count, seconds))
        self._set(self._waiting[0] if self._waiting else self._fewest())

    def _fewest(self) -> int:
        most = min(self._best.values()) * (1.0 + self._slack)
        return min(count for count, seconds in self._best.items() if seconds <= most)

    def _set(self, count: int) -> None:
        if count != self.now:
            self.now = count
            self._use(count)


def candidates(processors: int, fewest: int = 1) -> tuple[int, ...]:
    """All, and halves of them, down to ``fewest``."""
    found = [max(1, processors)]
    while found[-1] // 2 >= max(1, fewest):
        found.append(found[-1] // 2)
    return tuple(found)
