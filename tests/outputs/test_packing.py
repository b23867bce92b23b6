"""Frames brought to the size and shape that another program wants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.outputs.packing import Fitter, size_for, take
from latentjockey.stage.fitting import FITS, Fit, place

sides = st.integers(1, 60)


def frame_of(rgb: Pixels, *, planar: bool, alpha: int = 255) -> Frame:
    stamp = Stamp(1, 0, 1, 0, 0.0, 0, 0, 0, 0, 0)
    if planar:
        pixels = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    else:
        pixels = np.dstack([rgb, np.full(rgb.shape[:2], alpha, np.uint8)])
    return Frame(pixels, stamp, np.zeros(1), np.zeros((1, 1), np.float32), planar)


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(width * 97 + height).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(width=sides, height=sides, planar=st.booleans())
def test_a_picture_of_the_right_size_stays_exactly_as_it_is(width: int, height: int, planar: bool) -> None:
    rgb = noise(width, height)
    packed = Fitter().packed(take(frame_of(rgb, planar=planar, alpha=9), (width, height), "letterbox"))
    assert packed.flags.c_contiguous
    assert np.array_equal(packed[..., :3], rgb)
    assert (packed[..., 3] == 255).all()


@given(width=sides, height=sides, wide=sides, high=sides, fit=st.sampled_from(FITS), planar=st.booleans())
def test_every_size_meets_every_size(width: int, height: int, wide: int, high: int, fit: Fit, planar: bool) -> None:
    rgb = np.full((height, width, 3), (200, 100, 50), np.uint8)
    packed = Fitter().packed(take(frame_of(rgb, planar=planar), (wide, high), fit))
    assert packed.shape == (high, wide, 4)
    at = place((width, height), (wide, high), fit)
    inside = np.zeros((high, wide), bool)
    inside[at.y : at.y + at.height, at.x : at.x + at.width] = True
    assert np.abs(packed[inside][:, :3].astype(int) - (200, 100, 50)).max() <= 2
    assert not packed[~inside][:, :3].any()
    assert (packed[..., 3] == 255).all()


def test_bars_are_black_again_after_another_shape() -> None:
    fitter = Fitter()
    white = np.full((40, 40, 3), 255, np.uint8)
    fitter.packed(take(frame_of(white, planar=True), (80, 40), "stretch"))
    packed = fitter.packed(take(frame_of(white, planar=True), (80, 40), "letterbox"))
    assert packed[0, :, 0].tolist() == [0] * 20 + [255] * 40 + [0] * 20


def test_a_crop_keeps_the_middle() -> None:
    rgb = np.zeros((20, 60, 3), np.uint8)
    rgb[:, 20:40] = 250
    packed = Fitter().packed(take(frame_of(rgb, planar=True), (20, 20), "crop"))
    assert (packed[..., :3] == 250).all()


def test_what_was_taken_outlives_the_lease() -> None:
    frame = frame_of(noise(16, 8), planar=True)
    before = frame.rgb()
    taken = take(frame, (16, 8), "letterbox")
    frame.pixels[...] = 0
    assert np.array_equal(Fitter().packed(taken)[..., :3], before)


@pytest.mark.parametrize(
    ("asked", "size"),
    [((0, 0), (512, 256)), ((1280, 720), (1280, 720)), ((256, 0), (256, 128)), ((0, 1080), (2160, 1080)),
     ((1, 0), (1, 1))],
)  # fmt: skip
def test_a_side_that_is_not_given_follows_the_stage(asked: tuple[int, int], size: tuple[int, int]) -> None:
    assert size_for((512, 256), *asked) == size
