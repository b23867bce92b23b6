"""The echo: nothing at 0, trails that grow and turn as they say, an end to every trail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.engine.echo import Echo, shares
from latentjockey.generators.protocol import FrameResult

ANY = st.floats(allow_nan=False, allow_infinity=False)
PICTURE = np.random.default_rng(7).integers(0, 256, (3, 24, 40), np.uint8)


def planes(pixels: np.ndarray, finite: bool = True) -> FrameResult:
    return FrameResult(np.ascontiguousarray(pixels), finite)


def packed(pixels: np.ndarray) -> FrameResult:
    opaque = np.full_like(pixels[:1], 255)
    return FrameResult(np.ascontiguousarray(np.concatenate([pixels, opaque]).transpose(1, 2, 0)), True, planar=False)


def spot(x: int, y: int, side: int = 65) -> np.ndarray:
    pixels = np.zeros((3, side, side), np.uint8)
    pixels[:, y - 2 : y + 3, x - 2 : x + 3] = 255
    return pixels


def brightest(pixels: np.ndarray) -> tuple[float, float]:
    """The middle of what is bright: (x, y)."""
    grey = np.clip(pixels[0].astype(np.float64) - 40.0, 0.0, None)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    return float((x * grey).sum() / grey.sum()), float((y * grey).sum() / grey.sum())


def test_at_zero_the_very_same_picture_comes_out_and_nothing_is_kept() -> None:
    echo, result = Echo(), planes(PICTURE)
    assert echo.put(result, 0.0, 1.1, 3.0) is result
    echo.put(planes(255 - PICTURE), 0.9, 1.0, 0.0)
    assert echo.put(result, 0.0, 1.1, 3.0) is result
    assert not echo.moving
    assert echo.put(result, 0.9, 1.0, 0.0).pixels is result.pixels, "what was before the pause is gone"


def test_what_was_there_stays_for_a_while_and_longer_with_more_of_it() -> None:
    left = []
    for amount in (0.25, 0.5, 1.0):
        echo = Echo()
        echo.put(planes(np.full((3, 8, 8), 255, np.uint8)), amount, 1.0, 0.0)
        for _ in range(3):
            result = echo.put(planes(np.full((3, 8, 8), 100, np.uint8)), amount, 1.0, 0.0)
        left.append(int(result.pixels[0, 4, 4]))
    assert 100 <= left[0] < left[1] - 5 < left[2] - 10


def test_a_negative_amount_subtracts() -> None:
    echo = Echo()
    echo.put(planes(np.full((3, 8, 8), 255, np.uint8)), -0.5, 1.0, 0.0)
    assert echo.put(planes(np.full((3, 8, 8), 100, np.uint8)), -0.5, 1.0, 0.0).pixels.max() < 60


def test_the_last_picture_grows_about_the_middle_and_turns_anticlockwise() -> None:
    black = planes(np.zeros((3, 65, 65), np.uint8))
    for zoom, turn, expected in ((2.0, 0.0, (52.0, 32.0)), (1.0, 90.0, (32.0, 22.0)), (1.0, 180.0, (22.0, 32.0))):
        echo = Echo()
        echo.put(planes(spot(42, 32)), 1.0, zoom, turn)
        assert brightest(echo.put(black, 1.0, zoom, turn).pixels) == pytest.approx(expected, abs=0.6)


def test_a_turn_in_a_wide_picture_does_not_shear_it() -> None:
    pixels = np.zeros((3, 65, 129), np.uint8)
    pixels[:, 30:35, 80:85] = 255  # 18 to the right of the middle
    echo = Echo()
    echo.put(planes(pixels), 1.0, 1.0, 90.0)
    turned = echo.put(planes(np.zeros_like(pixels)), 1.0, 1.0, 90.0).pixels
    assert brightest(turned) == pytest.approx((64.0, 14.0), abs=0.6)


@settings(max_examples=40)
@given(ANY, st.floats(0.01, 1e308), ANY)
def test_whatever_comes_there_is_a_picture(amount: float, zoom: float, turn: float) -> None:
    echo = Echo()
    for result in (planes(PICTURE), planes(255 - PICTURE), planes(PICTURE)):
        out = echo.put(result, amount, zoom, turn)
        assert out.pixels.dtype == np.uint8
        assert out.pixels.shape == PICTURE.shape
        assert out.pixels.flags.c_contiguous


@pytest.mark.parametrize("amount", [-1.0, 0.4, 1.0, 2.0])
def test_packed_pictures_echo_as_planes_do(amount: float) -> None:
    one, other = Echo(), Echo()
    for step in range(4):
        moved = np.roll(PICTURE, step, axis=2)
        a, b = one.put(planes(moved), amount, 1.05, 2.0), other.put(packed(moved), amount, 1.05, 2.0)
    assert not b.planar
    assert np.abs(a.pixels.transpose(1, 2, 0).astype(int) - b.pixels[..., :3]).max() <= 1
    assert (b.pixels[..., 3] == 255).all()


@pytest.mark.parametrize("amount", [-0.7, 0.2, 0.6, 1.0])
def test_it_moves_until_the_trail_has_settled_and_then_rests(amount: float) -> None:
    echo = Echo()
    echo.put(planes(255 - PICTURE), amount, 1.02, 1.0)
    assert echo.moving
    pictures = []
    for _ in range(2000):
        pictures.append(echo.put(planes(PICTURE), amount, 1.02, 1.0).pixels)
        if not echo.moving:
            break
    assert not echo.moving
    assert len(pictures) > 3
    later = [echo.put(planes(PICTURE), amount, 1.02, 1.0).pixels for _ in range(50)]
    assert np.abs(later[-1].astype(int) - pictures[-1]).max() <= 1, "it did not stop half way"


def test_another_size_another_layout_and_what_is_not_finite_begin_anew() -> None:
    echo = Echo()
    first = planes(PICTURE)
    for other in (planes(PICTURE[:, :8, :8]), packed(PICTURE)):
        echo.put(first, 0.9, 1.0, 0.0)
        assert echo.put(other, 0.9, 1.0, 0.0).pixels is other.pixels
        assert echo.moving
    broken = planes(PICTURE, finite=False)
    assert echo.put(broken, 0.9, 1.0, 0.0) is broken
    assert not echo.moving
    assert echo.put(first, 0.9, 1.0, 0.0).pixels is first.pixels


def test_what_was_handed_out_is_not_drawn_over() -> None:
    echo = Echo()
    source = PICTURE.copy()
    echo.put(planes(source), 0.8, 1.1, 5.0)
    out = echo.put(planes(source), 0.8, 1.1, 5.0).pixels
    kept = out.copy()
    for _ in range(5):
        echo.put(planes(255 - source), 0.8, 1.1, 5.0)
    assert np.array_equal(out, kept)
    assert np.array_equal(source, PICTURE)


@given(ANY)
def test_no_amount_flashes_and_the_new_picture_always_comes_through(amount: float) -> None:
    back, fresh = shares(amount)
    assert -1.0 <= back <= 1.0
    assert fresh > 0.0
    assert back + fresh >= 1.0 - 1e-12


def test_the_shares_are_continuous_and_grow() -> None:
    table = np.array([shares(amount) for amount in np.linspace(-3.0, 3.0, 6001)])
    assert shares(0.0) == (0.0, 1.0)
    assert np.abs(np.diff(table, axis=0)).max() < 0.01
    assert (np.diff(table[:, 0]) > 0.0).all()
