"""What a cue's place means to others: a key and writes for its picture, and what it carries in a drag. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData

from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS
from latentjockey.control.values import Value

CUE = "application/x-latentjockey-cue"
_CARRIED = re.compile(rb"([ab]) ([1-8])\Z")


@dataclass(frozen=True, slots=True, eq=False)
class CuePlace:
    """Where a cue is: ``z`` (n,), and ``classes`` (K,), empty where it keeps none."""

    z: NDArray[np.float64]
    classes: NDArray[np.float64]


def cue_place(bay: Bay, cue: str) -> CuePlace | None:
    """What the cue at ``/deck/a/cue/1`` keeps, or ``None`` where it is empty."""
    try:
        z, filled = bay.value(f"{cue}/z"), bay.number(f"{cue}/filled")
    except KeyError:
        return None
    if not filled or not isinstance(z, np.ndarray):
        return None
    classes = bay.value(f"{cue}/class") if bay.layout.resolve(f"{cue}/class") is not None else None
    return CuePlace(z, classes if isinstance(classes, np.ndarray) and classes.any() else np.zeros(0))


def copied(place: CuePlace, cue: str, layout: Layout) -> list[tuple[str, Value]]:
    """The writes that put a place into the cue at ``/deck/b/cue/2``."""
    width = layout.width(f"{cue}/class")
    classes = place.classes if place.classes.size else np.zeros(width)
    kinds: list[tuple[str, Value]] = [(f"{cue}/class", classes.copy())] if width else []
    return [(f"{cue}/z", place.z.copy()), *kinds, (f"{cue}/filled", True)]


def cue_key(
    deck: str, number: int, model: str, place: NDArray[np.float64], classes: NDArray[np.float64] | None = None
) -> str:
    """The name of a picture of this place: another place, other classes, or another model, is another picture."""
    told = hashlib.blake2b(np.ascontiguousarray(place, np.float64).tobytes(), digest_size=8)
    if classes is not None and classes.size:
        told.update(b"class" + np.ascontiguousarray(classes, np.float64).tobytes())
    told.update(model.encode())
    return f"cue {deck} {number} {told.hexdigest()}"


def place_writes(
    deck: str, place: NDArray[np.float64], directions: int = 0, classes: NDArray[np.float64] | None = None
) -> list[tuple[str, Value]]:
    """What shows exactly ``place`` (n,) alone: its deck heard alone, at rest, at its plain reach, nothing broken and no
    step along any of the model's ``directions``, which a cue's place has in it already; with its ``classes`` (K,), or
    those of the deck where it keeps none."""
    at = f"/deck/{deck}"
    steps: list[tuple[str, Value]] = [(f"{at}/dir", np.zeros(directions))] if directions else []
    kinds: list[tuple[str, Value]] = [] if classes is None or not classes.size else [(f"{at}/class", classes.copy())]
    return [
        (f"{at}/z", place.copy()),
        *steps,
        *kinds,
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
