"""Small pictures in spare time: each deck alone, and what the show asks to see. Main thread of the engine.

A deck alone is the snapshot of now, modulated, with the crossfader at its end and no offsets. It is drawn when somebody
looks, and when something of it has changed or moves; where the stage shows just that, its picture is made smaller
instead. What is asked for are values in a block of their own, shown without modulation. Whatever goes wrong with a
small picture, nothing but it is lost: the next frame shows soon enough whether the values of now can be drawn. When
there is time: :mod:`latentjockey.engine.turns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import attach_shared
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.memory import give_back, out_of_memory
from latentjockey.engine.picture import Picture
from latentjockey.engine.turns import Turns
from latentjockey.frames.frame import Stamp
from latentjockey.generators.protocol import FrameRequest, FrameResult
from latentjockey.link.block import BlockReader
from latentjockey.link.messages import Peek, Peeked, Solo, Spare, ToShow
from latentjockey.link.ring import SMALL_SIDE, RingWriter
from latentjockey.modulation.matrix import swinging
from latentjockey.navigation.state import moves

_ENDS: Mapping[str, float] = {"a": 0.0, "b": 1.0}
_OF_NO_DECK = (
    *("/mix/", "/echo/", "/engine/", "/stage/", "/output/", "/transport/", "/surface/"),
    *("/mod/", "/lfo/", "/audio/"),  # what these do to a deck is in its effective numbers
)
_SOON_S = 0.18
_TAPS = (0.25, 0.75)
_NO_VALUES, _NO_POSITION = np.zeros(0), np.zeros((0, 0), np.float32)


def small_size(width: int, height: int) -> tuple[int, int]:
    """The size of a small picture of the shape of a large one: its longer side is SMALL_SIDE."""
    scale = SMALL_SIDE / max(width, height)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def made_small(result: FrameResult) -> FrameResult:
    """A picture at its small size, laid out as it was: the mean of four points for each, whatever its size."""
    rows, columns = (1, 2) if result.planar else (0, 1)
    height, width = result.pixels.shape[rows], result.pixels.shape[columns]
    if max(width, height) <= SMALL_SIDE:
        return result
    across, down = small_size(width, height)
    total = np.zeros((), np.uint16)
    for dy in _TAPS:
        part = result.pixels.take(((np.arange(down) + dy) * height / down).astype(np.intp), rows)
        for dx in _TAPS:
            total = total + part.take(((np.arange(across) + dx) * width / across).astype(np.intp), columns)
    return replace(result, pixels=(total // 4).astype(np.uint8))


def alone(snapshot: Snapshot, deck: str) -> Snapshot:
    """The snapshot with nothing mixed into ``deck``: the crossfader at its end, no offsets."""
    values = snapshot.values.copy()
    for address in ("/mix/crossfade", *(f"/mix/offset/{band}" for band in BANDS)):
        target = snapshot.layout.resolve(address)
        if target is not None:
            values[target.start] = _ENDS[deck] if address == "/mix/crossfade" else 0.0
    return replace(snapshot, values=values)


def on_stage_alone(snapshot: Snapshot) -> str | None:
    """The deck that the stage shows with nothing else in the picture, if it does."""
    if any(snapshot.number(f"/mix/offset/{band}") for band in BANDS) or snapshot.number("/echo/amount"):
        return None
    crossfade = snapshot.number("/mix/crossfade")
    return next((deck for deck, end in _ENDS.items() if crossfade == end), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What a deck's newest picture was made of."""

    values: NDArray[np.float64]
    texts: Mapping[str, str]
    size: tuple[int, int]
    moving: bool


class Previews:
    """Draws into the memory that :class:`Spare` names. Raises OSError or ValueError when it cannot be opened."""

    def __init__(
        self, picture: Picture, layout: Layout, spare: Spare, cost_s: float, send: Callable[[ToShow], None]
    ) -> None:
        self._picture = picture
        self._layout = layout
        self._send = send
        self._pictures = attach_shared(spare.handle, spare.slots * spare.slot_bytes)
        self._asked = attach_shared(spare.block, spare.block_bytes)
        self._ring = RingWriter(self._pictures.buffer, spare.slots, spare.slot_bytes)
        self._block = BlockReader(self._asked.buffer, layout.epoch, layout.size)
        self._number = spare.ring
        self._turns = Turns(cost_s)
        self._wanted = False
        self._asked_for: Peek | None = None
        self._parts = {deck: _numbers_of(layout, deck) for deck in DECKS}
        self._drawn: dict[str, _Drawn] = {}
        self._seen: tuple[NDArray[np.float64], tuple[int, int]] | None = None
        self._changed: frozenset[str] = frozenset()
        self._made = 0

    @property
    def cost(self) -> float:
        """How long a small picture takes, in seconds."""
        return self._turns.cost

    def want_solo(self, on: bool) -> None:
        self._wanted = on

    def ask(self, peek: Peek) -> None:
        """What lies in the block with its revision is wanted."""
        self._asked_for = peek

    def give(self, ring: int, slot: int) -> None:
        """The show is done with a slot, if it is one of this ring."""
        if ring == self._number:
            self._ring.give(slot)

    def close(self) -> None:
        self._ring.close()
        self._block.close()
        self._pictures.close()
        self._asked.close()

    # -- in spare time ------------------------------------------------------------------------------------------------

    def solo(self, snapshot: Snapshot, size: tuple[int, int], now: float, spare: float) -> bool:
        """Draw a deck alone, if one is due and ``spare`` seconds are enough. ``size`` is that of the stage.

        Returns whether time was spent.
        """
        waiting = self._waiting(snapshot, size)
        if spare < _SOON_S:
            waiting -= {on_stage_alone(snapshot)}  # the frame that is due will do for it
        deck = self._turns.solo(waiting, now, spare)
        if deck is None or not self._ring.has_free:
            return False
        picture = self._draw(alone(snapshot, deck), size, now, deck, spare)
        if not self._turns.resting(now):
            self._note(deck, snapshot, size, now)
        if picture is not None:
            self._send(Solo(self._number, deck, self._put(picture, snapshot, now)))
        return True

    def peek(self, size: tuple[int, int], now: float, spare: float) -> bool:
        """Draw what was asked for, if ``spare`` seconds are enough. Returns whether time was spent."""
        peek = self._asked_for
        if peek is None or not self._ring.has_free or not self._turns.asked(now, spare):
            return False
        self._asked_for = None
        reading = self._block.read()
        slot = -1
        if reading is not None and reading.revision == peek.ident:
            snapshot = Snapshot(self._layout, reading.revision, reading.changed_ns, reading.values, peek.texts)
            picture = self._draw(snapshot, size, now, None, spare)
            if picture is not None:
                slot = self._put(picture, snapshot, now)
        self._send(Peeked(self._number, peek.ident, slot))
        return True

    def until(self, snapshot: Snapshot, size: tuple[int, int], now: float) -> float:
        """How long the engine may sleep, while nothing moves, before there is something to draw. A slot that comes back
        wakes it anyway."""
        if not self._ring.has_free:
            return np.inf
        return self._turns.until(self._waiting(snapshot, size), self._asked_for is not None, now)

    def staged(self, result: FrameResult, snapshot: Snapshot, size: tuple[int, int], now: float) -> None:
        """A frame was published: where it shows one deck alone, it is that deck's picture too."""
        if not self._wanted or not self._ring.has_free:
            return
        deck = on_stage_alone(snapshot)
        if deck is None or self._turns.solo(self._waiting(snapshot, size) & {deck}, now, np.inf) is None:
            return
        self._turns.drawn(deck, now, 0.0, np.inf)
        self._note(deck, snapshot, size, now)
        self._send(Solo(self._number, deck, self._put(made_small(result), snapshot, now)))

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _waiting(self, snapshot: Snapshot, size: tuple[int, int]) -> set[str]:
        """The decks whose newest picture shows them no more."""
        if not self._wanted:
            return set()
        if self._seen is None or self._seen[0] is not snapshot.values or self._seen[1] != size:
            self._seen = snapshot.values, size
            self._changed = frozenset(deck for deck in DECKS if self._differs(deck, snapshot, size))
        return {deck for deck in DECKS if deck in self._changed or self._drawn[deck].moving}

    def _differs(self, deck: str, snapshot: Snapshot, size: tuple[int, int]) -> bool:
        drawn = self._drawn.get(deck)
        if drawn is None or drawn.size != size or drawn.texts != snapshot.texts:
            return True
        return not np.array_equal(drawn.values, snapshot.values[self._parts[deck]])

    def _note(self, deck: str, snapshot: Snapshot, size: tuple[int, int], now: float) -> None:
        parts = self._parts[deck]
        moving = moves(snapshot, deck, now) or not swinging(snapshot).isdisjoint(parts.tolist())
        self._drawn[deck] = _Drawn(snapshot.values[parts], snapshot.texts, size, moving)
        self._changed -= {deck}

    def _draw(
        self, snapshot: Snapshot, size: tuple[int, int], now: float, deck: str | None, spare: float
    ) -> FrameResult | None:
        """A small picture of a snapshot; ``None`` where none can be made of it."""
        request = FrameRequest(*small_size(*size), draft=True)
        start = now_ns()
        try:
            result = self._picture.draw(request, lambda: (snapshot, now)).result
        except Exception as error:  # noqa: BLE001 - nobody's show may end over a picture that is not on stage
            if out_of_memory(error):
                give_back()
                self._turns.rest(now)
            result = None
        self._turns.drawn(deck, now, (now_ns() - start) * 1e-9, spare)
        return made_small(result) if result is not None and result.finite else None

    def _put(self, picture: FrameResult, snapshot: Snapshot, now: float) -> int:
        """Write into a free slot, and return its number."""
        at = now_ns()
        self._made += 1
        stamp = Stamp(0, self._made, self._layout.epoch, snapshot.revision, now, snapshot.changed_ns, at, at, at, at)
        return self._ring.put(picture.pixels, picture.planar, stamp, _NO_VALUES, _NO_POSITION)


def _numbers_of(layout: Layout, deck: str) -> NDArray[np.intp]:
    """Where the numbers stand that a picture of this deck alone may depend on."""
    others = tuple(f"/deck/{other}/" for other in DECKS if other != deck)
    mine = [
        np.arange(offset, offset + spec.size)
        for spec, offset in zip(layout.specs, layout.offsets, strict=False)
        if not spec.address.startswith((*others, *_OF_NO_DECK))
    ]
    return np.concatenate(mine) if mine else np.zeros(0, np.intp)
