"""Makes docs/images/portraits-data.png: portraits of each style, a row a style, from a packed data set.

``python docs/portraits_sheet.py portraits.ljdata``; with seed 1 and size 128 it is the same file every time.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from latentjockey.data.dataset import open_dataset

COLUMNS = 10
SIDE = 76


def main() -> None:
    """Read, tile and write."""
    dataset = open_dataset(Path(sys.argv[1]), SIDE)
    shown = np.concatenate([np.flatnonzero(dataset.labels == k)[:COLUMNS] for k in range(len(dataset.classes))])
    pictures = dataset.read(shown).reshape(-1, COLUMNS, 3, SIDE, SIDE)
    sheet = pictures.transpose(0, 3, 1, 4, 2).reshape(-1, COLUMNS * SIDE, 3)
    Image.fromarray(np.ascontiguousarray(sheet)).save(
        Path(__file__).parent / "images" / "portraits-data.png", optimize=True
    )


if __name__ == "__main__":
    main()
