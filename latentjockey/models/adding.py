"""``models check`` and ``models add``: what a file is, read as loading would, and a copy of it in the player's folder.

For the command line: it waits for the child that reads, and for the disk.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing, safe_name
from latentjockey.models import (
    clip_adding,
    container,
    diffusion_adding,
    foreign,
    library,
    lora_adding,
    trusting,
)
from latentjockey.models.beside import told_beside, weights_of
from latentjockey.models.card import CONSENTS, ModelCard, card_to_data
from latentjockey.models.card_text import bytes_text, facts
from latentjockey.models.clip_adding import is_a_clip
from latentjockey.models.diffusion_adding import is_diffusion_model
from latentjockey.models.header import KEY
from latentjockey.models.library import Entry
from latentjockey.models.lora_file import is_lora
from latentjockey.models.own_files import is_own

_CHUNK = 4 << 20
_LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Notes:
    """What a person says of a model, empty where nothing is said: its name, the licence of its weights, and what the
    makers of the pictures said, one of :data:`~latentjockey.models.card.CONSENTS`. ``note`` goes below what is noted
    already."""

    name: str = ""
    licence: str = ""
    consent: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.licence or self.consent or self.note)

    def on(self, card: ModelCard) -> ModelCard:
        """``card`` with what was said."""
        said = {key: value for key in ("name", "licence", "consent") if (value := getattr(self, key)[:_LONGEST_NOTE])}
        note = " ".join(filter(None, (card.note, self.note[:_LONGEST_NOTE])))
        return replace(card, **said, note=note)


def check(path: Path, asked: Mapping[str, Any] | None = None) -> str:
    """What the file at ``path`` is, in one sentence. Raises StageError, in one sentence, where it cannot be used."""
    if is_own(path):
        return _check_own(path)
    if is_a_clip(path):
        return _check_clip(path)
    if is_diffusion_model(path):
        return _check_diffusion(path)
    if is_lora(path):
        return lora_adding.described(path)
    path = _there(path)
    entry = _ours(path)
    if entry is not None:
        return f"{path.name} is a model of latentjockey: {entry.title}, {_told(entry)}."
    outcome = foreign.examine(path, {**told_beside(path), **(asked or {})})
    made = library.read(foreign.folder() / outcome.model)
    if made.spec is None:
        raise StageError(made.trouble)
    article = "an" if outcome.family[:1] in "AEIO" else "a"
    size = bytes_text(path.stat().st_size)
    return f"{path.name} is {article} {outcome.family} ({outcome.form}, {size}): {_told(made)}."


def add(path: Path, notes: Notes, asked: Mapping[str, Any] | None = None) -> Path:
    """Put the model that the file at ``path`` holds into the player's own folder, with ``notes`` on its card; where it
    is then. Raises StageError, in one sentence, where it cannot be used, or the disk has no room."""
    if notes.consent and notes.consent not in CONSENTS:
        raise StageError(f"A consent is one of {', '.join(CONSENTS)}, not {notes.consent[:40]!r}.")
    if is_own(path):
        if notes or asked:
            raise StageError(f"What is to be said of {path.name} stands in its model.json; write it there.")
        return trusting.add(path)
    if is_a_clip(path):
        if asked or notes.licence or notes.consent:
            raise StageError(f"What is to be said of {path.name} stands in its clip.json; write it there.")
        return clip_adding.add(path, notes.name)
    if is_diffusion_model(path):
        if asked or notes.licence or notes.consent:
            raise StageError(f"What is to be said of {path.name} stands in its README.md; write it there.")
        return diffusion_adding.add(path, notes.name)
    if is_lora(path):
        raise StageError(f"{path.name} is a LoRA, which is heard beside a model: say which with --for NAME.")
    called = notes.name or path.stem  # of a folder's model the folder's name, not that of the file in it
    path = _there(path)
    made = path if _ours(path) is not None else foreign.convert(path, {**told_beside(path), **(asked or {})})
    target = _free(safe_name(called))
    try:
        if notes:
            copy_with(made, target, notes.on(library.read(made).card), notes.name)
        else:
            with made.open("rb") as source, replacing(target) as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{path.name} could not be copied to {target.parent}: {why}.") from error
    entry = library.read(target)
    if entry.spec is None:
        target.unlink(missing_ok=True)
        raise StageError(entry.trouble)
    return target


def _check_own(folder: Path) -> str:
    """What the generator in ``folder`` is. Raises StageError where it cannot be played, or is not trusted."""
    entry = library.read(folder)
    if entry.spec is None:
        raise StageError(entry.trouble)
    return f"{folder.name} is a generator with code of its own, which you trust: {entry.title}, {_told(entry)}."


def _check_clip(folder: Path) -> str:
    """What the clip in ``folder`` is. Raises StageError where it cannot be played."""
    entry = library.read(folder)
    if entry.spec is None:
        raise StageError(entry.trouble)
    return f"{folder.name} is a clip: {entry.title}, {_told(entry)}."


def _check_diffusion(folder: Path) -> str:
    """What the diffusion model in ``folder`` is. Raises StageError where it cannot be played."""
    entry = library.read(folder)
    if entry.renders:
        return f"{folder.name} is a video model ({entry.family}), which renders clips."
    if entry.spec is None:
        raise StageError(entry.trouble)
    told = f"{folder.name} is a diffusion model ({entry.family}): {_told(entry)}."
    return " ".join((told, *entry.spec.unheard))


def asked_for(said: Sequence[str]) -> dict[str, Any]:
    """``KEY=VALUE`` as a table; a value that is JSON is what it says, any other a text. Raises StageError."""
    asked: dict[str, Any] = {}
    for each in said:
        key, equals, value = each.partition("=")
        if not key or not equals:
            raise StageError(f"Write KEY=VALUE, such as classes=8, not {each[:60]!r}.")
        try:
            asked[key.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            asked[key.strip()] = value
    return asked


def _there(path: Path) -> Path:
    """The file of weights at ``path``, or in it where it is a folder. Raises StageError where there is none."""
    path = weights_of(path)
    if not path.is_file():
        raise StageError(f"There is no file {path}.")
    return path


def _ours(path: Path) -> Entry | None:
    """The model in a file of ours, ``None`` for a file of another program. Raises StageError where ours is broken."""
    entry = library.read(path)
    if entry.unread or entry.source is not None or foreign.known(path) is not None:
        return None
    if entry.trouble:
        raise StageError(entry.trouble)
    return entry


def _told(entry: Entry) -> str:
    return ", ".join(part for part in facts(entry) if part != entry.origin)


def copy_with(made: Path, target: Path, card: ModelCard, name: str = "", more: Mapping[str, Any] | None = None) -> None:
    """A copy of the model at ``made`` with another card, called ``name`` where one is given, and with ``more`` fields
    in its header. The tensors stay as they are. Raises ContainerError, and OSError as the disk does."""
    tensors, metadata = container.read_header(made)
    header = {**(more or {}), **json.loads(metadata[KEY])}
    header["card"] = card_to_data(card)
    header["name"] = name[:_LONGEST_NOTE] or header.get("name", "")
    ordered = sorted(tensors.items(), key=lambda item: item[1].start)
    shapes = {name: (info.dtype, info.shape) for name, info in ordered}
    with made.open("rb") as source, replacing(target) as copy:
        copy.write(container.header(shapes, {**metadata, KEY: json.dumps(header, ensure_ascii=False)}))
        for _, info in ordered:
            source.seek(info.start)
            left = info.end - info.start
            while left:
                piece = source.read(min(left, _CHUNK))
                if not piece:
                    raise OSError(f"{made.name} was cut short")
                copy.write(piece)
                left -= len(piece)


def _free(stem: str) -> Path:
    """A place in the player's folder whose name nobody has. Raises StageError."""
    taken = {entry.name for entry in library.entries()}
    target = library.own_folder() / f"{stem}{library.SUFFIX}"
    if library.slug(stem) in taken or target.exists():
        raise StageError(f"A model is called {library.slug(stem)} already; give this one another name with --name.")
    return target
