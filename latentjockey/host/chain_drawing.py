"""What the effects process is asked to draw, and what comes of it.

Thread ``effects`` asks, for one picture at a time: the newest there is when the one before is done, so that nothing
queues, while the engine makes the next. The reading thread of the process delivers to the stage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.snapshot import Snapshot
from latentjockey.frames.chain import ChainProgram
from latentjockey.host.chain_pace import Pace
from latentjockey.host.chain_values import ChainReading, Moved
from latentjockey.host.effects_process import EffectsProcess
from latentjockey.host.stage_feed import Original, StageFeed, original
from latentjockey.link.effects_messages import Draw, Drawn, Step

_FIRST_S, _SLOWEST_S = 5.0, 3.0  # plain pictures play meanwhile, and a busy machine is no hanging shader
_STALLED_S, _STALLED, _STALLED_MOST_S = 0.35, 4.0, 1.0
_LOOK_S = 1.0 / 60.0

Sound = Callable[[], tuple[NDArray[np.float32], NDArray[np.float32]] | None]
"""Spectrum and waveform of now, or ``None`` in silence."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Under ``ident``: these steps of these programs over that picture."""

    ident: int
    original: Original
    steps: tuple[Step, ...]
    programs: tuple[ChainProgram, ...]


class ChainDrawing:
    """``ms`` is what the last picture took, 0 before the first; ``trouble`` a sentence where there is no memory for
    pictures, otherwise empty; ``lacking`` tells for slots what they go without. ``sound`` is asked once a picture."""

    def __init__(self, stage: StageFeed, sound: Sound | None) -> None:
        self.ms = 0.0
        self.lacking: Mapping[int, str] = {}
        self.trouble = ""
        self._stage = stage
        self._sound = sound
        self._reading: ChainReading | None = None
        self._pace = Pace()
        self._asked: _Asked | None = None
        self._last: _Asked | None = None
        self._moves = False
        self._ident = 0
        self._tried: set[tuple[ChainProgram, tuple[int, int]]] = set()

    # -- thread effects -----------------------------------------------------------------------------------------------

    def read(self, programs: tuple[ChainProgram, ...], snapshot: Snapshot, t: float) -> Moved:
        """What ``programs`` are to draw at ``t`` seconds."""
        reading = self._reading
        if reading is None or reading.programs != programs or reading.layout is not snapshot.layout:
            reading = self._reading = ChainReading(programs, snapshot.layout)
        return reading.at(snapshot, t)

    def bases(self, snapshot: Snapshot) -> dict[int, object]:
        """What hands have set the slots to that were read last."""
        return {} if self._reading is None else self._reading.bases(snapshot)

    def slots_asked(self) -> tuple[int, ...]:
        """The slots that are being drawn, or were drawn last."""
        asked = self._asked or self._last
        return () if asked is None else tuple(step.slot for step in asked.steps)

    def serve(self, process: EffectsProcess, snapshot: Snapshot, moved: Moved, now: float, now_ns: int) -> float:
        """Ask for the next picture if one is due; ``moved`` is what was read for ``now``. Returns the seconds until
        there may be something to do."""
        assert self._reading is not None
        if not moved.steps:
            self._stage.plain()
            self._last = None
            return _LOOK_S if moved.moving else math.inf
        if process.busy or self._asked is not None:  # answered, maybe, but not heard by this thread yet
            return self._be_patient(process, now_ns)
        if self._stage.stands:
            return math.inf
        last = self._last
        new = last is None or not self._stage.drawing or self._stage.newest() != last.original.key
        differs = last is None or (last.steps, last.programs) != (moved.steps, self._reading.programs)
        other = differs or self._moves
        cap = snapshot.number("/engine/fps_cap")
        wait = self._pace.wait(now, cap, new=new, other=other or moved.moving)
        if wait > 0:
            return wait
        if new or last is None:
            return self._on_newest(process, snapshot, now)
        if not other:  # something swings, and has not changed what is seen yet
            return _LOOK_S
        self._pace.again(now)
        return self._ask(process, -1, last.original, moved.steps, now)

    @property
    def _patience(self) -> float:
        """For how many seconds the picture may stand still, waiting."""
        return min(_STALLED_MOST_S, max(_STALLED_S, _STALLED * self.ms * 1e-3))

    def _be_patient(self, process: EffectsProcess, now_ns: int) -> float:
        """Something is being drawn or compiled: beyond patience plain pictures play."""
        left = self._patience - process.late(now_ns)
        if left <= 0:
            self._stage.plain()
            return math.inf
        return left

    def _on_newest(self, process: EffectsProcess, snapshot: Snapshot, now: float) -> float:
        assert self._reading is not None
        frame = self._stage.take()
        if frame is None:
            return math.inf
        with frame:
            t = now if frame.held else frame.stamp.time
            steps = self._reading.at(snapshot, t).steps
            self.trouble = process.rings.make_room(frame.size)
            slot = None if self.trouble or not steps else process.rings.put(frame)
            source = original(frame)
        if slot is None:
            self._stage.plain()
            return math.inf
        self._pace.picture(now)
        return self._ask(process, slot, source, steps, t)

    def _ask(self, process: EffectsProcess, slot: int, source: Original, steps: tuple[Step, ...], t: float) -> float:
        self._ident += 1
        assert self._reading is not None
        programs = self._reading.programs
        tried = {(program, source.size) for program in programs if any(s.slot == program.slot for s in steps)}
        first = not tried <= self._tried  # so that the driver may still have to compile
        self._tried |= tried
        self._asked = _Asked(self._ident, source, steps, programs)
        spectrum, waveform = (self._sound() if self._sound is not None else None) or (None, None)
        message = Draw(self._ident, slot, steps, t, _bytes(spectrum), _bytes(waveform))
        process.ask(message, "drawing", _FIRST_S if first else _SLOWEST_S)
        return self._patience

    def drawn(self, message: Drawn) -> None:
        """What was asked for is done."""
        done = self._asked
        if done is None or done.ident != message.ident:
            return
        self._asked, self._last = None, done
        self._moves = message.moves
        self.ms = message.ms
        self.lacking = message.lacking

    def lost(self) -> None:
        """The process is gone, and all it knew."""
        self._stage.plain()
        self._asked = self._last = None
        self._tried.clear()
        self._moves = False

    # -- the process's reading thread ---------------------------------------------------------------------------------

    def deliver(self, process: EffectsProcess, message: Drawn) -> None:
        """Let the stage show what was drawn."""
        asked, ring = self._asked, process.rings.back(message.ring)
        if ring is None or message.slot < 0:
            return
        if asked is not None and asked.ident == message.ident:
            self._stage.deliver(ring, message.slot, asked.original)
        else:
            ring.pass_over(message.slot)


def _bytes(sound: NDArray[np.float32] | None) -> bytes:
    return b"" if sound is None else np.ascontiguousarray(sound, np.float32).tobytes()
