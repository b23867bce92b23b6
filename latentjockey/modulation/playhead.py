"""Where a clip is at a time, as a record: from the second while it runs free, from the beat where it is locked. Pure.

A place is counted in lengths of the clip: 0 is its beginning and 1 its end, and beyond both it goes on as its loop says
(:func:`folded`). A place follows from the record alone, and a change of pace is a new anchor, so that nothing jumps.

Locked to the beat, a clip has places of its own on the grid: where ``speed * beat / beats`` is whole, it begins. What
it is off that grid when it is locked, or its pace changed, is its ``lag``, and is made up for within one length.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from latentjockey.control.names import own_address
from latentjockey.control.snapshot import Snapshot
from latentjockey.modulation.transport import Transport

SCRUB, SPEED, LOOP, BEATS = "/gen/scrub", "/gen/speed", "/gen/loop", "/gen/beats"
RESTART = "/gen/restart"
ANCHOR, SINCE, BEAT, LAG = "/gen/anchor", "/gen/since", "/gen/beat", "/gen/lag"
LENGTH = "/gen/length"
"""Seconds that the clip lasts at speed 1: it is the control's default, whatever its value."""
CONTROLS = (SCRUB, SPEED, LOOP, BEATS, ANCHOR, SINCE, BEAT, LAG, LENGTH)
"""All that a place follows from."""
LOOPS = ("loop", "ping-pong", "once", "hold")
"""Round and round; there and back; to the end, and no further; only where it is put."""
ROUND, THERE_AND_BACK, ONCE, HOLD = range(len(LOOPS))
_PERIODS = {ROUND: 1.0, THERE_AND_BACK: 2.0}


@dataclass(frozen=True, slots=True)
class Playhead:
    """``scrub`` is where a hand put the clip, ``speed`` its pace, ``loop`` indexes :data:`LOOPS`, ``beats`` are those
    of the transport that it lasts, 0 for none; ``length`` its seconds. It had run ``anchor`` lengths from ``scrub`` at
    ``since`` seconds and at ``beat``, where it was ``lag`` lengths beside the grid."""

    scrub: float
    speed: float
    loop: int
    beats: float
    length: float
    anchor: float
    since: float
    beat: float
    lag: float

    @property
    def locked(self) -> bool:
        """Whether the transport moves it."""
        return self.beats != 0.0

    @property
    def _on_grid(self) -> bool:
        return self.locked and self.loop in _PERIODS

    def run(self, t: float, beat: float) -> float:
        """Lengths it has run at ``t`` seconds, when the transport is at ``beat``, without ``scrub``; finite."""
        if self.loop == HOLD:
            return self.anchor
        if self.locked:
            passed = (beat - self.beat) / self.beats * self.speed
            done = min(abs(passed), 1.0)
            made = self.anchor + passed + self.lag * (1.0 - done * done * (3.0 - 2.0 * done))
        else:
            made = self.anchor + (t - self.since) * self.speed / self.length
        return made if math.isfinite(made) else self.anchor

    def place(self, t: float, beat: float) -> float:
        """Where it is, in lengths: any finite number, see :func:`folded`."""
        made = self.scrub + self.run(t, beat)
        return made if math.isfinite(made) else self.scrub

    def moving(self, t: float, transport: Transport) -> bool:
        """Whether it is elsewhere a moment later."""
        if self.loop == HOLD or self.speed == 0.0 or (self.locked and not (transport.playing and transport.bpm)):
            return False
        if self.loop != ONCE:
            return True
        pace = self.speed * (self.beats * transport.bpm if self.locked else 1.0)
        place = self.place(t, transport.beat_at(t))
        return place < 1.0 if pace > 0.0 else place > 0.0

    def changed(self, old: Playhead, t: float, beat: float) -> Playhead:
        """This playhead, which has the records of ``old`` and its own pace, with an anchor at ``t`` and ``beat`` from
        which it goes on where ``old`` was; at ``scrub`` where that was moved, unless the beat leads it."""
        if self.scrub != old.scrub and self.locked and replace(old, scrub=self.scrub) == self:
            return self  # how far it is beside the beat has changed, nothing else
        if self.scrub != old.scrub and not self.locked:
            return self._anchored(0.0, t, beat)
        here = replace(old, scrub=self.scrub).place(t, beat)
        if self.loop != old.loop:
            here = folded(here, old.loop)
        return self._anchored(here - self.scrub, t, beat)

    @property
    def stands(self) -> bool:
        """Whether only ``scrub`` moves it."""
        return self.loop == HOLD or (self.speed == 0.0 and not self.locked)

    def settled(self) -> Playhead:
        """The same; where it stands, ``scrub`` says where that is, so that a hand that sets it finds it there."""
        if not self.stands or self.anchor == 0.0:
            return self
        place = self.scrub + self.anchor
        return replace(self, scrub=folded(place, self.loop), anchor=0.0) if math.isfinite(place) else self

    def restarted(self, t: float, beat: float) -> Playhead:
        """The same from ``scrub`` on; backwards, from a length beyond it."""
        backwards = self.speed * (self.beats or 1.0) < 0.0 and self.loop != HOLD
        return replace(self, anchor=1.0 if backwards else 0.0, since=t, beat=beat, lag=0.0)

    def _anchored(self, run: float, t: float, beat: float) -> Playhead:
        """The same having run ``run`` lengths at ``t`` and ``beat``."""
        period = _PERIODS.get(self.loop)
        if not math.isfinite(run):
            run = 0.0
        if not self._on_grid or period is None:
            anchor = run if period is None else run % period
            return replace(self, anchor=anchor, since=t, beat=beat, lag=0.0)
        grid = self.speed * beat / self.beats
        grid = grid % period if math.isfinite(grid) else 0.0
        lag = (run - grid + 0.5 * period) % period - 0.5 * period
        return replace(self, anchor=grid, since=t, beat=beat, lag=lag)


def folded(place: float, loop: int) -> float:
    """A place as one within the clip, 0 … 1: round, mirrored at both ends, or held there."""
    if not math.isfinite(place):
        return 0.0
    if loop == ONCE:
        return min(max(place, 0.0), 1.0)
    if loop == ROUND:
        return place - math.floor(place)
    return 1.0 - abs(place % 2.0 - 1.0)


def playhead_of(number: Callable[[str], float], length: float) -> Playhead:
    """The playhead of a clip of ``length`` seconds, by its controls, which ``number`` reads. Raises what that does."""
    loop = int(number(LOOP))
    return Playhead(
        number(SCRUB), number(SPEED), loop if 0 <= loop < len(LOOPS) else ROUND, number(BEATS), length,
        number(ANCHOR), number(SINCE), number(BEAT), number(LAG),
    )  # fmt: skip


def playhead_on(snapshot: Snapshot, deck: str) -> Playhead | None:
    """That of the clip which deck ``a`` or ``b`` plays, ``None`` where it plays another model, or what deck A does."""
    address = own_address(LENGTH, deck)
    if snapshot.layout.resolve(address) is None:
        return None
    length = snapshot.layout.spec(address).default
    if not isinstance(length, int | float) or length <= 0.0:
        return None
    return playhead_of(lambda each: snapshot.number(own_address(each, deck)), float(length))


def records(playhead: Playhead) -> tuple[tuple[str, float], ...]:
    """What is kept of its movement, by address."""
    return (ANCHOR, playhead.anchor), (SINCE, playhead.since), (BEAT, playhead.beat), (LAG, playhead.lag)
