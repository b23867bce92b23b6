"""What is seen of a clip before it is there: a strip of pictures in a file. Numpy and Pillow; the main thread.

While it is still a latent, its three strongest components, over all places and frames, are shown as light, red to green
and yellow to blue: false colours, which cost nothing and tell forms and movement, but neither light nor colours.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.paths import cache_dir, write_atomic

SHOWN = 5
"""Frames of a strip."""
HIGH = 120
"""Pixels."""
_WAYS = np.array([[1.0, 1.0, 1.0], [0.5, -0.5, 0.0], [0.25, 0.25, -0.5]])


def folder() -> Path:
    """Where strips lie. May be missing."""
    return cache_dir() / "clips"


class FalseColours:
    """Keeps what its colours mean from one step to the next."""

    def __init__(self) -> None:
        self._ways: NDArray[np.float64] | None = None

    def __call__(self, latent: NDArray[np.float32]) -> NDArray[np.uint8]:
        """A strip (h, w, 3) of a latent (C, F, H, W)."""
        some = latent[:, _chosen(latent.shape[1])].astype(np.float64)
        points = np.nan_to_num(some.reshape(some.shape[0], -1), posinf=0.0, neginf=0.0)
        points = points - points.mean(1, keepdims=True)
        ways = np.linalg.svd(points @ points.T)[0][:, :3]
        ways = np.pad(ways, ((0, 0), (0, 3 - ways.shape[1])))
        if self._ways is not None:
            ways = ways * np.where((ways * self._ways).sum(0) < 0.0, -1.0, 1.0)
        self._ways = ways
        seen = ways.T @ points
        seen /= np.maximum(seen.std(1, keepdims=True), 1e-6)
        colours = (_WAYS.T @ seen).reshape(3, *some.shape[1:]).transpose(1, 2, 3, 0)
        return strip(np.clip(colours * 40.0 + 128.0, 0.0, 255.0).astype(np.uint8))


def strip(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Some of ``frames`` (F, H, W, 3) beside each other, :data:`HIGH` pixels high."""
    shown = []
    for index in _chosen(len(frames)):
        picture = Image.fromarray(np.ascontiguousarray(frames[index]))
        wide = max(1, round(picture.width * HIGH / picture.height))
        shown.append(np.asarray(picture.resize((min(wide, 4 * HIGH), HIGH), Image.Resampling.BICUBIC)))
    return np.concatenate(shown, 1)


class Strips:
    """The one file of this process in which a strip lies; another name each time, so that who looks sees a new one."""

    def __init__(self) -> None:
        self._count = 0
        self._last: Path | None = None
        with contextlib.suppress(OSError):
            for left in folder().glob("*.png"):  # of a process that was killed
                left.unlink()

    def put(self, picture: NDArray[np.uint8]) -> Path | None:
        """Write it, and drop the one before; ``None`` where it cannot be written."""
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG")
        self._count += 1
        path = folder() / f"{os.getpid()}-{self._count}.png"
        try:
            write_atomic(path, out.getvalue())
        except OSError:
            return None
        before, self._last = self._last, path
        if before is not None:
            with contextlib.suppress(OSError):
                before.unlink()
        return path


def _chosen(count: int) -> list[int]:
    """Some frames of so many, the first and the last among them."""
    return sorted({round(n * (count - 1) / max(1, SHOWN - 1)) for n in range(SHOWN)})
