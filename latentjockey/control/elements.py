"""Components of a VECTOR that have names, such as a model's classes: addresses by name, values carried by name. Pure.

A named component keeps its number (``/deck/a/class/3``); its name is another way to write it (``/deck/a/class/moth``).
Directions that have words are written so, too (``/deck/a/dir/hue``), but go by their numbers from model to model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_BETWEEN = re.compile(r"[^a-z0-9]+")
_NUMBERS = re.compile(r"[0-9]+\Z")

Names = tuple[str, ...]


def slug(name: str) -> str:
    """How an address writes a name: ``Eye mask`` is ``eye_mask``. Empty where nothing of it can be written."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return _BETWEEN.sub("_", plain).strip("_")


@lru_cache(maxsize=32)
def places(names: Names) -> Mapping[str, int]:
    """The component behind each written name. Of equal ones the first counts; what looks like a number is one."""
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        word = slug(name)
        if word and not _NUMBERS.match(word):
            found.setdefault(word, index)
    return found


@lru_cache(maxsize=32)
def _shared(given: Names, wanted: Names) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the names that both have stand in each, in the order of ``wanted``; of equal ones the first counts."""
    where: dict[str, int] = {}
    for index, name in enumerate(given):
        where.setdefault(name, index)
    pairs = [(where[name], index) for index, name in enumerate(wanted) if name in where]
    rows = np.array(pairs, np.intp).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def by_name(values: NDArray[np.float64], given: Names, wanted: Names) -> NDArray[np.float64] | None:
    """``values`` of the components ``given`` in the order of ``wanted``: float64 (len(wanted),), 0 for new names.

    ``None`` where there were values other than 0 and none of them has a place, or where they are not as many as names.
    """
    if len(values) != len(given):
        return None
    if given == wanted:
        return np.array(values, np.float64)
    here, there = _shared(given, wanted)
    carried = np.zeros(len(wanted))
    carried[there] = values[here]
    return carried if carried.any() or not np.any(values) else None


def homeless(values: NDArray[np.float64], given: Names, wanted: Names) -> Names:
    """The names among ``given`` that have a value other than 0 and are not among ``wanted``."""
    known = frozenset(wanted)
    return tuple(name for name, value in zip(given, values, strict=False) if value and name not in known)
