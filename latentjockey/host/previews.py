"""Small pictures as the show keeps them: each deck alone, and what was asked for under a key.

Any thread asks and looks; nothing waits here. Thread ``supervisor`` hands what is asked for to the engine that plays,
one at a time; that engine's reading thread brings the pictures.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.bay import Bay
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import Kind
from latentjockey.control.values import RefusedError, Value, as_text, coerce
from latentjockey.host.seat import Seat
from latentjockey.host.spare_room import Picture, SpareRoom
from latentjockey.link.messages import Peeked, Solo
from latentjockey.navigation.seeds import seed_from

KEPT = 256
_TRIES = 2

Writes = Sequence[tuple[str, Value]]


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    """``tries`` counts the engines that ended while they had it."""

    writes: tuple[tuple[str, Value], ...]
    tries: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What an engine was asked for, and in which room."""

    ident: int
    key: str
    request: _Request
    room: SpareRoom


class Previews:
    """``wake`` makes the supervisor's thread call :meth:`serve` soon."""

    def __init__(self, bay: Bay, wake: Callable[[], None]) -> None:
        self._bay = bay
        self._wake = wake
        self._lock = threading.Lock()
        self._wanted = False
        self._solos: dict[str, tuple[int, Picture]] = {}
        self._solos_of = -1
        self._count = 0
        self._waiting: dict[str, _Request] = {}
        self._asked: _Asked | None = None
        self._ident = 0
        self._pictures: dict[str, Picture] = {}

    # -- any thread ---------------------------------------------------------------------------------------------------

    def solo(self, deck: str) -> tuple[int, Picture] | None:
        """The newest picture of deck ``a`` or ``b`` alone, with a number that tells it from the one before."""
        with self._lock:
            return self._solos.get(deck)

    def want_solo(self, on: bool) -> None:
        """Whether anybody looks at the solo pictures now. At first nobody does."""
        with self._lock:
            changed, self._wanted = self._wanted != on, on
        if changed:
            self._wake()

    def want(self, key: str, writes: Writes) -> None:
        """Ask for a picture of the values of now with these writes in them, as a recall would write them; "now" is when
        an engine gets to it. A key asked for again is made anew. Glides have arrived in it, walks are where they are.

        What has no place here, or does not fit, is left out. Of more than ``KEPT`` that wait, the oldest are forgotten.
        """
        with self._lock:
            self._waiting.pop(key, None)
            self._waiting[key] = _Request(tuple(writes))
            _forget_oldest(self._waiting)
        self._wake()

    def picture(self, key: str) -> Picture | None:
        """What was asked for under this key, once it is there; until a newer one comes, and as long as it is among the
        ``KEPT`` newest."""
        with self._lock:
            return self._pictures.get(key)

    # -- thread supervisor --------------------------------------------------------------------------------------------

    def serve(self, seat: Seat | None) -> None:
        """Tell the engine that plays what is wanted, if there is anything new to tell."""
        room = None if seat is None else seat.spare_room
        if seat is None or room is None:
            return
        seat.want_solo(self._wanted)
        asked = self._next(room)
        if asked is None:
            return
        snapshot = self._bay.snapshot()
        if snapshot.layout.epoch == seat.epoch:
            writes = asked.request.writes
            room.ask(asked.ident, with_writes(snapshot, writes), texts_with(snapshot, writes))
        else:  # its controls are being exchanged for those of another model
            with self._lock:
                self._asked = None
                self._waiting = {asked.key: asked.request, **self._waiting}

    def _next(self, room: SpareRoom) -> _Asked | None:
        """What to ask for in ``room`` now. What was asked for elsewhere will not come any more, so it is asked for
        again, unless too many engines ended over it."""
        with self._lock:
            old = self._asked
            if old is not None and old.room is room:
                return None
            if old is not None and old.request.tries + 1 < _TRIES:
                again = _Request(old.request.writes, old.request.tries + 1)
                self._waiting = {old.key: again, **self._waiting}  # what came under its key meanwhile is newer
            self._asked = None
            if not self._waiting:
                return None
            key = next(iter(self._waiting))
            self._ident += 1
            self._asked = _Asked(self._ident, key, self._waiting.pop(key), room)
            return self._asked

    # -- reading threads ----------------------------------------------------------------------------------------------

    def arrived(self, seat: Seat, message: Solo | Peeked) -> None:
        """The engine of ``seat`` has drawn something. Raises ValueError when it is none."""
        room = seat.spare_room
        if room is None or room.number != message.ring:
            return
        match message:
            case Solo(_, deck, slot):
                picture = room.take(slot)
                with self._lock:
                    if picture is None or deck not in DECKS or seat.generation < self._solos_of:
                        return
                    self._solos_of = seat.generation
                    self._count += 1
                    self._solos[deck] = self._count, picture
            case Peeked(_, ident, slot):
                picture = room.take(slot) if slot >= 0 else None
                with self._lock:
                    if self._asked is None or self._asked.ident != ident:
                        return
                    key, self._asked = self._asked.key, None
                    if picture is not None:
                        self._pictures.pop(key, None)
                        self._pictures[key] = picture
                        _forget_oldest(self._pictures)
                self._wake()


def with_writes(snapshot: Snapshot, writes: Writes) -> NDArray[np.float64]:
    """What an engine would see of ``snapshot`` after these writes, all glides having arrived: float64 (engine_size,).

    Each write goes through the same coercion as in the bay; what is refused there is left out here.
    """
    layout = snapshot.layout
    values = snapshot.values[: layout.engine_size].copy()
    for address, value in (*writes, *((f"/deck/{deck}/glide/duration", 0.0) for deck in DECKS)):
        target = layout.resolve(address)
        if target is None or not target.start < target.stop <= layout.engine_size:
            continue
        spec = layout.specs[target.index]
        if spec.kind is Kind.TRIGGER:
            continue
        try:
            numbers = coerce(spec, value, target.stop - target.start, seed_from)
        except RefusedError:
            continue
        stop = target.start + (1 if isinstance(numbers, float) else numbers.size)
        values[target.start : stop] = numbers
    return values


def texts_with(snapshot: Snapshot, writes: Writes) -> dict[str, str]:
    """A model's own texts after these writes, by address; what the bay would refuse is left out."""
    texts = snapshot.own_texts()
    for address, value in writes:
        if address in texts:
            with contextlib.suppress(RefusedError):
                texts[address] = as_text(snapshot.layout.spec(address), value)
    return texts


def _forget_oldest(kept: dict[str, Picture] | dict[str, _Request]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
