"""The conductor: turns presses and changes into records, and hands the engine one consistent snapshot after another.

Thread ``conductor``, about 480 times a second at most: at once after a write, 240 times a second while something in
the bay moves. It alone publishes, so that a change and the records that keep it continuous always travel together.
"""

from __future__ import annotations

import secrets
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
from latentjockey.control.epoch import moved
from latentjockey.control.layout import Layout
from latentjockey.control.names import CUES, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ARRIVAL, AUDIO, CONDUCTOR, ENGINE, GHOST, LOOP, MODULATION, MORPH, RECALL
from latentjockey.control.spec import Kind
from latentjockey.navigation.travel import blend_curves
from latentjockey.presets.history import History
from latentjockey.presets.preset import Kept, recallable
from latentjockey.session import moves, routes
from latentjockey.session.quantiser import Press, Quantiser
from latentjockey.session.tempo import Clocks, Tempo

_LOG = logger("conductor")
_SPACING_S = 1.0 / 480
_TICK_S = 1.0 / 240
_REST_S = 0.1
_TRAVEL_S = 0.4
_WILD = 1.5
_NOT_HANDS = frozenset({CONDUCTOR.name, RECALL.name, ARRIVAL.name, ENGINE.name, AUDIO.name, "layout", "range"})

_BY_THEMSELVES = frozenset({MORPH.name, LOOP.name, GHOST.name, MODULATION.name})
"""What plays by itself is heard like a hand, and never taken back by undo."""

_NOT_MOVES = _BY_THEMSELVES | {"layout"}

_PANICS = ("/panic", "/panic/home")
_RECALLS = frozenset({RECALL.name, ARRIVAL.name, MORPH.name})

Handler = Callable[[Event], None]
Watcher = Callable[[float | str], None]
Changes = Mapping[str, tuple[Kept, Kept]]


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
    asked to move at every tick; ``directions`` tells those of the model that plays, (k, z_dim), if it knows any;
    ``clocks`` is the MIDI clock that comes in.
    """

    publish: Callable[[Snapshot], None]
    commands: Mapping[str, Handler] = field(default_factory=dict)
    watchers: Mapping[str, Watcher] = field(default_factory=dict)
    log: Callable[[Changes, float, str], None] = lambda changes, time, source: None
    movers: Sequence[Mover] = ()
    directions: Callable[[], NDArray[np.float32] | None] = lambda: None
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
        self._travel: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
        self._measured: tuple[float, ...] | None = None
        self._recalled = False
        self._reach_waits = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin(self) -> None:
        """What the bay holds now is where the show begins: nothing of it counts as a move. Before ``start``."""
        self._bay.drain_events()
        self._before = self._bay.snapshot()
        self._recalled = RECALL.name in {change.source for change in self._bay.changes_since(0)[1]}

    def close(self) -> None:
        """Stop the thread; the last changes are published before it ends."""
        self._stop.set()
        self._bay.wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def set_travel(self, points: tuple[float, ...]) -> None:
        """The crossfader's travel was measured anew: go over to it within ``_TRAVEL_S`` so that nothing jumps.

        A picture that was recalled midway stays exactly as it was until somebody moves a deck or the crossfader.
        """
        self._measured = points
        self._bay.wake.set()

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
                return self._move_travel(t) or busy
            _, changes = self._bay.changes_since(before.revision)
            by = {c.spec.address: c.source for c in changes}
            self._note_recall(by)
            busy = self._move_travel(t) or busy
            acted = self._keep_continuous(before, snapshot, by, t)
            presses = self._quantiser.due(events, self._bay.snapshot(), t)
            for press in presses:
                acted = self._act(press) or acted
            self._tell_waiting()
            self._match_reach()
            self._bay.write(routes.places(self._bay.snapshot()), CONDUCTOR)
            after = self._before = self._bay.snapshot()
        self._outside.publish(after)
        if after.layout.epoch == before.layout.epoch:
            self._log(before, after, by, [press.event for press in presses], t)
        for address, watcher in self._outside.watchers.items():
            self._tell(address, watcher, before, after)
        return busy or acted or bool(self._quantiser.waiting())

    def waiting(self) -> Mapping[str, float]:
        """The addresses of the presses that wait for their beat, and which beat that is. Any thread."""
        return self._quantiser.waiting()

    def _tell_waiting(self) -> None:
        words = self._quantiser.words()
        if words != self._bay.snapshot().text("/transport/waiting"):
            self._bay.write([("/transport/waiting", words)], CONDUCTOR)

    @staticmethod
    def _tell(address: str, watcher: Watcher, before: Snapshot, after: Snapshot) -> None:
        if address in after.texts:
            if before.texts.get(address) != after.text(address):
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
            writes += moves.drift_changed(before, after, deck, t)
        if _by_hand(by, f"{at}/seed"):
            end = after.vector(f"{at}/z").astype(np.float32)
            writes += moves.go(after, deck, moves.place(before, deck, t), end, t)
        elif _by_hand(by, f"{at}/z") and by[f"{at}/z"] not in _BY_THEMSELVES:  # a loop goes along with a glide
            writes += moves.taken_by_hand(before, after, deck, t)
        told = _by_hand(by, f"{at}/centre")  # a recalled preset brings its centre along
        if told or any(f"{at}/cue/{n}/z" in by for n in CUES):
            writes += self._centre(after, deck, told=told)
        return writes

    def _centre(self, snapshot: Snapshot, deck: str, *, told: bool) -> moves.Writes:
        try:
            return moves.centre(snapshot, deck)
        except ValueError as error:
            if told:
                self._messages.post(self._clock.now(), "deck", f"The centre stays where it was: {error}.")
            return []

    def _match_reach(self) -> None:
        """Reach says what psi and overdrive make, whoever moved them, but for the moment in which somebody holds it."""
        snapshot = self._bay.snapshot()
        other = [(f"/deck/{d}/reach", moves.reach_of(snapshot, d)) for d in DECKS]
        other = [(address, number) for address, number in other if snapshot.number(address) != number]
        writes: moves.Writes = [write for write in other if not self._bay.holder(write[0])]
        self._reach_waits = len(writes) < len(other)
        if writes:
            self._bay.write(writes, CONDUCTOR)

    def _note_recall(self, by: Mapping[str, str]) -> None:
        for address in ("/deck/a/z", "/deck/b/z", "/mix/crossfade"):
            if address in by:
                self._recalled = by[address] in _RECALLS
        if by.get("/mix/travel") == RECALL.name or ARRIVAL.name in by.values():
            self._travel = None

    def _move_travel(self, t: float) -> bool:
        if self._measured is not None and not self._recalled:
            now, target = self._before.vector("/mix/travel"), np.asarray(self._measured)
            self._measured = None
            if target.shape == now.shape and not np.allclose(target, now, atol=1e-3):
                self._travel = (t, now, target)
        if self._travel is None:
            return False
        since, start, end = self._travel
        x = min(1.0, (t - since) / _TRAVEL_S)
        if self._before.number("/mix/crossfade") in (0.0, 1.0):  # there every curve shows the same
            x = 1.0
        self._bay.write([("/mix/travel", blend_curves(start, end, x))], CONDUCTOR)
        if x >= 1.0:
            self._travel = None
        return x < 1.0

    # -- presses ------------------------------------------------------------------------------------------------------

    def _act(self, press: Press) -> bool:
        """Do what a press asks for. Whether it wrote to the bay."""
        event, t = press.event, press.moment
        handler = self._outside.commands.get(event.address)
        if handler is not None:
            handler(event)
            return False
        writes: moves.Writes = []
        if event.address in _PANICS:
            writes = self._panic(t)
        elif event.address == "/transport/tap":
            writes = self._tempo.tapped(event)
        elif event.address == "/transport/downbeat":
            writes = self._tempo.downbeat(event.time)
        elif event.address == "/session/undo":
            writes = self._glided(self._history.undo(), t)
        elif event.address == "/session/redo":
            writes = self._glided(self._history.redo(), t)
        elif event.address.startswith("/lfo/"):
            writes = routes.restarted(self._bay.snapshot(), event.address, t)
        elif event.address.startswith("/deck/"):
            writes = self._deck_press(event, t)
            writes = moves.not_before(writes) if press.on_beat else writes
        # as a recall it ends every pick-up and waiting writer, then it passes touches too
        settles = writes if event.address in _PANICS else [write for write in writes if write[0].endswith("/dir")]
        if settles:
            self._bay.write(settles, RECALL)
        if writes:
            self._bay.write(writes, CONDUCTOR)
        if event.address == "/panic/home":
            self._bay.write(moves.home(self._bay.snapshot(), t, self._outside.directions()), CONDUCTOR)
        if event.address.endswith("/store"):  # the centre may be the mean of cues, this one among them
            deck = event.address.split("/")[2]
            self._bay.write(self._centre(self._bay.snapshot(), deck, told=False), CONDUCTOR)
        return bool(writes)

    def _deck_press(self, event: Event, t: float) -> moves.Writes:
        _, _, deck, verb, *rest = event.address.split("/")
        snapshot, directions = self._bay.snapshot(), self._outside.directions()
        if verb == "cue":
            cue = int(rest[0])
            if rest[1] == "store":
                return moves.store_cue(snapshot, deck, cue, t, directions)
            writes = moves.recall_cue(snapshot, deck, cue, t, directions)
            if not writes:
                self._messages.post(t, "deck", f"Cue {cue} of deck {deck.upper()} is empty: store it first.")
            return writes
        seed = secrets.randbelow(100_000)
        if verb == "randomise":
            return moves.to_seed(snapshot, deck, seed, t)
        if verb == "mutate":
            return moves.mutated(snapshot, deck, seed, t)
        return moves.bred(snapshot, deck, seed, t, directions)

    def _panic(self, t: float) -> moves.Writes:
        """Everything that can spoil a picture goes back; a place thrown far out returns to its seed's."""
        snapshot = self._bay.snapshot()
        writes: moves.Writes = [(s.address, s.default) for s in snapshot.layout.specs if s.panic]
        for deck in DECKS:
            z, steps = snapshot.vector(f"/deck/{deck}/z"), moves.dialled(snapshot, deck)
            limit, far, added = _WILD**2 * z.size, _squared(z), _squared(steps)  # directions stand at right angles
            if added and min(far, z.size) + added > limit:
                writes.append((f"/deck/{deck}/dir", np.zeros_like(steps)))
            if far > limit:
                seed = int(snapshot.number(f"/deck/{deck}/seed"))
                writes += moves.to_seed(snapshot, deck, seed, t)
                writes.append((f"/deck/{deck}/glide/duration", 0.0))
            writes += [
                (f"/deck/{deck}/drift/phase", 0.0),
                (f"/deck/{deck}/drift/origin", 0.0),
                (f"/deck/{deck}/drift/since", t),
            ]
        self._travel = None
        return writes

    def _glided(self, writes: list[tuple[str, Kept]], t: float) -> moves.Writes:
        """Undone and redone places are glided to, what is dialled along directions with them; the rest is set."""
        snapshot, known = self._bay.snapshot(), dict(writes)
        rest: moves.Writes = [(a, v) for a, v in writes if not _belongs_to_a_move(a)]
        for deck in DECKS:
            end, steps = known.get(f"/deck/{deck}/z"), known.get(f"/deck/{deck}/dir")
            if end is None and steps is None:
                continue
            place = np.asarray(snapshot.vector(f"/deck/{deck}/z") if end is None else end, np.float32)
            along = np.asarray(moves.dialled(snapshot, deck) if steps is None else steps, np.float64)
            rest += moves.arrive(snapshot, deck, place, along, t, self._outside.directions())
        return routes.undone(snapshot, rest, t)

    # -- log ----------------------------------------------------------------------------------------------------------

    def _log(self, before: Snapshot, after: Snapshot, by: Mapping[str, str], events: list[Event], t: float) -> None:
        changes = _differences(before, after)
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


def _differences(before: Snapshot, after: Snapshot) -> dict[str, tuple[Kept, Kept]]:
    layout = after.layout
    earlier = _in_layout(layout, before)
    differing = np.flatnonzero(earlier != after.values)
    indices = set(map(int, np.searchsorted(layout.offsets, differing, side="right") - 1))
    changes: dict[str, tuple[Kept, Kept]] = {}
    for index in sorted(indices):
        spec = layout.specs[index]
        if not recallable(spec) or spec.address == "/mix/travel":
            continue
        run = slice(layout.offsets[index], layout.offsets[index + 1])
        if spec.kind is Kind.VECTOR:
            changes[spec.address] = (earlier[run], after.values[run])
        else:
            changes[spec.address] = (float(earlier[run][0]), float(after.values[run][0]))
    for address, text in after.texts.items():
        old = before.texts.get(address, "")
        if old != text and recallable(layout.spec(address)):
            changes[address] = (old, text)
    return changes


def _in_layout(layout: Layout, before: Snapshot) -> NDArray[np.float64]:
    """The numbers of ``before`` where ``layout`` of the same epoch has them; what was not there is at its default."""
    if before.layout is layout:
        return before.values
    values = layout.defaults()
    for start, here, width in moved(before.layout, layout):
        values[here : here + width] = before.values[start : start + width]
    return values


def _belongs_to_a_move(address: str) -> bool:
    deck = address.startswith("/deck/")
    return deck and (
        "/glide/from" in address
        or address.endswith(("/glide/since", "/glide/duration", "/drift/origin"))
        or (address.endswith(("/z", "/dir")) and address.count("/") == 3)
    )


def _squared(vector: NDArray[np.float64]) -> float:
    """The squared length, or something very large."""
    return float(np.sum(np.square(np.clip(vector, -1e6, 1e6))))


def _by_hand(by: Mapping[str, str], address: str) -> bool:
    return by.get(address, CONDUCTOR.name) not in _NOT_HANDS
