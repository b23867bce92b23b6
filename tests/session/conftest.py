"""A bay, its conductor and what plays by itself, on a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import COMMAND_LINE, HAND, Source
from latentjockey.models.builtin import BUILTIN
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.session import moves
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.ghost import Ghost
from latentjockey.session.looper import Looper
from latentjockey.session.morph import Morph

Z = 32
TICK = 1.0 / 128


class Players:
    """One evening. Time passes in ticks."""

    tick_s = TICK

    def __init__(self, ghost: Callable[[Bay], Ghost] | None = None) -> None:
        self.clock = ManualClock(100.0)
        self.messages = Messages()
        self.bay = Bay(self.layout(1), self.clock, {f"/deck/{d}/seed": self._fill for d in "ab"}, seed_from)
        self.bay.write([("/deck/a/seed", 1.0), ("/deck/b/seed", 2.0)], COMMAND_LINE)
        self.looper = Looper(self.bay, self.clock, self.messages)
        self.morph = Morph(self.bay, self.looper.loops, lambda changes, t: self.conductor.moved(changes, t))
        self.ghost = (ghost or Ghost)(self.bay)
        self.directions: np.ndarray[tuple[int, int], np.dtype[np.float32]] | None = None
        outside = Outside(
            publish=lambda snapshot: None,
            commands=self.looper.commands(),
            watchers=dict.fromkeys(("/panic", "/panic/home"), self._panicked),
            movers=[self.morph, self.looper, self.ghost],
            directions=lambda deck: self.directions,
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()
        self.conductor.tick()

    @staticmethod
    def layout(epoch: int, *, model: str = "cppn", directions: int = 4) -> Layout:
        return Layout(epoch, builtin(Z, (64, 64), BUILTIN[model].controls, directions))

    @staticmethod
    def _fill(spec: object, seed: float) -> list[tuple[str, np.ndarray]]:
        return [(f"{spec.address[:-5]}/z", z_from_seed(int(seed), Z))]  # type: ignore[attr-defined]

    def _panicked(self, presses: float | str) -> None:
        self.looper.clear()
        self.morph.end()

    def write(self, *batch: tuple[str, object], source: Source = HAND) -> None:
        """Write as ``source``, and let the conductor see it."""
        report = self.bay.write(batch, source)  # type: ignore[arg-type]
        assert not report.refused
        self.conductor.tick()

    def run(self, seconds: float, each: Callable[[], None] | None = None) -> None:
        """Let time pass, tick by tick."""
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)
            self.conductor.tick()
            if each is not None:
                each()

    def beats(self, beats: float, each: Callable[[], None] | None = None) -> None:
        """Let so many beats pass at the tempo of now."""
        self.run(beats * 60.0 / self.number("/transport/bpm"), each)

    def number(self, address: str) -> float:
        return float(self.bay.snapshot().number(address))

    def trace(self, address: str, seconds: float) -> np.ndarray:
        """The control at each tick of the next seconds, beginning now."""
        heard = [self.number(address)]
        self.run(seconds, lambda: heard.append(self.number(address)))
        return np.array(heard)

    def snapshot(self) -> Snapshot:
        return self.bay.snapshot()

    def place(self, deck: str = "a") -> np.ndarray:
        return moves.place(self.bay.snapshot(), deck, self.clock.now())

    def said(self) -> str:
        latest = self.messages.latest()
        return "" if latest is None else latest.text


@pytest.fixture
def players() -> Players:
    return Players()


@pytest.fixture(scope="session")
def evening() -> type[Players]:
    """``evening(ghost)``: the same with a ghost of one's own making."""
    return Players
