"""Near duplicates: copies are found, other pictures are not, and nothing is compared with everything."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from latentjockey.data.near import NEAR, NearIndex, alike, fingerprints, near_pairs, thumbnails
from tests.data.conftest import picture


def _many(count: int, side: int = 64) -> np.ndarray:
    return np.stack([picture(seed, side) for seed in range(count)])


def _bits(a: np.uint64, b: np.uint64) -> int:
    return (int(a) ^ int(b)).bit_count()


def _jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    out = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out)).transpose(2, 0, 1)


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels.transpose(1, 2, 0)).resize((40, 40), Image.Resampling.LANCZOS)
    return np.asarray(image.resize((64, 64), Image.Resampling.BICUBIC)).transpose(2, 0, 1)


def test_copies_are_near_and_alike_and_others_are_not() -> None:
    images = _many(60)
    prints, thumbs = fingerprints(images), thumbnails(images)
    for change in (lambda p: _jpeg(p, 60), _shrunk, lambda p: np.clip(p.astype(int) + 12, 0, 255).astype(np.uint8)):
        changed = np.stack([change(pixels) for pixels in images])
        again, small = fingerprints(changed), thumbnails(changed)
        near = [_bits(a, b) <= NEAR and alike(s, t) for a, b, s, t in zip(prints, again, thumbs, small, strict=True)]
        assert np.mean(near) >= 0.9
    apart = [_bits(prints[i], prints[j]) for i in range(60) for j in range(i)]
    assert min(apart) > NEAR
    assert not any(alike(thumbs[i], thumbs[j]) for i in range(60) for j in range(i))


def test_a_change_in_one_place_is_another_picture() -> None:
    for seed in range(20):
        one = picture(seed, 64)
        other = one.copy()
        other[:, 20:26, 20:26] = 255 - other[:, 20:26, 20:26] // 2 * 2 if one[:, 20:26, 20:26].mean() < 90 else 0
        assert not alike(*thumbnails(np.stack([one, other])))


def test_plain_colours_are_told_apart() -> None:
    colours = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 90, 0]], np.uint8)
    plain = np.broadcast_to(colours[:, :, None, None], (4, 3, 32, 32))
    assert len(set(fingerprints(plain).tolist())) == 1
    thumbs = thumbnails(plain)
    assert not any(alike(thumbs[i], thumbs[j]) for i in range(4) for j in range(i))
    assert alike(thumbs[2], thumbs[2])


@pytest.mark.parametrize("side", [8, 31, 32, 100, 128])
def test_a_print_does_not_depend_on_size(side: int) -> None:
    images = _many(20, 128)
    small = np.stack(
        [np.asarray(Image.fromarray(p.transpose(1, 2, 0)).resize((side, side), Image.Resampling.BOX)) for p in images]
    )
    apart = [_bits(a, b) for a, b in zip(fingerprints(images), fingerprints(small.transpose(0, 3, 1, 2)), strict=True)]
    assert np.median(apart) <= NEAR


@settings(max_examples=60)
@given(st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_the_index_finds_what_comparing_everything_finds(distance: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**63, 12, np.uint64).tolist()
    for value in values[:]:
        flips = rng.choice(64, int(rng.integers(0, 12)), replace=False)
        values.append(value ^ sum(1 << int(bit) for bit in flips))
    index = NearIndex(distance)
    for place, value in enumerate(values):
        found = index.near(value)
        every = [(_bits(value, values[i]), i) for i in range(place) if _bits(value, values[i]) <= distance]
        assert set(found) == {i for _, i in every}
        assert [_bits(value, values[i]) for i in found] == sorted(bits for bits, _ in every)
        index.add(value, place)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 8))
def test_without_the_later_ones_no_near_pair_is_left(values: list[int], distance: int) -> None:
    prints = np.array([*values, *(value ^ 5 for value in values)], np.uint64)
    pairs = near_pairs(prints, distance)
    later = set(pairs[:, 1].tolist())
    assert len(later) == len(pairs)
    for one, other in pairs.tolist():
        assert one < other
        assert one not in later
        assert _bits(prints[one], prints[other]) <= distance
    kept = [i for i in range(len(prints)) if i not in later]
    assert all(_bits(prints[i], prints[j]) > distance for i in kept for j in kept if i < j)


def test_a_hundred_thousand_equal_ones_are_no_burden() -> None:
    pairs = near_pairs(np.full(100_000, 7, np.uint64))
    assert len(pairs) == 99_999
    assert (pairs[:, 0] == 0).all()
