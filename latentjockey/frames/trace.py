"""How the frames of the last moments came, as arrays: for plots. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_LATE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class FrameTrace:
    """``age_s`` (n,) is how long ago each frame came, oldest first and so falling; ``interval_ms`` (n,) the time since
    the frame before it, NaN after a rest, when nothing moved and none was due. ``latency_ms`` (m,) is from a change to
    its picture, over the last changes, oldest first.
    """

    age_s: Numbers
    interval_ms: Numbers
    latency_ms: Numbers

    def within(self, seconds: float) -> FrameTrace:
        """Only the frames of the last ``seconds``; all latencies."""
        keep = self.age_s <= seconds
        return FrameTrace(self.age_s[keep], self.interval_ms[keep], self.latency_ms)

    def intervals(self) -> Numbers:
        """The intervals that count: those without a rest in between."""
        return self.interval_ms[np.isfinite(self.interval_ms)]

    def missed(self, period_ms: float) -> Numbers:
        """(n,) how many pictures were due and did not come before each frame, at one each ``period_ms``. Up to half a
        period late is on time."""
        waited = np.where(np.isfinite(self.interval_ms), self.interval_ms, 0.0) / period_ms
        return np.where(waited > _LATE, np.round(waited) - 1, 0.0)


def none_yet() -> FrameTrace:
    """A trace without frames."""
    return FrameTrace(np.zeros(0), np.zeros(0), np.zeros(0))
