"""Networks that are needed now and then leave the device meanwhile. Engine process, one thread.

Text encoders take as much memory as the rest of a small model, and are asked when a text changes. On the processor they
are where they belong, and nothing is moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

IDLE_S = 8.0
"""Seconds after which nobody seems to be writing."""


class Parked:
    """``networks`` that belong to ``device``, and leave it when they were not needed for ``idle_s`` seconds."""

    def __init__(self, networks: Sequence[Any], device: torch.device, now: float, idle_s: float = IDLE_S) -> None:
        self._networks, self._device, self._idle_s = networks, device, idle_s
        self._moves = device.type != "cpu"
        self._needed = now
        self.away = False
        """Whether they are on the processor, for a while."""

    def fetch(self, now: float) -> None:
        """They are needed."""
        self._needed = now
        if self.away:
            self._move(self._device)
            self.away = False

    def look(self, now: float) -> None:
        """Between pictures: send them away if nobody needed them for long."""
        if self._moves and not self.away and now - self._needed > self._idle_s:
            self._move(torch.device("cpu"))
            self.away = True

    def _move(self, where: torch.device) -> None:
        for network in self._networks:
            network.to(where)
        if where.type == "cpu" and self._device.type == "cuda":
            torch.cuda.empty_cache()  # what they left is free for others on this device, too
