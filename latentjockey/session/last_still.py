"""The last still: the picture on stage, kept every minute and at the end, so that the next session begins with it.

``move`` is called by the conductor at its every tick and only asks; the writing is done by the keeper.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from latentjockey.base.paths import LAST_STILL
from latentjockey.session.keeper import Keeper

EVERY_S = 60.0

Picture = tuple[int, int]
"""A picture's generation and number."""


class LastStill:
    """``folder`` gets ``LAST_STILL``. ``write`` keeps the picture of now at a path unless it is the one named, and says
    which one is kept then; it may raise StageError."""

    def __init__(self, folder: Path, keeper: Keeper, write: Callable[[Path, Picture], Picture]) -> None:
        self._path = folder / LAST_STILL
        self._keeper = keeper
        self._write = write
        self._kept: Picture = (-1, -1)
        self._next: float | None = None

    @property
    def path(self) -> Path | None:
        """Where it lies, if there is one yet."""
        return self._path if self._path.is_file() else None

    def move(self, t: float) -> bool:
        """Ask for a new one when a minute has passed. Nothing else moves by it."""
        if self._next is None:
            self._next = t + EVERY_S
        elif t >= self._next:
            self._next = t + EVERY_S
            self._keeper.do(self.save)
        return False

    def save(self) -> None:
        """Keep the picture of now. On the keeper's thread."""
        self._kept = self._write(self._path, self._kept)
