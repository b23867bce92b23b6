"""The numbers of an evaluation, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.training import measures


def noise(n: int, seed: int = 0, size: int = 32) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (n, 3, 8, 8), dtype=np.uint8)
    return coarse.repeat(size // 8, 2).repeat(size // 8, 3)


def test_black_and_white_are_one_apart() -> None:
    both = np.zeros((2, 3, 32, 32), np.uint8)
    both[1] = 255
    black, white = measures.looks(both)
    assert np.linalg.norm(black - white) == pytest.approx(1.0, abs=1e-3)


def test_a_picture_is_found_among_others_and_so_is_its_mirror_image() -> None:
    pictures = noise(40)
    rows = measures.looks(pictures)
    for asked in (pictures[[7]], pictures[[7]][..., ::-1]):
        apart, which = measures.nearest(measures.looks(asked), rows, 3)
        assert which[0, 0] == 7
        assert apart[0, 0] == pytest.approx(0.0, abs=2e-3)
        assert apart[0, 1] > 0.05


def test_a_picture_is_not_its_own_neighbour() -> None:
    rows = measures.looks(noise(10))
    _, which = measures.nearest(rows, rows, 1, own=np.arange(10))
    assert not (which[:, 0] == np.arange(10)).any()


def test_fresh_pictures_are_no_copies_and_the_ratio_is_one() -> None:
    learned = measures.looks(noise(200))
    fresh = measures.nearest(measures.looks(noise(100, 1)), learned)[0][:, 0]
    more = measures.nearest(measures.looks(noise(100, 2)), learned)[0][:, 0]
    found = measures.copying(more, fresh)
    assert found.ratio == pytest.approx(1.0, abs=0.05)
    assert found.copies == 0.0
    assert measures.copying(fresh, fresh).ratio == 1.0


def test_copies_are_found() -> None:
    learned = noise(100)
    rows = measures.looks(learned)
    fresh = measures.nearest(measures.looks(noise(50, 1)), rows)[0][:, 0]
    half = np.concatenate([learned[:25], noise(25, 2)])
    found = measures.copying(measures.nearest(measures.looks(half), rows)[0][:, 0], fresh)
    assert found.copies == pytest.approx(0.5)
    assert found.alike == 0.0


def test_pictures_that_are_all_alike_need_no_division() -> None:
    nothing = np.zeros(5, np.float32)
    assert measures.copying(nothing, nothing).ratio == 1.0
    assert measures.copying(nothing + 1, nothing).copies == 0.0


def test_the_same_kind_of_pictures_is_as_diverse() -> None:
    labels = np.arange(80) % 2
    found = measures.diversity(measures.looks(noise(80)), labels, measures.looks(noise(80, 1)), labels)
    assert found.ratio == pytest.approx(1.0, abs=0.05)
    assert found.collapsed == ()


def test_one_class_that_is_always_the_same_has_collapsed() -> None:
    labels = np.arange(80) % 2
    pictures = noise(80)
    pictures[labels == 1] = pictures[1]
    found = measures.diversity(measures.looks(pictures), labels, measures.looks(noise(80, 1)), labels)
    assert found.collapsed == (1,)
    assert found.each[1] == pytest.approx(0.0)


def test_clouds_of_one_kind_are_near_and_a_shift_is_told_in_full() -> None:
    dice = np.random.default_rng(0)
    a, b = (dice.normal(size=(2000, 4)).astype(np.float32) for _ in range(2))
    assert measures.wasserstein(a, a) == 0.0
    assert measures.wasserstein(a, b) < 0.08
    shift = np.array([2.0, 0, 0, 0], np.float32)
    assert measures.wasserstein(a, a + shift) == pytest.approx(2.0 / np.sqrt(4), rel=0.1)
    with pytest.raises(ValueError, match="cannot be compared"):
        measures.wasserstein(a, b[:10])


def test_occupied_places_are_counted_once() -> None:
    places = np.eye(5, dtype=np.float32)
    assert measures.occupied(np.eye(5, dtype=np.float32).repeat(3, 0), places) == 5
    assert measures.occupied(places[[2, 2, 2]], places) == 1


def test_a_blurred_picture_is_less_sharp() -> None:
    stripes = np.zeros((1, 3, 32, 32), np.uint8)
    stripes[..., ::2] = 255
    assert measures.sharpness(stripes) == pytest.approx(0.5)
    assert measures.sharpness(np.full_like(stripes, 128)) == 0.0
