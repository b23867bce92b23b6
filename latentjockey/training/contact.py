"""Contact sheets with captions: what a model makes, and what it learned from. Draws; one thread."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import latentjockey
from latentjockey.base.paths import write_atomic
from latentjockey.training.dataset_feed import sized
from latentjockey.training.gallery import Pixels

GROUND, TEXT, QUIET = (11, 12, 15), (222, 225, 230), (128, 133, 142)
_GAP, _MARGIN, _CAPTION, _NOTE = 3, 28, 132, 15
_TITLE, _HEAD, _LINE = 26, 17, 13
_BETWEEN, _COLUMNS = 30, 40
_FONTS = Path(latentjockey.__file__).parent / "ui" / "fonts"


@dataclass(frozen=True, slots=True)
class Row:
    """Pictures (n, 3, s, s) side by side with a caption before them, and ``notes`` below each, where there are any."""

    caption: str
    pixels: Pixels
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading. ``about`` says in a line what they are, ``over`` what each column is."""

    heading: str
    about: str
    rows: Sequence[Row]
    over: tuple[str, ...] = ()


def draw(title: str, about: str, sections: Sequence[Section], cell: int, columns: int = 2) -> NDArray[np.uint8]:
    """The sheet, (H, W, 3): sections from left to right in so many columns, each picture ``cell`` px."""
    across = max(len(row.pixels) for section in sections for row in section.rows)
    wide = _CAPTION + across * (cell + _GAP)
    columns = min(columns, len(sections))
    lines = [list(sections[i : i + columns]) for i in range(0, len(sections), columns)]
    heights = [max(_height(section, cell) for section in line) for line in lines]
    width = 2 * _MARGIN + columns * wide + (columns - 1) * _COLUMNS
    image = Image.new("RGB", (width, 2 * _MARGIN + 62 + sum(heights) + _BETWEEN * (len(lines) - 1)), GROUND)
    pen = ImageDraw.Draw(image)
    pen.text((_MARGIN, _MARGIN), title, TEXT, font("SemiBold", _TITLE))
    pen.text((_MARGIN, _MARGIN + 36), about, QUIET, font("Regular", _LINE))
    top = _MARGIN + 62
    for line, height in zip(lines, heights, strict=True):
        for place, section in enumerate(line):
            _draw_section(image, pen, section, _MARGIN + place * (wide + _COLUMNS), top, cell)
        top += height + _BETWEEN
    return np.asarray(image)


def write(picture: NDArray[np.uint8], path: Path) -> None:
    """As a PNG, replaced at once. Raises OSError as the file system does."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", optimize=True)
    write_atomic(path, out.getvalue())


@cache
def font(weight: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The package's own type; Pillow's where it cannot be read."""
    try:
        return ImageFont.truetype(str(_FONTS / f"Inter-{weight}.otf"), size)
    except (OSError, ImportError):
        return ImageFont.load_default(size)


def _row_height(row: Row, cell: int) -> int:
    return cell + _GAP + (_NOTE + 4 if row.notes else 0)


def _height(section: Section, cell: int) -> int:
    return 48 + (_NOTE + 4 if section.over else 0) + sum(_row_height(row, cell) for row in section.rows)


def _draw_section(
    image: Image.Image, pen: ImageDraw.ImageDraw, section: Section, left: int, top: int, cell: int
) -> None:
    pen.text((left, top), section.heading, TEXT, font("SemiBold", _HEAD))
    pen.text((left, top + 23), section.about, QUIET, font("Regular", _LINE))
    top += 48
    start = left + _CAPTION
    if section.over:
        for place, word in enumerate(section.over):
            _centred(pen, start + place * (cell + _GAP), top, cell, word)
        top += _NOTE + 4
    for row in section.rows:
        for place, part in enumerate(_lines(pen, row.caption)):
            pen.text((left, top + cell // 2 - 8 + 16 * place), part, TEXT, font("Medium", _LINE))
        for place, picture in enumerate(sized(row.pixels, cell)):
            x = start + place * (cell + _GAP)
            image.paste(Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0))), (x, top))
            if place < len(row.notes):
                _centred(pen, x, top + cell + 2, cell, row.notes[place])
        top += _row_height(row, cell)


def _centred(pen: ImageDraw.ImageDraw, left: int, top: int, width: int, words: str) -> None:
    long = pen.textlength(words, font("Regular", _LINE - 1))
    pen.text((left + (width - long) / 2, top), words, QUIET, font("Regular", _LINE - 1))


def _lines(pen: ImageDraw.ImageDraw, words: str) -> list[str]:
    """Words in lines that fit before the pictures."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pen.textlength(longer, font("Medium", _LINE)) > _CAPTION - 10:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def pixels(x: torch.Tensor) -> Pixels:
    """Pictures (n, 3, s, s) about -1..1 as bytes."""
    return ((x.float().clamp(-1, 1) + 1.0) * 127.5).round().byte().cpu().numpy()
