"""Soft takeover: a hardware knob moves a control only from where the control stands. Pure; no clock.

A knob that is turned while its control stands elsewhere waits until it reaches the value, within ``NEAR``, or crosses
it. Elsewhere is wherever something else has put the control since: a hand, a preset, another knob, the focus that went
to the other deck, a range that was widened. There is no exception, so nothing ever jumps:

=============================================  =====================================================
the knob                                       plays
=============================================  =====================================================
was last heard where the control stands        at once
arrives where the control stands               from there on
crosses it between two messages                from there on, however fast
was never heard since the start or the plug    only when it is heard where the control stands; the
                                               control's being at its default changes nothing
is a pitch bend that was never heard           as one that was heard at rest, in the middle
stands at the end of its travel and the        not, until the value comes back or the range is
control beyond it                              widened
moves while a hand holds the control           not, and must meet the value again afterwards
=============================================  =====================================================

Mixxx and Ableton Live were the models for the meeting rule. How it goes with :mod:`latentjockey.control.holding`: when
a lower source follows a hand, the bay glides there for ``PICK_UP`` seconds, and meanwhile the control lags behind a
knob that has already met it. So for ``LAG`` seconds after a meeting the control may also stand anywhere on the way that
the knob went.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from latentjockey.control.holding import PICK_UP
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.event import Key, MessageKind
from latentjockey.mapping.travel import Ends, find

NEAR = 1.5 / 128
LAG = 2 * PICK_UP
_WHOLE = frozenset({Kind.INT, Kind.CHOICE})


@dataclass(frozen=True, slots=True)
class Here:
    """The positions of a knob at which it stands where its control does: ``low <= middle <= high``."""

    low: float
    middle: float
    high: float

    def reached(self, one: float, other: float) -> bool:
        """Whether the way from ``one`` position to ``other`` touches it."""
        return min(one, other) <= self.high and max(one, other) >= self.low


def here(spec: ControlSpec, value: float, ends: Ends) -> Here:
    """Where on its travel between ``ends`` a knob meets ``value``.

    A whole number is met by every position that rounds to it, a guard by every position beyond it.
    """
    half = 0.5 if spec.kind in _WHOLE else 0.0
    middle = find(spec, value, ends)
    sides = find(spec, value - half, ends), find(spec, value + half, ends)
    low, high = min(middle - NEAR, *sides), max(middle + NEAR, *sides)
    bottom, top = spec.guard
    rising = ends[0] <= ends[1]
    if bottom is not None and value <= bottom:
        low, high = (-math.inf, high) if rising else (low, math.inf)
    if top is not None and value >= top:
        low, high = (low, math.inf) if rising else (-math.inf, high)
    return Here(low, middle, high)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a control may stand, in positions, until the glide after a meeting is surely over."""

    address: str
    low: float
    high: float
    until: float


class Knobs:
    """Where the knobs of one device stand and what they move. One thread hears, any may ask what waits.

    ``name`` tells the bindings of one message apart and stays when the focus goes to another deck; ``address`` is what
    it means now. Positions are 0..1, times in seconds.
    """

    def __init__(self) -> None:
        self._positions: dict[Key, float] = {}
        self._ways: dict[tuple[Key, str], _Way] = {}

    def forget(self) -> None:
        """Nobody knows where they stand: the device was away."""
        self._positions.clear()
        self._ways.clear()

    def stand(self, key: Key, position: float) -> None:
        """A knob was heard. Comes after :meth:`plays` was asked for all that it is bound to."""
        self._positions[key] = position

    def plays(self, key: Key, name: str, address: str, at: Here, position: float, now: float, *, held: bool) -> bool:
        """Whether a knob that has come to ``position`` moves the control, which stands at ``at``.

        ``held``: a hand holds the control.
        """
        before = self._positions.get(key, 0.5 if key[0] is MessageKind.PITCHBEND else position)
        way = self._way(key, name, address, at, now)
        met = at.reached(before, position)
        if held or not (met or way):
            self._ways.pop((key, name), None)
            return False
        if way is None or met:
            low, high = sorted((min(max(at.middle, 0.0), 1.0), position))
            way = _Way(address, low, high, now + LAG)
        else:
            way = replace(way, low=min(way.low, position), high=max(way.high, position))
        self._ways[key, name] = way
        return True

    def waits(self, key: Key, name: str, address: str, at: Here, now: float) -> float | None:
        """The position at which the knob waits; ``None`` when it plays, or nobody knows where it stands."""
        position = self._positions.get(key)
        if position is None or at.reached(position, position) or self._way(key, name, address, at, now):
            return None
        return position

    def heard(self) -> tuple[Key, ...]:
        """The knobs of which it is known where they stand."""
        return tuple(self._positions.copy())

    def _way(self, key: Key, name: str, address: str, at: Here, now: float) -> _Way | None:
        way = self._ways.get((key, name))
        if way is None or way.address != address or now > way.until:
            return None
        return way if way.low - NEAR <= at.middle <= way.high + NEAR else None
