"""Which texts are encoded anew now, and which wait for one of the next pictures. Pure; used from one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Spoken = tuple[str, tuple[float, ...]]
"""A text, and the weights of the LoRAs that it is encoded with; none at all where nothing turns its encoder."""


class Turns:
    """Of several that would have to be encoded anew one has its turn, so that many new texts at once, or a LoRA's
    weight that moves, cost many pictures a little, and none of them much. ``knows`` says what needs no encoding."""

    def __init__(self, knows: Callable[[Spoken], bool]) -> None:
        self._knows = knows
        self._before: tuple[Spoken, ...] = ()
        self._last = -1

    def of(self, wanted: Sequence[Spoken], heard: Sequence[bool]) -> tuple[Spoken, ...]:
        """``wanted``, in which those that are ``heard`` and wait for their turn are what they were before. Who was
        nothing before does not wait; of the others each has its turn, one after the other."""
        new = [n for n, each in enumerate(wanted) if heard[n] and not self._knows(each)]
        waits = [n for n in new if n < len(self._before) and self._knows(self._before[n])]
        if waits and len(waits) == len(new):
            self._last = next((n for n in waits if n > self._last), waits[0])
            waits.remove(self._last)
        self._before = tuple(self._before[n] if n in waits else each for n, each in enumerate(wanted))
        return self._before
