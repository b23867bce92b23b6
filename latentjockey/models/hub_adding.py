"""A model on a hub, fetched into the player's own folder. For the command line: it waits for network and disk.

Everything comes into a folder aside, whose name begins with a dot and which is never listed. Only what our readers then
take is moved to the models, whole; what they refuse is kept nowhere. An interrupted download stays aside, and the same
command goes on with it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import adding, hub, library
from latentjockey.models.card_text import bytes_text
from latentjockey.models.diffusion_folder import HUB, hub_note
from latentjockey.models.hub_files import HubError, HubFile, chosen, named

_ROOM = 64 << 20
"""Bytes that stay free on the disk."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What a person is told meanwhile: ``say`` a sentence, ``size`` of how many bytes all of it is, ``came`` how many
    more of them are there."""

    say: Callable[[str], None] = lambda sentence: None
    size: Callable[[int], None] = lambda count: None
    came: Callable[[int], None] = lambda count: None


def get(
    what: hub.Wanted, *, name: str = "", asked: Mapping[str, Any] | None = None, telling: Telling | None = None
) -> Path:
    """Where the model is then, under its repository's name or ``name``. ``asked`` is what a single file does not say
    itself. Raises StageError, in one sentence."""
    telling = telling or Telling()
    snapshot = hub.look(what)
    if what.file:
        files: tuple[HubFile, ...] = (named(snapshot.files, what.file, what.repository),)
        called = safe_name(name or Path(what.file).stem)
    else:
        if asked:
            raise HubError(f"What is to be said of {what.repository} stands in its README.md.")
        files = chosen(snapshot.files, what.repository)
        called = safe_name(name or what.repository.partition("/")[2])
    _free(called, snapshot)
    aside = library.own_folder() / f".hub-{safe_name(what.repository.replace('/', '--'))}-{snapshot.commit[:12]}.part"
    try:
        aside.mkdir(parents=True, exist_ok=True)
        folder = aside / called if not what.file else aside
        _room(files, folder, snapshot, telling)
    except OSError as error:
        raise HubError(f"{aside.parent} cannot be written to: {(error.strerror or str(error)).lower()}.") from error
    for file in files:
        to = folder / (file.path if not what.file else Path(file.path).name)
        if _here(to, file):
            continue
        hub.fetch(snapshot, file, to, telling.came)
    try:
        return (
            _file_moved(folder / Path(what.file).name, called, snapshot, asked)
            if what.file
            else _moved(folder, called, snapshot)
        )
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _room(files: tuple[HubFile, ...], folder: Path, snapshot: hub.Snapshot, telling: Telling) -> None:
    """Say how much will come. Raises HubError where the disk has no room for it."""
    size = sum(file.bytes for file in files)
    have = sum(_had(folder / file.path, file) for file in files)
    free = shutil.disk_usage(folder.parent).free
    if free < size - have + _ROOM:
        raise HubError(
            f"The disk has no room for {snapshot.repository}: it needs {bytes_text(size - have)}, and "
            f"{bytes_text(max(0, free - _ROOM))} are free."
        )
    already = f", of which {bytes_text(have)} are here from before" if have else ""
    count = f"{len(files)} files" if len(files) != 1 else "one file"
    licence = snapshot.licence or "not said"
    telling.say(
        f"{snapshot.repository} at {snapshot.commit[:12]}: {count}, {bytes_text(size)}{already}; licence {licence}."
    )
    telling.size(size)
    telling.came(have)


def _here(path: Path, file: HubFile) -> bool:
    return path.is_file() and path.stat().st_size == file.bytes


def _had(path: Path, file: HubFile) -> int:
    for each in (path, path.with_name(path.name + hub.PARTIAL)):
        if each.is_file():
            return min(file.bytes, each.stat().st_size)
    return 0


def _free(called: str, snapshot: hub.Snapshot) -> None:
    """Raises HubError where a model has this name."""
    target = library.own_folder() / called
    note = hub_note(target)
    if note and snapshot.commit in note and snapshot.repository in note:
        raise HubError(f"{library.slug(called)} is that very revision of {snapshot.repository} already.")
    if target.exists() or library.slug(called) in {each.name for each in library.entries()}:
        raise HubError(f"A model is called {library.slug(called)} already; give this one another name with --name.")


def _moved(folder: Path, called: str, snapshot: hub.Snapshot) -> Path:
    """The folder among the models, where our readers take it. Raises StageError, in one sentence."""
    target = library.own_folder() / called
    hidden = target.with_name(f".{called}")  # among the models, as what lies beside a model may be a part of it
    try:
        words = {"repository": snapshot.repository, "revision": snapshot.commit}
        (folder / HUB).write_text(json.dumps(words), encoding="utf-8")
        shutil.rmtree(hidden, ignore_errors=True)
        os.replace(folder, hidden)
        entry = library.read(hidden)
        if entry.spec is None and not entry.renders:
            raise StageError(entry.trouble.replace(hidden.name, called))
        os.replace(hidden, target)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise HubError(f"{called} could not be moved to {target.parent}: {why}.") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return target


def _file_moved(path: Path, called: str, snapshot: hub.Snapshot, asked: Mapping[str, Any] | None) -> Path:
    """A single file of weights, added as any other is. Raises StageError, in one sentence."""
    note = f"From {snapshot.repository} on the hub, revision {snapshot.commit}."
    return adding.add(path, adding.Notes(called, snapshot.licence, note=note), asked)
