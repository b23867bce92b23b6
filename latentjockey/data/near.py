"""Which pictures are nearly the same: a 64-bit fingerprint, and an index that finds near ones without comparing all.

The fingerprint is the well-known perceptual hash by a discrete cosine transform: the signs, about their median, of the
64 lowest frequencies of a 32×32 picture in grey. It is the same for copies that were saved anew, made smaller or
brighter, and says little about small changes in one place. So whoever drops pictures also compares :func:`thumbnails`,
where an eye that was opened shows. Pure, any thread.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

NEAR = 4
"""Up to so many of 64 bits differ between near duplicates."""
THUMBNAIL = 16
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601 luma
_SIDE = 32
_LOW = 8
# What may differ between thumbnails of near duplicates, of 255: all over (brightness), and in one place beyond that.
_MOST_ALL_OVER = 24.0
_MOST_IN_A_PLACE = 20.0


def fingerprints(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One number each (n,) for ``images`` (n, 3, s, s); those of near duplicates differ in few bits."""
    n, _, side, _ = images.shape
    low = _lowest(side)
    grey = np.einsum("nchw,c->nhw", images.astype(np.float32), _GREY)
    waves = (low @ grey @ low.T).reshape(n, _LOW * _LOW)
    waves[np.abs(waves) < 0.5] = 0.0  # the rounding of a plain surface is no pattern
    bits = waves[:, 1:] > np.median(waves[:, 1:], axis=1, keepdims=True)
    return np.asarray(bits.astype(np.uint64) @ (np.uint64(1) << np.arange(bits.shape[1], dtype=np.uint64)))


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``images`` (n, 3, s, s) as (n, 3, 16, 16), by area."""
    shrink = _area(images.shape[-1], THUMBNAIL)
    small = shrink @ images.astype(np.float32) @ shrink.T
    return (small + 0.5).astype(np.uint8)


def alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether two thumbnails (3, 16, 16) differ at most in brightness, and by what saving and scaling do."""
    difference = one.astype(np.float32) - other
    shift = difference.mean(axis=(1, 2), keepdims=True)
    return bool(np.abs(shift).max() <= _MOST_ALL_OVER and np.abs(difference - shift).max() <= _MOST_IN_A_PLACE)


def near_pairs(prints: NDArray[np.uint64], distance: int = NEAR) -> NDArray[np.int64]:
    """Pairs (earlier, later) of places in ``prints`` (n,) that differ in at most ``distance`` bits, as (k, 2).

    Each place is ``later`` once at most, with the nearest of the places before it that are not later of any pair, so
    that leaving out every later one leaves no near pair, and k stays below n.
    """
    index = NearIndex(distance)
    pairs = []
    for place, value in enumerate(prints.tolist()):
        found = index.near(value)
        if found:
            pairs.append((found[0], place))
        else:
            index.add(value, place)
    return np.array(pairs, np.int64).reshape(-1, 2)


class NearIndex:
    """Fingerprints met so far, by pieces: two that differ in at most d bits agree in one of d + 1 pieces at least.

    So a look compares those with an equal piece only, some 60 of 100,000 pictures.
    """

    def __init__(self, distance: int = NEAR) -> None:
        if not 0 <= distance <= 31:
            raise ValueError(f"a distance of {distance} bits")
        self._distance = distance
        edges = [64 * i // (distance + 1) for i in range(distance + 2)]
        self._pieces = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
        self._buckets: list[dict[int, list[int]]] = [{} for _ in self._pieces]
        self._places: dict[int, list[int]] = {}

    def add(self, value: int, place: int) -> None:
        """Remember the fingerprint ``value`` under the number ``place``."""
        places = self._places.setdefault(value, [])
        places.append(place)
        if len(places) == 1:
            for (low, mask), bucket in zip(self._pieces, self._buckets, strict=True):
                bucket.setdefault(value >> low & mask, []).append(value)

    def near(self, value: int) -> list[int]:
        """The places whose fingerprints differ in at most the distance, the nearest first, then the earliest."""
        found: dict[int, int] = {}
        for (low, mask), bucket in zip(self._pieces, self._buckets, strict=True):
            for other in bucket.get(value >> low & mask, ()):
                apart = (value ^ other).bit_count()
                if apart <= self._distance:
                    found[other] = apart
        return [
            place
            for other in sorted(found, key=lambda o: (found[o], self._places[o][0]))
            for place in self._places[other]
        ]


@lru_cache(maxsize=16)
def _lowest(side: int) -> NDArray[np.float32]:
    """(8, side): from a row of pixels to its 8 lowest cosines, by way of 32 (DCT-II, orthonormal)."""
    k, x = np.arange(_LOW)[:, None], np.arange(_SIDE)[None, :]
    cosines = np.cos(np.pi * (2 * x + 1) * k / (2 * _SIDE)) * np.where(k == 0, 1.0, np.sqrt(2.0)) / np.sqrt(_SIDE)
    return np.asarray(cosines @ _area(side, _SIDE), np.float32)


@lru_cache(maxsize=16)
def _area(side: int, small: int) -> NDArray[np.float32]:
    """(small, side): each row the share that every pixel has in one of ``small`` equal lengths; rows sum to 1."""
    edges = np.arange(small + 1) * (side / small)
    pixels = np.arange(side)
    shares = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(shares, 0.0, 1.0) * (small / side), np.float32)
