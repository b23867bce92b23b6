"""What plays while no engine delivers: the last two seconds of picture, back and forth, so that nothing freezes.

Pure but for the copies it keeps; owned by the feed, under its lock.
"""

from __future__ import annotations

import bisect
from collections import deque

from latentjockey.frames.frame import Frame

KEEP_S = 2.0
_RATE = 30.0
_BUDGET = 96 << 20


class HoldBuffer:
    """Copies of the newest frames, at most 30 a second and at most 96 MiB: larger pictures are kept more sparsely.

    A frame counts as shown from the time it was pushed with until the next one's, the last for as long as it lasted.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[float, Frame]] = deque()

    @property
    def newest(self) -> tuple[int, int]:
        """(generation, number) of the newest frame kept; (-1, -1) before the first."""
        stamp = self._frames[-1][1].stamp if self._frames else None
        return (-1, -1) if stamp is None else (stamp.generation, stamp.number)

    def wants(self, now: float, size: tuple[int, int]) -> bool:
        """Whether a frame shown at ``now`` seconds should be kept."""
        if not self._frames:
            return True
        affordable = max(2.0, _BUDGET / (size[0] * size[1] * 4))
        return now - self._frames[-1][0] >= 0.9 * max(1.0 / _RATE, KEEP_S / affordable)

    def push(self, frame: Frame, now: float) -> None:
        """Keep ``frame`` (a copy of its own) as shown from ``now`` on."""
        if self._frames:
            now = max(now, self._frames[-1][0])
        self._frames.append((now, frame))
        while len(self._frames) > 1 and now - self._frames[1][0] > KEEP_S:
            self._frames.popleft()

    def at(self, elapsed: float, end: float) -> Frame | None:
        """The frame to show ``elapsed`` seconds after the engine fell silent at ``end``: backwards first, then to and
        fro through what was shown in the two seconds before."""
        if not self._frames:
            return None
        times = [t for t, _ in self._frames]
        span = min(KEEP_S, end - times[0])
        if span <= 0:
            return self._frames[-1][1]
        back = elapsed % (2 * span)
        moment = end - (back if back <= span else 2 * span - back)
        return self._frames[max(0, bisect.bisect_right(times, moment + 1e-9) - 1)][1]
