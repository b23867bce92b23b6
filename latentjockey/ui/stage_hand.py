"""The stage under the hand: dragging moves the focused deck, letting go in motion throws it. GUI thread only.

Across is the strongest direction of the deck, up the second; where the model knows none, the first two components of z.
The wheel is the deck's reach. How a throw runs out is a pure function of time, written at fixed steps as HAND.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from latentjockey.base.clock import Clock
from latentjockey.control.names import DECKS
from latentjockey.control.spec import ControlSpec, to_position, to_value
from latentjockey.ui.binder import Binder

FRICTION_S = 1.2
"""Time in which a throw loses all but 1/e of its speed."""

STEP_S = 1 / 60
_FINE = 0.1
_WHEEL = 0.02
_SLOP = 2.0
_RECENT_S = 0.1
_LEAST = 0.12
"""Shares of the range a second: what is let go slower than this was put down, not thrown."""
_REST = 0.004

_AXES = ("dir", "z")


def throw(v0: float, t: float) -> float:
    """How far a thing has come that was let go with speed ``v0``, ``t`` seconds later, under friction: its speed falls
    by e every ``FRICTION_S``, and it comes to rest ``v0 * FRICTION_S`` away."""
    return v0 * FRICTION_S * -math.expm1(-max(0.0, t) / FRICTION_S)


def rolls(v0: float) -> float:
    """For how long a throw of speed ``v0``, in shares of a range a second, is worth following."""
    return FRICTION_S * math.log(max(1.0, abs(v0) / _REST))


def speed(marks: list[tuple[float, float]], now: float) -> float:
    """The speed at ``now`` of what was at these (time, place) last; 0 for what had come to rest or never moved."""
    recent = [mark for mark in marks if now - mark[0] <= _RECENT_S]
    if len(recent) < 2:
        return 0.0
    return (recent[-1][1] - recent[0][1]) / max(now - recent[0][0], STEP_S)


@dataclass(frozen=True, slots=True)
class Moved:
    """A control that the hand moves on the stage: its deck, what the hand calls it, and where it stands."""

    deck: str
    name: str
    value: float
    spec: ControlSpec
    beyond: bool


@dataclass(slots=True)
class _Axis:
    """One control under the hand. ``at`` and ``start`` are places in its range: 0..1 within, outside beyond."""

    address: str
    name: str
    spec: ControlSpec
    lo: float
    hi: float
    at: float
    start: float
    wrote: float | None = None

    def value(self) -> float:
        return to_value(self.spec, self.at, self.lo, self.hi)


class StageHand(QObject):
    """``tell`` gets what is moved, whenever it has been."""

    def __init__(
        self, binder: Binder, clock: Clock, tell: Callable[[tuple[Moved, ...]], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._clock = clock
        self._tell = tell
        self._deck = "a"
        self._axes: tuple[_Axis, ...] = ()
        self._last = QPointF()
        self._moved = False
        self._held = False
        self._marks: deque[tuple[float, float, float]] = deque(maxlen=64)
        self._thrown: tuple[float, tuple[float, ...], float] | None = None
        self._step = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(STEP_S * 1000))
        self._timer.timeout.connect(self.roll)

    @property
    def held(self) -> bool:
        """Whether the hand is on the stage."""
        return self._held

    @property
    def rolling(self) -> bool:
        """Whether a throw runs."""
        return self._thrown is not None

    # -- dragging ---------------------------------------------------------------------------------------------------

    def press(self, at: QPointF) -> None:
        """The hand goes down; whatever rolls stops."""
        self.stop()
        self._axes = tuple(self._found())
        if not self._axes:
            return
        self._held, self._moved = True, False
        self._last = at
        self._marks.clear()
        self._mark()
        for axis in self._axes:
            self._binder.touch(axis.address)

    def move(self, at: QPointF, travel: float, *, fine: bool) -> None:
        """The hand moves; ``travel`` pixels go through the whole nominal range."""
        if not self._held:
            return
        delta = at - self._last
        if not self._moved and math.hypot(delta.x(), delta.y()) < _SLOP:
            return
        self._moved = True
        self._last = at
        scale = (_FINE if fine else 1.0) / max(1.0, travel)
        for axis, pixels in zip(self._axes, (delta.x(), -delta.y()), strict=False):
            if pixels:
                axis.at += pixels * scale
                self._binder.write(axis.address, axis.value())
        self._mark()
        self._report()

    def release(self) -> None:
        """The hand lets go: in motion it throws."""
        if not self._held:
            return
        self._held = False
        for axis in self._axes:
            self._binder.release(axis.address)
        now = self._clock.now()
        along = [speed([(mark[0], mark[1 + i]) for mark in self._marks], now) for i in range(len(self._axes))]
        fastest = max(map(abs, along), default=0.0)
        if self._moved and fastest >= _LEAST:
            for axis in self._axes:
                axis.start, axis.wrote = axis.at, None
            self._thrown, self._step = (now, tuple(along), rolls(fastest)), 0
            self._timer.start()

    def _found(self) -> Iterator[_Axis]:
        """The two controls of the focused deck that the stage moves now."""
        self._deck = DECKS[int(self._binder.bay.number("/surface/focus")) % len(DECKS)]
        self._binder.flush()
        layout = self._binder.bay.layout
        head = next((name for name in _AXES if layout.resolve(f"/deck/{self._deck}/{name}/0") is not None), "")
        for index in (0, 1):
            address = f"/deck/{self._deck}/{head}/{index}"
            value = self._value(address) if head else None
            if value is not None:
                spec = layout.spec(address)
                lo, hi = self._binder.bay.range(address)
                place = to_position(spec, value, lo, hi)
                name = "lead" if (head, index) == ("dir", 0) else f"{'direction' if head == 'dir' else 'z'} {index + 1}"
                yield _Axis(address, name, spec, lo, hi, place, place)

    def _value(self, address: str) -> float | None:
        """What a component holds, or nothing where it is gone."""
        if self._binder.bay.layout.resolve(address) is None:
            return None
        held = self._binder.bay.value(address)
        return float(held) if isinstance(held, float) else None if isinstance(held, str) else float(held[0])

    def _mark(self) -> None:
        places = [axis.at for axis in self._axes]
        self._marks.append((self._clock.now(), places[0], places[-1]))

    # -- throwing ---------------------------------------------------------------------------------------------------

    def roll(self) -> None:
        """Go on with the throw. The timer calls it; it ends at rest, or when anybody else moves what rolls."""
        if self._thrown is None:
            return
        since, along, lasts = self._thrown
        step = math.floor((self._clock.now() - since) / STEP_S)
        if step <= self._step:
            return
        self._step = step
        self._binder.flush()
        if any(self._taken(axis) for axis in self._axes):
            self.stop()
            return
        t = min(step * STEP_S, lasts)
        for axis, v0 in zip(self._axes, along, strict=True):
            if v0:
                axis.at = axis.start + throw(v0, t)
                axis.wrote = axis.value()
                self._binder.write(axis.address, axis.wrote)
        self._report()
        if t >= lasts:
            self.stop()

    def _taken(self, axis: _Axis) -> bool:
        """Whether the control is gone, or holds something else than what was written last."""
        value = self._value(axis.address)
        return value is None or (axis.wrote is not None and not math.isclose(value, axis.wrote, abs_tol=1e-9))

    def stop(self) -> None:
        """Let nothing roll on."""
        self._timer.stop()
        self._thrown = None

    def let_go(self) -> None:
        """The stage is hidden or gone: nothing stays held or rolls on."""
        if self._held:
            self._held = False
            for axis in self._axes:
                self._binder.release(axis.address)
        self.stop()

    # -- the wheel --------------------------------------------------------------------------------------------------

    def wheel(self, notches: float, *, fine: bool) -> None:
        """Turn the reach of the focused deck."""
        self._binder.flush()
        deck = DECKS[int(self._binder.bay.number("/surface/focus")) % len(DECKS)]
        address = f"/deck/{deck}/reach"
        value = self._value(address)
        if value is None or not notches:
            return
        spec = self._binder.bay.layout.spec(address)
        lo, hi = self._binder.bay.range(address)
        place = to_position(spec, value, lo, hi) + notches * _WHEEL * (_FINE if fine else 1.0)
        value = to_value(spec, place, lo, hi)
        self._binder.write(address, value)
        self._tell((Moved(deck, "reach", value, spec, not lo <= value <= hi),))

    def _report(self) -> None:
        self._tell(
            tuple(
                Moved(self._deck, axis.name, axis.value(), axis.spec, not axis.lo <= axis.value() <= axis.hi)
                for axis in self._axes
            )
        )
