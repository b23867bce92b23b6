"""The supervisor: one engine plays, one stands by; whatever happens to them, the stage stays alive.

Thread ``supervisor`` owns every decision and starts every child (children are told to die with the thread that started
them). Engines' messages come in by a queue, except frames, idling and spoilt pictures, which their reading threads
handle at once and in order. ``publish`` is called by the conductor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.base.platform import Family, shared_memory_free
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR, ENGINE
from latentjockey.frames.frame import Stamp
from latentjockey.host.engine_process import EngineProcess
from latentjockey.host.feed import Feed
from latentjockey.host.previews import Previews
from latentjockey.host.quarantine import Quarantine
from latentjockey.host.seat import Seat
from latentjockey.host.statistics import Statistics
from latentjockey.link.messages import (
    Fine,
    Hello,
    Idle,
    Load,
    Loaded,
    NeedRing,
    Peeked,
    Problem,
    Quit,
    Ready,
    Resized,
    Solo,
    ToShow,
    Travel,
)
from latentjockey.link.ring import SLOTS, slot_bytes
from latentjockey.models.spec import ModelSpec

FALLBACKS = ("cppn", "testcard")
_LOG = logger("supervisor")
_TICK_S = 0.1
_READOUT_S = 0.2
_STANDBY_AFTER_S, _STANDBY_AT_MOST_S = 1.0, 60.0
_STREAK_S, _WELL_S = 5.0, 0.25
_QUARANTINE_AT, _FALLBACK_AT = 2, 4
_SLEPT_S = 0.5
_BARREN_S, _BARREN_AT_MOST_S = 0.1, 5.0
_SMALL = (256, 256)


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
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._playing: Seat | None = None
        self._coming: Seat | None = None
        self._standby: Seat | None = None
        self._generation = 0
        self._ring_id = 0
        self._ring_size = _SMALL
        self._streak = 0
        self._streak_since = 0.0
        self._accused = False
        self._barren = 0
        self._not_before = 0.0
        self._failed_models: set[str] = set()
        self._fell_back = ""
        self._publishing = threading.Lock()
        self._published = -1
        self._last: tuple[Layout, bytes] | None = None
        self._quarantine = Quarantine()
        self.statistics = Statistics()
        self.previews = Previews(bay, lambda: self._inbox.put(_nothing))
        self._restarts = 0
        self._state = "starting"
        self._last_readouts = -1.0
        self._standby_due: float | None = None
        self._standby_rest = _STANDBY_AFTER_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    # -- from outside -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End all engines; nothing of them is left when this returns."""
        self._stop.set()
        self._inbox.put(_nothing)
        if self._thread.ident is not None:
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
        """Hand the engines the newest values. Called by the conductor for each new revision; does nothing for changes
        that do not concern an engine, nor for a snapshot older than the last."""
        with self._publishing:
            self._publish(snapshot)

    def _publish(self, snapshot: Snapshot) -> None:
        if snapshot.revision < self._published:
            return
        self._published = snapshot.revision
        values = snapshot.values[: snapshot.layout.engine_size]
        payload = values.tobytes()
        before = self._last
        if before is not None and before[0] is snapshot.layout:
            if before[1] == payload:
                return
            self._quarantine.note(self._clock.now(), snapshot.layout, before[1], values)
        self._last = snapshot.layout, payload
        for seat in self._seats():
            seat.publish(snapshot, values)

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = now_ns()
        try:
            while not self._stop.is_set():
                try:
                    last = self._once(last)
                except Exception:  # noqa: BLE001 - a show without a supervisor would stand still for good
                    _LOG.exception("the supervisor stumbled and goes on")
                    self._stop.wait(_TICK_S)
        finally:
            self._end()

    def _once(self, last: int) -> int:
        """Once through: a message or none, who is alive, who is wanted. Returns when it looked, in ns."""
        self._plan()
        try:
            act = self._inbox.get(timeout=_TICK_S)
        except Empty:
            act = _nothing
        now = now_ns()
        if now - last > _SLEPT_S * 1e9:
            for seat in self._seats():
                seat.engine.forgive(now)
        self._take_over()
        act()
        self._watch(now)
        self.previews.serve(self._playing)
        self._tell()
        return now

    def _seats(self) -> list[Seat]:
        return [seat for seat in (self._playing, self._coming, self._standby) if seat is not None]

    def _end(self) -> None:
        seats = self._seats()
        for seat in seats:
            seat.engine.send(Quit())
        for seat in seats:
            seat.engine.wait(0.3)
            seat.engine.close()
            seat.close()

    def _seat(self, model: str) -> Seat:
        """A new engine. Raises OSError when the system has no room for one."""
        self._generation += 1
        seats: list[Seat] = []
        known = threading.Event()

        def on_message(engine: EngineProcess, message: ToShow | None) -> None:
            known.wait()
            self._on_message(seats[0], message)

        engine = EngineProcess(self._generation, self._family, self._threads, on_message)
        seats.append(Seat(engine, model, self._feed))
        known.set()
        return seats[0]

    def _on_message(self, seat: Seat, message: ToShow | None) -> None:
        """On the engine's reading thread: what must be fast or in order is done here, the rest is queued."""
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
            case Solo() | Peeked():
                self.previews.arrived(seat, message)
                return
            case Problem() if seat.playing:
                seat.spoilt()
        self._inbox.put(lambda: self._handle(seat, message))

    def _delivered(self, seat: Seat, stamp: Stamp, ring: int) -> None:
        self.statistics.frame(stamp)
        seat.delivered()
        if seat.first_frame is None:
            seat.first_frame = self._clock.now()
            self._inbox.put(_nothing)  # it takes over at once
        if ring != seat.ring:
            seat.ring = ring
            self._inbox.put(lambda: seat.settle(ring))

    # -- messages -----------------------------------------------------------------------------------------------------

    def _handle(self, seat: Seat, message: ToShow | None) -> None:
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
            case Travel(points) if seat is self._playing:
                self._on_travel(points)
            case Problem(text, fatal=False):
                self._problem(seat, text)
            case Fine():
                self._say("")
            case None:
                seat.engine.wait(0.5)  # the pipe ends a moment before the process
                self._gone(seat, seat.engine.obituary())

    def _problem(self, seat: Seat, text: str) -> None:
        if seat.loaded is None:
            self._cannot_load(seat, text)
            return
        if seat is self._coming:  # it plays, though nothing that could be shown: what it lacks is in the bay's hands
            self._install_played(seat)
        self._say(text)

    def _cannot_load(self, seat: Seat, text: str) -> None:
        """The model of ``seat`` will not play: what played before goes on, or a model that always works begins."""
        mattered, playing = seat is not self._standby, self._playing
        self._remove(seat)
        self._say(text)
        if not mattered:
            return
        if playing is None:
            self._fall_back(text.rstrip("."))
            return
        self._model = playing.model
        self._bay.write([("/model", playing.model)], CONDUCTOR)
        if playing.epoch != self._bay.layout.epoch:  # its controls were exchanged for those of the other already
            self._promote(playing)

    def _change_model(self, name: str) -> None:
        if name == self._model:
            return
        self._model = name
        self._streak = 0
        self._failed_models.discard(name)
        self._fell_back = ""
        if self._coming is not None:
            self._remove(self._coming)
        playing = self._playing
        if playing is not None and playing.model == name and playing.epoch != self._bay.layout.epoch:
            self._promote(playing)

    # -- taking over --------------------------------------------------------------------------------------------------

    def _promote(self, seat: Seat) -> None:
        """The model of ``seat`` is ready: install its controls, give it block and ring, let it play."""
        model = seat.loaded
        if model is None:
            return
        try:
            self._let_play(seat, model)
        except (OSError, MemoryError) as error:
            self._remove(seat)
            self._no_room(error)

    def _let_play(self, seat: Seat, model: ModelSpec) -> None:
        specs = builtin(model.z_dim, model.size, model.controls, model.directions)
        old = self._bay.layout
        if set(specs) != set(old.specs):
            self._bay.install(Layout(old.epoch + 1, specs))
        with self._publishing:
            snapshot = self._bay.snapshot()
            self._publish(snapshot)
            seat.play(snapshot.layout)
            seat.publish(snapshot, snapshot.values[: snapshot.layout.engine_size])
        self._give_ring(seat, self._size())

    def _give_ring(self, seat: Seat, size: tuple[int, int]) -> None:
        """A ring for pictures of this size, or of one that fits. Raises MemoryError when none does."""
        model = seat.loaded
        if model is None or self._try_ring(seat, model, size):
            return
        smaller = (self._ring_size, _SMALL)
        if not seat.has_ring and not any(self._try_ring(seat, model, each) for each in smaller):
            raise MemoryError("there is no room even for a small picture")
        self._refuse_size(size)

    def _try_ring(self, seat: Seat, model: ModelSpec, size: tuple[int, int]) -> bool:
        """Whether there was room for pictures of this size."""
        each = slot_bytes(*size, self._bay.layout.engine_size, (model.num_ws, model.w_dim))
        free = shared_memory_free()
        if free is not None and SLOTS * each > free // 2:
            return False
        self._ring_id += 1
        try:
            seat.give_ring(self._ring_id, each)
        except (OSError, MemoryError):
            return False
        self._ring_size = size
        return True

    def _refuse_size(self, size: tuple[int, int]) -> None:
        width, height = self._ring_size
        need = SLOTS * 4 * size[0] * size[1] / 2**30
        self._say(f"{size[0]}×{size[1]} needs {need:.1f} GiB for frames, more than is free: staying smaller.")
        self._bay.write([("/engine/width", width), ("/engine/height", height)], CONDUCTOR)

    def _take_over(self) -> None:
        """If the first frame of who is coming is on stage, who played before may go."""
        seat = self._coming
        if seat is not None and seat.first_frame is not None:
            self._install_played(seat)

    def _install_played(self, seat: Seat) -> None:
        old, self._playing, self._coming = self._playing, seat, None
        if old is not None:
            self._remove(old)
        self._barren = 0
        self._state = "fallback" if seat.model == self._fell_back else "playing"
        self._bay.write(
            [("/engine/pid", seat.engine.pid), ("/engine/device", seat.device), ("/engine/model", seat.model),
             ("/engine/state", self._state), ("/engine/restarts", self._restarts)],
            ENGINE,
        )  # fmt: skip
        self._standby_due = self._clock.now() + self._standby_rest

    # -- trouble ------------------------------------------------------------------------------------------------------

    def _watch(self, now: int) -> None:
        for seat in self._seats():
            if not seat.engine.alive:
                self._gone(seat, seat.engine.obituary())
            elif (why := seat.engine.hung(now)) is not None:
                self._gone(seat, f"hung: {why}")
        if self._playing is not None:
            self._playing.look_after(now)

    def _gone(self, seat: Seat, how: str) -> None:
        """An engine ended or hung."""
        if seat not in self._seats():
            return
        if seat is self._standby:
            self._remove(seat)
            self._standby_rest = min(2 * self._standby_rest, _STANDBY_AT_MOST_S)
            self._standby_due = self._clock.now() + self._standby_rest
            return
        if seat is self._coming and self._playing is not None:
            self._cannot_load(seat, f"{seat.model} cannot play here ({how}); {self._playing.model} plays on.")
            return
        meddled = seat.engine.meddled
        self._remove(seat)
        self._restarts += 1
        self._state = "restarting"
        self._bay.write([("/engine/restarts", self._restarts), ("/engine/state", self._state)], ENGINE)
        self._count_failure(seat, meddled)
        self._after_failure(how)

    def _count_failure(self, seat: Seat, meddled: bool) -> None:
        """A streak is what ends soon after it began. Being killed from outside is no fault of the model, unless it
        never shows a frame: the system may be killing it for its memory."""
        now = self._clock.now()
        if seat.first_frame is None:  # give a machine in trouble time to breathe
            self._not_before = now + min(_BARREN_S * 2**self._barren, _BARREN_AT_MOST_S)
            self._barren = min(self._barren + 1, 10)
        if self._accused and seat.first_frame is not None and now - seat.first_frame > _WELL_S:
            self._streak, self._accused = 0, False  # taking a control back helped: this is another trouble
        if self._streak == 0 or seat.first_frame is not None:
            self._streak_since = now
        if seat.first_frame is None or (not meddled and now - seat.first_frame < _STREAK_S):
            self._streak += 1
        else:
            self._streak = 0 if meddled else 1

    def _after_failure(self, how: str) -> None:
        text = f"The engine stopped ({how})"
        if self._streak >= _FALLBACK_AT:
            self._fall_back(f"{text} again and again")
            return
        reverted = None
        if self._streak >= _QUARANTINE_AT:
            reverted = self._quarantine.suspect(self._bay, self._clock.now(), self._streak_since)
        if reverted is not None:
            self._accused = True
            self._say(f"{text} twice after {reverted} changed, so that is back where it was. Set it again to retry.")
        else:
            self._say(f"{text}; another one takes over where it was.")

    def _fall_back(self, why: str) -> None:
        failed = self._model
        self._failed_models.add(failed)
        self._model = next((name for name in FALLBACKS if name not in self._failed_models), FALLBACKS[-1])
        self._fell_back = self._model
        self._streak = 0
        self._bay.write([("/model", self._model)], CONDUCTOR)
        self._say(f"{why}; {self._model} plays instead. Choose {failed} again to retry.")

    def _remove(self, seat: Seat) -> None:
        if seat is self._playing:
            self._playing = None
        if seat is self._coming:
            self._coming = None
        if seat is self._standby:
            self._standby = None
        with self._publishing:
            seat.close()
        if seat.engine.alive and seat.loaded is not None and seat.engine.hung(now_ns()) is None:
            seat.engine.send(Quit())
            seat.engine.wait(0.1)
        seat.engine.close()

    # -- who plays ----------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """See that somebody plays the wanted model, and that somebody stands by."""
        now = self._clock.now()
        if self._stop.is_set() or now < self._not_before:
            return
        try:
            if self._coming is None and (self._playing is None or self._playing.model != self._model):
                self._bring()
            elif self._wants_standby and self._calm and self._standby_due is not None and now >= self._standby_due:
                self._standby_due = None
                self._standby = self._seat(self._model)
        except (OSError, MemoryError) as error:
            self._no_room(error)

    def _no_room(self, error: Exception) -> None:
        self._say(f"No engine can be started ({error}); close something else. This tries again every few seconds.")
        self._not_before = self._clock.now() + _BARREN_AT_MOST_S

    @property
    def _calm(self) -> bool:
        return self._playing is not None and self._coming is None and self._standby is None

    def _bring(self) -> None:
        """Let somebody come who plays the wanted model: who stands by, if that can be."""
        spare, self._standby = self._standby, None
        if spare is not None and spare.model != self._model and spare.loaded is None:
            self._remove(spare)
            spare = None
        if spare is None:
            self._coming = self._seat(self._model)
            return
        self._coming = spare
        if spare.model != self._model:
            spare.model, spare.loaded = self._model, None
            spare.engine.send(Load(self._model, *self._size()))
        elif spare.loaded is not None:
            self._promote(spare)

    # -- telling ------------------------------------------------------------------------------------------------------

    def _size(self) -> tuple[int, int]:
        return int(self._bay.number("/engine/width")), int(self._bay.number("/engine/height"))

    def _post(self, text: str) -> None:
        self._messages.post(self._clock.now(), "engine", text, serious=True)

    def _say(self, error: str) -> None:
        if error:
            self._post(error)
        self._bay.write([("/engine/error", error)], ENGINE)

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


def _nothing() -> None:
    """Only to wake the thread."""
