"""Keeps what can be made again from growing without end: converted checkpoints, and what is remembered of models. For
the keeper: it waits for the disk.

What goes is what nothing is known to need any more, then what was used longest ago, until the rest fits. What was used
within the last hour stays whatever it takes, so that nothing is taken from another show, or from a process that is just
writing it. Two may prune at once. Only files are touched whose names are such as are given here; the rest is left.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from latentjockey.models import album, foreign

MOST_CONVERTED = 8_000_000_000
"""Bytes of converted checkpoints."""
MOST_PICTURES = 64_000_000
"""Bytes of small pictures and notes."""
GRACE_S = 3600.0
_KEPT_NOTES_S = 90 * 86_400.0
_TORN_S = 86_400.0

_CONVERTED = re.compile(r"([0-9a-f]{64})-[0-9a-f]{8}(-[0-9a-f]{12})?\.(json|safetensors)")
_SEEN = re.compile(r"[0-9a-f]{40}\.json")
_REMEMBERED = re.compile(r"([0-9a-f]{32})(-[0-9a-f]{16})?\.(json|jpg)")
_TORN = re.compile(r"\.[0-9a-f]{16}\.part")


@dataclass(frozen=True, slots=True)
class _Thing:
    """Files that go together: what they take (bytes), when they were last used, and whether anything needs them."""

    files: tuple[Path, ...]
    bytes: int
    used: float
    needed: bool


def prune(
    now: float, playing: Collection[Path] = (), most: int = MOST_CONVERTED, most_small: int = MOST_PICTURES
) -> int:
    """Prune both caches at ``now`` (seconds since 1970), and say how many bytes were freed. ``playing`` are the model
    files that must stay. Never raises: what cannot be removed is left."""
    freed = _shrink(_converted(), now, {path.name for path in playing}, most)
    freed += _shrink(_remembered(now), now, frozenset(), most_small)
    for path in _notes_of_nothing(now):
        freed += _gone(path)
    for folder in (foreign.folder(), foreign.folder() / foreign.SEEN, album.folder()):
        for path, found in _files(folder, _TORN):
            if now - found.st_mtime > _TORN_S:  # a process ended while it wrote
                freed += _gone(path)
    return freed


def _shrink(things: list[_Thing], now: float, kept: Collection[str], most: int) -> int:
    """Remove what is not needed, then the oldest, until the rest takes ``most`` bytes."""
    left, freed = sum(thing.bytes for thing in things), 0
    for thing in sorted(things, key=lambda thing: (thing.needed, thing.used)):
        if thing.needed and left <= most:
            break
        if now - thing.used < GRACE_S or any(path.name in kept for path in thing.files):
            continue
        freed += sum(_gone(path) for path in thing.files)
        left -= thing.bytes
    return freed


def _converted() -> list[_Thing]:
    """Converted checkpoints and notes of refusals; needed are those of files that are still there as they were."""
    seen = foreign.all_seen()
    standing = {each.sha256 for each in seen.values() if foreign.stands(each)}
    groups: dict[str, list[tuple[Path, str, int, float]]] = {}
    for path, found in _files(foreign.folder(), _CONVERTED):
        sha256 = path.name[:64]
        groups.setdefault(path.stem, []).append((path, sha256, found.st_size, found.st_mtime))
    return [_thing(group, group[0][1] in standing) for group in groups.values()]


def _notes_of_nothing(now: float) -> list[Path]:
    """Notes of what files had, which are gone, or that say nothing."""
    seen = foreign.all_seen()
    notes = _files(foreign.folder() / foreign.SEEN, _SEEN)
    gone = [path for path, _ in notes if path not in seen or not Path(seen[path].path).exists()]
    fresh = {path for path, found in notes if now - found.st_mtime < GRACE_S}
    return [path for path in gone if path not in fresh]


def _thing(group: list[tuple[Path, str, int, float]], needed: bool) -> _Thing:
    # notes first: a note without its model is no model, a model without its note is nothing
    paths = sorted((path for path, *_ in group), key=lambda path: path.suffix != ".json")
    return _Thing(tuple(paths), sum(size for *_, size, _ in group), max(used for *_, used in group), needed)


def _remembered(now: float) -> list[_Thing]:
    """Notes and pictures of models; needed are those of models that are there, or played not long ago."""
    groups: dict[str, list[tuple[Path, str, int, float]]] = {}
    for path, found in _files(album.folder(), _REMEMBERED):
        groups.setdefault(path.name[:32], []).append((path, path.name[:32], found.st_size, found.st_mtime))
    things = []
    for key, group in groups.items():
        note = album.read_note(album.folder() / f"{key}.json")
        there = note is not None and (not note.place or Path(note.place).exists())
        lately = note is not None and now - note.played < _KEPT_NOTES_S
        things.append(_thing(group, there or lately))
    return things


def _files(folder: Path, called: re.Pattern[str]) -> list[tuple[Path, os.stat_result]]:
    """The files in ``folder`` that are called so, links left out, with what the disk says of each."""
    found = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    for entry in entries:
        if called.fullmatch(entry.name):
            with contextlib.suppress(OSError):
                told = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(told.st_mode):
                    found.append((Path(entry.path), told))
    return found


def _gone(path: Path) -> int:
    """Remove a file; how many bytes that frees."""
    try:
        size = path.lstat().st_size
        path.unlink()
    except OSError:
        return 0
    return size
