"""The bytes of one pickle, from one place to the next, none taken that are not there. Pure."""

from __future__ import annotations

from latentjockey.models.reading.limits import Account, damaged

_LONGEST_LINE = 1 << 16
_COPIED = 1 << 12
"""Bytes up to which a text of bytes is copied; longer ones stay views of the file."""


class Tape:
    """``place`` is where the next byte is taken. Every method raises RefusedError where there are too few."""

    def __init__(self, data: memoryview, place: int, account: Account) -> None:
        self._data = data
        self._end = len(data)
        self._account = account
        self.place = place

    @property
    def left(self) -> int:
        """Bytes that were not taken."""
        return self._end - self.place

    def code(self) -> int:
        """One byte."""
        if self.place >= self._end:
            raise damaged("it ends in the middle")
        code = self._data[self.place]
        self.place += 1
        return code

    def take(self, count: int) -> memoryview:
        """``count`` bytes, as a view."""
        end = self.place + count
        if count < 0 or end > self._end:
            raise damaged("it ends in the middle")
        taken = self._data[self.place : end]
        self.place = end
        return taken

    def number(self, size: int) -> int:
        """An unsigned number of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little")

    def line(self, longest: int = _LONGEST_LINE) -> bytes:
        """What stands before the next end of a line, which is taken, too."""
        size = 128
        while True:
            seen = bytes(self._data[self.place : min(self.place + size, self._end)])
            length = seen.find(b"\n")
            if length >= 0:
                self.place += length + 1
                return seen[:length]
            if self.place + size >= self._end or size >= longest:
                raise damaged("a line does not end")
            size *= 8

    def text(self, size: int) -> str:
        """``size`` bytes of UTF-8."""
        if size > self._account.limits.text:
            raise damaged("a text is too long")
        taken = self.take(size)
        self._account.make(size)
        try:
            return str(taken, "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise damaged("a text is none") from error

    def raw(self, size: int) -> bytes | memoryview:
        """``size`` bytes; many of them as a view."""
        if size > self._account.limits.text:
            raise damaged("a text is too long")
        taken = self.take(size)
        return bytes(taken) if size <= _COPIED else taken

    def latin(self, size: int) -> str:
        """``size`` bytes of Latin-1."""
        if size > self._account.limits.text:
            raise damaged("a text is too long")
        self._account.make(size)
        return str(self.take(size), "latin-1")
