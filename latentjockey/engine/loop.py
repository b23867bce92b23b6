"""The engine's main loop: read the newest snapshot, make its picture, publish it; sleep while nothing moves.

Runs on the main thread of the engine process. A picture is made when something changed or moves by itself, at most
``/engine/fps_cap`` times a second, and the snapshot is read as late as the generator allows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import SharedBlock, attach_shared, offer_for_memory
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.begun import Beginnings, Begun
from latentjockey.engine.echo import Echo
from latentjockey.engine.floor import Floor, steps_at_once, steps_of
from latentjockey.engine.loading import Loading
from latentjockey.engine.memory import give_back, out_of_memory
from latentjockey.engine.picture import Picture, picture_of
from latentjockey.engine.port import Port, Pulse
from latentjockey.engine.previews import Previews
from latentjockey.engine.sight import Eye
from latentjockey.engine.warming import Costs
from latentjockey.frames.frame import Stamp
from latentjockey.frames.plainness import plain_word
from latentjockey.generators.protocol import FrameRequest, FrameResult, Layers
from latentjockey.link.block import BlockReader, Reading, block_bytes
from latentjockey.link.messages import (
    Blind,
    Fine,
    Free,
    Idle,
    Keep,
    Load,
    NeedRing,
    Peek,
    Plain,
    Play,
    Problem,
    Quit,
    Ready,
    Resized,
    Rest,
    Ring,
    Runs,
    Seen,
    Sight,
    Spare,
    Travel,
    Wake,
    WantSolo,
    Words,
)
from latentjockey.link.ring import RingWriter, slot_bytes
from latentjockey.link.texts import Pages
from latentjockey.modulation.matrix import modulated

_SMALLEST_SIDE = 16
_FIRST_FRAME_S = 30.0
_SLOWEST_S = 1.5
_SLOWEST_SMALL_S = 3.0  # on a starved machine no engine is to be given up over a small picture
_PATIENCE_S = 0.05
_PACING_S = 0.1
_UNWELL_S = 0.5
_IDLE_S = 60.0
_WORTH_MEASURING_S = 0.004
_TOO_SLOW_TO_MEASURE_S = 0.25  # a way has 65 places, and hands would wait for each
_RESTED_S = 0.1
_LARGE_SLOT = 32 << 20


@dataclass(slots=True)
class _Shown:
    """What the last published picture showed."""

    sequence: int = -1
    size: tuple[int, int] = (0, 0)
    moving: bool = False
    started: float = -math.inf
    ended: float = -math.inf


class Engine:
    """One engine process, from its first message to its last."""

    def __init__(self, port: Port, pulse: Pulse) -> None:
        self._port = port
        self._pulse = pulse
        self._models = Loading(port, pulse)
        self._picture: Picture | None = None
        self._layout: Layout | None = None
        self._block: BlockReader | None = None
        self._block_memory: SharedBlock | None = None
        self._ring_memory: SharedBlock | None = None
        self._ring: RingWriter | None = None
        self._ring_id = -1
        self._asked_ring: tuple[int, int] | None = None
        self._generation = 0
        self._number = 0
        self._reading: Reading | None = None
        self._pages = Pages()
        self._texts: Mapping[str, str] = {}
        self._shown = _Shown()
        self._echo = Echo()
        self._beginnings = Beginnings()
        self._eye = Eye(port.send)
        self._step_down: tuple[tuple[int, int], tuple[int, int]] | None = None
        self._slowest_ns_per_pixel = 0.0
        self._costs = Costs(0.0, 0.0)
        self._to_tell: Resized | None = None
        self._floor = Floor(port.send)
        self._unwell = False
        self._plain = ""
        self._previews: Previews | None = None
        self._wants_solo = False
        self._device = ""

    def run(self) -> None:
        """Serve until told to quit."""
        self._pulse.phase("waiting", math.inf)
        offer_for_memory(True)
        while self._handle_messages():
            if self._picture is None or self._block is None or self._ring is None:
                if self._picture is not None or not self._models.look_after():
                    self._port.wait(1.0)
            else:
                self._serve(self._picture, self._block, self._ring)

    # -- messages -----------------------------------------------------------------------------------------------------

    def _handle_messages(self) -> bool:
        while (message := self._port.receive()) is not None:
            match message:
                case Load():
                    self._load(message)
                case Play():
                    self._play(message)
                case Words():
                    self._pages.add(message)
                case Rest():
                    self._rest_from_playing()
                case Keep():
                    self._models.keep(message)
                case Ring():
                    self._take_ring(message)
                case Free(ring, slot):
                    self._take_back(ring, slot)
                case Spare():
                    self._take_spare(message)
                case WantSolo(on):
                    self._wants_solo = on
                    if self._previews is not None:
                        self._previews.want_solo(on)
                case Peek():
                    if self._previews is not None:
                        self._previews.ask(message)
                case Sight():
                    self._eye.open(message)
                case Seen(ring, slot):
                    self._eye.see(ring, slot)
                case Blind():
                    self._eye.forget()
                case Wake():
                    pass
                case Quit():
                    return False
        return True

    def _load(self, message: Load) -> None:
        self._picture = None
        self._leave_spare()
        self._models.load(message)
        self._costs, self._device = self._models.costs, self._models.device
        self._slowest_ns_per_pixel = self._costs.ns_per_pixel

    def _rest_from_playing(self) -> None:
        """Another engine plays: let go of all that was for playing. The models stay."""
        self._leave_spare()
        self._picture, self._layout, self._reading = None, None, None
        if self._block is not None and self._block_memory is not None:
            self._block.close()
            self._block_memory.close()
        if self._ring is not None and self._ring_memory is not None:
            self._ring.close()
            self._ring_memory.close()
        self._block, self._block_memory, self._ring, self._ring_memory = None, None, None, None
        self._ring_id, self._asked_ring = -1, None
        self._step_down, self._to_tell, self._unwell = None, None, False
        self._echo.clear()
        self._eye.close()
        offer_for_memory(True)
        self._pulse.phase("waiting", math.inf)

    def _play(self, message: Play) -> None:
        if not self._models.generators:
            raise RuntimeError("told to play before a model was loaded")
        layout = Layout(message.epoch, message.specs)
        if message.block_bytes != block_bytes(layout.size):
            raise RuntimeError("the snapshot block does not fit the layout")
        shared = attach_shared(message.block, message.block_bytes)
        if self._block is not None and self._block_memory is not None:
            self._block.close()
            self._block_memory.close()
        self._block_memory = shared
        self._block = BlockReader(shared.buffer, message.epoch, layout.size)
        self._layout = layout
        self._generation, self._number = message.generation, 0
        self._eye.heard = any(generator.spec.begins for generator in self._models.generators)
        self._picture = picture_of(self._models.generators, layout.specs, self._eye.beginning)
        self._leave_spare()
        self._reading = None
        self._pages.clear()
        self._shown = _Shown()
        self._plain = ""
        self._echo.clear()
        self._beginnings.clear()
        self._floor.clear()
        offer_for_memory(False)

    def _take_ring(self, message: Ring) -> None:
        shared = attach_shared(message.handle, message.slots * message.slot_bytes)
        if self._ring is not None and self._ring_memory is not None:
            self._ring.close()
            self._ring_memory.close()
        self._ring_memory = shared
        self._ring = RingWriter(shared.buffer, message.slots, message.slot_bytes)
        self._ring_id = message.ring
        self._asked_ring = None

    def _take_back(self, ring: int, slot: int) -> None:
        if ring == self._ring_id and self._ring is not None:
            self._ring.give(slot)
        elif self._previews is not None:
            self._previews.give(ring, slot)

    def _take_spare(self, message: Spare) -> None:
        self._leave_spare()
        if self._picture is None or self._layout is None:
            raise RuntimeError("told where small pictures go before it was told to play")
        cost = self._costs.small_s
        self._previews = Previews(self._picture, self._layout, message, cost, self._port.send)
        self._previews.want_solo(self._wants_solo)

    def _leave_spare(self) -> None:
        if self._previews is not None:
            self._previews.close()
            self._previews = None

    # -- frames -------------------------------------------------------------------------------------------------------

    def _serve(self, picture: Picture, block: BlockReader, ring: RingWriter) -> None:
        snapshot = self._read(block)
        if snapshot is None:
            self._port.wait(0.1)
            return
        now = now_ns() * 1e-9
        size = self._floor.effort(snapshot, self._size(snapshot)).size
        sequence = self._reading.sequence if self._reading is not None else -1
        still = sequence == self._shown.sequence and size == self._shown.size and not self._shown.moving
        still = still and not self._eye.fresh(snapshot)
        if still and not (self._unwell and now > self._shown.started + _UNWELL_S):
            self._rest(picture, snapshot, size, sequence, now)
            return
        cap = snapshot.number("/engine/fps_cap")
        due = self._shown.started + (1.0 / cap if cap > 0 else 0.0)
        if now < due - 2e-4:
            if not self._use(picture, snapshot, size, now, due - now):
                self._pulse.phase("pacing", _FIRST_FRAME_S)
                self._port.wait(min(due - now, _PACING_S))  # meanwhile the cap may be raised, or a deck fall due
            return
        if not self._room(picture, ring, size, snapshot):
            self._pulse.phase("waiting for the show", math.inf)
            self._port.wait(_PATIENCE_S)
            return
        if now - self._shown.ended < _RESTED_S and self._use(picture, snapshot, size, now, 0.0):
            return
        on_time = now - due < 0.5 / max(cap, 1.0)
        self._frame(picture, block, ring, size, due if on_time and cap > 0 else now)

    def _rest(self, picture: Picture, snapshot: Snapshot, size: tuple[int, int], sequence: int, now: float) -> None:
        """Nothing moves: sleep, once there is nothing to measure and no small picture to draw either."""
        if self._use(picture, snapshot, size, now, math.inf):
            return
        snapshot = modulated(snapshot, now)
        self._pulse.phase("idle", math.inf)
        self._port.send(Idle(sequence))
        soon = self._unwell or (picture.meter is not None and picture.meter.resting(now))
        until = self._previews.until(snapshot, size, now) if self._previews is not None else math.inf
        self._port.wait(min(_UNWELL_S if soon else _IDLE_S, until))

    def _use(self, picture: Picture, snapshot: Snapshot, size: tuple[int, int], now: float, spare: float) -> bool:
        """Do one small thing in ``spare`` seconds: a deck alone, else a step of measuring, else what was asked for.
        Whether there was one to do."""
        previews, snapshot = self._previews, modulated(snapshot, now)
        if previews is None:
            return spare >= _WORTH_MEASURING_S and self._measure(picture, snapshot, now)
        allowed = max(_SLOWEST_SMALL_S, 20.0 * previews.cost) * steps_of(snapshot)
        self._pulse.phase("previewing", allowed)
        if previews.solo(snapshot, size, now, spare):
            return True
        if spare >= _WORTH_MEASURING_S and self._measure(picture, snapshot, now):
            return True
        self._pulse.phase("previewing", allowed)
        return previews.peek(size, now, spare)

    def _room(self, picture: Picture, ring: RingWriter, size: tuple[int, int], snapshot: Snapshot) -> bool:
        """Whether a picture of this size can be published; asks for a larger ring before anything is made for it, and
        for a smaller one where a huge one is not needed any more."""
        need = slot_bytes(*size, snapshot.values.size, picture.shape)
        fits, wasteful = ring.fits(need), ring.fits(max(_LARGE_SLOT, 8 * need))
        if fits and not wasteful:
            self._asked_ring = None
        elif self._asked_ring != size:
            self._asked_ring = size
            self._port.send(NeedRing(*size))
        return fits and ring.has_free

    def _read(self, block: BlockReader) -> Snapshot | None:
        """The newest snapshot whose texts are here: those of a newer one are on their way and wake this thread."""
        known = self._reading.sequence if self._reading is not None else -1
        reading = block.read(known)
        texts = None if reading is None else self._pages.turn_to(reading.page)
        if texts is not None:
            self._reading, self._texts = reading, texts
        return self._snapshot()

    def _snapshot(self) -> Snapshot | None:
        if self._reading is None or self._layout is None:
            return None
        return Snapshot(
            self._layout, self._reading.revision, self._reading.changed_ns, self._reading.values, self._texts
        )

    def _size(self, snapshot: Snapshot) -> tuple[int, int]:
        wanted = int(snapshot.number("/engine/width")), int(snapshot.number("/engine/height"))
        if self._step_down is not None:
            if self._step_down[0] == wanted:
                return self._step_down[1]
            self._step_down = None  # the player chose another size: try it
        return wanted

    def _measure(self, picture: Picture, snapshot: Snapshot, now: float) -> bool:
        """Use spare time for one small picture of the crossfader's travel. Whether there was one to make."""
        meter = picture.meter
        if meter is None or not snapshot.number("/mix/even") or meter.resting(now):
            return False
        if self._costs.small_s > _TOO_SLOW_TO_MEASURE_S:
            return False
        self._pulse.phase("measuring", _SLOWEST_S)
        try:
            points = meter.step(snapshot, now)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            meter.abandon(now)
            return False
        if points is not None:
            self._port.send(Travel(points))
        return meter.busy

    def _frame(
        self, picture: Picture, block: BlockReader, ring: RingWriter, size: tuple[int, int], started: float
    ) -> None:
        made: list[tuple[Snapshot, int, int]] = []

        def latch() -> tuple[Snapshot, float]:
            self._pulse.phase("rendering", self._allowed(size))  # a picture of many steps is given time for each
            snapshot = self._read(block)
            if snapshot is None or self._reading is None:
                raise RuntimeError("the snapshot went away")
            read_at = now_ns()
            snapshot = modulated(snapshot, read_at * 1e-9)
            made.append((snapshot, read_at, self._reading.sequence))
            return snapshot, read_at * 1e-9

        self._pulse.phase("rendering", self._allowed(size))
        start_ns = now_ns()
        try:
            drawn = picture.draw(FrameRequest(*size, most_steps=self._floor.most_steps), latch)
            result = self._echo.put(
                drawn.result, *(made[-1][0].number(f"/echo/{n}") for n in ("amount", "zoom", "turn"))
            )
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            self._smaller(size, str(error))
            return
        end_ns = now_ns()
        self._floor.took((end_ns - start_ns) * 1e-9, result.stages)
        self._slowest_ns_per_pixel = max(self._slowest_ns_per_pixel * 0.9, (end_ns - start_ns) / (size[0] * size[1]))
        snapshot, read_ns, sequence = made[-1]
        moment = read_ns * 1e-9
        self._eye.shown(snapshot, result)
        moving = self._echo.moving or result.unsettled or picture.moving(snapshot, moment)
        # A picture that began with older values than it ended with is that of neither: it is made once more.
        whole = made[0][2] == sequence
        self._shown = _Shown(sequence if whole else -1, size, moving, started, end_ns * 1e-9)
        begun, late = self._beginnings.shown(Begun(snapshot, read_ns, drawn.layers), result.began)
        stamp = Stamp(
            self._generation, self._number, snapshot.layout.epoch, begun.snapshot.revision, begun.time,
            begun.snapshot.changed_ns, begun.read_ns, start_ns, end_ns, end_ns, replace(result.stages, late=late),
        )  # fmt: skip
        self._publish(ring, result, stamp, begun.snapshot, begun.layers)
        if picture.device != self._device:
            self._device = picture.device
            self._port.send(Runs(self._device))
        if self._previews is not None and result.finite:
            self._previews.staged(result, snapshot, size, moment)

    def _publish(
        self,
        ring: RingWriter,
        result: FrameResult,
        stamp: Stamp,
        snapshot: Snapshot,
        layers: Layers,
    ) -> None:
        if not result.finite:
            if not self._unwell:
                self._unwell = True
                self._port.send(Problem("The picture turned into NaN; the last seconds play until it is whole.", False))
            return
        if self._unwell:
            self._unwell = False
            self._port.send(Fine())
        slot = ring.put(result.pixels, result.planar, stamp, snapshot.values, layers)
        self._number += 1
        self._port.send(Ready(self._ring_id, slot))
        word = plain_word(result.pixels, planar=result.planar)
        if word != self._plain:
            self._plain = word
            self._port.send(Plain(word))
        if self._to_tell is not None:  # now that the smaller size has proved itself
            self._port.send(self._to_tell)
            self._to_tell = None

    def _allowed(self, size: tuple[int, int]) -> float:
        if not self._slowest_ns_per_pixel:
            return _FIRST_FRAME_S
        usual = max(1e-9 * self._slowest_ns_per_pixel * size[0] * size[1], self._costs.small_s)
        snapshot = self._snapshot()
        return max(_SLOWEST_S, 10.0 * usual) * (1 if snapshot is None else steps_at_once(snapshot))

    def _smaller(self, size: tuple[int, int], why: str) -> None:
        """Memory ran out: go on at about half the pixels. What could not be made is dropped first, so that it frees."""
        width, height = (max(_SMALLEST_SIDE, int(side / math.sqrt(2)) // 2 * 2) for side in size)
        if (width, height) == size:
            raise MemoryError(why)
        wanted = self._step_down[0] if self._step_down is not None else size
        self._step_down = (wanted, (width, height))
        give_back()
        self._to_tell = self._to_tell or Resized(width, height, f"Memory ran out at {size[0]}×{size[1]}")
        self._to_tell = msgspec.structs.replace(self._to_tell, width=width, height=height)
