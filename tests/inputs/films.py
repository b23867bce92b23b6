"""Films and pictures whose every frame tells its number, for tests. Not a test itself."""

from __future__ import annotations

import struct
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


def turned(path: Path, degrees: int) -> Path:
    """A film (MP4) of 64 × 32 with a white corner at its upper left, which says that it is to be shown turned by
    ``degrees`` anticlockwise, as telephones write it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        pixels = np.zeros((32, 64, 3), np.uint8)
        pixels[:16, :16] = 255
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    data = path.read_bytes()
    upright = _matrix(0)
    at = data.index(upright, data.index(b"tkhd"))
    path.write_bytes(data[:at] + _matrix(degrees) + data[at + len(upright) :])
    return path


def _matrix(degrees: int) -> bytes:
    """The matrix of a track's header (ISO 14496-12, 8.3.2), in fixed numbers of 16.16 and 2.30 bits."""
    cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    return struct.pack(">9i", cos << 16, -sin << 16, 0, sin << 16, cos << 16, 0, 0, 0, 1 << 30)


def number_of(picture: av.VideoFrame) -> int:
    """Which frame of such a film it is."""
    return round((float(picture.to_ndarray(format="rgb24").mean()) - 10.0) / 10.0)
