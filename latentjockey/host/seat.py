"""A seat: one engine and the memory that it alone shares with the show, its snapshot block, its rings, its
spare room. It may play, rest and play again; each time is a turn.

Made, grown and closed by the supervisor's thread; ``publish`` and ``idle`` are called under the supervisor's lock for
publishing. Every engine has memory of its own, so that one that goes wild spoils nothing of the next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.platform import SharedBlock, create_shared
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.host.engine_process import EngineProcess
from latentjockey.host.feed import Feed
from latentjockey.host.sight_room import SightRoom
from latentjockey.host.spare_room import SpareRoom
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.messages import Blind, Free, Holds, Load, Play, Rest, Ring, Wake, WantSolo
from latentjockey.link.ring import SLOTS, RingReader
from latentjockey.link.texts import Told
from latentjockey.models.spec import ModelSpec


@dataclass(slots=True)
class _Values:
    """The block of one epoch, the number of the last snapshot in it, and the texts that went ahead."""

    epoch: int
    shared: SharedBlock
    writer: BlockWriter
    sequence: int = 0
    told: Told = field(default_factory=Told)

    def close(self) -> None:
        self.writer.close()
        self.shared.close()


class Seat:
    """``model`` is what its engine was asked for last, ``loaded`` that model when it is ready, ``loading`` whether an
    answer is owed. It was ``hired`` at a time (s), and took ``start_s`` until it could be asked. ``first_frame`` is
    when the first picture of this turn came, ``None`` before; ``generation`` numbers the turns of all engines; ``ring``
    is the number of the ring that its newest picture lies in; ``holds`` is what it last told of the models at hand."""

    def __init__(self, engine: EngineProcess, model: str, feed: Feed, hired: float = 0.0) -> None:
        self.engine = engine
        self.model = model
        self.loaded: ModelSpec | None = None
        self.loading = False
        self.hired = hired
        self.start_s: float | None = None
        self.generation = 0
        self.holds: Holds | None = None
        self.device = ""
        self.first_frame: float | None = None
        self.ring = -1
        self._feed = feed
        self._values: _Values | None = None
        self._room: SpareRoom | None = None
        self._sight: SightRoom | None = None
        self._old_sights: list[SightRoom] = []
        self._sights = 0
        self._rooms = 0
        self._wants_solo = False
        self._spent: list[_Values | SpareRoom] = []
        self._rings: dict[int, tuple[RingReader, SharedBlock]] = {}
        self._idle = False
        self._spoilt = False
        self._stalled = False

    @property
    def playing(self) -> bool:
        """Whether its engine was told to play."""
        return self._values is not None

    @property
    def epoch(self) -> int:
        """The epoch its engine plays, -1 before."""
        return -1 if self._values is None else self._values.epoch

    @property
    def up(self) -> bool:
        """Whether its engine has started and can be asked for models."""
        return self.start_s is not None

    # -- models -------------------------------------------------------------------------------------------------------

    def ask(self, model: str, size: tuple[int, int], *, anew: bool) -> None:
        """Let its engine make a model ready; while it does not play."""
        self.model, self.loaded, self.loading = model, None, True
        self.engine.send(Load(model, *size, anew))

    def answer(self, loaded: ModelSpec | None, device: str = "") -> None:
        """What it was asked for is ready, or will not be."""
        self.loaded, self.device, self.loading = loaded, device, False

    # -- values -------------------------------------------------------------------------------------------------------

    def play(self, layout: Layout, generation: int) -> None:
        """Give the engine a block for this layout and let it play. Raises OSError or MemoryError without room."""
        shared = create_shared(block_bytes(layout.engine_size))
        if self._values is not None:  # its engine may still have to open this one
            self._spent.append(self._values)
        self._values = _Values(layout.epoch, shared, BlockWriter(shared.buffer, layout.epoch, layout.engine_size))
        self._idle = False
        specs = layout.engine_specs()
        self.generation = generation
        self.engine.send(Play(generation, layout.epoch, specs, shared.handle, shared.size))
        self._give_spare_room(layout)

    def publish(self, snapshot: Snapshot, values: NDArray[np.float64], texts: Mapping[str, str]) -> None:
        """Let the engine see ``values`` and ``texts``, the engine's part of ``snapshot``, if it plays this epoch."""
        mine = self._values
        if mine is None or mine.epoch != snapshot.layout.epoch:
            return
        news = mine.told.news(texts)
        if news is not None:
            self.engine.send(news)
        mine.writer.write(values, snapshot.revision, snapshot.changed_ns, mine.told.page)
        mine.sequence += 1
        if self._idle:
            self._idle = False
            self.engine.send(Wake())

    def idle(self, sequence: int) -> None:
        """The engine sleeps after this snapshot: wake it with the next, or now if that is there already."""
        self._idle = self._values is None or self._values.sequence <= sequence
        if not self._idle:
            self.engine.send(Wake())

    # -- spare time ---------------------------------------------------------------------------------------------------

    @property
    def spare_room(self) -> SpareRoom | None:
        """Where its engine draws in spare time; ``None`` before it was told to play, or without memory for it. Any
        thread."""
        return self._room

    def want_solo(self, on: bool) -> None:
        """Whether its engine is to draw each deck alone."""
        if on != self._wants_solo:
            self._wants_solo = on
            self.engine.send(WantSolo(on))

    def _give_spare_room(self, layout: Layout) -> None:
        if self._room is not None:
            self._spent.append(self._room)
        self._room = None
        self._rooms += 1
        with contextlib.suppress(OSError, MemoryError):  # it plays all the same
            self._room = SpareRoom(self.engine, -self._rooms, layout)

    # -- pictures -----------------------------------------------------------------------------------------------------

    def give_ring(self, ring: int, bytes_each: int) -> None:
        """A ring for its pictures from now on. Raises OSError or MemoryError without room."""
        shared = create_shared(SLOTS * bytes_each)
        engine = self.engine
        reader = RingReader(shared.buffer, bytes_each, lambda slot: engine.send(Free(ring, slot)))
        self._rings[ring] = (reader, shared)
        engine.send(Ring(ring, shared.handle, SLOTS, bytes_each))

    @property
    def has_ring(self) -> bool:
        return bool(self._rings)

    def reader(self, ring: int) -> RingReader | None:
        """The ring by its number. Any thread."""
        found = self._rings.get(ring)
        return None if found is None else found[0]

    def see(self, pixels: NDArray[np.uint8] | None) -> None:
        """Let the engine see a picture (3, H, W) from outside, if it plays; or forget what it saw last. Without memory
        for it, it sees nothing new."""
        sight = self._sight
        if not self.playing:
            return
        if pixels is None:
            if sight is not None:
                sight.forget()
                self.engine.send(Blind())
            return
        if sight is None or not sight.fits(pixels):
            self._sights += 1
            try:
                made = SightRoom(self.engine, self._sights, pixels)
            except (OSError, MemoryError):
                return
            if sight is not None:  # its engine may still have to open this one
                self._old_sights.append(sight)
            self._sight = sight = made
        sight.put(pixels)

    def looked(self, number: int, slot: int) -> None:
        """The engine has looked at a picture from outside."""
        if self._sight is not None and number == self._sight.number:
            self._sight.looked(slot)
            for old in self._old_sights:
                old.close()
            self._old_sights.clear()

    def settle(self, ring: int) -> None:
        """The engine draws into ``ring``, so it has opened all it was given: names and older memory may go."""
        for number in [n for n in self._rings if n < ring]:
            self._drop(number)
        if ring != max(self._rings, default=-1):
            return
        self._rings[ring][1].forget_name()
        if self._values is not None:
            self._values.shared.forget_name()
        if self._room is not None:
            self._room.forget_names()
        for values in self._spent:
            values.close()
        self._spent.clear()

    def spoilt(self) -> None:
        """Its pictures are not fit to be shown for now, until the next one comes. Any thread."""
        self._spoilt = True
        self._hold()

    def delivered(self) -> None:
        """A picture came that may be shown. On its engine's reading thread."""
        self._spoilt = self._stalled = False

    def look_after(self, now: int) -> None:
        """Hold while its engine owes pictures, so that the stage does not stand still; not longer."""
        stalled = self.engine.stalled(now, woken=not self._idle)
        if stalled and not self._stalled:
            self._hold()
        elif self._stalled and not stalled and not self._spoilt:
            for reader, _ in list(self._rings.values()):
                self._feed.resume(reader)
        self._stalled = stalled

    def _hold(self) -> None:
        for reader, _ in list(self._rings.values()):
            self._feed.hold(reader)

    def rest(self) -> None:
        """Another engine plays: this one stays ready, and has nothing to show. All memory is given back."""
        self.close()
        self.engine.send(Rest())
        self.first_frame, self.ring = None, -1
        self._idle = self._spoilt = self._stalled = False

    def close(self) -> None:
        """Show nothing of it any more, and give all memory back. The engine is ended by whoever started it."""
        for ring in list(self._rings):
            self._drop(ring)
        for memory in (*self._spent, *self._old_sights, self._values, self._room, self._sight):
            if memory is not None:
                memory.close()
        self._spent.clear()
        self._old_sights.clear()
        self._values, self._room, self._sight = None, None, None

    def _drop(self, ring: int) -> None:
        reader, shared = self._rings.pop(ring)
        self._feed.retire(reader)
        shared.close()
