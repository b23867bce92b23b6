"""The effects: shaders over the picture, in a process of their own that may hang or crash without harm.

Thread ``effects`` owns every decision and starts the process, the first time that a shader is put in. ``use`` and
``status`` are for any thread, ``changed`` is the conductor's. While the process is away, plain pictures play.
"""

from __future__ import annotations

import math
import threading
from queue import Empty, SimpleQueue

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.base.platform import Family
from latentjockey.control.bay import Bay
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import ENGINE
from latentjockey.control.values import Value
from latentjockey.frames.chain import SLOTS, Chain, SlotStatus
from latentjockey.host.chain_blame import Blame
from latentjockey.host.chain_drawing import ChainDrawing, Sound
from latentjockey.host.chain_notice import Notice
from latentjockey.host.chain_slots import ChainSlots
from latentjockey.host.effects_process import EffectsProcess
from latentjockey.host.stage_feed import StageFeed
from latentjockey.link.effects_messages import Compiled, Drawn, FromEffects, Leave, Refused, Take, Unable, Up

_LOG = logger("effects")
_READOUT_S = 0.2
_BREATH_S, _TROUBLE_S = 1.0, 5.0
_SLEPT_S = 0.5
_HELD_S = 1.0 / 30.0


class Effects:
    """Draws the chain over what ``stage`` shows. Nothing runs before the first ``use``; ``close`` once."""

    def __init__(
        self,
        bay: Bay,
        stage: StageFeed,
        messages: Messages,
        clock: Clock,
        *,
        sound: Sound | None = None,
        family: Family | None = None,
    ) -> None:
        self._bay = bay
        self._stage = stage
        self._messages = messages
        self._clock = clock
        self._family = family or Family()
        self._chain = Chain()
        self._slots = ChainSlots()
        self._blame = Blame()
        self._drawing = ChainDrawing(stage, sound)
        self._process: EffectsProcess | None = None
        self._count = 0
        self._up = False
        self._first_drawn: float | None = None
        self._not_before = 0.0
        self._unable = ""
        self._said = ""
        self._inbox: SimpleQueue[tuple[EffectsProcess, FromEffects | None]] = SimpleQueue()
        self._statuses = self._slots.statuses(0.0)
        self._were_off: set[int] = set()
        self._snapshot: Snapshot | None = None
        self._noticed = Notice()
        self._shown: dict[str, Value] = {}
        self._told = -math.inf
        self._watches = False
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    # -- from outside -------------------------------------------------------------------------------------------------

    def use(self, chain: Chain) -> None:
        """From now on these shaders are in the slots. What stays as it was is not compiled again."""
        self._chain = chain
        with self._guard:
            if self._thread is None and chain.programs and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="effects", daemon=True)
                self._thread.start()
        self._poke()

    def status(self) -> tuple[SlotStatus, ...]:
        """How each slot does, 1 to 8."""
        return self._statuses

    def changed(self, snapshot: Snapshot) -> None:
        """The conductor publishes a snapshot. Nothing happens unless it has to do with effects."""
        self._snapshot = snapshot
        if not self._noticed.differs(snapshot) or self._thread is None:
            return
        off = {n for n in SLOTS if not snapshot.number(f"/fx/{n}/on")}
        with self._guard:
            self._were_off |= off
        self._poke()

    def close(self) -> None:
        """End the process; nothing of it is left when this returns."""
        with self._guard:
            self._stop.set()
        self._poke()
        if self._thread is not None:
            self._thread.join()

    def _poke(self) -> None:
        self._wake.set()
        with self._stage.changed:
            self._stage.changed.notify_all()

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        due = self._clock.now()
        try:
            while not self._stop.is_set():
                late = self._clock.now() - due
                self._wake.clear()
                try:
                    rest = self._once(slept=late > _SLEPT_S)
                except Exception:  # noqa: BLE001 - without this thread the stage would stand still for good
                    _LOG.exception("the effects stumbled and go on")
                    self._stage.plain()
                    rest = _BREATH_S
                due = self._clock.now() + rest
                self._rest(rest)
        finally:
            self._stage.plain()
            self._leave()

    def _rest(self, seconds: float) -> None:
        """Wait for what concerns effects; for new pictures only while there is something to draw on them."""
        timeout = None if seconds == math.inf else seconds
        if not self._watches:
            self._wake.wait(timeout)
            return
        with self._stage.changed:
            if not self._wake.is_set():
                self._stage.changed.wait(timeout)

    def _once(self, *, slept: bool) -> float:
        """Once through. Returns for how many seconds there is nothing to do."""
        self._hear_all()
        # What was published and nothing newer: of that alone it is known that each change wakes this thread.
        snapshot = self._snapshot or self._bay.snapshot()
        self._take_changes(snapshot)
        now, now_in_ns = self._clock.now(), now_ns()
        process = self._process
        if process is not None and slept:
            process.forgive(now_in_ns)
        rest = math.inf
        if process is not None:
            how = process.hung(now_in_ns)
            if how is not None:
                self._gone(process, how, hung=True)
        elif self._slots.wanted and not self._unable:
            rest = self._start(now)
        rest = min(rest, self._draw(snapshot, now, now_in_ns))
        self._tell(now)
        return rest

    def _draw(self, snapshot: Snapshot, now: float, now_in_ns: int) -> float:
        """Have the next picture drawn if one is due."""
        process = self._process
        moved = self._drawing.read(self._slots.programs(), snapshot, now)
        self._watches = process is not None and self._up and (bool(moved.steps) or moved.moving)
        if process is None or not self._up:
            self._stage.plain()
            return math.inf if process is None else process.due(now_in_ns)
        self._blame.note(now, self._drawing.bases(snapshot))
        self._slots.put_missing(process.ask)
        rest = self._drawing.serve(process, snapshot, moved, now, now_in_ns)
        self._say_once(self._drawing.trouble)
        if self._watches and self._stage.held:
            rest = min(rest, _HELD_S)
        return min(rest, process.due(now_ns()))

    def _take_changes(self, snapshot: Snapshot) -> None:
        with self._guard:
            were_off, self._were_off = self._were_off, set()
        for slot in self._slots.use(self._chain):
            if self._process is not None:
                self._process.send(Take(slot))
        if self._slots.retry(lambda n: bool(snapshot.number(f"/fx/{n}/on")), were_off):
            self._blame.forget()
        if self._unable:
            self._slots.bypass(self._slots.numbers(), self._unable)

    # -- the process --------------------------------------------------------------------------------------------------

    def _start(self, now: float) -> float:
        if now < self._not_before:
            return self._not_before - now
        self._count += 1
        try:
            self._process = EffectsProcess(self._count, self._family, self._stage.changed, self._hear)
        except (OSError, MemoryError) as error:
            self._say(f"No process for effects can be started ({error}); plain pictures play, and this tries again.")
            self._not_before = now + _TROUBLE_S
            return _TROUBLE_S
        self._first_drawn = None
        return math.inf

    def _hear(self, process: EffectsProcess, message: FromEffects | None) -> None:
        """On the process's reading thread: what was drawn is shown at once."""
        if isinstance(message, Drawn):
            self._drawing.deliver(process, message)
        self._inbox.put((process, message))
        self._poke()

    def _hear_all(self) -> None:
        while True:
            try:
                process, message = self._inbox.get_nowait()
            except Empty:
                return
            if process is self._process:
                self._handle(process, message)

    def _handle(self, process: EffectsProcess, message: FromEffects | None) -> None:
        match message:
            case Up():
                self._up = True
            case Unable(why):
                self._unable = why
                self._say(f"{why} Until then plain pictures play.")
            case Compiled(ident):
                self._slots.compiled(ident)
            case Refused(ident, sentence, line):
                self._refused(ident, sentence, line)
            case Drawn(_, ring, slot):
                self._drawing.drawn(message)
                if self._first_drawn is None:
                    self._first_drawn = self._clock.now()
                if slot >= 0:
                    process.rings.settle(ring)
            case None:
                process.wait(0.5)  # the pipe ends a moment before the process
                self._gone(process, process.obituary(), hung=False)

    def _refused(self, ident: int, sentence: str, line: int | None) -> None:
        program = self._slots.refused(ident, sentence, line)
        if program is None:
            return
        where = "" if line is None else f" in line {line}"
        self._say(f"{program.name} does not compile{where}: {sentence.rstrip('.')}. What played in its slot stays.")

    def _gone(self, process: EffectsProcess, how: str, *, hung: bool) -> None:
        """The process ended, or hangs."""
        now = self._clock.now()
        meddled = process.meddled
        compiling = self._slots.compiling_now()
        drawn = self._drawing.slots_asked()
        self._up, self._process = False, None
        self._drawing.lost()
        self._slots.lost()
        process.close()
        if self._unable:
            return
        in_a_row = self._blame.failed(now, self._first_drawn, meddled=meddled)
        self._not_before = now if self._first_drawn is not None else now + _BREATH_S
        suspect = compiling if compiling is not None else self._blame.newest(drawn)
        text = f"The effects stopped ({'hung: ' if hung else ''}{how})"
        if in_a_row == 0 or (in_a_row == 1 and suspect is None):
            self._say(f"{text}; they come back in a moment.")
        elif in_a_row == 1 and suspect is not None:
            again = f"{self._slots.name(suspect)} is left out. Switch /fx/{suspect}/on off and on to try it again."
            self._slots.bypass([suspect], f"It stopped the effects: {how}.")
            self._say(f"{text} after /fx/{suspect} changed last: {again}")
        else:
            self._slots.bypass(self._slots.numbers(), f"The effects stopped again: {how}.")
            self._say(f"{text} again: all of them are left out. Switch one off and on to try it again.")

    def _leave(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send(Leave())
            process.wait(0.3)
            process.close()

    # -- telling ------------------------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._messages.post(self._clock.now(), "effects", text, serious=True)

    def _say_once(self, trouble: str) -> None:
        if trouble and trouble != self._said:
            self._say(trouble)
        self._said = trouble

    def _state(self) -> str:
        if self._unable:
            return "no OpenGL"
        if self._process is None:
            return "restarting" if self._count and self._slots.wanted else "off"
        if not self._up or self._slots.compiling:
            return "restarting" if self._count > 1 and not self._up else "starting"
        return "playing" if self._stage.drawing else "off"

    def _tell(self, now: float) -> None:
        """Statuses for whoever asks, readouts for the surface, the time of drawing a few times a second."""
        self._statuses = self._slots.statuses(self._drawing.ms, self._drawing.lacking)
        readouts: dict[str, Value] = {"/fx/state": self._state()}
        if now - self._told >= _READOUT_S:
            readouts["/fx/ms"] = round(self._drawing.ms, 2)
        changed = {a: value for a, value in readouts.items() if self._shown.get(a) != value}
        if "/fx/ms" in changed:
            self._told = now
        if changed:
            self._shown |= changed
            self._bay.write(changed.items(), ENGINE)
