"""Black pictures that say of themselves what is behind them. Used under the lock of whoever owns one."""

from __future__ import annotations

import numpy as np

from latentjockey.frames.frame import Frame, Pixels


class Darkness:
    """Keeps one black picture of the newest shape."""

    def __init__(self) -> None:
        self._dark: Pixels | None = None

    def over(self, frame: Frame) -> Frame:
        """A black picture that says of itself what ``frame`` says, which it gives back."""
        with frame:
            if self._dark is None or self._dark.shape != frame.pixels.shape:
                self._dark = np.zeros(frame.pixels.shape, np.uint8)
                if not frame.planar:
                    self._dark[..., 3] = 255
                self._dark.setflags(write=False)
            effective, position = frame.effective.copy(), frame.position.copy()
            return Frame(self._dark, frame.stamp, effective, position, frame.planar, frame.held, source=frame.source)
