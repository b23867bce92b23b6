"""Reading pictures one by one where some cannot be read: those are named once, and others stand in. Any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.data.dataset import DataError
from latentjockey.data.pictures import PictureError

_MOST_TRIES = 256


class Shelf:
    """Pictures (3, size, size) by number, of which the first ones that fit ``room`` bytes are kept in memory.

    First come, first kept: learners go through everything in turn, where keeping the latest would keep nothing.
    """

    def __init__(
        self,
        fetch: Callable[[int], NDArray[np.uint8]],
        name_of: Callable[[int], str],
        labels: NDArray[np.int16],
        source_of: NDArray[np.int16],
        size: int,
        room: int,
    ) -> None:
        self._fetch = fetch
        self._name_of = name_of
        self._groups = source_of.astype(np.int64) << 16 | labels
        self._source_of = source_of
        self._size = size
        self._kept: dict[int, NDArray[np.uint8]] = {}
        self._most = room // (3 * size * size)
        self._bad: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def skipped(self) -> tuple[str, ...]:
        """A sentence for each picture that could not be read so far, in the order they were met."""
        with self._lock:
            return tuple(self._bad.values())

    def read(self, indices: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """The pictures at ``indices`` (m,) as (m, 3, size, size). Raises DataError, IndexError."""
        out = np.empty((len(indices), 3, self._size, self._size), np.uint8)
        for place, index in enumerate(np.asarray(indices).tolist()):
            if not 0 <= index < len(self._groups):
                raise IndexError(f"picture {index} of {len(self._groups)}")
            out[place] = self._picture(index)
        return out

    def _picture(self, index: int) -> NDArray[np.uint8]:
        picture = self._try(index)
        if picture is not None:
            return picture
        alike = np.flatnonzero(self._groups == self._groups[index])
        akin = np.flatnonzero(self._source_of == self._source_of[index])
        tries = 0
        for others in (alike, akin):
            # The next ones in turn, so that the same picture always has the same stand-in.
            for other in np.roll(others, -int(np.searchsorted(others, index))).tolist():
                tries += other not in self._bad
                if tries > _MOST_TRIES:
                    break
                picture = self._try(other)
                if picture is not None:
                    return picture
        raise DataError(f"{self._bad[index]} Nor can others of its source: the data set is damaged; prepare it anew.")

    def _try(self, index: int) -> NDArray[np.uint8] | None:
        kept = self._kept.get(index)
        if kept is not None or index in self._bad:
            return kept
        try:
            picture = self._fetch(index)
        except PictureError as error:
            with self._lock:
                self._bad[index] = f"{self._name_of(index) or f'Picture {index}'} {error}."
            return None
        with self._lock:
            if len(self._kept) < self._most:
                self._kept[index] = picture
        return picture
