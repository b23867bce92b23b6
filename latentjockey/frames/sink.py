"""What takes finished pictures to another program: the protocol that every cable fulfils, and a double without one.

A sink belongs to the one thread that opens it; only ``why_not`` may be asked from any. Numpy, no Qt, no torch.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Pixels


class VideoSink(Protocol):
    """One way out. Opened for one size, closed, opened again for another.

    What a person can meet (no library, no device, a device that went) is a StageError of one sentence; after it only
    ``close`` and ``open`` make sense.
    """

    @property
    def name(self) -> str:
        """What people call it, e.g. ``NDI``."""
        ...

    def why_not(self) -> str:
        """Why it cannot work on this machine and what to do about that, or nothing. Cheap enough for twice a second."""
        ...

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        """Appear to other programs as ``title``. ``fps`` is a hint: pictures may come at another rate."""
        ...

    def send(self, picture: Pixels) -> None:
        """Send uint8 (height, width, 4) RGBA, contiguous, row 0 at the top, opaque whatever its alpha says.

        The caller leaves ``picture`` as it is until it sends the next: no sink needs a copy to keep alive.
        """
        ...

    def keep_alive(self) -> None:
        """Show the last picture again, so that no receiver gives up on a picture that stands still."""
        ...

    def close(self) -> None:
        """Disappear. May be called at any time, also twice and when ``open`` has failed."""
        ...

    def receivers(self) -> int | None:
        """How many programs look, where that can be known; ``None`` where it cannot, also while closed."""
        ...


class MemorySink:
    """Keeps what was sent: the double for tests and measurements. ``trouble`` is what ``why_not`` says."""

    def __init__(self, keep: int = 64, trouble: str = "") -> None:
        self.keep = keep
        self.trouble = trouble
        self.opened: list[tuple[str, int, int, float]] = []
        self.pictures: list[Pixels] = []
        self.sent = self.kept_alive = self.closed = 0
        self._size: tuple[int, int] | None = None
        self._last: Pixels | None = None

    @property
    def name(self) -> str:
        return "memory"

    @property
    def is_open(self) -> bool:
        """Whether it would take a picture now."""
        return self._size is not None

    def why_not(self) -> str:
        return self.trouble

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        if self.trouble:
            raise StageError(self.trouble)
        self.opened.append((title, width, height, fps))
        self._size, self._last = (width, height), None

    def send(self, picture: Pixels) -> None:
        checked(picture, self._size, self.name)
        self._last = picture.copy()
        self._take()
        self.sent += 1

    def keep_alive(self) -> None:
        if self._last is not None:
            self._take()
            self.kept_alive += 1

    def close(self) -> None:
        if self._size is not None:
            self.closed += 1
        self._size = self._last = None

    def receivers(self) -> int | None:
        return None if self._size is None else 1

    def _take(self) -> None:
        assert self._last is not None
        self.pictures.append(self._last)
        del self.pictures[: -self.keep]


def checked(picture: Pixels, size: tuple[int, int] | None, name: str) -> None:
    """See that ``picture`` is what a sink ``name``, open for ``size`` = (width, height), takes.

    Raises StageError when the sink is not open, ValueError for a picture of another kind.
    """
    if size is None:
        raise StageError(f"{name} is not open: nothing can be sent.")
    if picture.dtype != np.uint8 or picture.shape != (size[1], size[0], 4) or not picture.flags.c_contiguous:
        raise ValueError(f"{name} takes contiguous uint8 {(size[1], size[0], 4)}, not {picture.dtype} {picture.shape}")
