"""Stills: PNG files that carry the position they show, and reading it back from files of any origin.

Writing takes tens of milliseconds: do it off the show's threads (``outputs/stills.py``). Reading walks the chunks of
the file (PNG specification, third edition, §5.3 and §11.3.3) and never decodes a pixel, so no picture can be a bomb.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from latentjockey import __version__
from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import write_atomic
from latentjockey.models.card import ModelCard
from latentjockey.models.credits import learned_text
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import LARGEST_FILE, decode, encode

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = "latentjockey"
_MOST_CHUNKS = 200_000
_PERCEPTUAL = b"\x00"
_NO_KEYS: Mapping[str, str] = MappingProxyType({})


class _DamagedError(Exception):
    """The file breaks off or its sums are wrong."""


def write_still(path: Path, rgb: NDArray[np.uint8], preset: Preset, extra: Mapping[str, str] = _NO_KEYS) -> None:
    """Write ``rgb`` (H, W, 3) uint8 sRGB as PNG with ``preset`` in its text, whole or not at all.

    ``extra`` are more texts for people, by keyword (1 to 79 characters of Latin-1). Raises StageError when the disk
    does not take it, ValueError for an array of another shape.
    """
    try:
        write_atomic(path, encode_still(rgb, preset, extra))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StageError(f"The still {path} could not be written: {why}.") from error


def encode_still(rgb: NDArray[np.uint8], preset: Preset, extra: Mapping[str, str] = _NO_KEYS) -> bytes:
    """The PNG file that :func:`write_still` writes."""
    from PIL import Image  # Pillow is not needed to open the window
    from PIL.PngImagePlugin import PngInfo

    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"a still is (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}")
    info = PngInfo()
    info.add(b"sRGB", _PERCEPTUAL)
    for key, text in {**_texts(preset), **extra}.items():
        info.add_itxt(key, text)
    info.add_itxt(KEYWORD, encode(preset, pretty=False).decode("utf-8"), zip=True)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(file, "PNG", pnginfo=info, compress_level=4)
    return file.getvalue()


def card_line(card: ModelCard) -> str:
    """The model card in one line, for people, every source with its maker, licence and consent."""
    parts = [
        f"{card.name} by {card.author}",
        f"licence {card.licence}",
        f"trained on {card.data} ({card.data_licence})",
        f"consent: {card.consent}",
    ]
    parts += [card.note] if card.note else []
    return "; ".join([*parts, learned_text(card)] if card.sources else parts)


def read_still(source: Path | bytes) -> Preset:
    """The preset in a still, from a file or its bytes. Raises StageError, in one sentence, for every other file."""
    where = str(source) if isinstance(source, Path) else "The picture"
    try:
        if isinstance(source, bytes):
            text = _find_text(io.BytesIO(source))
        elif source.exists() and not source.is_file():
            raise StageError(f"{where} is no file.")
        else:
            with source.open("rb") as file:
                text = _find_text(file)
    except OSError as error:
        raise StageError(f"{where} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except (_DamagedError, zlib.error, struct.error) as error:
        raise StageError(f"{where} is a damaged PNG, or none, and its position cannot be read.") from error
    if text is None:
        raise StageError(f"{where} is a picture of another program: it carries no position of latentjockey.")
    return decode(text, where)


def _texts(preset: Preset) -> dict[str, str]:
    """PNG's registered keywords, for people and other programs."""
    seeds = [f"seed {d.upper()} {preset.values[f'/deck/{d}/seed']}" for d in "ab" if f"/deck/{d}/seed" in preset.values]
    return {
        "Title": preset.name or "untitled",
        "Software": f"latentjockey {__version__}",
        "Description": ", ".join([f"Made with the model {preset.model}", *seeds]),
        "Source": card_line(preset.card),
    }


def _find_text(file: BinaryIO) -> bytes | None:
    """The inflated text of our chunk, or ``None`` if the picture ends without one."""
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise _DamagedError
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            raise _DamagedError
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return None
        if kind != b"iTXt" or length > LARGEST_FILE:
            file.seek(length + 4, io.SEEK_CUR)
            continue
        body = file.read(length)
        check = file.read(4)
        if len(body) < length or check != struct.pack(">I", zlib.crc32(kind + body)):
            raise _DamagedError
        if body.startswith(KEYWORD.encode("latin-1") + b"\0"):
            return _text_of(body[len(KEYWORD) + 1 :])
    raise _DamagedError


def _text_of(body: bytes) -> bytes:
    """The text of an iTXt chunk after its keyword: flag, method, language, translated keyword, text."""
    if len(body) < 4:
        raise _DamagedError
    packed, method = body[0], body[1]
    parts = body[2:].split(b"\0", 2)
    if len(parts) < 3 or packed > 1 or (packed and method != 0):
        raise _DamagedError
    if not packed:
        return parts[2]
    inflate = zlib.decompressobj()
    text = inflate.decompress(parts[2], LARGEST_FILE + 1)  # one byte too many is refused by the reader of the JSON
    if not inflate.eof and len(text) <= LARGEST_FILE:
        raise _DamagedError
    return text
