"""One picture of any kind to square sRGB pixels, and to the bytes that a packed file keeps. Pure, any thread.

Pictures come from strangers: only decoders that are listed here run, nothing is decoded before its size is known, and
whatever a decoder raises becomes one :class:`PictureError`.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError, features

from latentjockey.base.damage import DAMAGE

Crop = Literal["centre", "pad", "stretch", "tiles"]
CROPS: tuple[Crop, ...] = ("centre", "pad", "stretch", "tiles")
Pixels = NDArray[np.uint8]

SUFFIXES = frozenset((
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".dib", ".tif", ".tiff",
    ".tga", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".psd", ".qoi", ".ico", ".dds", ".pcx", ".sgi",
    ".im", ".xbm", ".xpm",
))  # fmt: skip
"""Names that are taken for pictures; what a file is says its content."""
# Not among them: EPS, which would start another program, and formats that are documents or instruments' data.
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "TGA", "PPM", "JPEG2000", "PSD", "QOI",
            "ICO", "DDS", "PCX", "SGI", "IM", "XBM", "XPM")  # fmt: skip
_STORED = ("WEBP", "PNG", "JPEG")
MOST_PIXELS = 89_000_000
"""A picture that would need more memory than this is refused: a small file can claim any size."""
_LARGE_PIXELS = 24_000_000
_DAMAGE = (*DAMAGE, Image.DecompressionBombError, Image.DecompressionBombWarning, ImageCms.PyCMSError)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_one_large = threading.Lock()  # pictures of a hundred megabytes are worked on one after the other
_LINEAR = np.where(
    np.arange(256) <= 0.04045 * 255, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
"""Light of an sRGB value, IEC 61966-2-1."""


class PictureError(ValueError):
    """Why a picture cannot be used: the end of a sentence that begins with its name."""


class TooSmallError(PictureError):
    """A picture that has fewer pixels than were asked for."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a picture becomes squares of ``size``. ``tiles`` is how many tiles the shorter side gives, ``background``
    (0..255 each) lies under what is transparent and around what is padded; ``min_side`` is the least shorter side."""

    size: int
    crop: Crop = "centre"
    tiles: int = 1
    background: tuple[int, int, int] = (0, 0, 0)
    min_side: int = 1


@dataclass(frozen=True, slots=True)
class Framed:
    """The squares of a picture, (n, 3, size, size) sRGB, with what is told of it in reports."""

    squares: Pixels
    width: int
    height: int
    moves: bool = False


def frame(path: Path, framing: Framing) -> Framed:
    """Read the picture at ``path``, upright and in sRGB, and cut it. Raises PictureError.

    Of moving pictures the first frame is taken. Shrinking is done in linear light with Lanczos' filter (so that fine
    light structures keep their brightness), enlarging with bicubic in sRGB (so that edges have no halos).
    """
    try:
        with Image.open(path, formats=_formats()) as image:
            width, height = _upright_size(image)
            if width * height > MOST_PIXELS:
                raise PictureError(
                    f"has {width}×{height} pixels, and more than {MOST_PIXELS // 1_000_000} million are not read"
                )
            if min(width, height) < framing.min_side:
                raise TooSmallError(f"has {width}×{height} pixels, and the shorter side is below {framing.min_side}")
            moves = bool(getattr(image, "is_animated", False))
            if width * height > _LARGE_PIXELS:
                with _one_large:
                    squares = _squares(image, framing)
            else:
                squares = _squares(image, framing)
    except PictureError:
        raise
    except _DAMAGE as error:
        raise PictureError(_reason(error)) from error
    return Framed(squares, width, height, moves)


def encode(pixels: Pixels, quality: int | None = None) -> bytes:
    """The bytes that keep ``pixels`` (3, h, w): lossless WebP (PNG where Pillow has no WebP), or lossy WebP of
    ``quality`` 1..100 (JPEG without WebP)."""
    image = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    out = io.BytesIO()
    webp = features.check("webp")
    if quality is not None:
        image.save(out, "WEBP" if webp else "JPEG", quality=quality)
    elif webp:
        image.save(out, "WEBP", lossless=True, quality=40, method=2, exact=True)
    else:
        image.save(out, "PNG", optimize=False)
    return out.getvalue()


def decode(data: bytes, size: int) -> Pixels:
    """The pixels (3, size, size) that :func:`encode` kept. Raises PictureError for anything else."""
    try:
        with Image.open(io.BytesIO(data), formats=_STORED) as image:
            if image.size != (size, size):
                raise PictureError(f"has {image.width}×{image.height} pixels instead of {size}×{size}")
            return _planes(image.convert("RGB"))
    except PictureError:
        raise
    except _DAMAGE as error:
        raise PictureError(_reason(error)) from error


def resized(pixels: Pixels, size: int) -> Pixels:
    """``pixels`` (3, s, s) at another size, by the same filters as :func:`frame`."""
    side = pixels.shape[-1]
    return _resize(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))), (0, 0, side, side), size)


@lru_cache(maxsize=1)
def _formats() -> tuple[str, ...]:
    """Those of the formats above for which this Pillow has a decoder."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


# -- from a file to sRGB ----------------------------------------------------------------------------------------------


def _upright_size(image: Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if _orientation(image) >= 5 else image.size


def _orientation(image: Image.Image) -> int:
    """The EXIF tag, 1..8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(0x0112, 1)
    except _DAMAGE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _squares(image: Image.Image, framing: Framing) -> Pixels:
    turn = _orientation(image)
    if image.format == "JPEG":  # decoded at a half, quarter or eighth where that is still twice of what is needed
        least = 2 * framing.size * (framing.tiles if framing.crop == "tiles" else 1)
        share = least / min(image.size)
        if share < 1:
            image.draft(None, (round(image.width * share), round(image.height * share)))
    rgb = _rgb(image, framing.background)
    if turn in _TURNS:
        rgb = rgb.transpose(_TURNS[turn])
    if framing.crop == "pad":
        side = max(rgb.size)
        whole = Image.new("RGB", (side, side), framing.background)
        whole.paste(rgb, ((side - rgb.width) // 2, (side - rgb.height) // 2))
        rgb = whole
    return np.stack([_resize(rgb, box, framing.size) for box in boxes(rgb.width, rgb.height, framing)])


def _rgb(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(np.asarray(image))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        under = Image.new("RGBA", with_alpha.size, (*background, 255))
        image = Image.alpha_composite(under, with_alpha).convert("RGB")
    elif image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
        profile = None  # it was for the mode before
    if isinstance(profile, bytes) and profile:
        image = _to_srgb(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_deep(values: NDArray[Any]) -> Image.Image:
    """Grey of more than 8 bits: 16-bit as such, floats up to 1 as shares of white."""
    grey = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    most = float(grey.max(initial=0.0))
    if values.dtype.kind == "f":
        white = 1.0 if most <= 1.0 else 255.0 if most <= 255.0 else 65535.0
    else:
        white = 65535.0 if values.dtype.itemsize == 2 or most > 255.0 else 255.0
        white = white if most <= 65535.0 else float(2**31 - 1)
    eight = np.clip(grey * (255.0 / white) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(eight).convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours of another space (Display P3, Adobe RGB, print) as they look; unchanged where the profile is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).casefold():
            return image
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (*_DAMAGE, ImportError):
        return image
    return image if converted is None else converted


# -- from sRGB to squares ---------------------------------------------------------------------------------------------


def boxes(width: int, height: int, framing: Framing) -> list[tuple[int, int, int, int]]:
    """What is cut of a picture of that size: (left, top, right, bottom) each, in pixels.

    Tiles do not overlap, are spread evenly, and are never smaller than ``framing.size`` unless the picture is.
    """
    short = min(width, height)
    if framing.crop == "stretch":
        return [(0, 0, width, height)]
    if framing.crop != "tiles":
        left, top = (width - short) // 2, (height - short) // 2
        return [(left, top, left + short, top + short)]
    side = min(short, max(short // max(1, framing.tiles), framing.size))
    across, down = width // side, height // side
    lefts = [round((i + 0.5) * width / across - side / 2) for i in range(across)]
    tops = [round((i + 0.5) * height / down - side / 2) for i in range(down)]
    return [(left, top, left + side, top + side) for top in tops for left in lefts]


def _resize(image: Image.Image, box: tuple[int, int, int, int], size: int) -> Pixels:
    part = image.crop(box)
    if part.size == (size, size):
        return _planes(part)
    if min(part.size) < size:
        return _planes(part.resize((size, size), Image.Resampling.BICUBIC))
    planes = [
        Image.fromarray(_LINEAR[np.asarray(channel)]).resize(
            (size, size), Image.Resampling.LANCZOS, reducing_gap=3.0
        )
        for channel in part.split()
    ]  # fmt: skip
    light = np.clip(np.stack([np.asarray(plane) for plane in planes]), 0.0, 1.0)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(srgb * 255.0 + 0.5, np.uint8)


def _planes(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def _reason(error: BaseException) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "is no picture that can be read here"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"has more pixels than the {MOST_PIXELS // 1_000_000} million that are read"
    if isinstance(error, MemoryError):
        return "needs more memory than there is"
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return f"cannot be read: {said[:120].splitlines()[0].rstrip('.').casefold()}"
