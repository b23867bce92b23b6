"""Endless encoders: which step a controller's value means, how much faster a fast turn goes, and which encoding it is.

Pure functions and small state of one thread; no clock. The three encodings are those of the controllers' own manuals
(Mackie's MCU protocol is ``signed-bit``).
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Collection

WINDOW = 0.12
"""Seconds over which the speed of turning is measured."""
SLOW, FAST = 12.0, 90.0
"""Steps a second: up to SLOW nothing is sped up, from FAST on all of it is."""
FINE = 0.1
"""What a step is worth while shift is held, where shift has no meaning of its own."""

_NEAR = 8
"""A hand turns no more than that many steps within one message."""


class Encoding(enum.StrEnum):
    """How a turn stands in the 7 bits of a controller.

    ================  =================  ===============  =========
    encoding          up by 1, 2, 63     down by 1, 2, 63  no step
    ================  =================  ===============  =========
    twos-complement   1, 2, 63           127, 126, 65      0
    signed-bit        1, 2, 63           65, 66, 127       0, 64
    binary-offset     65, 66, 127        63, 62, 1         64
    ================  =================  ===============  =========

    64 is 64 steps down in ``twos-complement``, 0 is 64 steps down in ``binary-offset``.
    """

    TWOS_COMPLEMENT = "twos-complement"
    SIGNED_BIT = "signed-bit"
    BINARY_OFFSET = "binary-offset"


def steps(encoding: Encoding, value: int) -> int:
    """The steps that a value 0..127 means, up or down."""
    if encoding is Encoding.BINARY_OFFSET:
        return value - 64
    if encoding is Encoding.SIGNED_BIT:
        return -(value - 64) if value >= 64 else value
    return value - 128 if value >= 64 else value


def speed_up(speed: float, accelerate: float) -> float:
    """What a step is worth at ``speed`` steps a second: 1 up to SLOW, ``1 + accelerate`` from FAST on."""
    x = min(1.0, max(0.0, (speed - SLOW) / (FAST - SLOW)))
    return 1.0 + accelerate * x * x * (3 - 2 * x)


class Turning:
    """The newest steps of one encoder: how fast it is turned. A turn the other way begins slowly again."""

    __slots__ = ("_recent",)

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def speed(self, moved: int, now: float) -> float:
        """Steps a second within the last ``WINDOW`` seconds, with ``moved`` steps at ``now``."""
        recent = self._recent
        if recent and recent[-1][1] * moved < 0:
            recent.clear()
        while recent and now - recent[0][0] >= WINDOW:
            recent.popleft()
        if moved:
            recent.append((now, moved))
        return abs(sum(step for _, step in recent)) / WINDOW


def fits(encoding: Encoding, value: int, most: int = _NEAR) -> bool:
    """Whether a hand's turn sends this value in that encoding: some steps at once, and no more than ``most``."""
    return 1 <= abs(steps(encoding, value)) <= most


def guess(values: Collection[int], most: int = _NEAR) -> tuple[Encoding | None, bool]:
    """The encoding that all ``values`` of one encoder fit, and whether no other one does.

    The first fitting one of twos-complement, binary-offset, signed-bit: 1 alone may be the first or the last, 65 alone
    the last two. ``None`` when these are no steps, or more than ``most`` at once.
    """
    order = (Encoding.TWOS_COMPLEMENT, Encoding.BINARY_OFFSET, Encoding.SIGNED_BIT)
    fitting = [encoding for encoding in order if values and all(fits(encoding, value, most) for value in values)]
    return (fitting[0] if fitting else None), len(fitting) == 1
