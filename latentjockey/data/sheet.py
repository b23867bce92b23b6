"""A contact sheet of a data set: what learners will see, seen once before. Waits for the disk."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from latentjockey.base.paths import write_atomic
from latentjockey.data.dataset import DataError, Dataset

_GAP = 2


def write_sheet(dataset: Dataset, path: Path, count: int = 64, seed: int = 0) -> None:
    """A PNG of ``count`` pictures in rows, drawn evenly from the classes by ``seed``. Raises DataError."""
    rng = np.random.default_rng(seed)
    piles = [rng.permutation(np.flatnonzero(dataset.labels == label)) for label in range(len(dataset.classes))]
    order = sorted(
        (place / len(pile), label, index) for label, pile in enumerate(piles) for place, index in enumerate(pile)
    )
    if len(piles) <= count:  # as many of each class, as far as it has them
        order = sorted((place, label, index) for label, pile in enumerate(piles) for place, index in enumerate(pile))
    chosen = sorted(order[:count], key=lambda entry: entry[1])
    pictures = dataset.read(np.array([index for _, _, index in chosen]))
    across = max(1, round(np.sqrt(len(pictures))))
    step = dataset.size + _GAP
    sheet = np.zeros((-(-len(pictures) // across) * step - _GAP, across * step - _GAP, 3), np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // across * step, place % across * step
        sheet[top : top + dataset.size, left : left + dataset.size] = picture.transpose(1, 2, 0)
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, "PNG")
    try:
        write_atomic(path, out.getvalue())
    except OSError as error:
        raise DataError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from error
