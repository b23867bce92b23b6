"""What the stage draws, pixel by pixel, through EGL."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.stage.fitting import FITS, Fit
from latentjockey.stage.offscreen import OffscreenStage, open_offscreen


@pytest.fixture(scope="module")
def stage() -> Iterator[OffscreenStage]:
    made, why = open_offscreen()
    if made is None:
        pytest.skip(why)
    with made:
        yield made


_number = 0


def frame(rgb: Pixels, *, planar: bool = True) -> Frame:
    global _number
    _number += 1
    stamp = Stamp(1, _number, 1, 1, 0.0, 0, 0, 0, 0, 0)
    if planar:
        pixels = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    else:
        pixels = np.dstack([rgb, np.full(rgb.shape[:2], 7, np.uint8)])
    return Frame(pixels, stamp, np.zeros(0), np.zeros((0, 0), np.float32), planar=planar)


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("planar", [True, False])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(64, 64), (37, 53), (1, 1), (255, 3)])
def test_same_size_is_exact(stage: OffscreenStage, planar: bool, fit: Fit, size: tuple[int, int]) -> None:
    rgb = noise(size[1], size[0])
    drawn = stage.render(frame(rgb, planar=planar), size, fit)
    assert np.array_equal(drawn[..., :3], rgb)
    assert np.all(drawn[..., 3] == 255)


def test_every_level_passes_unchanged(stage: OffscreenStage) -> None:
    """A second sRGB conversion anywhere would move the middle greys."""
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.array_equal(stage.render(frame(grey), (256, 1))[..., :3], grey)
    wide = stage.render(frame(grey), (256, 4), "stretch")
    assert np.array_equal(wide[2, :, :3], grey[0])


@pytest.mark.parametrize("planar", [True, False])
def test_letterbox_centres_between_black_bars(stage: OffscreenStage, planar: bool) -> None:
    rgb = np.full((20, 20, 3), (200, 100, 50), np.uint8)
    drawn = stage.render(frame(rgb, planar=planar), (60, 20), "letterbox")
    assert np.all(drawn[:, 20:40, :3] == (200, 100, 50))
    assert np.all(drawn[:, :20, :3] == 0)
    assert np.all(drawn[:, 40:, :3] == 0)
    assert np.all(drawn[..., 3] == 255)


def test_letterbox_of_the_same_height_keeps_every_pixel(stage: OffscreenStage) -> None:
    rgb = noise(30, 17)
    drawn = stage.render(frame(rgb), (41, 30), "letterbox")
    assert np.array_equal(drawn[:, 12:29, :3], rgb)


def test_crop_cuts_the_sides_evenly_and_exactly(stage: OffscreenStage) -> None:
    rgb = noise(16, 48)
    assert np.array_equal(stage.render(frame(rgb), (16, 16), "crop")[..., :3], rgb[:, 16:32])
    assert np.array_equal(stage.render(frame(rgb), (17, 16), "crop")[..., :3], rgb[:, 15:32])


def test_stretch_reaches_all_corners(stage: OffscreenStage) -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[0, 0], rgb[0, 1], rgb[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    drawn = stage.render(frame(rgb), (90, 30), "stretch")
    assert tuple(drawn[0, 0, :3]) == (255, 0, 0)
    assert tuple(drawn[0, -1, :3]) == (0, 255, 0)
    assert tuple(drawn[-1, 0, :3]) == (0, 0, 255)
    assert tuple(drawn[-1, -1, :3]) == (0, 0, 0)


def test_row_zero_is_on_top(stage: OffscreenStage) -> None:
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[:20] = 255
    drawn = stage.render(frame(rgb), (80, 80))
    assert drawn[10, 40, 0] == 255
    assert drawn[70, 40, 0] == 0


@pytest.mark.parametrize("shrink", [2, 3, 4, 7])
def test_shrinking_averages_instead_of_skipping(stage: OffscreenStage, shrink: int) -> None:
    """A one-pixel checkerboard has to become grey, not stripes."""
    side = 24 * shrink
    board = (np.indices((side, side)).sum(axis=0) % 2 * 255).astype(np.uint8)
    drawn = stage.render(frame(np.repeat(board[..., None], 3, axis=2)), (24, 24))[..., 0].astype(int)
    assert np.all(np.abs(drawn - 127) <= 24)


def test_blackout_is_black_and_keeps_the_picture(stage: OffscreenStage) -> None:
    rgb = noise(8, 8)
    stage.render(frame(rgb), (8, 8))
    assert np.all(stage.render(None, (8, 8), blackout=True)[..., :3] == 0)
    assert np.array_equal(stage.render(None, (8, 8))[..., :3], rgb)


def test_a_frame_is_uploaded_once(stage: OffscreenStage) -> None:
    first = frame(noise(8, 8))
    drawn = stage.render(first, (8, 8))
    first.pixels[:] = 0
    assert np.array_equal(stage.render(first, (8, 8)), drawn)


def test_sizes_and_layouts_may_change_between_frames(stage: OffscreenStage) -> None:
    for planar, side in [(True, 5), (False, 9), (True, 33), (False, 9)]:
        rgb = noise(side, side)
        assert np.array_equal(stage.render(frame(rgb, planar=planar), (side, side))[..., :3], rgb)


def test_pixels_of_another_kind_are_refused(stage: OffscreenStage) -> None:
    wrong = frame(noise(4, 4))
    wrong.pixels = wrong.pixels[:2]
    with pytest.raises(ValueError, match="uint8 planes"):
        stage.render(wrong, (4, 4))


def test_without_a_picture_the_stage_is_black() -> None:
    made, why = open_offscreen()
    if made is None:
        pytest.skip(why)
    with made:
        assert made.device
        assert np.all(made.render(None, (6, 4)) == (0, 0, 0, 255))


def test_without_a_driver_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise Exception("libEGL.so.1: cannot open")

    monkeypatch.setattr("moderngl.create_standalone_context", broken)
    made, why = open_offscreen()
    assert made is None
    assert "libEGL.so.1" in why
