"""Which shader broke the effects process? Pure: the time is an argument, in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_STREAK_S = 5.0


class Blame:
    """Remembers when each slot was changed last, and how failures follow each other."""

    def __init__(self) -> None:
        self._known: dict[int, object] = {}
        self._changed: dict[int, float] = {}
        self._count = 0

    def note(self, now: float, bases: Mapping[int, object]) -> None:
        """The slots are set to this now; what compares unequal to before has changed."""
        for slot, base in bases.items():
            if self._known.get(slot) != base:
                self._changed[slot] = now
        self._known = dict(bases)

    def newest(self, slots: Iterable[int]) -> int | None:
        """Of these slots the one that was changed last; of several the one with the highest number."""
        return max(slots, key=lambda slot: (self._changed.get(slot, 0.0), slot), default=None)

    def failed(self, now: float, first_drawn: float | None, *, meddled: bool) -> int:
        """A process ended that drew its first picture at a time, or never. Returns how many have failed in a row
        without having drawn for some seconds, this one included; 0 where somebody outside ended it."""
        well = first_drawn is not None and now - first_drawn > _STREAK_S
        if meddled and first_drawn is not None:
            return 0
        self._count = 1 if well else self._count + 1
        return self._count

    def forget(self) -> None:
        """The player tries again: earlier failures do not count."""
        self._count = 0
