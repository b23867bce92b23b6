"""The supervisor: one engine plays, one stands by; whatever happens to them, the stage stays alive.

Thread ``supervisor`` owns every decision and starts every child (children are told to die with the thread that started
them); the seats are in the crew, whose messages come in by a queue. ``publish`` is called by the conductor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.control.bay import Bay
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import CONDUCTOR
from latentjockey.host.bank import BankKeeper, BankState
from latentjockey.host.crew import Crew
from latentjockey.host.feed import Feed
from latentjockey.host.previews import Previews
from latentjockey.host.quarantine import Quarantine
from latentjockey.host.readouts import Readouts
from latentjockey.host.rings import Rings
from latentjockey.host.seat import Seat
from latentjockey.host.statistics import Statistics
from latentjockey.host.streak import Streak, Verdict, instead_of
from latentjockey.link.messages import (
    Fine,
    Hello,
    Holds,
    Loaded,
    NeedRing,
    Paced,
    Plain,
    Problem,
    Resized,
    Runs,
    ToShow,
    Travel,
)
from latentjockey.models.controls import controls_of
from latentjockey.models.spec import ModelSpec

FALLBACKS = ("cppn", "testcard")
_LOG = logger("supervisor")
_TICK_S = 0.1
_STANDBY_AFTER_S, _STANDBY_AT_MOST_S = 1.0, 60.0
_SLEPT_S = 0.5
_OVERTAKEN_S = 3.0
"""An engine that loads what nobody wants any more is worth waiting for so long, and for twice the time that it took to
start: a new one takes as long, and has nothing at hand."""


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
        self._clock = clock
        self._on_travel = on_travel
        self._wants_standby = standby
        self._model = model
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._quarantine = Quarantine()
        self.previews = Previews(bay, lambda: self._inbox.put(_nothing))
        self._crew = Crew(feed, clock, threads, self._quarantine, self.previews, self._inbox.put, self._handle)
        self._readouts = Readouts(bay, messages, clock)
        self._rings = Rings(bay, self._readouts.say)
        self._streak = Streak()
        self._bank = BankKeeper(self._readouts)
        self._failed_models: set[str] = set()
        self._fell_back = ""
        self._last = ""
        self._anew = False
        self._overtaken: float | None = None
        self._restarts = 0
        self._state = "starting"
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
        seat = self._crew.playing
        return None if seat is None else seat.loaded

    @property
    def statistics(self) -> Statistics:
        """What the frames of late were like. Any thread."""
        return self._crew.statistics

    @statistics.setter
    def statistics(self, statistics: Statistics) -> None:
        """Let another one count, from before ``start``."""
        self._crew.statistics = statistics

    def play_model(self, name: str) -> None:
        """Load a model beside the show and switch to it when it is ready. Any thread."""
        self._inbox.put(lambda: self._change_model(name))

    def reload_model(self) -> None:
        """Load the model that plays anew from its file, beside the show, and switch to it when it is ready. Any
        thread."""
        self._inbox.put(self._reload)

    def keep_models(self, names: tuple[str, ...], budget: int) -> None:
        """Have these models at hand, the most wanted first, within ``budget`` bytes in all engines together; 0 is a
        share of what is free. Any thread."""
        self._inbox.put(lambda: self._bank.keep(names, budget, self._crew.standby))

    @property
    def bank(self) -> BankState:
        """Which models are at hand. Any thread."""
        return self._bank.state

    def publish(self, snapshot: Snapshot) -> None:
        """Hand the engines the newest values. Called by the conductor for each new revision; does nothing for changes
        that do not concern an engine, nor for a snapshot older than the last."""
        self._crew.publish(snapshot)

    def texts_at(self, epoch: int, revision: int) -> Mapping[str, str]:
        """A model's own texts in the snapshot of a picture, by the epoch and the revision on its stamp; none where that
        is not known any more. Any thread."""
        return self._crew.said.at(epoch, revision)

    def see(self, pixels: NDArray[np.uint8] | None) -> None:
        """Let the engines see a picture (3, H, W) from outside, or nothing any more. Any thread."""
        self._crew.see(pixels)

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
            self._crew.end()

    def _once(self, last: int) -> int:
        """Once through: a message or none, who is alive, who is wanted. Returns when it looked, in ns."""
        self._plan()
        try:
            act = self._inbox.get(timeout=_TICK_S)
        except Empty:
            act = _nothing
        now = now_ns()
        if now - last > _SLEPT_S * 1e9:
            for seat in self._crew.seats():
                seat.engine.forgive(now)
        self._take_over()
        act()
        self._watch(now)
        self.previews.serve(self._crew.playing)
        self._bank.show(self._crew.standby)
        self._readouts.figures(self._crew.statistics)
        return now

    # -- messages -----------------------------------------------------------------------------------------------------

    def _handle(self, seat: Seat, message: ToShow | None) -> None:
        if seat not in self._crew.seats():
            return
        match message:
            case Hello():
                seat.start_s = self._clock.now() - seat.hired
                self._ask(seat)
            case Loaded(model, device):
                seat.answer(model, device)
                self._answered(seat)
            case Holds():
                self._bank.told(seat, message)
            case Runs(device):
                seat.device = device
                if seat is self._crew.playing:
                    self._readouts.write(device=device)
            case NeedRing(width, height) if seat.playing:
                self._rings.give(seat, (width, height))
            case Resized(width, height, why) if seat.playing:
                self._readouts.post(f"{why}: playing on at {width}×{height}. Choose a smaller size to stay there.")
            case Paced(word, why) if seat.playing:
                self._readouts.write(pace=word)
                if why:
                    self._readouts.post(why)
            case Travel(points) if seat is self._crew.playing:
                self._on_travel(points)
            case Plain(word) if seat.playing:
                self._readouts.write(picture=word)
            case Problem(text, fatal=False):
                self._problem(seat, text)
            case Fine():
                self._readouts.say("")
            case None:
                seat.engine.wait(0.5)  # the pipe ends a moment before the process
                self._gone(seat, seat.engine.obituary())

    def _problem(self, seat: Seat, text: str) -> None:
        if seat.loading:
            seat.answer(None)
            self._cannot_load(seat, text)
            return
        if not seat.playing:  # of its last turn
            return
        if seat is self._crew.coming:  # it plays, though nothing to be shown: what it lacks is in the bay's hands
            self._install_played(seat)
        self._readouts.say(text)

    def _cannot_load(self, seat: Seat, text: str, *, gone: bool = False) -> None:
        """The model of ``seat`` will not play: what played before goes on, or a model that always works begins.
        ``gone``: its engine will do nothing any more."""
        coming, playing = seat is self._crew.coming, self._crew.playing
        wanted = seat.model == self._model
        before = self._last if playing is None else playing.model
        if gone or (coming and (before in ("", seat.model) or not self._wants_standby)):
            self._crew.dismiss(seat)
            self._stand_by_after(self._standby_rest)
        elif coming and wanted:  # what else it has at hand is worth keeping
            self._crew.stand_by(seat)
            self._stand_by_after(0.0)
        self._readouts.say(text)
        if not coming:
            return
        if not wanted:  # another model was chosen meanwhile
            if seat is self._crew.coming:
                self._ask(seat)
            return
        if playing is None and before in ("", seat.model):
            self._fall_back(text.rstrip("."))
            return
        self._model = before
        self._bay.write([("/model", before)], CONDUCTOR)
        if playing is not None:
            self._play_on(playing)

    def _play_on(self, playing: Seat) -> None:
        """Nobody takes over: where its controls were exchanged for those of another model, they come back."""
        if playing.epoch != self._bay.layout.epoch:
            self._promote(playing)

    def _change_model(self, name: str) -> None:
        if name == self._model:
            return
        self._model = name
        self._streak.forget()
        self._failed_models.discard(name)
        self._fell_back = ""
        self._overtaken = None
        coming, playing = self._crew.coming, self._crew.playing
        if coming is None or coming.first_frame is not None or coming.model == name:
            return
        self._crew.rest(coming)
        if playing is not None and playing.model == name and self._wants_standby:
            self._crew.stand_by(coming)
            self._stand_by_after(self._standby_rest)
        elif playing is not None and playing.model == name:
            self._crew.dismiss(coming)
        elif coming.loading:
            self._overtaken = self._clock.now()
        elif coming.up:
            self._ask(coming)
        if playing is not None:
            self._play_on(playing)

    def _reload(self) -> None:
        self._anew = True
        self._streak.forget()

    def _ask(self, seat: Seat) -> None:
        """Have an engine make the wanted model ready."""
        anew = False
        if seat is self._crew.coming:
            anew, self._anew, self._overtaken = self._anew, False, None
        seat.ask(self._model, self._rings.wanted(), anew=anew)

    def _answered(self, seat: Seat) -> None:
        """An engine has ready what it was asked for, which may not be wanted any more."""
        if seat is self._crew.standby:
            self._bank.send(seat)
        elif seat is self._crew.coming and (seat.model != self._model or self._anew):
            self._ask(seat)
        elif seat is self._crew.coming:
            self._promote(seat)

    # -- taking over --------------------------------------------------------------------------------------------------

    def _promote(self, seat: Seat) -> None:
        """The model of ``seat`` is ready: install its controls, give it block and ring, let it play."""
        model = seat.loaded
        if model is None:
            return
        try:
            self._let_play(seat, model)
        except (OSError, MemoryError) as error:
            self._crew.dismiss(seat)
            self._no_room(error)

    def _let_play(self, seat: Seat, model: ModelSpec) -> None:
        self._bay.begin_epoch(controls_of(model))
        self._crew.let_play(seat, self._bay)
        self._rings.give(seat, self._rings.wanted())

    def _take_over(self) -> None:
        """If the first frame of who is coming is on stage, who played before may go."""
        seat = self._crew.coming
        if seat is not None and seat.first_frame is not None:
            self._install_played(seat)

    def _install_played(self, seat: Seat) -> None:
        old, self._crew.playing, self._crew.coming = self._crew.playing, seat, None
        if old is not None and self._wants_standby and self._crew.standby is None and _well(old):
            self._crew.stand_by(old)
            if old.model == seat.model:  # it has what was loaded before
                old.answer(None)
        elif old is not None:
            self._crew.dismiss(old)
        self._streak.shown()
        self._last = seat.model
        self._state = "fallback" if seat.model == self._fell_back else "playing"
        self._readouts.write(
            pid=seat.engine.pid,
            device=seat.device,
            model=seat.model,
            state=self._state,
            restarts=self._restarts,
            picture="",
            pace="",
        )
        self._stand_by_after(self._standby_rest)

    def _stand_by_after(self, seconds: float) -> None:
        """See to the one who stands by, but not before so many seconds have passed."""
        self._standby_due = self._clock.now() + seconds

    # -- trouble ------------------------------------------------------------------------------------------------------

    def _watch(self, now: int) -> None:
        for seat in self._crew.seats():
            if not seat.engine.alive:
                self._gone(seat, seat.engine.obituary())
            elif (why := seat.engine.hung(now)) is not None:
                self._gone(seat, f"hung: {why}")
        if self._crew.playing is not None:
            self._crew.playing.look_after(now)

    def _gone(self, seat: Seat, how: str) -> None:
        """An engine ended or hung."""
        if seat not in self._crew.seats():
            return
        if seat is self._crew.standby:
            self._crew.dismiss(seat)
            self._standby_rest = min(2 * self._standby_rest, _STANDBY_AT_MOST_S)
            self._stand_by_after(self._standby_rest)
            return
        if seat is self._crew.coming and self._crew.playing is not None:
            self._cannot_load(
                seat, f"{seat.model} cannot play here ({how}); {self._crew.playing.model} plays on.", gone=True
            )
            return
        meddled = seat.engine.meddled
        self._crew.dismiss(seat)
        self._restarts += 1
        self._state = "restarting"
        self._readouts.write(restarts=self._restarts, state=self._state)
        self._answer_failure(self._streak.failed(self._clock.now(), seat.first_frame, meddled=meddled), how)

    def _answer_failure(self, verdict: Verdict, how: str) -> None:
        text = f"The engine stopped ({how})"
        if verdict is Verdict.FALL_BACK:
            self._fall_back(f"{text} again and again")
            return
        reverted = None
        if verdict is Verdict.SUSPECT:
            reverted = self._quarantine.suspect(self._bay, self._clock.now(), self._streak.since)
        if reverted is not None:
            self._streak.accused()
            text = f"{text} twice after {reverted} changed, so that is back where it was. Set it again to retry."
        else:
            text = f"{text}; another one takes over where it was."
        self._readouts.say(text)

    def _fall_back(self, why: str) -> None:
        failed = self._model
        self._failed_models.add(failed)
        self._model = instead_of(failed, self._failed_models, FALLBACKS)
        self._fell_back = self._model
        self._streak.forget()
        self._bay.write([("/model", self._model)], CONDUCTOR)
        self._readouts.say(f"{why}; {self._model} plays instead. Choose {failed} again to retry.")

    # -- who plays ----------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """See that somebody plays the wanted model, and that somebody stands by."""
        now = self._clock.now()
        if self._stop.is_set() or now < self._streak.not_before:
            return
        try:
            playing = self._crew.playing
            coming = self._crew.coming
            if coming is not None and self._overtaken is not None and now - self._overtaken > _patience(coming):
                self._crew.dismiss(coming)
            if self._crew.coming is None and (playing is None or playing.model != self._model or self._anew):
                self._bring()
            elif self._wants_standby and self._crew.calm and self._standby_due is not None and now >= self._standby_due:
                self._prepare_standby()
        except (OSError, MemoryError) as error:
            self._no_room(error)

    def _no_room(self, error: Exception) -> None:
        self._readouts.say(
            f"No engine can be started ({error}); close something else. This tries again every few seconds."
        )
        self._streak.breathe(self._clock.now())

    def _prepare_standby(self) -> None:
        """Have somebody stand by with the model that plays, and then those of the bank."""
        self._standby_due = None
        standby = self._crew.standby
        if standby is None:
            self._crew.standby = self._crew.hire(self._model)
        elif standby.up and not standby.loading and (standby.model != self._model or standby.loaded is None):
            self._ask(standby)
        elif standby.loading and standby.model != self._model:
            self._stand_by_after(_STANDBY_AFTER_S)

    def _bring(self) -> None:
        """Let somebody come who plays the wanted model: who stands by, if that can be. What was loaded before the model
        is to be loaded anew does not count."""
        self._overtaken = None
        spare, self._crew.standby = self._crew.standby, None
        self._crew.coming = spare = spare or self._crew.hire(self._model)
        if spare.loading and spare.model != self._model:
            self._overtaken = self._clock.now()
        elif spare.up and not spare.loading:
            if spare.loaded is not None and spare.model == self._model and not self._anew:
                self._promote(spare)
            else:
                self._ask(spare)


def _patience(seat: Seat) -> float:
    return max(_OVERTAKEN_S, 2.0 * (seat.start_s or 0.0))


def _well(seat: Seat) -> bool:
    """Whether an engine is worth keeping."""
    return seat.engine.alive and seat.loaded is not None and seat.engine.hung(now_ns()) is None


def _nothing() -> None:
    """Only to wake the thread."""
