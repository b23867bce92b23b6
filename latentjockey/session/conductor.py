"""The conductor: turns presses and changes into records, and hands the engine one consistent snapshot after another.

Thread ``conductor``, about 480 times a second at most: at once after a write, 240 times a second while something in
the bay moves. It alone publishes, so that a change and the records that keep it continuous always travel together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.control.bay import Bay, Event
from latentjockey.control.names import CUES, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ARRIVAL, AUDIO, CONDUCTOR, ENGINE, GHOST, LOOP, MODULATION, MORPH, RECALL
from latentjockey.presets.history import History
from latentjockey.session import moves, playheads, routes
from latentjockey.session.changes import Changes, differences
from latentjockey.session.deeds import Deeds, Handler
from latentjockey.session.even_travel import EvenTravel
from latentjockey.session.quantiser import Quantiser
from latentjockey.session.tempo import Clocks, Tempo

_LOG = logger("conductor")
_SPACING_S = 1.0 / 480
_TICK_S = 1.0 / 240
_REST_S = 0.1
_NOT_HANDS = frozenset({CONDUCTOR.name, RECALL.name, ARRIVAL.name, ENGINE.name, AUDIO.name, "layout", "range"})

_BY_THEMSELVES = frozenset({MORPH.name, LOOP.name, GHOST.name, MODULATION.name})
"""What plays by itself is heard like a hand, and never taken back by undo."""

_NOT_MOVES = _BY_THEMSELVES | {"layout"}


Watcher = Callable[[float | str], None]


class Mover(Protocol):
    """Plays by itself, on the conductor's thread, writing into the bay as a source of its own: a loop, a morph."""

    def move(self, t: float) -> bool:
        """Write what is due at ``t`` seconds. Whether there will be more to write soon."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What the conductor sets in motion but does not do itself. All are called on its thread and must not wait.

    ``publish`` gets each new snapshot; ``commands`` answer presses by address, ``watchers`` changed values by address;
    ``log`` gets what each tick changed, as (before, after) by address, with the time and who did it; ``movers`` are
    asked to move at every tick; ``directions`` tells those of the model on a deck, (k, z_dim), if it knows any;
    ``clocks`` is the MIDI clock that comes in.
    """

    publish: Callable[[Snapshot], None]
    commands: Mapping[str, Handler] = field(default_factory=dict)
    watchers: Mapping[str, Watcher] = field(default_factory=dict)
    log: Callable[[Changes, float, str], None] = lambda changes, time, source: None
    movers: Sequence[Mover] = ()
    directions: Callable[[str], NDArray[np.float32] | None] = lambda deck: None
    clocks: Clocks = lambda: None


class Conductor:
    """``start`` once, ``close`` once; ``tick`` is for tests and offline use, where no thread runs."""

    def __init__(self, bay: Bay, clock: Clock, messages: Messages, outside: Outside) -> None:
        self._bay = bay
        self._clock = clock
        self._messages = messages
        self._outside = outside
        self._before = bay.snapshot()
        self._tempo = Tempo(bay, messages, outside.clocks)
        self._quantiser = Quantiser()
        self._history = History()
        self._travel = EvenTravel(bay)
        self._deeds = Deeds(
            bay, clock, messages, outside.commands, outside.directions, self._tempo, self._travel, self._history
        )
        self._reach_waits = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin(self) -> None:
        """What the bay holds now is where the show begins: nothing of it counts as a move. Before ``start``."""
        self._bay.drain_events()
        self._before = self._bay.snapshot()
        self._travel.recalled = RECALL.name in {change.source for change in self._bay.changes_since(0)[1]}

    def close(self) -> None:
        """Stop the thread; the last changes are published before it ends."""
        self._stop.set()
        self._bay.wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def set_travel(self, points: tuple[float, ...]) -> None:
        """The crossfader's travel was measured anew. Any thread."""
        self._travel.measured(points)

    def moved(self, changes: Changes, t: float) -> None:
        """A morph began that will have made these changes: one move for undo. On the conductor's thread."""
        changed = {a: pair for a, pair in changes.items() if a != "/mix/travel"}
        self._history.push(changed, t, f"{MORPH.name} {t}")

    def _run(self) -> None:
        busy = False
        spacing = threading.Event()
        while not self._stop.is_set():
            self._bay.wake.wait(_TICK_S if busy else _REST_S)
            self._bay.wake.clear()
            try:
                busy = self.tick()
            except Exception as error:  # noqa: BLE001 - whatever stumbles here, the hands must go on reaching the picture
                _LOG.exception("the conductor stumbled and goes on")
                self._messages.post(self._clock.now(), "conductor", f"A move was lost: {error!r}.", serious=True)
                self._before = self._bay.snapshot()
                self._outside.publish(self._before)
            spacing.wait(_SPACING_S)
        self.tick()

    def tick(self) -> bool:
        """Once through: pick-ups, presses, records, publishing. Returns whether something in the bay still moves."""
        t = self._clock.now()
        plays = [mover.move(t) for mover in (self._tempo, *self._outside.movers)]
        return self._once(t) or any(plays)

    def _once(self, t: float) -> bool:
        before = self._before
        with self._bay.alone():  # a write that came between would be seen by the next tick as old
            busy = self._bay.advance()
            snapshot = self._bay.snapshot()
            events = self._bay.drain_events()
            waits = bool(self._quantiser.waiting())
            if snapshot.revision == before.revision and not events and not waits and not self._reach_waits:
                return self._travel.move(self._before, t) or busy
            _, changes = self._bay.changes_since(before.revision)
            by = {c.spec.address: c.source for c in changes}
            self._travel.note(by)
            busy = self._travel.move(self._before, t) or busy
            acted = self._keep_continuous(before, snapshot, by, t)
            begun = playheads.begun(before, snapshot, by, t)
            if begun:
                self._bay.write(begun, CONDUCTOR)
            presses = self._quantiser.due(events, self._bay.snapshot(), t)
            for press in presses:
                acted = self._deeds.act(press) or acted
            self._tell_waiting()
            self._match_reach()
            self._bay.write(routes.places(self._bay.snapshot()), CONDUCTOR)
            after = self._before = self._bay.snapshot()
        self._outside.publish(after)
        if after.layout.epoch == before.layout.epoch:
            self._log(before, after, by, [press.event for press in presses], t)
        for address, watcher in self._outside.watchers.items():
            self._tell(address, watcher, before, after, written=address in by)
        return busy or acted or bool(self._quantiser.waiting())

    def waiting(self) -> Mapping[str, float]:
        """The addresses of the presses that wait for their beat, and which beat that is. Any thread."""
        return self._quantiser.waiting()

    def _tell_waiting(self) -> None:
        words = self._quantiser.words()
        if words != self._bay.snapshot().text("/transport/waiting"):
            self._bay.write([("/transport/waiting", words)], CONDUCTOR)

    @staticmethod
    def _tell(address: str, watcher: Watcher, before: Snapshot, after: Snapshot, *, written: bool) -> None:
        if address in after.texts:
            if written or before.texts.get(address) != after.text(address):  # a text that went and came back is news
                watcher(after.text(address))
        elif before.layout.resolve(address) is None or before.number(address) != after.number(address):
            watcher(after.number(address))

    # -- records ------------------------------------------------------------------------------------------------------

    def _keep_continuous(self, before: Snapshot, after: Snapshot, by: Mapping[str, str], t: float) -> bool:
        if after.layout.epoch != before.layout.epoch:
            return False
        writes: moves.Writes = []
        for deck in DECKS:
            writes += self._deck_records(before, after, by, deck, t)
        writes += routes.kept(before, after, partial(_by_hand, by), t)
        writes += playheads.kept(before, after, partial(_by_hand, by), t)
        for why in routes.refusals(after, partial(_by_hand, by)):
            self._messages.post(t, "modulation", why)
        if _by_hand(by, "/transport/bpm") or _by_hand(by, "/transport/playing"):
            writes += self._tempo.by_hand(before, after, t)
        if writes:
            self._bay.write(writes, CONDUCTOR)
        return bool(writes)

    def _deck_records(
        self, before: Snapshot, after: Snapshot, by: Mapping[str, str], deck: str, t: float
    ) -> moves.Writes:
        at = f"/deck/{deck}"
        writes: moves.Writes = []
        if _by_hand(by, f"{at}/drift/speed"):
            writes += moves.drift_changed(before, deck, t, after.number(f"/deck/{deck}/drift/speed"))
        if _by_hand(by, f"{at}/seed"):
            end = after.vector(f"{at}/z").astype(np.float32)
            writes += moves.go(after, deck, moves.place(before, deck, t), end, t)
        elif _by_hand(by, f"{at}/z") and by[f"{at}/z"] not in _BY_THEMSELVES:  # a loop goes along with a glide
            writes += moves.taken_by_hand(before, after, deck, t)
        elif _by_hand(by, f"{at}/class") and by[f"{at}/class"] not in _BY_THEMSELVES:
            writes += moves.classes_by_hand(before, after, deck)
        told = _by_hand(by, f"{at}/centre")  # a recalled preset brings its centre along
        if told or any(f"{at}/cue/{n}/{part}" in by for n in CUES for part in ("z", "class")):
            writes += self._deeds.centre(after, deck, told=told)
        return writes

    def _match_reach(self) -> None:
        """Reach says what psi and overdrive make, whoever moved them, but for the moment in which somebody holds it."""
        snapshot = self._bay.snapshot()
        other = [(f"/deck/{d}/reach", moves.reach_of(snapshot, d)) for d in DECKS]
        other = [(address, number) for address, number in other if snapshot.number(address) != number]
        writes: moves.Writes = [write for write in other if not self._bay.holder(write[0])]
        self._reach_waits = len(writes) < len(other)
        if writes:
            self._bay.write(writes, CONDUCTOR)

    # -- log ----------------------------------------------------------------------------------------------------------

    def _log(self, before: Snapshot, after: Snapshot, by: Mapping[str, str], events: list[Event], t: float) -> None:
        changes = differences(before, after)
        if not changes:
            return
        hands = [by[a] for a in changes if by.get(a, CONDUCTOR.name) not in _NOT_HANDS | _BY_THEMSELVES]
        presses = [
            e.source.name
            for e in events
            if e.address not in ("/session/undo", "/session/redo") and e.source.name not in _BY_THEMSELVES
        ]
        who = next(iter(hands + presses), "")
        theirs = {a: pair for a, pair in changes.items() if by.get(a) not in _NOT_MOVES}
        if who:
            self._history.push(theirs, t, who if hands else f"{who} {t}")
        elif RECALL.name in by.values() and not events:
            self._history.push(theirs, t, f"{RECALL.name} {t}")
        self._outside.log(changes, t, who or CONDUCTOR.name)


def _by_hand(by: Mapping[str, str], address: str) -> bool:
    return by.get(address, CONDUCTOR.name) not in _NOT_HANDS
