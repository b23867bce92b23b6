"""Where the time of a picture goes: from the clock on a processor, from events on CUDA. Engine process, one thread.

A GPU is asked for its times only when the picture has left it, so that nothing waits for them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

from latentjockey.base.clock import now_ns
from latentjockey.frames.stages import Stages, spent

_MS = 1e-6


class Laps:
    """The laps of one picture after the other on ``device``."""

    def __init__(self, device: torch.device) -> None:
        self._events = device.type == "cuda"
        self._marks: list[tuple[int, Any]] = []

    def begin(self) -> None:
        """A new picture."""
        self._marks.clear()

    def to(self, stage: int) -> None:
        """What comes now is of ``stage``, see :data:`latentjockey.frames.stages.STAGES`."""
        self._marks.append((stage, self._mark()))

    def end(self, cached: int = 0) -> Stages:
        """The picture is there. Bit n of ``cached`` says that nothing of stage n was computed anew."""
        self.to(-1)
        if self._events:
            self._marks[-1][1].synchronize()
        laps = ((stage, self._between(a, b)) for (stage, a), (_, b) in pairwise(self._marks))
        return spent(laps, cached)

    def _mark(self) -> Any:
        if not self._events:
            return now_ns()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def _between(self, a: Any, b: Any) -> float:
        return float(a.elapsed_time(b)) if self._events else (b - a) * _MS
