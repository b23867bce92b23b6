"""The effects process's main loop: one message after the other, each picture drawn when it is asked for.

Runs on the main thread of the effects process, where the OpenGL context is current. A shader that hangs or crashes
takes this process along and nothing else: the show ends it and starts another.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import calendar, now_ns
from latentjockey.effects.memory import PictureMemory
from latentjockey.link.effects_messages import (
    Back,
    Compiled,
    Draw,
    Drawn,
    FromEffects,
    InputValue,
    Leave,
    Put,
    Refused,
    Rings,
    Take,
    Taken,
    ToEffects,
)
from latentjockey.link.port import Port
from latentjockey.stage.isf.chain import Moment, ShaderChain, ShaderError, Step

_IDLE_S = 60.0


class Effects:
    """One effects process, from its first message to its last."""

    def __init__(self, port: Port[ToEffects, FromEffects], chain: ShaderChain) -> None:
        self._port = port
        self._chain = chain
        self._events: dict[int, tuple[str, ...]] = {}
        self._pressed: dict[tuple[int, str], float] = {}
        self._memory: PictureMemory | None = None
        self._began: float | None = None
        self._last = 0.0
        self._count = 0

    def run(self) -> None:
        """Serve until told to leave."""
        while True:
            match self._port.receive():
                case None:
                    self._port.wait(_IDLE_S)
                case Put() as put:
                    self._put(put)
                case Take(slot):
                    self._chain.unload(slot)
                case Rings() as rings:
                    self._exchange(rings)
                case Draw() as draw:
                    self._draw(draw)
                case Back(ring, slot):
                    if self._memory is not None and self._memory.number == ring:
                        self._memory.give(slot)
                case Leave():
                    return

    def _put(self, put: Put) -> None:
        try:
            self._chain.load(put.slot, put.source, put.vertex, None if put.folder is None else Path(put.folder))
        except ShaderError as error:
            sentence, line = (error.located, None) if error.vertex else (str(error), error.line)
            self._port.send(Refused(put.ident, sentence, line))
            return
        self._events[put.slot] = put.events
        self._port.send(Compiled(put.ident))

    def _exchange(self, rings: Rings) -> None:
        if self._memory is not None:
            self._memory.close()
        number = rings.number
        self._memory = PictureMemory(rings, lambda slot: self._port.send(Taken(number, slot)))

    def _draw(self, draw: Draw) -> None:
        memory = self._memory
        if memory is None:
            raise RuntimeError("told to draw before there was memory for pictures")
        begun = now_ns()
        steps = [Step(step.slot, step.mix, self._with_presses(step.slot, step.values)) for step in draw.steps]
        frame = memory.take(draw.slot)
        try:
            self._chain.draw(frame, steps, self._moment(draw))
        finally:
            if frame is not None:
                frame.release()
        slot = memory.put(self._chain)
        ms = (now_ns() - begun) * 1e-6
        lacking = {step.slot: why for step in steps if (why := self._chain.trouble(step.slot))}
        self._port.send(Drawn(draw.ident, memory.number, slot, ms, self._chain.moves, lacking))

    def _with_presses(self, slot: int, values: Mapping[str, InputValue]) -> dict[str, InputValue]:
        """The values with presses in place of their counters: true for the one picture after a press."""
        told = dict(values)
        for name in self._events.get(slot, ()):
            count = told.get(name)
            if isinstance(count, int | float):
                told[name] = self._pressed.get((slot, name), count) != count
                self._pressed[slot, name] = count
        return told

    def _moment(self, draw: Draw) -> Moment:
        """Time counts from the first picture of this process on, and never goes back."""
        if self._began is None:
            self._began = self._last = draw.time
        delta = max(0.0, draw.time - self._last)
        self._last += delta
        index, self._count = self._count, self._count + 1
        return Moment(
            time=self._last - self._began,
            delta=delta,
            index=index,
            date=calendar(),
            spectrum=_sound(draw.spectrum),
            waveform=_sound(draw.waveform),
        )


def _sound(data: bytes) -> NDArray[np.float32] | None:
    return np.frombuffer(data, np.float32) if data else None
