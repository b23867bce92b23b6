"""Tar archives, as far as a checkpoint may lie in one. Pure.

Names in it are only compared, and never become paths; links, devices and sparse files are passed over unread.
"""

from __future__ import annotations

import re

from latentjockey.models.reading.limits import Account, damaged

_BLOCK = 512
_OCTAL = re.compile(rb"[ \0]*([0-7]{1,12})[ \0]*\Z")
_FILES = (b"0", b"\0", b"7")


def is_tar(data: memoryview) -> bool:
    """Whether the first heading is one of a tar archive, by its checksum."""
    if len(data) < 2 * _BLOCK:
        return False
    heading = bytes(data[:_BLOCK])
    return _sum_is_right(heading) and heading[0] != 0


def files(data: memoryview, account: Account) -> dict[str, memoryview]:
    """The plain files of the archive by name, the last of each name. Raises RefusedError where it is damaged."""
    found: dict[str, memoryview] = {}
    at = 0
    while at + _BLOCK <= len(data):
        account.operate()
        heading = bytes(data[at : at + _BLOCK])
        if not any(heading):
            break
        if not _sum_is_right(heading):
            raise damaged("a heading in it is wrong")
        size = _octal(heading[124:136])
        begin, end = at + _BLOCK, at + _BLOCK + size
        if end > len(data):
            raise damaged("it ends in the middle")
        if heading[156:157] in _FILES:
            if len(found) >= account.limits.entries:
                raise damaged("it has too many files")
            found[str(heading[:100].split(b"\0")[0], "utf-8", "replace")] = data[begin:end]
        at = begin + (size + _BLOCK - 1) // _BLOCK * _BLOCK
    return found


def _sum_is_right(heading: bytes) -> bool:
    match = _OCTAL.match(heading[148:156])
    return match is not None and int(match[1], 8) == sum(heading[:148]) + 8 * 32 + sum(heading[156:])


def _octal(field: bytes) -> int:
    match = _OCTAL.match(field)
    if match is None:
        raise damaged("a size in it is none")
    return int(match[1], 8)
