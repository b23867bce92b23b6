"""The frames of a clip, each had at once, the last ones from memory. Engine process, used from one thread.

Frames are a stranger's: what is no JPEG of the clip's size is left out, and the nearest whole frame stands for it.
"""

from __future__ import annotations

import io
import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.damage import DAMAGE
from latentjockey.models.clip_folder import FRAMES, READING, Clip, ClipError

Frame = NDArray[np.uint8]
"""(3, height, width); nobody writes to it."""
KEPT = 192 << 20
"""Bytes of decoded frames that are kept; two frames in any case."""
_OF_MEAN = 8


class Film:
    """The frames of ``clip``. The file stays open, so that it is this state of it that plays. Raises ClipError where
    none of the first frames is one."""

    def __init__(self, clip: Clip, kept: int = KEPT) -> None:
        self._clip = clip
        self._most = max(2, kept // (3 * clip.width * clip.height))
        self._frames: dict[int, Frame] = {}
        self._damaged: set[int] = set()
        self.decoded = 0
        """How many frames were decoded."""
        try:
            self._file: int | None = os.open(clip.folder / FRAMES, READING)
        except OSError as error:
            raise ClipError(
                f"{clip.folder.name} cannot be played: {(error.strerror or str(error)).lower()}."
            ) from error
        try:
            if os.fstat(self._file).st_size != clip.ends[-1]:
                raise ClipError(f"{clip.folder.name} was written to while it was loaded; choose it again.")
            self._mean = self._averaged()
        except BaseException:
            self.close()
            raise

    @property
    def mean(self) -> Frame:
        """The mean of frames from all of the clip."""
        return self._mean

    def frame(self, index: int) -> Frame:
        """Frame ``index``, 0 ≤ index < count; one that is damaged is the nearest that is whole."""
        found = self._had(index)
        if found is not None:
            return found
        for away in range(1, self._clip.count):
            for other in (index - away, index + away):
                if 0 <= other < self._clip.count and (found := self._had(other)) is not None:
                    return found
        return self._mean

    def close(self) -> None:
        """Let go of file and memory. Calling it again does nothing."""
        self._frames.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _had(self, index: int) -> Frame | None:
        if index in self._damaged:
            return None
        found = self._frames.pop(index, None)
        if found is None:
            found = self._decode(index)
            if found is None:
                self._damaged.add(index)
                return None
            while len(self._frames) >= self._most:
                del self._frames[next(iter(self._frames))]
        self._frames[index] = found
        return found

    def _decode(self, index: int) -> Frame | None:
        clip = self._clip
        begin = clip.ends[index - 1] if index else 0
        if self._file is None:
            return None
        self.decoded += 1
        try:
            data = _read(self._file, begin, clip.ends[index] - begin)
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                if image.size != (clip.width, clip.height):
                    return None
                made = np.ascontiguousarray(np.asarray(image.convert("RGB"), np.uint8).transpose(2, 0, 1))
        except (*DAMAGE, Image.DecompressionBombError, Image.DecompressionBombWarning):
            return None
        return made

    def _averaged(self) -> Frame:
        """Raises ClipError where there is nothing to average."""
        count = min(_OF_MEAN, self._clip.count)
        found = [self._had(self._clip.count * n // count) for n in range(count)]
        whole = [each for each in found if each is not None]
        if not whole:
            raise ClipError(f"{self._clip.folder.name} cannot be played: its frames are no JPEGs of its size.")
        total = np.zeros(whole[0].shape, np.float32)
        for each in whole:
            total += each
        mean: Frame = np.rint(total / len(whole)).astype(np.uint8)
        return mean


def _read(file: int, begin: int, length: int) -> bytes:
    """So many bytes of a file from ``begin`` on. Raises EOFError where there are fewer."""
    parts: list[bytes] = []
    while length:
        part = os.pread(file, length, begin) if hasattr(os, "pread") else _sought(file, begin, length)
        if not part:
            raise EOFError("the file was cut short")
        parts.append(part)
        begin, length = begin + len(part), length - len(part)
    return b"".join(parts)


def _sought(file: int, begin: int, length: int) -> bytes:
    """The same where the system cannot read at a place: one thread has the file."""
    os.lseek(file, begin, os.SEEK_SET)
    return os.read(file, length)
