"""Small clips whose frames can be told apart. Not a test itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentjockey.models.card import ModelCard
from latentjockey.models.clip_folder import MadeOf
from latentjockey.models.clip_writing import ClipWriter

WIDE, HIGH = 48, 32


def grey(index: int, count: int) -> int:
    return 20 + 200 * index // max(count - 1, 1)


def frame(index: int, count: int, size: tuple[int, int] = (WIDE, HIGH)) -> NDArray[np.uint8]:
    """A frame of one grey that says its number, with a white upper left corner, and black beside it."""
    made = np.full((size[1], size[0], 3), grey(index, count), np.uint8)
    made[: size[1] // 4, : size[0] // 4] = 255
    made[: size[1] // 4, size[0] // 4 : size[0] // 2] = 0
    return made


def write(folder: Path, name: str = "film", count: int = 8, fps: float = 4.0, **made_of: object) -> Path:
    """A clip of ``count`` frames in ``folder``."""
    with ClipWriter(name, folder) as clip:
        for index in range(count):
            clip.add(frame(index, count))
        return clip.finish(fps, MadeOf(**made_of), ModelCard(name, author="A painter", licence="CC0 1.0"))  # type: ignore[arg-type]


def shown(pixels: NDArray[np.uint8]) -> float:
    """The grey that a picture (3, H, W) shows below its corner."""
    return float(pixels[:, pixels.shape[1] // 2 :, :].mean())
