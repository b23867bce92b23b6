"""A picture file that comes in. Inputs process, main thread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from latentjockey.base.damage import DAMAGE
from latentjockey.inputs.source import InputError, local_file

if TYPE_CHECKING:
    import av
    import PIL.Image

MOST_BYTES = 256 << 20
MOST_PIXELS = 89_000_000
_LARGEST_NEEDED = 4096
_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")
_SIXTEEN_BITS = 65535.0
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "TGA", "PPM")


class Still:
    """A :class:`latentjockey.inputs.source.Source` that gives the one picture of a file, upright and in sRGB."""

    live = False

    def __init__(self, text: str) -> None:
        import av
        from PIL import Image, UnidentifiedImageError

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
                if image.mode in _REDUCIBLE:  # so that little memory is taken for what nobody sees
                    image.thumbnail((_LARGEST_NEEDED, _LARGEST_NEEDED), reducing_gap=2.0)
                upright = _in_eight_bits(_upright(image)).convert("RGBA")
                upright.thumbnail((_LARGEST_NEEDED, _LARGEST_NEEDED), reducing_gap=2.0)
        except UnidentifiedImageError as error:
            raise InputError(f"{name} is no picture that can be read: choose video for a film.") from error
        except Image.DecompressionBombError as error:
            raise InputError(huge) from error
        except DAMAGE as error:
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


def _upright(image: PIL.Image.Image) -> PIL.Image.Image:
    """A picture as the camera was held, or as it is where what is said of that is damaged."""
    from PIL import ImageOps

    image.load()  # damage of the picture itself is another matter
    try:
        return ImageOps.exif_transpose(image)
    except DAMAGE:
        return image


def _in_eight_bits(image: PIL.Image.Image) -> PIL.Image.Image:
    """A picture whose greys have more than 256 steps, such as a map of depth, with so many; any other as it is.

    Pillow would cut them off at 255, which is white nearly everywhere. What is said in fractions reaches to 1.
    """
    import PIL.Image

    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    grey = np.nan_to_num(np.asarray(image, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(grey.max(initial=0.0))
    white = max(highest, _SIXTEEN_BITS)
    if image.mode == "F":
        white = next((each for each in (1.0, 255.0) if highest <= each), highest)
    return PIL.Image.fromarray((grey * (255.0 / white)).clip(0.0, 255.0).round().astype(np.uint8))
