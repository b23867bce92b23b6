"""The coordinate network: every band and control is seen, motion is smooth, size changes nothing but the size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.generators.cppn import Cppn
from latentjockey.generators.protocol import FrameRequest, Layers, Moment
from latentjockey.models.builtin import CPPN
from latentjockey.navigation.seeds import z_from_seed

BANDS = ((0, 3), (3, 6), (6, 9))
# The other end that shows a control best; the rest are tried at the end of their range.
SHOWN = {"/gen/weights": 8.0, "/gen/activation": 3.0, "/gen/palette": 4.0, "/gen/hue": 120.0, "/gen/rotate": 90.0}
# Mean sRGB of a 4 × 4 grid over seed 11.
LOOK = [
    [(194, 133, 98), (90, 103, 171), (94, 113, 179), (173, 175, 202)],
    [(121, 120, 123), (55, 78, 135), (86, 103, 165), (64, 76, 121)],
    [(246, 217, 203), (121, 141, 187), (55, 72, 133), (106, 99, 140)],
    [(241, 234, 236), (202, 209, 229), (83, 104, 181), (193, 128, 120)],
]


@pytest.fixture(scope="module")
def cppn() -> Iterator[Cppn]:
    made = Cppn("cpu")
    yield made
    made.close()


def layers_of(cppn: Cppn, seed: int) -> Layers:
    return cppn.embed(z_from_seed(seed, 512).astype(np.float32)[None])[0]


def draw(cppn: Cppn, layers: Layers, size: tuple[int, int] = (96, 96), **native: float) -> NDArray[np.float32]:
    values = {f"/gen/{name}": value for name, value in native.items()}
    result = cppn.frame(FrameRequest(*size), lambda: Moment(layers, values))
    return result.pixels.astype(np.float32)


def distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.abs(a - b).mean())


def means(picture: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Means (cells, cells, 3) over a grid of a picture (3, H, W) whose sides are multiples of ``cells``."""
    side = picture.shape[1] // cells
    grid: NDArray[np.float32] = picture.reshape(3, cells, side, cells, side).mean((2, 4)).transpose(1, 2, 0)
    return grid


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("seed", [2, 11, 24])
def test_each_band_changes_the_picture(cppn: Cppn, band: tuple[int, int], seed: int) -> None:
    layers = layers_of(cppn, seed)
    before = draw(cppn, layers)
    layers[band[0] : band[1]] = 0.0
    assert distance(before, draw(cppn, layers)) > 4.0


@pytest.mark.parametrize("control", CPPN.controls, ids=lambda control: control.address)
def test_every_control_is_seen(cppn: Cppn, control: object) -> None:
    spec = next(c for c in CPPN.controls if c is control)
    name = spec.address.removeprefix("/gen/")
    layers = layers_of(cppn, 8)
    assert distance(draw(cppn, layers), draw(cppn, layers, **{name: SHOWN.get(spec.address, spec.hi)})) > 0.7


@pytest.mark.parametrize("seed", [1, 7, 16, 20])
def test_a_small_step_is_a_small_change(cppn: Cppn, seed: int) -> None:
    here, there = layers_of(cppn, seed), layers_of(cppn, seed + 100)
    before = draw(cppn, here)
    step = distance(before, draw(cppn, np.cos(0.004) * here + np.sin(0.004) * there))
    far = distance(before, draw(cppn, there))
    assert 0.0 < step < 6.0
    assert step < 0.12 * far


@pytest.mark.parametrize("seed", [2, 7, 16])
def test_the_same_composition_at_another_size(cppn: Cppn, seed: int) -> None:
    layers = layers_of(cppn, seed)
    small, large = draw(cppn, layers, (128, 128)), draw(cppn, layers, (256, 256))
    a, b = means(small, 64).ravel(), means(large, 64).ravel()
    assert np.corrcoef(a, b)[0, 1] > 0.97


def test_a_wide_picture_shows_the_square_in_its_middle(cppn: Cppn) -> None:
    layers = layers_of(cppn, 7)
    wide, square = draw(cppn, layers, (192, 96)), draw(cppn, layers, (96, 96))
    assert distance(wide[:, :, 48:144], square) < 1.5


def test_no_seam_where_spans_or_strips_meet(cppn: Cppn) -> None:
    layers = layers_of(cppn, 11)
    picture = draw(cppn, layers, (640, 400))
    change = np.abs(np.diff(picture, axis=1)).mean((0, 2))
    middle = change[195:204]
    assert middle.max() < 1.6 * np.median(middle) + 0.5


def test_far_latents_are_pictures_and_not_one_colour(cppn: Cppn) -> None:
    for seed in range(1, 9):
        for factor in (-1.0, 3.0, 30.0):
            assert draw(cppn, layers_of(cppn, seed) * factor).std() > 8.0


def test_seeds_differ_in_scale(cppn: Cppn) -> None:
    """Some pictures are calm and some are rich: the change from pixel to pixel spans more than a factor of three."""
    roughness = []
    for seed in range(1, 21):
        picture = draw(cppn, layers_of(cppn, seed))
        roughness.append(np.abs(np.diff(picture, axis=2)).mean() / picture.std())
    assert np.quantile(roughness, 0.9) > 2.0 * np.quantile(roughness, 0.1)


def test_the_look_stays(cppn: Cppn) -> None:
    """A change of the look is a decision: who makes one writes the new means down here."""
    seen = means(draw(cppn, layers_of(cppn, 11), (64, 64)), 4)
    assert np.abs(seen - np.array(LOOK, np.float32)).max() < 3.5
