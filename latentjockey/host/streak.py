"""How failures follow each other, and what is to be done about the next one. Pure: the time is an argument, in seconds.

A streak is what ends soon after it began. Being killed from outside is no fault of the model, unless it never shows a
frame: the system may be killing it for its memory.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto

from latentjockey.models.pair import parts

_STREAK_S, _WELL_S = 5.0, 0.25
_QUARANTINE_AT, _FALLBACK_AT = 2, 4
_BARREN_S, _BARREN_AT_MOST_S = 0.1, 5.0


class Verdict(Enum):
    """What a failure calls for: another engine, taking back what was changed last, or another model."""

    RESTART = auto()
    SUSPECT = auto()
    FALL_BACK = auto()


class Streak:
    """``since`` is when the present streak began, ``not_before`` when the next engine may be started."""

    def __init__(self) -> None:
        self.since = 0.0
        self.not_before = 0.0
        self._count = 0
        self._barren = 0
        self._accused = False

    def failed(self, now: float, first_frame: float | None, *, meddled: bool) -> Verdict:
        """An engine ended whose first frame came at a time, or never; ``meddled``: somebody outside ended it."""
        if first_frame is None:  # give a machine in trouble time to breathe
            self.not_before = now + min(_BARREN_S * 2**self._barren, _BARREN_AT_MOST_S)
            self._barren = min(self._barren + 1, 10)
        if self._accused and first_frame is not None and now - first_frame > _WELL_S:
            self._count, self._accused = 0, False  # taking a control back helped: this is another trouble
        if self._count == 0 or first_frame is not None:
            self.since = now
        if first_frame is None or (not meddled and now - first_frame < _STREAK_S):
            self._count += 1
        else:
            self._count = 0 if meddled else 1
        if self._count >= _FALLBACK_AT:
            return Verdict.FALL_BACK
        return Verdict.SUSPECT if self._count >= _QUARANTINE_AT else Verdict.RESTART

    def accused(self) -> None:
        """A control was taken back for it."""
        self._accused = True

    def shown(self) -> None:
        """An engine showed a frame and took over."""
        self._barren = 0

    def forget(self) -> None:
        """Another model is to play."""
        self._count = 0

    def breathe(self, now: float) -> None:
        """No engine could be started: leave it for a while."""
        self.not_before = now + _BARREN_AT_MOST_S


def instead_of(model: str, failed: Collection[str], fallbacks: Sequence[str]) -> str:
    """What plays when ``model`` cannot: of a pair a half that has not ``failed`` yet, else the first such fallback, and
    the last one whatever it did."""
    wanted = (*(half for half in parts(model) if half != model), *fallbacks)
    return next((name for name in wanted if name not in failed), fallbacks[-1])
