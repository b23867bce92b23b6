"""Who draws the picture: one generator that both decks play, or one for each deck. Main thread of the engine.

One generator mixes the decks in latent space. Two have no space in common: each draws its own deck, and the pictures
are crossfaded (:mod:`latentjockey.engine.crossing`), each drawn only where something of it is to be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec
from latentjockey.engine.crossing import crossed, seen
from latentjockey.engine.evaluate import Begins, Evaluator, nothing_seen
from latentjockey.engine.travel import TravelMeter
from latentjockey.generators.protocol import FrameRequest, FrameResult, Generator, Layers, Moment
from latentjockey.models.pair import pair
from latentjockey.navigation.arrays import F64, factor
from latentjockey.navigation.state import mix_state

Latch = Callable[[], tuple[Snapshot, float]]
"""The newest values, modulated for the time (s) that comes with them. The picture is that of the last call."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A picture and the layer latents (rows, columns) that it shows."""

    result: FrameResult
    layers: Layers


class Picture(Protocol):
    """Draws what a snapshot shows."""

    @property
    def device(self) -> str:
        """Where it is drawn, in words."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of :attr:`Drawn.layers`, at most."""
        ...

    @property
    def meter(self) -> TravelMeter | None:
        """What measures the crossfader's travel, where it goes through a latent space."""
        ...

    def draw(self, request: FrameRequest, latch: Latch) -> Drawn:
        """The picture of what ``latch`` says, which is asked as late as can be."""
        ...

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        """Whether the next picture differs from this one although nobody touches anything."""
        ...


def picture_of(
    generators: tuple[Generator, ...], specs: tuple[ControlSpec, ...], begins: Begins = nothing_seen
) -> Picture:
    """Who draws for one generator, or for one on each deck, in a layout of these ``specs``; ``begins`` says what a
    picture begins with."""
    if len(generators) == 1:
        return OneModel(generators[0], specs, begins)
    return TwoModels(generators[0], generators[1], specs, begins)


class OneModel:
    """Both decks play one generator."""

    def __init__(self, generator: Generator, specs: tuple[ControlSpec, ...], begins: Begins = nothing_seen) -> None:
        self._generator = generator
        self._evaluator = Evaluator(generator, specs, begins=begins)
        self.meter: TravelMeter | None = TravelMeter(generator, self._evaluator)

    @property
    def device(self) -> str:
        return self._generator.device

    @property
    def shape(self) -> tuple[int, int]:
        return self._generator.spec.shape

    def draw(self, request: FrameRequest, latch: Latch) -> Drawn:
        return _drawn(self._generator, self._evaluator, request, latch)

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        return self._evaluator.moving(snapshot, t)


class TwoModels:
    """Deck A plays ``a``, deck B plays ``b``."""

    def __init__(
        self, a: Generator, b: Generator, specs: tuple[ControlSpec, ...], begins: Begins = nothing_seen
    ) -> None:
        self._generators = a, b
        self._evaluators = tuple(
            Evaluator(generator, specs, (deck,), begins) for generator, deck in zip((a, b), DECKS, strict=True)
        )
        self.meter: TravelMeter | None = None

    @property
    def device(self) -> str:
        here = dict.fromkeys(generator.device for generator in self._generators)
        return " + ".join(here)

    @property
    def shape(self) -> tuple[int, int]:
        a, b = self._generators
        return pair(a.spec, b.spec).shape

    def draw(self, request: FrameRequest, latch: Latch) -> Drawn:
        """Only who is seen draws. Who draws first asks as late as it can, and whoever draws after it shows the same
        moment: meanwhile the crossfader may have moved, so who is seen is looked at again."""
        snapshot, t = latch()
        first = 0 if seen(_positions(snapshot))[0] else 1
        known: list[tuple[Snapshot, float]] = []

        def late() -> tuple[Snapshot, float]:
            known.append(latch())
            return known[-1]

        drawn: dict[int, Drawn] = {first: self._draw(first, request, late)}
        snapshot, t = known[-1]
        positions = _positions(snapshot)
        for deck, visible in enumerate(seen(positions)):
            if visible and deck not in drawn:
                drawn[deck] = self._draw(deck, request, lambda: (snapshot, t))
        a, b = (drawn.get(deck) if visible else None for deck, visible in enumerate(seen(positions)))
        if a is None or b is None:
            only = a or b or drawn[first]
            return Drawn(only.result, self._stacked(drawn))
        return Drawn(crossed(a.result, b.result, positions), self._stacked(drawn))

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        return any(evaluator.moving(snapshot, t) for evaluator in self._evaluators)

    def _draw(self, deck: int, request: FrameRequest, latch: Latch) -> Drawn:
        return _drawn(self._generators[deck], self._evaluators[deck], request, latch)

    def _stacked(self, drawn: dict[int, Drawn]) -> Layers:
        """The layers of deck A, then those of deck B, filled up with zeros to one width; zeros where one was not
        drawn."""
        stacked = np.zeros(self.shape, np.float32)
        at = 0
        for deck, generator in enumerate(self._generators):
            if deck in drawn:
                rows, columns = drawn[deck].layers.shape
                stacked[at : at + rows, :columns] = drawn[deck].layers
            at += generator.spec.num_ws
        return stacked


def _drawn(generator: Generator, evaluator: Evaluator, request: FrameRequest, latch: Latch) -> Drawn:
    made: list[Moment] = []

    def moment() -> Moment:
        made.append(evaluator.moment(*latch()))
        return made[-1]

    result = generator.frame(request, moment)
    return Drawn(result, made[-1].layers)


def _positions(snapshot: Snapshot) -> F64:
    """Where the crossfade stands for what is coarse, middle and fine in two pictures: (3,), 0 at A and 1 at B."""
    mixing = mix_state(snapshot)
    return np.array([factor(mixing.crossfade) + factor(offset) for offset in mixing.offsets])
