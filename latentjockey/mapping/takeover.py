"""Soft takeover: a hardware knob moves a control only from where the control stands. Pure; no clock.

A knob that picks up and is turned while its control stands elsewhere waits until it reaches the value, within ``NEAR``,
or crosses it. One that scales moves the value, the way it is turned, by such a share that both come to the end of the
travel together. Elsewhere is wherever something else has put the control since: a hand, a preset, another knob, the
focus that went to the other deck, another bank, a range that was widened. There is no exception, so nothing ever jumps:

============================================  ===============================  ==============================
the knob                                      picks up                         scales
============================================  ===============================  ==============================
was last heard where the control stands       plays at once                    plays at once
arrives where the control stands              plays from there on              plays from there on
crosses it between two messages               plays from there on,             brings it nearer
                                              however fast
turns towards it, or away from it             waits                            moves it the same way
was never heard since the start or the plug   plays only when it is heard      the same; the second message
                                              where the control stands; the    scales
                                              control's being at its default
                                              changes nothing
is a pitch bend that was never heard          as one that was heard at rest,   the same
                                              in the middle
the control stands beyond the end of its      waits, until the value comes     away from the travel: nothing;
travel                                        back or the range is widened     towards it: moves it in
moves while a hand holds the control          not, and must meet the value     not, and goes on from where the
                                              again afterwards                 hand has left it
its device turns to another bank, or shift    not before it meets the value    goes on from where the control
goes down or up                               there                            stands there
============================================  ===============================  ==============================

Mixxx and Ableton Live were the models for the meeting rule, Live's value scaling for the other. How it goes with
:mod:`latentjockey.control.holding`: when a lower source follows a hand, the bay glides there for ``PICK_UP`` seconds,
and meanwhile the control lags behind a knob that has already met it. So for ``LAG`` seconds after a meeting the control
may also stand anywhere on the way that the knob went, as long as nobody else has changed it since.
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


def scaled(place: float, before: float, position: float) -> float:
    """Where a control goes from ``place`` when its knob goes from ``before`` to ``position``, all on one travel.

    Both come to an end of the travel together. A place beyond an end comes back from there, and goes no further away.
    Knob positions are 0..1.
    """
    if position > before:
        return place + (position - before) * max(0.0, 1.0 - place) / (1.0 - before)
    if position < before:
        return place - (before - position) * max(0.0, place) / before
    return place


Last = tuple[int, str]
"""The newest change of a control, its revision and who made it: :meth:`latentjockey.control.bay.Bay.last_change`."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a control may stand, in positions, until the glide after a meeting is surely over: between ``low`` and
    ``high``, on its way to ``aim``. ``since`` was its newest change by somebody else."""

    address: str
    low: float
    high: float
    aim: float
    until: float
    since: Last


class Knobs:
    """Where the knobs of one device stand and what they move. One thread hears, any may ask what waits.

    ``me`` is the name under which the device writes. Of the arguments, ``name`` tells the bindings of one message apart
    and stays when the focus goes to another deck; ``address`` is what it means now; ``at`` is where the control stands
    and ``last`` its newest change; ``held`` says that a hand holds it. Positions are 0..1, times in seconds.
    """

    def __init__(self, me: str = "") -> None:
        self._me = me
        self._positions: dict[Key, float] = {}
        self._ways: dict[tuple[Key, str], _Way] = {}

    def forget(self) -> None:
        """Nobody knows where they stand: the device was away."""
        self._positions.clear()
        self._ways.clear()

    def let_go(self) -> None:
        """They stand where they stood, but each has to meet its control again: the device turned to another page."""
        self._ways.clear()

    def stand(self, key: Key, position: float) -> None:
        """A knob was heard. Comes after it was asked for all that it is bound to."""
        self._positions[key] = position

    def plays(
        self, key: Key, name: str, address: str, at: Here, position: float, now: float, last: Last, *, held: bool
    ) -> bool:
        """Whether a knob that picks up and has come to ``position`` moves the control."""
        before = self._before(key)
        way = self._way(key, name, address, at, now, last)
        met = at.reached(position if before is None else before, position)
        if held or not (met or way):
            self._ways.pop((key, name), None)
            return False
        self._go(key, name, None if met else way, address, at, position, now, last)
        return True

    def follows(
        self, key: Key, name: str, address: str, at: Here, position: float, now: float, last: Last, *, held: bool
    ) -> float | None:
        """The position to which a knob that scales and has come to ``position`` brings the control; ``None``: none."""
        before = self._before(key)
        way = self._ways.get((key, name))
        if held:
            self._ways.pop((key, name), None)
            return None
        if before is None:
            aim = position if at.reached(position, position) else None
        else:
            live = self._way(key, name, address, at, now, last)
            kept = way is not None and way.address == address and at.reached(way.aim, way.aim)
            start = way.aim if way is not None and (live or kept) else at.middle
            together = at.reached(before, before) or abs(start - before) <= NEAR
            aim = position if together else scaled(start, before, position)
            way = live
        if aim is None or aim == at.middle:
            return None
        self._go(key, name, way, address, at, aim, now, last)
        return aim

    def waits(self, key: Key, name: str, address: str, at: Here, now: float, last: Last) -> float | None:
        """The position at which the knob stands apart; ``None`` when it plays, or nobody knows where it stands."""
        position = self._positions.get(key)
        if position is None or at.reached(position, position) or self._way(key, name, address, at, now, last):
            return None
        return position

    def heard(self) -> tuple[Key, ...]:
        """The knobs of which it is known where they stand."""
        return tuple(self._positions.copy())

    def _before(self, key: Key) -> float | None:
        return self._positions.get(key, 0.5 if key[0] is MessageKind.PITCHBEND else None)

    def _go(
        self, key: Key, name: str, way: _Way | None, address: str, at: Here, aim: float, now: float, last: Last
    ) -> None:
        """The way there: on from ``way``, or a new one from where the control stands. Other knobs have lost it."""
        if way is None:
            low, high = sorted((min(max(at.middle, 0.0), 1.0), aim))
            way = _Way(address, low, high, aim, now + LAG, last)
        else:
            way = replace(way, low=min(way.low, aim), high=max(way.high, aim), aim=aim)
        for other in [k for k, w in self._ways.items() if w.address == address and k[0] != key]:
            del self._ways[other]
        self._ways[key, name] = way

    def _way(self, key: Key, name: str, address: str, at: Here, now: float, last: Last) -> _Way | None:
        way = self._ways.get((key, name))
        if way is None or way.address != address or now > way.until or (last != way.since and last[1] != self._me):
            return None
        return way if way.low - NEAR <= at.middle <= way.high + NEAR else None
