"""Makes docs/images/night-garden-data.png: ten drawings of each kind. Run from anywhere; the same file every time."""

from pathlib import Path

import torch
from PIL import Image

from latentjockey.recipes.registry import recipe

SIDE = 120
COLUMNS = 10
FIRST = 600


def main() -> None:
    """Draw, tile and write."""
    garden = recipe("night-garden")
    rows = len(garden.classes)
    kinds = torch.arange(rows).repeat_interleave(COLUMNS)
    seeds = FIRST + torch.arange(COLUMNS).repeat(rows)
    pictures = garden.draw(seeds, kinds, SIDE, "cpu").reshape(rows, COLUMNS, 3, SIDE, SIDE)
    sheet = pictures.permute(0, 3, 1, 4, 2).reshape(rows * SIDE, COLUMNS * SIDE, 3).numpy()
    whole = Image.fromarray(sheet)
    # 256 colours, dithered: a third of the bytes.
    small = whole.quantize(palette=whole.quantize(256, kmeans=3), dither=Image.Dither.FLOYDSTEINBERG)
    small.save(Path(__file__).parent / "images" / "night-garden-data.png", optimize=True)


if __name__ == "__main__":
    main()
