"""The crew: who plays, who is coming, who stands by, and what they say.

Seats are given and taken on thread ``supervisor``. Frames, idling, small and spoilt pictures are dealt with at once and
in order on the engines' reading threads; everything else is queued for a decision. ``publish`` is the conductor's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.platform import Family
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.frames.frame import Stamp
from latentjockey.host.engine_process import EngineProcess
from latentjockey.host.feed import Feed
from latentjockey.host.previews import Previews
from latentjockey.host.quarantine import Quarantine
from latentjockey.host.said import Said
from latentjockey.host.seat import Seat
from latentjockey.host.statistics import Statistics
from latentjockey.link.messages import Idle, Looked, Peeked, Problem, Quit, Ready, Solo, ToShow
from latentjockey.modulation.matrix import for_engine


class Crew:
    """``queue`` lets thread ``supervisor`` do something soon; ``decide`` is what it does about a message, and about
    ``None``, an engine's end."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        threads: int | None,
        quarantine: Quarantine,
        previews: Previews,
        queue: Callable[[Callable[[], None]], None],
        decide: Callable[[Seat, ToShow | None], None],
    ) -> None:
        self.playing: Seat | None = None
        self.coming: Seat | None = None
        self.standby: Seat | None = None
        self.statistics = Statistics()
        self.said = Said()
        self._feed = feed
        self._clock = clock
        self._threads = threads
        self._quarantine = quarantine
        self._previews = previews
        self._queue = queue
        self._decide = decide
        self._family = Family()
        self._hired = 0
        self._turns = 0
        self._publishing = threading.Lock()
        self._seen: NDArray[np.uint8] | None = None
        self._published = -1
        self._last: tuple[Layout, bytes, dict[str, str]] | None = None

    def seats(self) -> list[Seat]:
        return [seat for seat in (self.playing, self.coming, self.standby) if seat is not None]

    @property
    def calm(self) -> bool:
        """Whether one plays and nobody is coming."""
        return self.playing is not None and self.coming is None

    # -- coming and going ---------------------------------------------------------------------------------------------

    def hire(self, model: str) -> Seat:
        """A new engine, in nobody's place yet. Raises OSError when the system has no room for one."""
        self._hired += 1
        seats: list[Seat] = []
        known = threading.Event()

        def on_message(engine: EngineProcess, message: ToShow | None) -> None:
            known.wait()
            self._hear(seats[0], message)

        engine = EngineProcess(self._hired, self._family, self._threads, on_message)
        seats.append(Seat(engine, model, self._feed, self._clock.now()))
        known.set()
        return seats[0]

    def stand_by(self, seat: Seat) -> None:
        """An engine stands by from now on, whatever its place; if it was told to play, it rests."""
        self._leave(seat)
        self.standby = seat
        self.rest(seat)

    def rest(self, seat: Seat) -> None:
        """Nothing of an engine is to be shown, until it is told to play again."""
        if seat.playing:
            with self._publishing:
                seat.rest()

    def _leave(self, seat: Seat) -> None:
        if seat is self.playing:
            self.playing = None
        if seat is self.coming:
            self.coming = None
        if seat is self.standby:
            self.standby = None

    def dismiss(self, seat: Seat) -> None:
        """End an engine, whatever its place."""
        self._leave(seat)
        with self._publishing:
            seat.close()
        if seat.engine.alive and seat.loaded is not None and seat.engine.hung(now_ns()) is None:
            seat.engine.send(Quit())
            seat.engine.wait(0.1)
        seat.engine.close()

    def end(self) -> None:
        """End them all; nothing of them is left when this returns."""
        seats = self.seats()
        for seat in seats:
            seat.engine.send(Quit())
        for seat in seats:
            seat.engine.wait(0.3)
            seat.engine.close()
            seat.close()

    # -- values -------------------------------------------------------------------------------------------------------

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the engines the newest values; see ``Supervisor.publish``."""
        with self._publishing:
            self._publish(snapshot)

    def let_play(self, seat: Seat, bay: Bay) -> None:
        """Give a seat the values of now. Raises OSError or MemoryError without room."""
        with self._publishing:
            snapshot = bay.snapshot()
            self._publish(snapshot)
            self._turns += 1  # what an earlier turn has yet to show is not to be seen
            seat.play(snapshot.layout, self._turns)
            seat.publish(snapshot, for_engine(snapshot), snapshot.own_texts())
            if self._seen is not None:
                seat.see(self._seen)

    def see(self, pixels: NDArray[np.uint8] | None) -> None:
        """Let the engines see a picture (3, H, W) from outside; ``None``: nothing more is to be seen. Any thread."""
        with self._publishing:
            self._seen = pixels
            for seat in self.seats():
                seat.see(pixels)

    def _publish(self, snapshot: Snapshot) -> None:
        if snapshot.revision < self._published:
            return
        self._published = snapshot.revision
        values = for_engine(snapshot)
        payload, texts = values.tobytes(), snapshot.own_texts()
        self.said.note(snapshot.layout.epoch, snapshot.revision, texts)
        before = self._last
        if before is not None and before[0].epoch == snapshot.layout.epoch:
            if before[1:] == (payload, texts):
                return
            self._quarantine.note(self._clock.now(), snapshot.layout, before[1], values, before[2], texts)
        self._last = snapshot.layout, payload, texts
        for seat in self.seats():
            seat.publish(snapshot, values, texts)

    # -- on the engines' reading threads ------------------------------------------------------------------------------

    def _hear(self, seat: Seat, message: ToShow | None) -> None:
        match message:
            case Ready(ring, slot):
                reader = seat.reader(ring)
                stamp = None if reader is None else self._feed.deliver(reader, slot)
                if stamp is not None:
                    self._delivered(seat, stamp, ring)
                return
            case Idle(sequence):
                if seat.playing:
                    self.statistics.rest()
                with self._publishing:
                    seat.idle(sequence)
                return
            case Looked(ring, slot):
                with self._publishing:
                    seat.looked(ring, slot)
                return
            case Solo() | Peeked():
                self._previews.arrived(seat, message)
                return
            case Problem() if seat.playing:
                seat.spoilt()
        self._queue(lambda: self._decide(seat, message))

    def _delivered(self, seat: Seat, stamp: Stamp, ring: int) -> None:
        self.statistics.frame(stamp)
        seat.delivered()
        if seat.first_frame is None:
            seat.first_frame = self._clock.now()
            self._queue(_nothing)  # it takes over at once
        if ring != seat.ring:
            seat.ring = ring
            self._queue(lambda: seat.settle(ring))


def _nothing() -> None:
    """Only to wake the thread."""
