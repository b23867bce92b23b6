"""What a cue's place means to others: a key and writes for its picture, and what it carries in a drag. Pure."""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData

from latentjockey.control.names import BANDS
from latentjockey.control.values import Value

CUE = "application/x-latentjockey-cue"
_CARRIED = re.compile(rb"([ab]) ([1-8])\Z")


def cue_key(deck: str, number: int, model: str, place: NDArray[np.float64]) -> str:
    """The name of a picture of this place: another place, or another model, is another picture."""
    told = hashlib.blake2b(np.ascontiguousarray(place, np.float64).tobytes(), digest_size=8)
    told.update(model.encode())
    return f"cue {deck} {number} {told.hexdigest()}"


def place_writes(deck: str, place: NDArray[np.float64], directions: int = 0) -> list[tuple[str, Value]]:
    """What shows exactly ``place`` (n,) alone: its deck heard alone, at rest, at its plain reach, nothing broken and no
    step along any of the model's ``directions``, which a cue's place has in it already."""
    at = f"/deck/{deck}"
    steps: list[tuple[str, Value]] = [(f"{at}/dir", np.zeros(directions))] if directions else []
    return [
        (f"{at}/z", place.copy()),
        *steps,
        (f"{at}/psi", 1.0),
        (f"{at}/overdrive", 1.0),
        *((f"{at}/eq/{band}", 1.0) for band in BANDS),
        (f"{at}/drift/spread", 0.0),
        (f"{at}/glide/duration", 0.0),
        ("/mix/crossfade", 0.0 if deck == "a" else 1.0),
        *((f"/mix/offset/{band}", 0.0) for band in BANDS),
        ("/break/amount", 0.0),
        ("/echo/amount", 0.0),
    ]


def cue_mime(deck: str, number: int) -> QMimeData:
    """What a cue carries when it is dragged to another pad."""
    data = QMimeData()
    data.setData(CUE, f"{deck} {number}".encode())
    return data


def carried_cue(data: QMimeData) -> tuple[str, int] | None:
    """The deck and number of a dragged cue; ``None`` for anything else."""
    told = _CARRIED.match(bytes(data.data(CUE).data())) if data.hasFormat(CUE) else None
    return None if told is None else (told[1].decode(), int(told[2]))
