"""The break rack on feature maps: whole at neutral, near it at first, and never anything but finite."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentjockey.generators.breaks import (
    CEILING,
    BandBreak,
    Breaks,
    Rack,
    death_order,
    killed,
    shared_out,
    shares,
)

WAYS = [field.name for field in fields(BandBreak)]
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
LAYERS, MIDDLE = 7, 3  # bands 0..1, 2..4, 5..6; the maps of the middle one are turned at 3
any_number = st.floats(allow_nan=False, allow_infinity=False)
within = st.floats(-3.0, 3.0)


def maps(dtype: torch.dtype = torch.float32, n: int = 1, channels: int = 12, side: int = 8, seed: int = 1) -> Tensor:
    made = torch.randn(n, channels, side, side, generator=torch.Generator().manual_seed(seed))
    return made.to(dtype).to(memory_format=torch.channels_last)


def rack(band: BandBreak | None = None, time: float = 0.0, seed: int = 1, **ways: Any) -> Rack:
    made = Rack((2, 5), LAYERS)
    made.begin(Breaks(middle=band or BandBreak(**ways), seed=seed), time)
    return made


def tapped(x: Tensor, layer: int = MIDDLE, **ways: Any) -> Tensor:
    return rack(**ways).tap(x, layer)


def test_at_neutral_the_very_same_tensor_comes_back() -> None:
    x = maps()
    made = Rack((2, 5), LAYERS)
    for breaks in (None, Breaks(), Breaks(seed=9), Breaks(blend=1.0)):
        made.begin(breaks, 1.0)
        assert not made.active
        assert made.first is None
        assert all(made.tap(x, layer) is x for layer in range(-1, LAYERS + 2))


@pytest.mark.parametrize("way", WAYS)
def test_each_way_reaches_its_band_and_no_other(way: str) -> None:
    x = maps()
    made = Rack((2, 5), LAYERS)
    value = 30.0 if way == "rotate" else 0.4
    for number, band in enumerate(("coarse", "middle", "fine")):
        made.begin(Breaks(**{band: BandBreak(**{way: value})}), 1.0)  # type: ignore[arg-type]
        touched = set()
        for layer in range(LAYERS):
            made.tap(maps(seed=2), layer)  # so that there is a last frame to hear
            if not torch.equal(made.tap(x, layer), x):
                touched.add(layer)
        assert touched
        assert touched <= [{0, 1}, {2, 3, 4}, {5, 6}][number]
        assert made.active
        assert made.first == (0, 2, 5)[number]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", WAYS)
def test_type_shape_and_layout_stay_and_the_input_is_not_written_to(way: str, dtype: torch.dtype) -> None:
    x = maps(dtype, n=2)
    before = x.clone()
    made = rack(BandBreak(**{way: 0.7}))
    for _ in range(2):
        y = made.tap(x, MIDDLE)
        assert (y.dtype, y.shape) == (dtype, x.shape)
        assert y.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(x, before)


@given(st.sampled_from(WAYS), st.sampled_from([-1.0, 1.0]))
def test_near_neutral_it_is_nearly_the_same(way: str, sign: float) -> None:
    x = maps()
    neutral = getattr(BandBreak(), way)
    moved = []
    for step in (1e-1, 1e-2, 1e-3):
        made = rack(**{way: neutral + sign * step})
        made.tap(x * 0.5, MIDDLE)
        moved.append(float((made.tap(x, MIDDLE) - x).abs().mean()))
    assert moved[2] < 0.02
    assert moved[2] <= moved[1] <= moved[0]


@given(st.builds(BandBreak, *[within] * len(WAYS)), st.sampled_from(WAYS), st.floats(0.0, 1e-4))
def test_it_is_continuous_wherever_it_stands(band: BandBreak, way: str, step: float) -> None:
    x = maps(seed=3)
    made = [rack(each) for each in (band, replace(band, **{way: getattr(band, way) + step}))]
    for each in made:
        each.tap(maps(seed=4), MIDDLE)
    a, b = (each.tap(x, MIDDLE) for each in made)
    near_zero = way == "gain" and abs(band.gain) < 0.05  # a root rises steeply there
    assert float((a - b).abs().max()) < (3.0 if near_zero else 0.25)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(BandBreak, *[any_number] * len(WAYS)), st.sampled_from(DTYPES), st.floats(0.0, 60_000.0),
    st.integers(-(2**60), 2**60), st.floats(0.0, 1e7),
)  # fmt: skip
def test_any_finite_numbers_give_finite_maps(
    band: BandBreak, dtype: torch.dtype, size: float, seed: int, time: float
) -> None:
    x = maps(torch.float32, channels=5, side=4).mul(size / 4.0).clamp(-60_000.0, 60_000.0).to(dtype)
    made = rack(band, time, seed)
    for _ in range(3):
        for layer in range(2, 5):
            y = made.tap(x, layer)
            assert torch.isfinite(y).all()
            assert y is x or float(y.abs().max()) <= CEILING


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_numbers_of_all_stay_finite(dtype: torch.dtype) -> None:
    x = torch.full((1, 4, 4, 4), torch.finfo(dtype).max, dtype=dtype)
    x[:, ::2] *= -1.0
    for band in (BandBreak(1e300, 1e300, 1e300, 1e300, 1e300, 1e300, 1e300), BandBreak(-9.0, 5.0, 3.0, -0.1, 2.0, 1.0)):
        made = rack(band)
        for _ in range(3):
            assert torch.isfinite(made.tap(x, MIDDLE)).all()


def test_gain_is_that_of_the_whole_band() -> None:
    x = maps()
    for gain in (0.0, 0.3, 2.0, -1.5):
        made = rack(gain=gain)
        y = x
        for layer in (2, 3, 4):
            y = made.tap(y, layer)
        assert torch.allclose(y, gain * x, atol=1e-5)


def test_a_quarter_turn_is_anticlockwise_and_four_are_none() -> None:
    x = maps()
    assert torch.allclose(tapped(x, rotate=90.0), torch.rot90(x, 1, (2, 3)), atol=1e-4)
    assert torch.allclose(tapped(x, rotate=-270.0), torch.rot90(x, 1, (2, 3)), atol=1e-4)
    assert torch.equal(tapped(x, rotate=720.0), x)


def test_a_turn_of_wide_maps_keeps_shapes_round() -> None:
    x = torch.zeros(1, 1, 16, 48)
    x[..., 7:9, 20:28] = 1.0  # a bar across the middle, 8 by 2
    up = tapped(x, rotate=90.0)[0, 0]
    assert torch.allclose(up[4:12, 23:25], torch.ones(8, 2), atol=0.01)
    assert float(up[:, 16:32].sum()) == pytest.approx(16.0, rel=0.02)  # beside it, its mirrors


def test_inverted_every_channel_is_its_negative_about_its_mean() -> None:
    x = maps() + 3.0
    assert torch.allclose(tapped(x, invert=1.0), 2.0 * x.mean((2, 3), keepdim=True) - x, atol=1e-5)
    assert float(tapped(x, invert=0.5).std((2, 3)).max()) < 1e-5


def test_a_threshold_is_a_floor_above_zero_and_a_ceiling_below() -> None:
    x = maps()
    loud = float(x.square().mean().sqrt()) / math.sqrt(3)  # the band has three layers
    y = tapped(x, threshold=0.5)
    assert torch.equal(y == 0.0, x.abs() <= 0.5 * loud)
    assert torch.allclose(y[y != 0.0].abs(), x[y != 0.0].abs() - 0.5 * loud, atol=1e-5)
    assert torch.allclose(tapped(x, threshold=-2.0), x.clamp(-1.5 * loud, 1.5 * loud))


@given(st.floats(-3.0, 3.0), st.integers(1, 12))
def test_shared_out_a_share_stays_one_and_many_layers_lose_less_each(kill: float, layers: int) -> None:
    each = shared_out(kill, layers)
    assert math.copysign(1.0, each) == math.copysign(1.0, kill)
    assert abs(each) <= abs(kill) + 1e-12
    assert shared_out(kill, 1) == pytest.approx(kill)
    if abs(kill) >= 1.0:
        assert each == kill
    else:
        assert abs(each) <= abs(shared_out(math.copysign(abs(kill) + 0.1, kill), layers))
        assert abs(shared_out(kill, layers + 1)) <= abs(each)


@given(st.floats(-4.0, 4.0), st.integers(1, 40))
def test_as_many_channels_are_silent_as_was_asked(kill: float, channels: int) -> None:
    factor = killed(kill, death_order(7, 3, channels))
    assert float(factor.min()) >= -1.0
    assert float(factor.max()) <= 1.0
    assert float((1.0 - factor).sum()) == pytest.approx(min(abs(kill), 2.0) * channels, abs=1e-3)


def test_below_zero_those_die_first_that_would_die_last() -> None:
    order = death_order(1, 2, 10)
    assert set(killed(0.4, order).nonzero().flatten().tolist()).isdisjoint(
        killed(-0.6, order).nonzero().flatten().tolist()
    )


def test_the_seed_chooses_the_share() -> None:
    x = maps(channels=32)
    silent = [
        frozenset((tapped(x, kill=0.7, seed=s).abs().sum((0, 2, 3)) == 0).nonzero().flatten().tolist())
        for s in (1, 1, 2)
    ]
    assert len(silent[0]) == int(32 * shared_out(0.7, 3))
    assert silent[0] == silent[1] != silent[2]


def test_grain_is_as_loud_as_asked_the_same_at_the_same_time_and_new_at_another() -> None:
    x = maps(channels=48, side=32)
    made = [rack(noise=0.9, time=time) for time in (1.0, 1.0, 1.0 + 1 / 60)]
    grain = [each.tap(x, 2) - x for each in made]
    assert torch.equal(grain[0], grain[1])
    assert not torch.equal(grain[0], grain[2])
    loud = [float(each.square().mean().sqrt()) for each in (grain[0], x)]
    assert loud[0] / loud[1] == pytest.approx(0.9 / math.sqrt(3), rel=0.1)


@given(any_number)
def test_what_comes_back_never_stays_for_ever(feedback: float) -> None:
    back, fresh = shares(feedback)
    assert abs(back) < 1.0
    assert back + fresh == pytest.approx(1.0)


def test_trails_fade_the_sooner_the_less_they_are_fed() -> None:
    left = []
    for feedback in (0.25, 0.5, 1.0, 2.0):
        made = rack(feedback=feedback)
        made.tap(maps(), MIDDLE)
        for _ in range(10):
            y = made.tap(torch.zeros_like(maps()), MIDDLE)
        left.append(float(y.abs().mean() / maps().abs().mean()))
    assert left == sorted(left)
    assert left[0] < 0.01
    assert 0.5 < left[2] < left[3] < 1.0


def test_the_last_frame_turns_on_while_it_fades() -> None:
    made = rack(feedback=1.0, rotate=90.0)
    x = maps()
    y = made.tap(x, MIDDLE)
    later = made.tap(torch.zeros_like(x), MIDDLE)
    assert torch.allclose(later, torch.rot90(y, 1, (2, 3)) * shares(1.0)[0], atol=1e-4)


def test_small_pictures_in_between_neither_hear_nor_are_heard() -> None:
    made, alone = rack(feedback=1.0), rack(feedback=1.0)
    breaks = Breaks(middle=BandBreak(feedback=1.0))
    for each in (made, alone):
        each.tap(maps(seed=1), MIDDLE)
    made.begin(breaks, 0.1, keep=False)
    small = maps(seed=5, side=4)
    assert torch.equal(made.tap(small, MIDDLE), small)
    for each in (made, alone):
        each.begin(breaks, 0.2)
    assert torch.equal(made.tap(maps(seed=2), MIDDLE), alone.tap(maps(seed=2), MIDDLE))


@pytest.mark.parametrize("how", ["cleared", "off for a frame", "another size"])
def test_what_is_over_leaves_no_trail(how: str) -> None:
    made = rack(feedback=1.0)
    made.tap(maps(seed=1), MIDDLE)
    if how == "cleared":
        made.clear()
    elif how == "off for a frame":
        made.begin(Breaks(middle=BandBreak(gain=2.0)), 0.1)
    else:
        made.tap(maps(side=16), MIDDLE)
    made.begin(Breaks(middle=BandBreak(feedback=1.0)), 0.2)
    assert torch.equal(made.tap(maps(seed=2), MIDDLE), maps(seed=2))
