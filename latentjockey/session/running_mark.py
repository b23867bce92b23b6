"""A mark that lies in the session's folder while a show is open: found at the start, the last one ended in a crash.

Touches the disk: ``set`` and ``clear`` belong on the keeper's thread.
"""

from __future__ import annotations

from pathlib import Path

from latentjockey.base.paths import write_atomic


class RunningMark:
    """``found`` is whether an earlier show left its mark behind."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "running"
        self._set = False
        self.found = self._path.exists()

    def set(self) -> None:
        """Lay the mark down, once. Raises OSError."""
        if not self._set:
            write_atomic(self._path, b"A show is open, or it ended without goodbye.\n")
            self._set = True

    def clear(self) -> None:
        """Take the mark away: the show ends in good order. Raises OSError."""
        self._path.unlink(missing_ok=True)
        self._set = False
