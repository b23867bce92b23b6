"""How a picture meets a window of another shape. Pure arithmetic, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fit = Literal["letterbox", "crop", "stretch"]
FITS: tuple[Fit, ...] = ("letterbox", "crop", "stretch")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture goes: ``x y width height`` in window pixels from the top left corner, and the part of the
    picture shown there: ``left top right bottom`` in picture pixels."""

    x: int
    y: int
    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def exact(self) -> bool:
        """Whether every picture pixel falls on one window pixel."""
        return (
            self.right - self.left == self.width
            and self.bottom - self.top == self.height
            and self.left == int(self.left)
            and self.top == int(self.top)
        )


def place(picture: tuple[int, int], window: tuple[int, int], fit: Fit) -> Placement:
    """Place a picture of (width, height) in a window of (width, height), all at least 1.

    ``letterbox`` shows the whole picture and leaves bars, ``crop`` fills the window and cuts two sides, ``stretch``
    fills it with everything. Edges lie on whole pixels wherever picture and window have the same scale.
    """
    wide, high = picture
    across, down = window
    if fit == "stretch":
        return Placement(0, 0, across, down, 0.0, 0.0, float(wide), float(high))
    if fit == "crop":
        scale = max(across / wide, down / high)
        seen_wide, seen_high = min(float(wide), across / scale), min(float(high), down / scale)
        left, top = (wide - seen_wide) / 2, (high - seen_high) / 2
        if scale == 1.0:
            left, top = float(int(left)), float(int(top))
        return Placement(0, 0, across, down, left, top, left + seen_wide, top + seen_high)
    scale = min(across / wide, down / high)
    width, height = max(1, round(wide * scale)), max(1, round(high * scale))
    return Placement((across - width) // 2, (down - height) // 2, width, height, 0.0, 0.0, float(wide), float(high))
