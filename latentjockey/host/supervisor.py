"""The supervisor: one engine plays, one stands by; whatever happens to them, the stage stays alive.

Thread ``supervisor`` owns every decision and starts every child (children are told to die with the thread that started
them). Engines' messages come in by a queue, except frames and idling, which their reading threads handle at once.
``publish`` is called by the conductor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages
from latentjockey.base.platform import Family, SharedBlock, create_shared, shared_memory_free
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR, ENGINE
from latentjockey.frames.frame import Stamp
from latentjockey.host.engine_process import EngineProcess
from latentjockey.host.feed import Feed
from latentjockey.host.quarantine import Quarantine
from latentjockey.host.statistics import Statistics
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.messages import (
    Fine,
    Free,
    Hello,
    Idle,
    Load,
    Loaded,
    NeedRing,
    Play,
    Problem,
    Quit,
    Ready,
    Resized,
    Ring,
    ToShow,
    Travel,
    Wake,
)
from latentjockey.link.ring import SLOTS, RingReader, slot_bytes
from latentjockey.models.spec import ModelSpec

FALLBACKS = ("cppn", "testcard")
_TICK_S = 0.05
_READOUT_S = 0.2
_STANDBY_AFTER_S = 1.0
_STREAK_S = 5.0
_QUARANTINE_AT, _FALLBACK_AT = 2, 4
_SLEPT_S = 0.5


@dataclass(slots=True, eq=False)
class _Seat:
    """An engine, and what it is doing here."""

    engine: EngineProcess
    model: str
    loaded: ModelSpec | None = None
    device: str = ""
    playing: bool = False
    first_frame: float | None = None
    rings: dict[int, RingReader] = field(default_factory=dict)
    shared: list[SharedBlock] = field(default_factory=list)
    idle_at: int = -1


class Supervisor:
    """Keeps an engine playing what the bay says. ``start`` once, ``close`` once."""

    def __init__(
        self,
        bay: Bay,
        feed: Feed,
        messages: Messages,
        clock: Clock,
        model: str,
        *,
        on_travel: Callable[[tuple[float, ...]], None] = lambda points: None,
        standby: bool = True,
        threads: int | None = None,
    ) -> None:
        self._bay = bay
        self._feed = feed
        self._messages = messages
        self._clock = clock
        self._on_travel = on_travel
        self._wants_standby = standby
        self._threads = threads
        self._model = model
        self._family = Family()
        self._inbox: SimpleQueue[tuple[_Seat, ToShow | None] | Callable[[], None]] = SimpleQueue()
        self._playing: _Seat | None = None
        self._coming: _Seat | None = None
        self._standby: _Seat | None = None
        self._generation = 0
        self._ring_id = 0
        self._streak = 0
        self._failed_models: set[str] = set()
        self._publishing = threading.Lock()
        self._block: SharedBlock | None = None
        self._writer: BlockWriter | None = None
        self._epoch = -1
        self._sequence = 0
        self._last_payload = b""
        self._quarantine = Quarantine()
        self.statistics = Statistics()
        self._restarts = 0
        self._state = "starting"
        self._ring_size = (0, 0)
        self._last_readouts = -1.0
        self._standby_due: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    # -- from outside -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End all engines; nothing of them is left when this returns."""
        self._stop.set()
        self._inbox.put(lambda: None)
        self._thread.join()

    @property
    def model(self) -> ModelSpec | None:
        """The model that plays, or ``None`` before the first has loaded. Any thread."""
        seat = self._playing
        return None if seat is None else seat.loaded

    def play_model(self, name: str) -> None:
        """Load a model beside the show and switch to it when it is ready. Any thread."""
        self._inbox.put(lambda: self._change_model(name))

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the engine the newest values. Called by the conductor for each new revision; does nothing for changes
        that do not concern the engine."""
        with self._publishing:
            if self._writer is None or snapshot.layout.epoch != self._epoch:
                return
            values = snapshot.values[: snapshot.layout.engine_size]
            payload = values.tobytes()
            if payload == self._last_payload:
                return
            self._quarantine.note(self._clock.now(), snapshot.layout, self._last_payload, values)
            self._last_payload = payload
            self._writer.write(values, snapshot.revision, snapshot.changed_ns)
            self._sequence += 1
            seat = self._playing
            if seat is not None and seat.idle_at >= 0:
                seat.idle_at = -1
                seat.engine.send(Wake())

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._coming = self._seat(self._model)
            last = now_ns()
            while not self._stop.is_set():
                try:
                    item = self._inbox.get(timeout=_TICK_S)
                except Empty:
                    item = None
                now = now_ns()
                if now - last > _SLEPT_S * 1e9:
                    for seat in self._seats():
                        seat.engine.forgive(now)
                last = now
                if callable(item):
                    item()
                elif item is not None:
                    self._handle(*item)
                self._watch(now)
                self._plan()
                self._tell()
        finally:
            self._end()

    def _seats(self) -> list[_Seat]:
        return [seat for seat in (self._playing, self._coming, self._standby) if seat is not None]

    def _end(self) -> None:
        seats = self._seats()
        for seat in seats:
            seat.engine.send(Quit())
        for seat in seats:
            seat.engine.wait(0.3)
            seat.engine.close()
        for seat in seats:
            for block in seat.shared:
                block.close()
        if self._block is not None:
            self._block.close()

    def _seat(self, model: str) -> _Seat:
        self._generation += 1
        seats: list[_Seat] = []
        known = threading.Event()

        def on_message(engine: EngineProcess, message: ToShow | None) -> None:
            known.wait()
            self._on_message(seats[0], message)

        engine = EngineProcess(self._generation, self._family, self._threads, on_message)
        seats.append(_Seat(engine, model))
        known.set()
        return seats[0]

    def _on_message(self, seat: _Seat, message: ToShow | None) -> None:
        """On the engine's reading thread: what must be fast is done here, the rest is queued."""
        match message:
            case Ready(ring, slot) if seat.playing and ring in seat.rings:
                stamp = self._feed.deliver(seat.rings[ring], slot)
                self._delivered(seat, stamp)
            case Idle(sequence):
                with self._publishing:
                    late = self._sequence > sequence
                    seat.idle_at = -1 if late else sequence
                if late:
                    seat.engine.send(Wake())
            case _:
                self._inbox.put((seat, message))

    def _delivered(self, seat: _Seat, stamp: Stamp) -> None:
        self.statistics.frame(stamp)
        if seat.first_frame is None:
            seat.first_frame = self._clock.now()
            self._inbox.put(lambda: self._took_over(seat))

    # -- messages -----------------------------------------------------------------------------------------------------

    def _handle(self, seat: _Seat, message: ToShow | None) -> None:
        if seat not in self._seats():
            return
        match message:
            case Hello():
                seat.engine.send(Load(seat.model, *self._size()))
            case Loaded(model, device):
                seat.loaded, seat.device = model, device
                if seat is self._coming:
                    self._promote(seat)
            case NeedRing(width, height):
                self._give_ring(seat, (width, height))
            case Resized(width, height, why):
                self._post(f"{why}: playing on at {width}×{height}. Choose a smaller size to stay there.")
            case Travel(points):
                self._on_travel(points)
            case Problem(text, fatal):
                self._problem(seat, text, fatal)
            case Fine():
                self._say("", "")
            case None:
                seat.engine.wait(0.5)  # the pipe ends a moment before the process
                self._gone(seat, seat.engine.obituary())

    def _problem(self, seat: _Seat, text: str, fatal: bool) -> None:
        if fatal:
            self._bay.write([("/engine/error", text)], ENGINE)
            return  # its end follows, and is handled as such
        if seat.loaded is None:
            self._cannot_load(seat, text)
        elif seat is self._playing:
            self._feed.hold()
            self._say("", text)

    def _cannot_load(self, seat: _Seat, text: str) -> None:
        self._remove(seat)
        self._say("", text)
        if seat.model == self._model and self._playing is not None and self._playing.model != seat.model:
            self._model = self._playing.model
            self._bay.write([("/model", self._model)], CONDUCTOR)
        elif self._playing is None:
            self._fall_back(text.rstrip("."))

    def _change_model(self, name: str) -> None:
        if name == self._model:
            return
        self._model = name
        self._streak = 0
        self._failed_models.discard(name)
        if self._coming is not None:
            self._remove(self._coming)
        spare, self._standby = self._standby, None
        if spare is not None and spare.loaded is not None:
            spare.model, spare.loaded = name, None
            self._coming = spare
            spare.engine.send(Load(name, *self._size()))
        else:
            if spare is not None:
                self._remove(spare)
            self._coming = self._seat(name)

    # -- taking over --------------------------------------------------------------------------------------------------

    def _promote(self, seat: _Seat) -> None:
        """The model of ``seat`` is ready: install its controls, give it block and ring, let it play."""
        model = seat.loaded
        if model is None:
            return
        self._install(model)
        with self._publishing:
            layout = self._bay.layout
            if self._block is None:
                return
            seat.playing = True
            play = Play(
                seat.engine.generation, layout.epoch, layout.engine_specs(), self._block.handle, self._block.size
            )
        seat.engine.send(play)
        self._give_ring(seat, self._size())

    def _install(self, model: ModelSpec) -> None:
        """A new epoch if the model has other controls than the layout of now, and a block for it."""
        specs = builtin(model.z_dim, model.size, model.controls)
        old = self._bay.layout
        if set(specs) != set(old.specs):
            self._bay.install(Layout(old.epoch + 1, specs))
        with self._publishing:
            layout = self._bay.layout
            if self._block is not None and self._epoch == layout.epoch:
                return
            if self._block is not None:
                self._block.close()
            self._block = create_shared(block_bytes(layout.engine_size))
            self._writer = BlockWriter(self._block.buffer, layout.epoch, layout.engine_size)
            self._epoch, self._sequence, self._last_payload = layout.epoch, 0, b""
        self.publish(self._bay.snapshot())

    def _give_ring(self, seat: _Seat, size: tuple[int, int]) -> None:
        if seat.loaded is None:
            return
        layers = (seat.loaded.num_ws, seat.loaded.w_dim)
        each = slot_bytes(size[0], size[1], self._bay.layout.engine_size, layers)
        free = shared_memory_free()
        if free is not None and SLOTS * each > free // 2:
            self._refuse_size(size, SLOTS * each)
            return
        try:
            shared = create_shared(SLOTS * each)
        except (OSError, MemoryError):
            self._refuse_size(size, SLOTS * each)
            return
        self._ring_id += 1
        ring = self._ring_id
        seat.shared.append(shared)
        seat.rings[ring] = RingReader(shared.buffer, each, lambda slot: seat.engine.send(Free(ring, slot)))
        self._ring_size = size
        seat.engine.send(Ring(ring, shared.handle, SLOTS, each))

    def _refuse_size(self, size: tuple[int, int], need: int) -> None:
        width, height = self._ring_size if all(self._ring_size) else (256, 256)
        self._say(
            "", f"{size[0]}×{size[1]} needs {need / 2**30:.1f} GiB for frames, more than is free: staying smaller."
        )
        self._bay.write([("/engine/width", width), ("/engine/height", height)], CONDUCTOR)

    def _took_over(self, seat: _Seat) -> None:
        """The first frame of ``seat`` is on stage."""
        if seat is not self._coming:
            return
        old, self._playing, self._coming = self._playing, seat, None
        if old is not None:
            self._remove(old)
        self._state = "fallback" if self._failed_models and seat.model in FALLBACKS else "playing"
        for block in seat.shared:
            block.forget_name()
        self._bay.write(
            [("/engine/pid", seat.engine.pid), ("/engine/device", seat.device), ("/engine/model", seat.model),
             ("/engine/state", self._state), ("/engine/restarts", self._restarts)],
            ENGINE,
        )  # fmt: skip
        self._standby_due = self._clock.now() + _STANDBY_AFTER_S

    # -- trouble ------------------------------------------------------------------------------------------------------

    def _watch(self, now: int) -> None:
        for seat in self._seats():
            why = seat.engine.hung(now)
            if why is not None and seat.engine.alive:
                self._gone(seat, f"hung: {why}")
        playing = self._playing
        if playing is not None and not playing.engine.alive:
            self._gone(playing, playing.engine.obituary())

    def _gone(self, seat: _Seat, how: str) -> None:
        """An engine ended or hung."""
        if seat not in self._seats():
            return
        mattered = seat is not self._standby
        meddled = seat.engine.meddled
        if seat is self._playing:
            self._feed.hold()
        self._remove(seat)
        if not mattered:
            self._standby_due = self._clock.now() + _STANDBY_AFTER_S
            return
        self._restarts += 1
        self._state = "restarting"
        self._bay.write([("/engine/restarts", self._restarts), ("/engine/state", self._state)], ENGINE)
        self._count_failure(seat, meddled)
        self._after_failure(how)

    def _count_failure(self, seat: _Seat, meddled: bool) -> None:
        """A streak is what ends soon after it began. Being killed from outside is no fault of the model, unless it
        never shows a frame: the system may be killing it for its memory."""
        soon = seat.first_frame is None or (not meddled and self._clock.now() - seat.first_frame < _STREAK_S)
        if soon:
            self._streak += 1
        else:
            self._streak = 0 if meddled else 1

    def _after_failure(self, how: str) -> None:
        text = f"The engine stopped ({how})"
        if self._streak >= _FALLBACK_AT:
            self._fall_back(f"{text} again and again")
            return
        reverted = self._quarantine.suspect(self._bay, self._clock.now()) if self._streak >= _QUARANTINE_AT else None
        if reverted is not None:
            self._say("", f"{text} twice after {reverted} changed, which is back where it was. Set it again to retry.")
        else:
            self._say("", f"{text}; another one takes over where it was.")

    def _fall_back(self, why: str) -> None:
        failed = self._model
        self._failed_models.add(failed)
        self._model = next((name for name in FALLBACKS if name not in self._failed_models), FALLBACKS[-1])
        self._streak = 0
        self._bay.write([("/model", self._model)], CONDUCTOR)
        self._say("", f"{why}; {self._model} plays instead. Choose {failed} again to retry.")

    def _remove(self, seat: _Seat) -> None:
        if seat is self._playing:
            self._playing = None
        if seat is self._coming:
            self._coming = None
        if seat is self._standby:
            self._standby = None
        if seat.engine.alive and seat.loaded is not None and seat.engine.hung(now_ns()) is None:
            seat.engine.send(Quit())
            seat.engine.wait(0.1)
        seat.engine.close()
        for block in seat.shared:
            block.close()

    def _plan(self) -> None:
        """See that somebody plays the wanted model, and that somebody stands by."""
        if self._stop.is_set():
            return
        if self._playing is None and self._coming is None:
            spare, self._standby = self._standby, None
            if spare is not None and spare.model == self._model:
                self._coming = spare
                if spare.loaded is not None:
                    self._promote(spare)
            else:
                if spare is not None:
                    self._remove(spare)
                self._coming = self._seat(self._model)
        due = self._standby_due
        calm = self._playing is not None and self._coming is None and self._standby is None
        if self._wants_standby and calm and due is not None and self._clock.now() >= due:
            self._standby_due = None
            self._standby = self._seat(self._model)

    # -- telling ------------------------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int]:
        return int(self._bay.number("/engine/width")), int(self._bay.number("/engine/height"))

    def _post(self, text: str) -> None:
        self._messages.post(self._clock.now(), "engine", text, serious=True)

    def _say(self, state: str, error: str) -> None:
        if error:
            self._post(error)
        batch: list[tuple[str, str]] = [("/engine/error", error)]
        if state:
            batch.append(("/engine/state", state))
        self._bay.write(batch, ENGINE)

    def _tell(self) -> None:
        now = self._clock.now()
        if now - self._last_readouts < _READOUT_S:
            return
        self._last_readouts = now
        figures = self.statistics.figures(now_ns())
        batch = [(f"/engine/{name}", value) for name, value in figures.items()]
        changed = [(a, v) for a, v in batch if self._bay.number(a) != v]
        if changed:
            self._bay.write(changed, ENGINE)
