"""How even the crossfader's travel is: the change from step to step, plain and by the measured curve.

Three yardsticks on pictures larger than those the curve was measured on; the curve optimises the first two, not the
third. No timing: the figures are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Row
from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import COMMAND_LINE
from latentjockey.engine.evaluate import Evaluator
from latentjockey.engine.travel import TravelMeter
from latentjockey.generators.cppn import Cppn
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.models.builtin import CPPN
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.travel import identity_curve, travel, visible_distance

PAIRS = ((1, 2), (3, 9), (5, 14), (8, 20), (12, 17), (2, 7))
STEPS = (11, 20, 64)
_SIDE = 128

Pictures = NDArray[np.uint8]
Distances = NDArray[np.float64]


def _mean_difference(pictures: Pictures) -> Distances:
    return np.asarray(np.abs(np.diff(pictures.astype(np.float64), axis=0)).mean(axis=(1, 2, 3)))


def _root_mean_square(pictures: Pictures) -> Distances:
    return np.asarray(np.sqrt(np.square(np.diff(pictures.astype(np.float64), axis=0)).mean(axis=(1, 2, 3))))


YARDSTICKS: Mapping[str, Callable[[Pictures], Distances]] = {
    "seen (OKLab and pixels)": visible_distance,
    "mean pixel difference": _mean_difference,
    "root mean square difference": _root_mean_square,
}


class Fader:
    """The way between the places of two seeds on the coordinate network."""

    def __init__(self, a: int, b: int) -> None:
        self.generator = Cppn("cpu")
        layout = Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions))
        self.evaluator = Evaluator(self.generator, layout.specs)
        self.bay = bay = Bay(layout, ManualClock())
        places = [(f"/deck/{deck}/z", z_from_seed(seed, CPPN.z_dim)) for deck, seed in (("a", a), ("b", b))]
        bay.write(places, COMMAND_LINE)
        self._snapshot: Snapshot = bay.snapshot()

    def measured(self) -> NDArray[np.float64]:
        """The curve that the engine arrives at, (TRAVEL_POINTS,)."""
        meter, curve = TravelMeter(self.generator, self.evaluator), identity_curve(TRAVEL_POINTS - 1)
        while True:
            points = meter.step(self._snapshot, 0.0)
            curve = curve if points is None else np.asarray(points)
            if not meter.busy:
                return curve

    def pictures(self, curve: NDArray[np.float64], steps: int, side: int = _SIDE) -> Pictures:
        """What is seen at equal steps of travel, (steps + 1, side, side, 3)."""
        return np.stack([self._picture(travel(curve, x), side) for x in np.linspace(0.0, 1.0, steps + 1)])

    def _picture(self, position: float, side: int) -> Pictures:
        ends = self.evaluator.ends(self._snapshot, 0.0)
        native = self.evaluator.moment(self._snapshot, 0.0).native
        layers = self.evaluator.between(ends, np.full(len(ends.a), position))
        result = self.generator.frame(FrameRequest(side, side), lambda: Moment(layers, native))
        return np.ascontiguousarray(result.pixels.transpose(1, 2, 0))


def run(quick: bool) -> list[Row]:
    """Pairs of seeds, steps and yardsticks; quick takes two pairs."""
    faders = [Fader(a, b) for a, b in (PAIRS[:2] if quick else PAIRS)]
    curves = [fader.measured() for fader in faders]
    plain = identity_curve(TRAVEL_POINTS - 1)
    rows = []
    for steps in STEPS:
        before = [fader.pictures(plain, steps) for fader in faders]
        after = [fader.pictures(curve, steps) for fader, curve in zip(faders, curves, strict=True)]
        for name, yardstick in YARDSTICKS.items():
            text = f"{_words(before, yardstick)} → {_words(after, yardstick)}"
            note = f"mean (worst) of {len(faders)} pairs, plain → even" if not rows else ""
            rows.append(Row(f"{steps} steps, {name}: largest over smallest", text, note=note))
    return rows


def _words(pictures: list[Pictures], yardstick: Callable[[Pictures], Distances]) -> str:
    ratios = [float(d.max() / d.min()) for d in map(yardstick, pictures)]
    return f"{np.mean(ratios):.2f} ({max(ratios):.2f})"
