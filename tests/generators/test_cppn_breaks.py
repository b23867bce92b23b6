"""The break rack on the coordinate network: every knob is seen, neutral is the whole picture, nothing is too far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.cppn import Cppn
from latentjockey.generators.cppn_net import Weights, blend_weights, draw_weights
from latentjockey.generators.protocol import FrameRequest, Layers, Moment
from latentjockey.navigation.seeds import z_from_seed

WAYS = [field.name for field in fields(BandBreak)]
FAR = {"rotate": 40.0, "gain": 1.7}
SIZE = (96, 64)
any_number = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def cppn() -> Iterator[Cppn]:
    made = Cppn("cpu")
    yield made
    made.close()


def place(cppn: Cppn, seed: int = 4) -> Layers:
    layers: Layers = cppn.embed(z_from_seed(seed, 512)[None])[0]
    return layers


def draw(
    cppn: Cppn,
    breaks: Breaks | None,
    *,
    seed: int = 4,
    time: float = 0.0,
    size: tuple[int, int] = SIZE,
    draft: bool = False,
    **native: float,
) -> NDArray[np.float32]:
    values = {f"/gen/{name}": value for name, value in native.items()}
    moment = Moment(place(cppn, seed), values, time, breaks)
    result = cppn.frame(FrameRequest(*size, draft), lambda: moment)
    assert result.finite
    return result.pixels.astype(np.float32)


def distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("band", ["coarse", "middle", "fine"])
@pytest.mark.parametrize("way", WAYS)
def test_every_knob_is_seen_and_leaves_nothing_behind(cppn: Cppn, band: str, way: str) -> None:
    whole = draw(cppn, None)
    breaks = Breaks(**{band: BandBreak(**{way: FAR.get(way, 0.6)})})  # type: ignore[arg-type]
    draw(cppn, breaks, seed=9)
    assert distance(draw(cppn, breaks), whole) > 1.5
    assert np.array_equal(draw(cppn, None), whole)
    assert np.array_equal(draw(cppn, Breaks(seed=5)), whole)


@pytest.mark.parametrize("band", ["coarse", "middle", "fine"])
@pytest.mark.parametrize("way", WAYS)
def test_near_neutral_hardly_anything_is_seen(cppn: Cppn, band: str, way: str) -> None:
    whole = draw(cppn, None)
    for step in (1e-4, -1e-4):
        value = getattr(BandBreak(), way) + step
        assert distance(draw(cppn, Breaks(**{band: BandBreak(**{way: value})})), whole) < 0.5  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[st.builds(BandBreak, *[any_number] * len(WAYS))] * 3, st.integers(-(2**60), 2**60), any_number)
def test_any_finite_numbers_give_a_whole_picture(
    cppn: Cppn, coarse: BandBreak, middle: BandBreak, fine: BandBreak, seed: int, blend: float
) -> None:
    breaks = Breaks(coarse, middle, fine, seed, blend)
    for _ in range(2):
        assert draw(cppn, breaks, size=(24, 16)).shape == (3, 16, 24)


def test_the_coarse_band_turns_as_the_view_does_while_the_ground_stands(cppn: Cppn) -> None:
    square = (96, 96)
    nearer = []
    for seed in (2, 4, 9, 11, 24):
        whole = draw(cppn, None, seed=seed, size=square, texture=0.0)
        turned = draw(cppn, Breaks(BandBreak(rotate=90.0)), seed=seed, size=square, texture=0.0)
        viewed = draw(cppn, None, seed=seed, size=square, texture=0.0, rotate=90.0)
        assert not np.array_equal(turned, viewed)
        nearer.append(distance(turned, viewed) / distance(turned, whole))
        full = draw(cppn, Breaks(BandBreak(rotate=360.0)), seed=seed, size=square, texture=0.0)
        assert np.array_equal(full, whole)
    assert np.median(nearer) < 0.7


def test_a_band_without_channels_leaves_one_colour(cppn: Cppn) -> None:
    silent = BandBreak(gain=0.0)
    flat = draw(cppn, Breaks(fine=silent), seed=2)
    assert flat.std((1, 2)).max() < draw(cppn, None, seed=2).std((1, 2)).max() / 2.0


def test_a_large_picture_is_broken_as_a_small_one(cppn: Cppn) -> None:
    """It is drawn in strips and on several threads; what is broken must not show where they meet."""
    breaks = Breaks(
        BandBreak(1.3, 20.0, 0.2, 0.2, 0.3), BandBreak(threshold=0.4, kill=0.2), BandBreak(1.2, rotate=15.0)
    )
    small, large = draw(cppn, breaks, size=(128, 96)), draw(cppn, breaks, size=(640, 480))
    shrunk = large.reshape(3, 96, 5, 128, 5).mean((2, 4))
    assert distance(shrunk, small) < 9.0
    rows = np.abs(np.diff(large, axis=1)).mean((0, 2))
    assert rows[239] < 3.0 * np.median(rows)  # where the threads' halves meet


def test_grain_is_of_the_time_and_the_seed(cppn: Cppn) -> None:
    breaks = Breaks(BandBreak(noise=0.4), seed=1)
    first = draw(cppn, breaks, time=1.0)
    assert np.array_equal(draw(cppn, breaks, time=1.0), first)
    assert distance(draw(cppn, breaks, time=1.02), first) > 1.0
    assert distance(draw(cppn, Breaks(BandBreak(noise=0.4), seed=2), time=1.0), first) > 1.0


@pytest.mark.parametrize("band", ["coarse", "middle", "fine"])
@pytest.mark.parametrize("size", [SIZE, (200, 160)])
def test_trails_stay_and_fade(cppn: Cppn, band: str, size: tuple[int, int]) -> None:
    breaks = Breaks(**{band: BandBreak(feedback=0.8)})  # type: ignore[arg-type]
    there = draw(cppn, None, seed=9, size=size)
    draw(cppn, breaks, seed=4, size=size)
    away = [distance(draw(cppn, breaks, seed=9, size=size), there) for _ in range(120)]
    assert away[0] > 3.0
    assert away[-1] < 1.0


def test_small_pictures_in_between_leave_no_trail(cppn: Cppn) -> None:
    breaks = Breaks(BandBreak(feedback=1.0))
    draw(cppn, None)
    draw(cppn, breaks, seed=4)
    alone = draw(cppn, breaks, seed=9)
    draw(cppn, None)
    draw(cppn, breaks, seed=4)
    assert np.array_equal(
        draw(cppn, breaks, seed=30, size=(48, 48), draft=True), draw(cppn, None, seed=30, size=(48, 48), draft=True)
    )
    assert np.array_equal(draw(cppn, breaks, seed=9), alone)


def test_a_blend_begins_here_and_ends_at_the_next_seed(cppn: Cppn) -> None:
    here, there = draw(cppn, None, weights=7), draw(cppn, None, weights=8)
    assert distance(draw(cppn, Breaks(blend=1.0), weights=7), there) < 0.5
    assert distance(draw(cppn, Breaks(blend=1e-4), weights=7), here) < 0.5
    assert min(distance(draw(cppn, Breaks(blend=0.5), weights=7), each) for each in (here, there)) > 3.0


@given(any_number, st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_blended_weights_are_as_lively_as_their_ends(amount: float, seed: int) -> None:
    near, far = (draw_weights(s, 32) for s in (seed, seed + 1))
    made = blend_weights(near, far, amount)
    for name in (field.name for field in fields(Weights)):
        mixed: torch.Tensor = getattr(made, name)
        assert torch.isfinite(mixed).all()
        assert 0.5 < float(mixed.std() / getattr(near, name).std()) < 2.0
