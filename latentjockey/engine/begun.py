"""When the picture on stage began: that of now, or some pictures ago. Main thread of the engine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from latentjockey.control.snapshot import Snapshot
from latentjockey.frames.stages import lateness
from latentjockey.generators.protocol import Layers

_MOST = 128
"""Pictures that are remembered; no generator is later than its steps are many."""


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """What a picture shows: the values and when they were read (ns), as the layer latents that they meant."""

    snapshot: Snapshot
    read_ns: int
    layers: Layers

    @property
    def time(self) -> float:
        """The moment in seconds for which movement was evaluated."""
        return self.read_ns * 1e-9


class Beginnings:
    """Remembers of the last pictures what they began with."""

    def __init__(self) -> None:
        self._known: deque[Begun] = deque(maxlen=_MOST)

    def clear(self) -> None:
        self._known.clear()

    def shown(self, newest: Begun, began: float | None) -> tuple[Begun, int]:
        """What the picture shows that was asked for with ``newest`` and shows the moment ``began``, and how many
        pictures ago that was. ``None`` is the newest; what is not known any more is the oldest that is."""
        self._known.append(newest)
        if began is None:
            return newest, 0
        for late, begun in enumerate(reversed(self._known)):
            if begun.time <= began:
                return begun, lateness(late)
        return self._known[0], lateness(len(self._known) - 1)
