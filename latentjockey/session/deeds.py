"""What a press does: cues, breeding, panic, undo, the tempo's buttons. On the conductor's thread, within its tick."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR, RECALL
from latentjockey.models.pair import parts
from latentjockey.modulation.playhead import RESTART
from latentjockey.presets.history import History
from latentjockey.presets.preset import Kept
from latentjockey.session import moves, playheads, routes
from latentjockey.session.even_travel import EvenTravel
from latentjockey.session.quantiser import Press
from latentjockey.session.tempo import Tempo

PANICS = ("/panic", "/panic/home")
_WILD = 1.5

Handler = Callable[[Event], None]


class Deeds:
    """``commands`` answer presses by address and are asked first; ``directions`` tells those of the model
    on a deck, (k, z_dim), if it knows any."""

    def __init__(
        self,
        bay: Bay,
        clock: Clock,
        messages: Messages,
        commands: Mapping[str, Handler],
        directions: Callable[[str], NDArray[np.float32] | None],
        tempo: Tempo,
        travel: EvenTravel,
        history: History,
    ) -> None:
        self._bay = bay
        self._clock = clock
        self._messages = messages
        self._commands = commands
        self._directions = directions
        self._tempo = tempo
        self._travel = travel
        self._history = history

    def act(self, press: Press) -> bool:
        """Do what a press asks for. Whether it wrote to the bay."""
        event, t = press.event, press.moment
        handler = self._commands.get(event.address)
        if handler is not None:
            handler(event)
            return False
        writes: moves.Writes = []
        if event.address in PANICS:
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
        elif event.address.endswith(RESTART):
            writes = playheads.restarted(self._bay.snapshot(), event.address, t)
        elif event.address.startswith("/deck/"):
            writes = self._deck_press(event, t)
            writes = moves.not_before(writes) if press.on_beat else writes
        # as a recall it ends every pick-up and waiting writer, then it passes touches too
        settles = writes if event.address in PANICS else [w for w in writes if w[0].endswith(("/dir", "/class"))]
        if settles:
            self._bay.write(settles, RECALL)
        if writes:
            self._bay.write(writes, CONDUCTOR)
        if event.address == "/panic/home":
            self._bay.write(moves.home(self._bay.snapshot(), t, self._directions), CONDUCTOR)
        if event.address.endswith("/store"):  # the centre may be the mean of cues, this one among them
            deck = event.address.split("/")[2]
            self._bay.write(self.centre(self._bay.snapshot(), deck, told=False), CONDUCTOR)
        return bool(writes)

    def _deck_press(self, event: Event, t: float) -> moves.Writes:
        _, _, deck, verb, *rest = event.address.split("/")
        snapshot, directions = self._bay.snapshot(), self._directions(deck)
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
        a, b = parts(str(self._bay.value("/engine/model")))
        if a != b:
            self._messages.post(t, "deck", "The decks play two models: a child needs both on one. Mutate instead.")
            return []
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
            writes += moves.calmed(snapshot, deck)
            if far > limit:
                seed = int(snapshot.number(f"/deck/{deck}/seed"))
                writes += moves.to_seed(snapshot, deck, seed, t)
                writes.append((f"/deck/{deck}/glide/duration", 0.0))
            writes += [
                (f"/deck/{deck}/drift/phase", 0.0),
                (f"/deck/{deck}/drift/origin", 0.0),
                (f"/deck/{deck}/drift/since", t),
            ]
        self._travel.stay()
        return writes

    def _glided(self, writes: list[tuple[str, Kept]], t: float) -> moves.Writes:
        """Undone and redone places are glided to, directions and classes with them; walks go on from where they are;
        all else is set."""
        snapshot, known = self._bay.snapshot(), dict(writes)
        rest: moves.Writes = [(a, v) for a, v in writes if not _belongs_to_a_move(a)]
        for deck in DECKS:
            walk = f"/deck/{deck}/drift"
            if not known.keys().isdisjoint((f"{walk}/speed", f"{walk}/phase", f"{walk}/since")):
                speed = known.get(f"{walk}/speed", snapshot.number(f"{walk}/speed"))
                rest += moves.drift_changed(snapshot, deck, t, float(speed))
            end, steps, classes = (known.get(f"/deck/{deck}/{part}") for part in ("z", "dir", "class"))
            if end is None and steps is None and classes is None:
                continue
            place = np.asarray(snapshot.vector(f"/deck/{deck}/z") if end is None else end, np.float32)
            along = np.asarray(moves.dialled(snapshot, deck) if steps is None else steps, np.float64)
            kinds = classes if isinstance(classes, np.ndarray) else None
            rest += moves.arrive(snapshot, deck, place, along, t, self._directions(deck), kinds)
        return playheads.undone(snapshot, routes.undone(snapshot, rest, t), t)

    def centre(self, snapshot: Snapshot, deck: str, *, told: bool) -> moves.Writes:
        """Where the deck's centre lies now; ``told`` by somebody who is to hear why it cannot."""
        try:
            return moves.centre(snapshot, deck)
        except ValueError as error:
            if told:
                self._messages.post(self._clock.now(), "deck", f"The centre stays where it was: {error}.")
            return []


_RECORDS = ("/glide/since", "/glide/duration", "/glide/class", "/drift/origin", "/drift/phase", "/drift/since")


def _belongs_to_a_move(address: str) -> bool:
    deck = address.startswith("/deck/")
    return deck and (
        "/glide/from" in address
        or address.endswith(_RECORDS)
        or (address.count("/") == 3 and address.endswith(("/z", "/dir", "/class")))
    )


def _squared(vector: NDArray[np.float64]) -> float:
    """The squared length, or something very large."""
    return float(np.sum(np.square(np.clip(vector, -1e6, 1e6))))
