"""The test card: a deterministic picture for focus and geometry, from which the position can be read back. No torch.

Where what stands, in a picture of W × H pixels (both at least ``READABLE``): the top eighth holds one row of blocks a
layer, ``BLOCKS`` a row; block i of row l is grey with the level of :func:`level` of ``layers[l, i]``. Below are colour
bars, a grid and a circle. Where ``/gen/words`` has a text, the foot, as high as the head, holds ``BLOCKS`` blocks that
are black or white by the bits of :func:`marks`. ``/gen/rehearse`` makes the next frames fail for real, so that a player
can see beforehand that the show goes on.
"""

from __future__ import annotations

import os
import threading
import zlib

import numpy as np
from numpy.typing import NDArray

from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.models.builtin import REHEARSALS, TESTCARD, WORDS
from latentjockey.models.spec import ModelSpec

BLOCKS = 32
READABLE = 96
_BARS = ((235, 235, 235), (235, 235, 16), (16, 235, 235), (16, 235, 16), (235, 16, 235), (235, 16, 16), (16, 16, 235))
_GROUND, _LINE = 40, 200
_KEPT = 4


def level(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Any numbers → grey levels: 128 is 0, ±1 is 64 to either side, ±∞ the ends; monotone."""
    wide = np.asarray(values, np.float64)
    return np.clip(np.rint(128.0 + 127.0 * wide / (1.0 + np.abs(wide))), 0, 255).astype(np.uint8)


def read_layers(rgb: NDArray[np.uint8], rows: int) -> NDArray[np.uint8]:
    """The grey levels (rows, BLOCKS) that a card (H, W, 3) shows in the middle of its blocks."""
    height, width = rgb.shape[:2]
    band = height // 8
    y = (2 * np.arange(rows) + 1) * band // (2 * rows)
    x = (2 * np.arange(BLOCKS) + 1) * width // (2 * BLOCKS)
    read: NDArray[np.uint8] = rgb[y[:, None], x[None, :], 0]
    return read


def marks(text: str) -> NDArray[np.uint8]:
    """The grey levels (BLOCKS,) that stand for a text: the bits of its CRC-32, the highest first."""
    bits = zlib.crc32(text.encode(errors="replace")) >> np.arange(BLOCKS)[::-1] & 1
    return (255 * bits).astype(np.uint8)


def read_marks(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grey levels (BLOCKS,) that the foot of a card (H, W, 3) shows."""
    height, width = rgb.shape[:2]
    x = (2 * np.arange(BLOCKS) + 1) * width // (2 * BLOCKS)
    read: NDArray[np.uint8] = rgb[height - 1 - height // 16, x, 0]
    return read


class Testcard:
    """A :class:`latentjockey.generators.protocol.Generator` that draws with numpy."""

    __test__ = False  # not a test, whatever the name looks like
    spec: ModelSpec = TESTCARD
    device = "numpy"

    def __init__(self) -> None:
        self._cards: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        return np.repeat(z[:, None, :], self.spec.num_ws, axis=1)

    def mean(self, classes: Classes | None = None) -> Layers:
        return np.zeros((self.spec.num_ws, self.spec.w_dim), np.float32)

    def close(self) -> None:
        self._cards.clear()

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        width, height = request.width, request.height
        card = self._card_of(width, height)
        moment = latch()
        finite = self._rehearse(int(np.asarray(moment.native.get("/gen/rehearse", 0)).item()))
        picture = card.copy()
        shown = level(moment.layers[:, :BLOCKS])
        band = height // 8
        rows = np.arange(band) * len(shown) // max(band, 1)
        columns = np.arange(width) * BLOCKS // width
        picture[:, :band] = shown[rows][:, columns]
        words = moment.words.get(WORDS, "")
        if words and band:
            picture[:, -band:] = marks(words)[columns]
        return FrameResult(picture, finite)

    def _card_of(self, width: int, height: int) -> NDArray[np.uint8]:
        """The card without a position; the sizes used last are kept: the stage's, and those drawn in between."""
        found = self._cards.pop((width, height), None)
        self._cards[width, height] = card = _geometry(width, height) if found is None else found
        if len(self._cards) > _KEPT:
            del self._cards[next(iter(self._cards))]
        return card

    @staticmethod
    def _rehearse(choice: int) -> bool:
        """Fail as asked; whether the picture counts as finite."""
        match REHEARSALS[choice % len(REHEARSALS)]:
            case "exception":
                raise RuntimeError("this failure is a rehearsal")
            case "hang":
                threading.Event().wait()
            case "exit":
                os._exit(3)
            case "out of memory":
                raise MemoryError("this lack of memory is a rehearsal")
            case "not a number":
                return False
        return True


def _geometry(width: int, height: int) -> NDArray[np.uint8]:
    """Bars, grid and circle (3, height, width)."""
    card = np.full((3, height, width), _GROUND, np.uint8)
    bars = np.array(_BARS, np.uint8)
    columns = np.arange(width) * len(bars) // width
    card[:, height // 8 : height // 4] = bars[columns].T[:, None, :]
    step = max(min(width, height) // 8, 1)
    x, y = np.arange(width), np.arange(height)
    grid = ((x[None, :] - width // 2) % step == 0) | ((y[:, None] - height // 2) % step == 0)
    grid[: height // 4] = False
    card[:, grid] = _LINE // 2
    short = min(width, height)
    radius = np.hypot(x[None, :] + 0.5 - width / 2, y[:, None] + 0.5 - height / 2)
    card[:, np.abs(radius - 0.45 * short) < max(0.75, short / 250)] = _LINE
    return card
