"""Two models on two decks: who draws, what is mixed, and that it is one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.crossing import crossed, seen
from latentjockey.engine.picture import OneModel, TwoModels, picture_of
from latentjockey.generators.protocol import FrameRequest, FrameResult, Latch
from latentjockey.generators.testcard import Testcard
from latentjockey.models.builtin import TESTCARD
from latentjockey.models.controls import controls_of
from latentjockey.models.pair import pair
from latentjockey.models.spec import ModelSpec

REQUEST = FrameRequest(32, 32)
GREY = (60, 200)


class Flat:
    """A generator whose pictures are one grey, and which remembers what it was asked for."""

    device = "cpu"

    def __init__(self, spec: ModelSpec, grey: int) -> None:
        self.spec = spec
        self.grey = grey
        self.moments: list[Any] = []

    def embed(self, z: Any, classes: Any = None) -> Any:
        layers = np.zeros((len(z), self.spec.num_ws, self.spec.w_dim), np.float32)
        layers[:, :, :] = z[:, None, : self.spec.w_dim]
        return layers

    def mean(self, classes: Any = None) -> Any:
        return np.zeros((self.spec.num_ws, self.spec.w_dim), np.float32)

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        self.moments.append(latch())
        pixels = np.full((3, request.height, request.width), self.grey, np.uint8)
        return FrameResult(pixels, True)

    def close(self) -> None: ...


class Stage:
    """A pair of generators of two shapes, and values for them."""

    def __init__(self) -> None:
        a = replace(TESTCARD, name="a", z_dim=8, w_dim=8, num_ws=4, bands=(1, 2), controls=TESTCARD.controls)
        b = replace(TESTCARD, name="b", z_dim=6, w_dim=5, num_ws=2, bands=(1, 1), controls=TESTCARD.controls)
        self.generators = Flat(a, GREY[0]), Flat(b, GREY[1])
        self.layout = Layout(1, Layout(1, controls_of(pair(a, b))).engine_specs())
        self.values = self.layout.defaults()
        self.picture = TwoModels(*self.generators, self.layout.specs)

    def set(self, address: str, value: Any) -> None:
        target = self.layout.resolve(address)
        assert target is not None, address
        self.values[target.start : target.stop] = value

    def snapshot(self) -> Snapshot:
        return Snapshot(self.layout, 1, 0, self.values.copy(), {})

    def draw(self, latch: Callable[[], tuple[Snapshot, float]] | None = None) -> Any:
        return self.picture.draw(REQUEST, latch or (lambda: (self.snapshot(), 1.0)))

    @property
    def drew(self) -> tuple[int, int]:
        a, b = self.generators
        return len(a.moments), len(b.moments)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(
    ("crossfade", "drew", "grey"),
    [
        (0.0, (1, 0), 60),
        (1.0, (0, 1), 200),
        (0.5, (1, 1), 130),
        (-0.2, (1, 1), 32),
        (1.2, (1, 1), 228),
        (9.0, (1, 1), 255),
    ],
)
def test_who_is_not_seen_does_not_draw(stage: Stage, crossfade: float, drew: tuple[int, int], grey: int) -> None:
    stage.set("/mix/crossfade", crossfade)
    drawn = stage.draw()
    assert stage.drew == drew
    assert np.unique(drawn.result.pixels).tolist() == [grey]
    assert drawn.result.planar


def test_each_plays_its_own_deck_and_its_own_controls(stage: Stage) -> None:
    stage.set("/mix/crossfade", 0.5)
    stage.set("/deck/a/z", 0.25)
    stage.set("/deck/b/z", -0.75)
    stage.set("/gen/rehearse", 3)
    stage.set("/deck/b/gen/rehearse", 4)
    stage.set("/break/coarse/gain", 0.5)
    drawn = stage.draw()
    a, b = (generator.moments[0] for generator in stage.generators)
    assert (a.layers == 0.25).all()
    assert (b.layers == -0.75).all()
    assert (a.native["/gen/rehearse"], b.native["/gen/rehearse"]) == (3.0, 4.0)
    assert a.breaks == b.breaks
    assert a.breaks is not None
    assert drawn.layers.shape == stage.picture.shape == (6, 8)
    assert (drawn.layers[:4] == 0.25).all()
    assert (drawn.layers[4:, :5] == -0.75).all()
    assert (drawn.layers[4:, 5:] == 0).all()


def test_both_show_one_moment_though_values_come_while_they_draw(stage: Stage) -> None:
    stage.set("/mix/crossfade", 0.5)
    asked: list[float] = []

    def latch() -> tuple[Snapshot, float]:
        asked.append(float(len(asked)))
        stage.set("/deck/a/z", asked[-1])
        stage.set("/deck/b/z", asked[-1])
        return stage.snapshot(), asked[-1]

    stage.draw(latch)
    a, b = (generator.moments[0] for generator in stage.generators)
    assert a.time == b.time == asked[-1]
    assert (a.layers == asked[-1]).all()
    assert (b.layers == asked[-1]).all()


@pytest.mark.parametrize(
    ("before", "after", "grey"), [(0.0, 1.0, 200), (1.0, 0.0, 60), (0.0, 0.5, 130), (1.0, 0.5, 130)]
)
def test_the_crossfader_may_move_while_it_draws(stage: Stage, before: float, after: float, grey: int) -> None:
    places = [before, after]

    def latch() -> tuple[Snapshot, float]:
        stage.set("/mix/crossfade", places.pop(0) if len(places) > 1 else places[0])
        return stage.snapshot(), 1.0

    assert np.unique(stage.draw(latch).result.pixels).tolist() == [grey]


def test_a_model_that_is_not_seen_spoils_nothing(stage: Stage) -> None:
    b = stage.generators[1]
    fine = b.frame
    b.frame = lambda request, latch: replace(fine(request, latch), finite=False)  # type: ignore[method-assign]
    assert stage.draw().result.finite
    stage.set("/mix/crossfade", 0.5)
    assert not stage.draw().result.finite


def test_it_moves_while_one_of_its_decks_does(stage: Stage) -> None:
    assert not stage.picture.moving(stage.snapshot(), 1.0)
    stage.set("/deck/b/drift/speed", 1.0)
    assert stage.picture.moving(stage.snapshot(), 1.0)


def test_one_generator_mixes_latents_and_two_mix_pictures() -> None:
    layout = Layout(1, Layout(1, controls_of(TESTCARD)).engine_specs())
    one = picture_of((Testcard(),), layout.specs)
    assert isinstance(one, OneModel)
    assert one.meter is not None
    two = picture_of(Stage().generators, layout.specs)
    assert isinstance(two, TwoModels)
    assert two.meter is None


def picture(seed: int, *, planar: bool = True, size: tuple[int, int] = (48, 64)) -> FrameResult:
    random = np.random.default_rng(seed)
    shape = (3, *size) if planar else (*size, 4)
    return FrameResult(random.integers(0, 256, shape, np.uint8), True, planar)


@given(st.floats(-3, 4), st.booleans(), st.booleans())
def test_one_place_for_all_bands_is_the_plain_crossfade(t: float, planar_a: bool, planar_b: bool) -> None:
    a, b = picture(1, planar=planar_a), picture(2, planar=planar_b)
    near, far = ((r.pixels if r.planar else r.pixels[..., :3].transpose(2, 0, 1)).astype(np.float64) for r in (a, b))
    out = crossed(a, b, np.full(3, t))
    assert out.planar
    assert np.abs(out.pixels - np.clip(near + t * (far - near), 0, 255)).max() <= 0.51


def test_bands_are_parts_of_one_difference() -> None:
    """Three crossfades of one band each add up to that of all."""
    a, b = (replace(picture(seed), pixels=picture(seed).pixels // 8 + 100) for seed in (3, 4))
    whole = crossed(a, b, np.full(3, 0.5)).pixels.astype(float) - a.pixels
    parts = sum(crossed(a, b, 0.5 * np.eye(3)[band]).pixels.astype(float) - a.pixels for band in range(3))
    assert np.abs(whole - parts).max() <= 2.0


def test_large_forms_of_one_under_the_fine_ones_of_the_other() -> None:
    fine = np.zeros((3, 64, 64), np.uint8)
    fine[:, ::2] = 255
    broad = np.zeros((3, 64, 64), np.uint8)
    broad[:, :, 32:] = 255
    out = crossed(FrameResult(fine, True), FrameResult(broad, True), np.array([1.0, 1.0, 0.0])).pixels.astype(float)
    assert out[:, :, :16].mean() < 0.5 * out[:, :, 48:].mean(), "dark at the left, bright at the right"
    assert np.abs(np.diff(out[:, :, 4], axis=1)).mean() > 50, "and still striped"


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_seen_is_who_has_a_share(places: list[float]) -> None:
    a, b = seen(np.array(places))
    assert a == any(place != 1.0 for place in places)
    assert b == any(place != 0.0 for place in places)


def test_far_out_is_finite() -> None:
    out = crossed(picture(5), picture(6), np.array([1e30, -1e30, 3e38]))
    assert out.pixels.shape == (3, 48, 64)
