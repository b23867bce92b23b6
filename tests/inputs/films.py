"""Films and pictures whose every frame tells its number, for tests. Not a test itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 10


def film(path: Path, frames: int = 20, size: tuple[int, int] = (32, 16), key_each: int = 8) -> Path:
    """A film in which frame n is grey, 10 + 10 n bright."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE, options={"qscale": "2"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, RATE)
        stream.codec_context.gop_size = key_each
        for number in range(frames):
            pixels = np.full((size[1], size[0], 3), 10 + 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    return path


def number_of(picture: av.VideoFrame) -> int:
    """Which frame of such a film it is."""
    return round((float(picture.to_ndarray(format="rgb24").mean()) - 10.0) / 10.0)
