"""A recalled preset that arrives in time instead of at once: places glide, numbers go over, switches turn half way.

Thread ``conductor``, which moves it as the source MORPH; :meth:`Morph.begin` may be called by any thread. Places travel
by the decks' own glide records, so that they are where the engine has them at any moment. Whoever touches a control
has it at once: its morph is over. At the end everything else is exactly as the preset says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.holding import LET_GO
from latentjockey.control.names import DECKS, GLIDE_CURVES
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ARRIVAL, ENGINE, GHOST, LOOP, MORPH
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.control.values import RefusedError, Value, coerce
from latentjockey.modulation.gesture import eased
from latentjockey.navigation.arrays import widen
from latentjockey.navigation.movement import phase_at
from latentjockey.navigation.state import class_weights, drift_anchor
from latentjockey.presets.preset import Kept
from latentjockey.session import moves, playheads, routes

F64 = NDArray[np.float64]
Changes = Mapping[str, tuple[Kept, Kept]]

_SPACING_S = 1.0 / 130
_SMOOTH = GLIDE_CURVES.index("smooth")
_OF_A_PLACE = (
    *("z", "seed", "glide/from", "glide/since", "glide/duration", "glide/shape"),
    *("drift/seed", "drift/phase", "drift/origin", "drift/since"),
    *("class", "glide/class"),
)
_OF_THE_CLASSES = ("class", "glide/class")
_OF_A_WALK = ("drift/speed", "drift/spread")
_MOVES_A_DECK = ("z", "seed", "glide/since", "drift/seed")
_GIVES_WAY = frozenset({"", MORPH.name, LOOP.name, GHOST.name})
_NO_TOUCH = frozenset({s.name for s in (MORPH, LOOP, GHOST, ARRIVAL, ENGINE)} | {"layout", "range"})


@dataclass(frozen=True, slots=True)
class _Way:
    """One control's way: both ends float64 (n,), by their logarithms where both are positive on such a scale;
    what ``fades`` goes by way of 0."""

    address: str
    control: str
    begin: F64
    end: F64
    turns: bool
    ratio: bool
    fades: bool = False

    def at(self, x: float) -> F64:
        """The numbers at ``x`` of the time, 0..1."""
        if self.turns:
            return self.begin if x < 0.5 else self.end
        if self.fades:
            return (1.0 - eased(2.0 * x)) * self.begin if x < 0.5 else eased(2.0 * x - 1.0) * self.end
        step = eased(x)
        if self.ratio:
            return np.exp((1.0 - step) * np.log(self.begin) + step * np.log(self.end))
        return (1.0 - step) * self.begin + step * self.end


@dataclass(frozen=True, slots=True)
class _Running:
    """A morph under way, from ``since`` on. ``places`` are the writes that each deck's records end with, ``after`` is
    everything as it is to be, ``halfway`` what turns with the switches though it is text."""

    after: Snapshot
    since: float
    seconds: float
    ways: Mapping[str, _Way]
    places: Mapping[str, moves.Writes]
    halfway: moves.Writes


class Morph:
    """A mover of the conductor. ``loops`` tells which controls loop: those are tonight's and stay. ``moved`` gets what
    a whole morph changes, for undo: (before, after) by address, and when."""

    def __init__(
        self,
        bay: Bay,
        loops: Callable[[str], bool] = lambda address: False,
        moved: Callable[[Changes, float], None] = lambda changes, t: None,
    ) -> None:
        self._bay = bay
        self._loops = loops
        self._moved = moved
        self._lock = threading.Lock()
        self._next: tuple[Sequence[tuple[str, Value]], float] | None = None
        self._running: _Running | None = None
        self._revision = 0
        self._wrote = -1.0

    def begin(self, writes: Sequence[tuple[str, Value]], seconds: float) -> None:
        """Go from where everything is to ``writes`` within ``seconds`` > 0, from the next tick on. Any thread.

        Moments among the writes (``…/since``) are on the show's clock, as for a recall.
        """
        with self._lock:
            self._next = (list(writes), seconds)
        self._bay.wake.set()

    def end(self) -> None:
        """Leave everything where it is; decks that glide arrive."""
        with self._lock:
            self._next = None
        self._running = None

    def move(self, t: float) -> bool:
        """Begin what was asked for, and go on with it. Whether there is more to come soon."""
        with self._lock:
            asked, self._next = self._next, None
        if asked is None and self._running is None:
            return False
        with self._bay.alone():  # whoever touches a control has it from that moment on
            if asked is not None:
                self._running = self._begun(*asked, t)
            running = self._running
            if running is None or running.after.layout.epoch != self._bay.layout.epoch:
                self._running = None  # what another model has of this preset would come as a surprise
                return False
            due = t >= running.since + running.seconds
            if not due and t - self._wrote < _SPACING_S:
                return True
            self._wrote = t
            running = self._turned(self._without_touched(running, t), t)
            if due:
                self._arrive(running)
            else:
                self._go(running, (t - running.since) / running.seconds)
            self._running = None if due else running
        return not due

    # -- beginning ----------------------------------------------------------------------------------------------------

    def _begun(self, writes: Sequence[tuple[str, Value]], seconds: float, t: float) -> _Running:
        before = self._bay.snapshot()
        writes = [(a, v) for a, v in writes if before.layout.resolve(a) is not None and not self._loops(a)]
        # LFOs and clips go on from where they are
        writes = [(a, v) for a, v in writes if not (routes.is_record(a) or playheads.is_record(a))]
        after = _with(before, writes)
        places = {deck: _place_writes(dict(writes), deck) for deck in DECKS}
        of_places = {address for own in places.values() for address, _ in own}
        ways = [_way(before, after, a) for a, _ in writes if a not in before.texts and a not in of_places]
        texts: moves.Writes = [(a, v) for a, v in writes if a in before.texts]
        halfway = [(a, v) for a, v in texts if a.startswith("/mod/")]
        at_once = [(a, v) for a, v in texts if not a.startswith("/mod/")]
        for deck, own in places.items():
            # without a place of its own a preset has nowhere to glide to
            at_once += _glide(before, after, deck, t, seconds) if f"/deck/{deck}/z" in dict(own) else own
        self._moved(_changes(before, after, [a for a, _ in writes]), t)
        self._bay.write(at_once, ARRIVAL)
        self._revision = self._bay.revision
        return _Running(after, t, seconds, {way.address: way for way in ways if way is not None}, places, halfway)

    # -- going --------------------------------------------------------------------------------------------------------

    def _without_touched(self, running: _Running, t: float) -> _Running:
        self._revision, changes = self._bay.changes_since(self._revision, not_from=MORPH.name)
        touched = {change.spec.address for change in changes if change.source not in _NO_TOUCH}
        asks = t - running.since > LET_GO  # until then who moved it just before the recall still has it
        ways = {
            a: way
            for a, way in running.ways.items()
            if way.control not in touched and not (asks and self._bay.holder(a) not in _GIVES_WAY)
        }
        places = {
            deck: _without_classes(own, deck) if f"/deck/{deck}/class" in touched else own
            for deck, own in running.places.items()
            if not touched & {f"/deck/{deck}/{name}" for name in _MOVES_A_DECK}
        }
        halfway = [(a, v) for a, v in running.halfway if a not in touched]
        return replace(running, ways=ways, places=places, halfway=halfway)

    def _turned(self, running: _Running, t: float) -> _Running:
        """From the middle on routes lead to their new targets: their amounts are at 0 then."""
        if not running.halfway or t < running.since + running.seconds / 2:
            return running
        self._bay.write(running.halfway, MORPH)
        return replace(running, halfway=[])

    def _go(self, running: _Running, x: float) -> None:
        now = self._bay.snapshot()
        writes: moves.Writes = []
        for address, way in running.ways.items():
            numbers = way.at(x)
            if now.layout.resolve(address) is not None and not np.array_equal(now.vector(address), numbers):
                writes.append((address, _plain(numbers)))
        if writes:
            self._bay.write(writes, MORPH)

    def _arrive(self, running: _Running) -> None:
        now = self._bay.snapshot()
        writes: moves.Writes = [(a, _plain(way.end)) for a, way in running.ways.items()]
        for deck, own in running.places.items():
            walk = [f"/deck/{deck}/{name}" for name in _OF_A_WALK]
            if all(a in running.ways or now.number(a) == running.after.number(a) for a in walk):
                writes += own  # otherwise the walk is another one: it leaves from where the glide ends
        self._bay.write(writes, ARRIVAL)


def _place_writes(writes: Mapping[str, Value], deck: str) -> moves.Writes:
    """What of a preset makes the place of a deck: z, its glide, the anchors of its walk, and the classes with it."""
    own: moves.Writes = [(a, writes[a]) for name in _OF_A_PLACE if (a := f"/deck/{deck}/{name}") in writes]
    return own if f"/deck/{deck}/z" in writes else _without_classes(own, deck)


def _without_classes(own: moves.Writes, deck: str) -> moves.Writes:
    classes = {f"/deck/{deck}/{name}" for name in _OF_THE_CLASSES}
    return [(address, value) for address, value in own if address not in classes]


def _glide(before: Snapshot, after: Snapshot, deck: str, t: float, seconds: float) -> moves.Writes:
    """The way of a deck: from where it is to where the preset will have it when the morph ends."""
    at = f"/deck/{deck}"
    return [
        (f"{at}/z", moves.place(after, deck, t + seconds)),
        (f"{at}/glide/from", moves.place(before, deck, t)),
        (f"{at}/glide/since", t),
        (f"{at}/glide/duration", seconds),
        (f"{at}/glide/shape", _SMOOTH),
        (f"{at}/drift/origin", phase_at(drift_anchor(before, deck), t + seconds)),
        *_turn(before, after, deck, t, seconds),
    ]


def _turn(before: Snapshot, after: Snapshot, deck: str, t: float, seconds: float) -> moves.Writes:
    """The way of a deck's class weights, by the clock of its glide."""
    here, there = class_weights(before, deck, t), class_weights(after, deck, t + seconds)
    if here is None or there is None:
        return []
    return [(f"/deck/{deck}/class", there), (f"/deck/{deck}/glide/class", widen(here) - widen(there))]


def _way(before: Snapshot, after: Snapshot, address: str) -> _Way | None:
    """The way of one control, or nothing where it stays."""
    target = before.layout.resolve(address)
    assert target is not None
    spec = before.layout.specs[target.index]
    begin, end = before.values[target.start : target.stop], after.values[target.start : target.stop]
    if routes.changes_over(before, after, address):
        heard = np.array([routes.heard_amount(before, address)])
        return _Way(address, spec.address, heard, end.copy(), False, False, fades=True)
    if np.array_equal(begin, end):
        return None
    # whole numbers are seeds and counts: between two of them stands something else altogether
    turns = spec.kind not in (Kind.FLOAT, Kind.VECTOR)
    ratio = spec.taper is Taper.LOG and bool((begin > 0).all() and (end > 0).all())
    return _Way(address, spec.address, begin.copy(), end.copy(), turns, ratio)


def _with(snapshot: Snapshot, writes: Sequence[tuple[str, Value]]) -> Snapshot:
    """The snapshot as it would be after ``writes``; what a control refuses is left out."""
    values = snapshot.values.copy()
    texts = dict(snapshot.texts)
    for address, value in writes:
        target = snapshot.layout.resolve(address)
        if target is None:
            continue
        spec: ControlSpec = snapshot.layout.specs[target.index]
        if spec.textual:
            texts[spec.address] = str(value)
            continue
        try:
            numbers = np.atleast_1d(np.float64(coerce(spec, value, target.stop - target.start, hash)))
        except RefusedError:
            continue
        values[target.start : target.start + numbers.size] = numbers
    return replace(snapshot, values=values, texts=texts)


def _changes(before: Snapshot, after: Snapshot, addresses: Sequence[str]) -> Changes:
    changes: dict[str, tuple[Kept, Kept]] = {}
    for address in addresses:
        if address in before.texts:
            changes[address] = (before.text(address), after.text(address))
            continue
        old, new = before.vector(address), after.vector(address)
        vector = before.layout.spec(address).kind is Kind.VECTOR
        changes[address] = (old, new) if vector else (float(old[0]), float(new[0]))
    return changes


def _plain(numbers: F64) -> Value:
    return numbers if numbers.size > 1 else float(numbers[0])
