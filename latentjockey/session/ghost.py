"""The ghost performer: plays while nobody does, and steps aside for everybody.

Thread ``conductor``: it moves as the source GHOST, which everything else outranks, and only controls that nobody holds.
What it plays is the score of :mod:`latentjockey.modulation.score`, and for models with classes that of
:mod:`latentjockey.modulation.score_classes`; nothing in it is beyond a hand. At the first touch by anybody it stops
where things are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay, Change
from latentjockey.control.names import CUES, DECKS, VIEWS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ARRIVAL, AUDIO, CONDUCTOR, ENGINE, GHOST, LOOP, MODULATION, MORPH, RECALL
from latentjockey.control.values import Value
from latentjockey.modulation.gesture import BAR, blended, eased
from latentjockey.modulation.score import Press, levels, presses
from latentjockey.modulation.score_classes import class_levels
from latentjockey.modulation.transport import transport_of

PLAYING = "/ghost/playing"
UNTOUCHED_S = 10.0
"""How long nobody touches anything before the ghost begins by itself."""

_SPACING_S = 1.0 / 60
_FADE_BEATS = 16.0
"""How long it takes from where the controls are to where the score has them."""

_EXCUSED_S = 3.0
_MORPH_S = 4.0
_LOOP_BARS = 6
_SEEDS = 100_000
_NO_TOUCH = frozenset(
    {s.name for s in (GHOST, LOOP, MODULATION, MORPH, ARRIVAL, AUDIO, CONDUCTOR, ENGINE)} | {"layout", "range"}
)
_NO_PLAYING = ("/surface/", "/output/", "/ghost/")
"""Looking at the surface is not playing it."""

Writes = list[tuple[str, Value]]


@dataclass(slots=True)
class _Lane:
    """A control on its way from ``origin``, where it was at beat ``since``, to the score; ``left`` where it was put."""

    origin: float
    since: float
    left: float


@dataclass(slots=True)
class _Classes:
    """The class weights (K,) of a deck on their way to the score, likewise."""

    origin: NDArray[np.float64]
    since: float
    left: NDArray[np.float64]


class Ghost:
    """A mover of the conductor. ``waits``: begin by itself once, when nobody touched anything since there was something
    to look at, which ``seen`` tells.
    ``rehearses``: play the whole surface for ever, and come back after each touch. ``presets`` names what may be
    recalled then; it must not wait."""

    def __init__(
        self,
        bay: Bay,
        seed: int = 1,
        *,
        waits: bool = False,
        rehearses: bool = False,
        presets: Callable[[], Sequence[str]] = tuple,
        seen: Callable[[], bool] = lambda: True,
    ) -> None:
        self._bay = bay
        self._seen = seen
        self._seed = seed
        self._by_itself = waits or rehearses
        self._rehearses = rehearses
        self._presets = presets
        self._revision = -1
        self._quiet_since = -math.inf
        self._excused = self._rests = -math.inf
        self._playing = False
        self._wrote = -1.0
        self._bar = 0
        self._lanes: dict[str, _Lane] = {}
        self._classes: dict[str, _Classes] = {}
        self._owed: Writes = []
        self._looping: tuple[str, int, bool] | None = None

    def move(self, t: float) -> bool:
        """Listen for touches, begin, play or step aside. Whether there is more to come soon."""
        with self._bay.alone():  # between looking and writing nobody touches anything
            touched = self._touched(t)
            snapshot = self._bay.snapshot()
            wanted = bool(snapshot.number(PLAYING))
            self._pay()
            if touched:
                self._quiet_since = t
                self._by_itself = self._rehearses
            elif self._by_itself and not self._rehearses and not self._seen():
                self._quiet_since = t
            if touched and wanted:
                self._bay.write([(PLAYING, False)], CONDUCTOR)
                wanted = False
            elif self._by_itself and not wanted and t - self._quiet_since >= UNTOUCHED_S:
                self._bay.write([(PLAYING, True)], CONDUCTOR)
                wanted = True
            if not wanted:
                self._playing = False
            elif t >= self._rests:
                if not self._playing:
                    self._begin(snapshot, t)
                if t - self._wrote >= _SPACING_S:
                    self._wrote = t
                    self._play(snapshot, t)
        return wanted

    def _touched(self, t: float) -> bool:
        """Whether anybody moved or pressed anything since the last time."""
        if self._revision < 0:
            self._revision = self._bay.revision
            self._quiet_since = -math.inf if self._rehearses else t
            return False
        self._revision, changes = self._bay.changes_since(self._revision, not_from=GHOST.name)
        own = _NO_TOUCH | ({RECALL.name} if t < self._excused else set())
        return any(change.source not in own and _plays(change) for change in changes)

    # -- playing ------------------------------------------------------------------------------------------------------

    def _begin(self, snapshot: Snapshot, t: float) -> None:
        self._bar = math.floor(transport_of(snapshot).beat_at(t) / BAR)
        self._playing = True
        self._lanes = {}
        self._classes = {}

    def _play(self, snapshot: Snapshot, t: float) -> None:
        transport = transport_of(snapshot)
        beat = transport.beat_at(t)
        writes: Writes = []
        for address, level in levels(self._seed, beat, rehearsal=self._rehearses).items():
            if snapshot.layout.resolve(address) is None or not self._free(address):
                continue
            here = snapshot.number(address)
            lane = self._lanes.get(address)
            if lane is None or lane.left != here:  # somebody else put it there: go on from there
                lane = self._lanes[address] = _Lane(here, beat, here)
            lane.left = blended(lane.origin, level, eased((beat - lane.since) / _FADE_BEATS))
            if lane.left != here:
                writes.append((address, lane.left))
        for deck in DECKS:
            writes += self._sort(deck, snapshot, beat)
        bar = math.floor(beat / BAR)
        if bar > self._bar + 1 or bar < self._bar:  # the beat was set anew: nothing is caught up with
            self._bar = bar
        for press in presses(self._seed, self._bar, bar, rehearsal=self._rehearses):
            writes += self._press(press, snapshot, 60.0 / transport.bpm, t)
        self._bar = bar
        writes += self._loop(bar)
        if writes:
            self._bay.write(writes, GHOST)

    def _sort(self, deck: str, snapshot: Snapshot, beat: float) -> Writes:
        """The class weights of a deck, all of them at once: what is not in the score goes to 0."""
        address = f"/deck/{deck}/class"
        many = snapshot.layout.width(address)
        if many < 2 or not self._free(address):
            return []
        here = snapshot.vector(address)
        lane = self._classes.get(deck)
        if lane is None or not np.array_equal(lane.left, here):  # a cue brought others: go on from there
            lane = self._classes[deck] = _Classes(here, beat, here)
        level = np.zeros(many)
        for index, weight in class_levels(self._seed, deck, beat, many).items():
            level[index] = weight
        x = eased((beat - lane.since) / _FADE_BEATS)
        lane.left = level if x >= 1.0 else (1.0 - x) * lane.origin + x * level
        return [] if np.array_equal(lane.left, here) else [(address, lane.left)]

    def _free(self, address: str) -> bool:
        return self._bay.holder(address) in ("", GHOST.name)

    def _press(self, press: Press, snapshot: Snapshot, beat_s: float, t: float) -> Writes:
        at = f"/deck/{press.deck}"
        if press.kind == "preset":
            return self._recall(press, t)
        if press.kind == "loop":
            return self._hold(press)
        if press.kind in ("focus", "view"):
            turned = 1.0 - snapshot.number(f"/surface/{press.kind}")
            return [(f"/surface/{press.kind}", min(turned, len(VIEWS) - 1.0))]
        act: tuple[str, Value] = (f"{at}/{press.kind}", True)
        if press.kind == "cue":
            filled = [n for n in CUES if snapshot.number(f"{at}/cue/{n}/filled")]
            if filled:
                act = (f"{at}/cue/{filled[int(press.draw * len(filled))]}/recall", True)
            else:
                act = (f"{at}/seed", int(press.draw * _SEEDS))
        time = f"{at}/glide/time"
        if not self._free(time):
            return [act]
        # as long as the bars it fills, and then as it was: the next glide may be somebody else's
        self._owed.append((time, snapshot.number(time)))
        return [(time, press.beats * beat_s), act]

    def _pay(self) -> None:
        if self._owed:
            owed, self._owed = self._owed, []
            self._bay.write([(address, value) for address, value in owed if self._free(address)], GHOST)

    def _recall(self, press: Press, t: float) -> Writes:
        names = self._presets()
        if not names:
            return []
        self._excused = t + _EXCUSED_S
        self._rests = t + _MORPH_S + 1.0
        self._playing = False
        return [("/preset/morph", _MORPH_S), ("/preset/recall", names[int(press.draw * len(names))])]

    def _hold(self, press: Press) -> Writes:
        """Begin a loop on something that sways; it is released a bar later, and cleared some bars after that."""
        if self._looping is not None:
            return []
        sways = sorted(self._lanes)
        address = sways[int(press.draw * len(sways))]
        self._looping = (address, press.bar, True)
        return [("/loop/hold", address)]

    def _loop(self, bar: int) -> Writes:
        if self._looping is None:
            return []
        address, since, recording = self._looping
        if recording and bar > since:
            self._looping = (address, since, False)
            return [("/loop/release", address)]
        if not since <= bar <= since + _LOOP_BARS:
            self._looping = None
            return [("/loop/clear", address)]
        return []


def _plays(change: Change) -> bool:
    """Whether who changed this played with it; switching the ghost on is no touch, switching it off is one."""
    address = change.spec.address
    return (address == PLAYING and not change.value) or not address.startswith(_NO_PLAYING)
