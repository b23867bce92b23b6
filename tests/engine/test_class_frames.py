"""Classes in the engine, with a generator whose layers say what they were asked for: z, and W c on top of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.evaluate import Evaluator
from latentjockey.engine.travel import TravelMeter
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.models.builtin import TESTCARD
from latentjockey.navigation.seeds import z_from_seed

Z, W, MANY = 8, 12, 4
KINDS = ("bloom", "moth", "mask", "ink")
WAYS = np.random.default_rng(3).standard_normal((MANY, W)).astype(np.float32)


class Kinds:
    """A class-conditional double. ``asked`` counts its embeddings and means."""

    spec = dataclasses.replace(
        TESTCARD, name="kinds", z_dim=Z, num_ws=3, w_dim=W, bands=(1, 2), mix="lerp", classes=KINDS
    )
    device = "paper"

    def __init__(self) -> None:
        self.asked = {"embed": 0, "mean": 0}

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        self.asked["embed"] += 1
        c = self._or_first(classes, len(z))
        rows = np.pad(z, ((0, 0), (0, W - Z))) + c @ WAYS
        return np.repeat(rows[:, None, :], self.spec.num_ws, axis=1)

    def mean(self, classes: Classes | None = None) -> Layers:
        self.asked["mean"] += 1
        c = self._or_first(None if classes is None else classes[None], 1)
        return np.repeat(c @ WAYS, self.spec.num_ws, axis=0)

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        seen = float(np.tanh(np.abs(latch().layers).mean()))
        return FrameResult(np.full((3, request.height, request.width), round(250 * seen), np.uint8), True)

    def close(self) -> None: ...

    @staticmethod
    def _or_first(classes: Classes | None, count: int) -> Classes:
        if classes is None:
            return np.repeat(np.eye(1, MANY, dtype=np.float32), count, axis=0)
        assert classes.shape == (count, MANY)
        assert classes.dtype == np.float32
        return classes


class Desk:
    def __init__(self, classes: tuple[str, ...] = KINDS) -> None:
        self.layout = Layout(1, Layout(1, builtin(Z, (64, 64), (), 0, classes)).engine_specs())
        self.values = self.layout.defaults()
        self.kinds = Kinds()
        self.evaluator = Evaluator(self.kinds, self.layout.specs)
        self.z = {deck: z_from_seed(seed, Z) for deck, seed in (("a", 1), ("b", 2))}
        self.set(**{f"/deck/{deck}/z": z for deck, z in self.z.items()})

    def set(self, **values: object) -> Desk:
        for address, value in values.items():
            target = self.layout.resolve(address)
            assert target is not None, address
            self.values[target.start : target.stop] = value
        return self

    def layers(self, t: float = 10.0) -> NDArray[np.float32]:
        snapshot = Snapshot(self.layout, 1, 0, self.values.copy(), {})
        return self.evaluator.moment(snapshot, t).layers

    def at(self, deck: str, classes: list[float]) -> NDArray[np.float32]:
        return np.pad(self.z[deck], (0, W - Z)) + np.float32(classes) @ WAYS


def test_each_deck_is_embedded_with_its_own_classes_of_any_sign_and_sum() -> None:
    desk = Desk().set(**{"/deck/a/class": [0.5, -2.0, 7.0, 0.0], "/deck/b/class": [0.0, 0.0, 0.0, -1.0]})
    assert desk.layers()[0] == pytest.approx(desk.at("a", [0.5, -2.0, 7.0, 0.0]), abs=1e-5)
    desk.set(**{"/mix/crossfade": 1.0})
    assert desk.layers()[0] == pytest.approx(desk.at("b", [0.0, 0.0, 0.0, -1.0]), abs=1e-5)
    desk.set(**{"/mix/crossfade": 0.25, "/mix/even": 0.0})
    between = 0.75 * desk.at("a", [0.5, -2.0, 7.0, 0.0]) + 0.25 * desk.at("b", [0.0, 0.0, 0.0, -1.0])
    assert desk.layers()[0] == pytest.approx(between, abs=1e-5)


def test_no_reach_shows_the_mean_of_the_mixture() -> None:
    desk = Desk().set(**{"/deck/a/class": [0.5, -2.0, 0.0, 1.0], "/deck/a/psi": 0.0})
    assert desk.layers()[0] == pytest.approx(np.float32([0.5, -2.0, 0.0, 1.0]) @ WAYS, abs=1e-5)
    desk.set(**{"/deck/a/psi": 1.0, "/deck/a/eq/middle": 0.0})
    assert desk.layers()[1] == pytest.approx(np.float32([0.5, -2.0, 0.0, 1.0]) @ WAYS, abs=1e-5)
    assert desk.layers()[0] == pytest.approx(desk.at("a", [0.5, -2.0, 0.0, 1.0]), abs=1e-5)


def test_a_centre_of_cues_has_its_own_classes_or_else_those_of_the_deck() -> None:
    place = z_from_seed(9, Z)
    desk = Desk().set(**{"/deck/a/centre/z": place, "/deck/a/psi": 0.0, "/deck/a/class": [0.0, 3.0, 0.0, 0.0]})
    there = np.pad(place, (0, W - Z))
    assert desk.layers()[0] == pytest.approx(there + 3.0 * WAYS[1], abs=1e-5)
    desk.set(**{"/deck/a/centre/class": [0.0, 0.0, 1.5, 0.0]})
    assert desk.layers()[0] == pytest.approx(there + 1.5 * WAYS[2], abs=1e-5)


def test_a_glide_turns_the_classes_by_its_own_clock() -> None:
    desk = Desk().set(**{
        "/deck/a/class": [0.0, 2.0, 0.0, 0.0], "/deck/a/glide/class": [1.0, -2.0, 0.0, 0.0],
        "/deck/a/glide/from": z_from_seed(1, Z), "/deck/a/glide/since": 10.0, "/deck/a/glide/duration": 4.0,
        "/deck/a/glide/shape": 1,
    })  # fmt: skip
    for t, classes in ((10.0, [1.0, 0.0, 0.0, 0.0]), (11.0, [0.75, 0.5, 0.0, 0.0]), (14.0, [0.0, 2.0, 0.0, 0.0])):
        assert desk.layers(t)[0] == pytest.approx(desk.at("a", classes), abs=1e-5)


def test_means_are_kept_and_not_asked_for_where_nothing_is_about_them() -> None:
    desk = Desk()
    for _ in range(5):
        desk.layers()
    assert desk.kinds.asked == {"embed": 5, "mean": 0}
    desk.set(**{"/deck/a/psi": 0.5, "/deck/b/psi": 0.5})
    for _ in range(5):
        desk.layers()
    assert desk.kinds.asked["mean"] == 2, "one for each deck's classes"
    for n in range(40):
        desk.set(**{"/deck/a/class/2": n / 10}).layers()
    assert desk.kinds.asked["mean"] <= 2 + 40, "one call a frame while a class moves, and none for the other deck"


def test_classes_of_another_model_mean_nothing_here() -> None:
    for names in ((), ("x", "y")):
        desk = Desk(names)
        assert desk.layers()[0] == pytest.approx(desk.at("a", [1.0, 0.0, 0.0, 0.0]), abs=1e-5)


@pytest.mark.parametrize("far", [1e30, -1e300, np.finfo(np.float64).max])
def test_weights_of_any_size_stay_finite(far: float) -> None:
    desk = Desk().set(**{"/deck/a/class/1": far, "/deck/a/glide/class/1": far, "/deck/a/glide/duration": 1.0})
    desk.set(**{"/deck/a/glide/since": 9.5})
    with np.errstate(over="ignore", invalid="ignore"):  # what the double makes of them is its own affair
        assert desk.layers().shape == (3, W)


def test_the_crossfader_is_measured_anew_when_classes_changed() -> None:
    desk = Desk()
    meter = TravelMeter(desk.kinds, desk.evaluator)

    def measured(now: float) -> bool:
        snapshot = Snapshot(desk.layout, 1, 0, desk.values.copy(), {})
        return any(meter.step(snapshot, now) is not None for _ in range(400))

    assert measured(1.0)
    assert not measured(5.0)
    desk.set(**{"/deck/b/class": [0.0, 0.0, -4.0, 0.0]})
    assert measured(9.0)
