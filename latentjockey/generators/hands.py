"""As many of torch's threads as are fastest for one model, and no more. The engine's thread."""

from __future__ import annotations

from types import TracebackType

import torch

from latentjockey.base.threads import Threads, candidates

_SLACK = 0.1
"""A tenth of a picture's time is given for a processor that the surface, or another model, can have."""


class Hands:
    """Within ``with``, torch computes with the count that is being tried or was found; after it with as many threads as
    before. Where ``counted`` is false nothing is tried: what counts is not the processor."""

    def __init__(self, counted: bool) -> None:
        self._all = torch.get_num_threads()
        self._threads = Threads(candidates(self._all) if counted else (self._all,), lambda count: None, _SLACK)

    def __str__(self) -> str:
        return f"{self._threads.now} thread{'s' if self._threads.now != 1 else ''}"

    def again(self) -> None:
        """Another form of the model plays: find out anew."""
        self._threads.again()

    def took(self, seconds: float) -> None:
        """A picture took so long, which cost as much work as others do."""
        self._threads.took(seconds)

    def __enter__(self) -> None:
        torch.set_num_threads(self._threads.now)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        torch.set_num_threads(self._all)
