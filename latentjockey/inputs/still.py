"""A picture file that comes in. Inputs process, main thread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from latentjockey.inputs.source import InputError, local_file

if TYPE_CHECKING:
    import av

MOST_BYTES = 256 << 20
MOST_PIXELS = 89_000_000
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "TGA", "PPM")


class Still:
    """A :class:`latentjockey.inputs.source.Source` that gives the one picture of a file, upright and in sRGB."""

    live = False

    def __init__(self, text: str) -> None:
        import av
        from PIL import Image, ImageOps, UnidentifiedImageError

        path = local_file(text)
        name = path.name[:80]
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{name} is larger than {MOST_BYTES >> 20} MiB: bring a smaller picture.")
        Image.init()
        huge = f"{name} has more than {MOST_PIXELS // 1_000_000} million pixels: bring a smaller picture."
        formats = [each for each in _FORMATS if each in Image.OPEN]
        try:
            with Image.open(path, formats=formats) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise InputError(huge)
                size = f"{image.width}×{image.height}"
                upright = ImageOps.exif_transpose(image).convert("RGBA")
        except UnidentifiedImageError as error:
            raise InputError(f"{name} is no picture that can be read: choose video for a film.") from error
        except Image.DecompressionBombError as error:
            raise InputError(huge) from error
        except (OSError, ValueError, SyntaxError, MemoryError, EOFError) as error:
            raise InputError(f"{name} cannot be read: {' '.join(str(error).split())[:160] or 'damaged'}.") from error
        ground = Image.new("RGBA", upright.size, (0, 0, 0, 255))
        ground.alpha_composite(upright)
        pixels = np.ascontiguousarray(np.asarray(ground, np.uint8)[..., :3])
        self._picture: av.VideoFrame | None = av.VideoFrame.from_ndarray(pixels, "rgb24")
        self.words = f"{name} · {size}"

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        given, self._picture = self._picture, None
        return given, math.inf

    def use_speed(self, speed: float) -> None:
        """A still has none."""

    def close(self) -> None:
        self._picture = None
