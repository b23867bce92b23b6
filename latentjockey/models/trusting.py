"""``models trust``: what a player is about to trust, in words, and generators of one's own copied into place.

For the command line: it waits for the disk. Nothing of a generator is run.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import library
from latentjockey.models.card_text import bytes_text
from latentjockey.models.header import BrokenError
from latentjockey.models.own_files import WORDS, Fingerprint, files_in, is_own, text_of
from latentjockey.models.own_spec import own_spec


def folder_of(called: str) -> Path:
    """The folder of the generator that is ``called`` so in the library, or lies there. Raises StageError."""
    path = Path(called)
    if is_own(path):
        return path.absolute()
    wanted = library.slug(called)
    for entry in library.entries():
        if entry.name == wanted and entry.family == library.OWN_CODE and entry.path is not None:
            return entry.path
    raise StageError(
        f"There is no generator {called[:60]!r}: it is the name of a folder with generator.py and model.json in "
        f"{library.own_folder()}, or that folder."
    )


def told(folder: Path, seen: Fingerprint) -> str:
    """What is to be trusted: each file with its SHA-256, the shape and the card, in lines. Raises StageError."""
    try:
        spec, title = own_spec(library.slug(folder.name), text_of(folder, WORDS))
    except BrokenError as error:
        raise StageError(f"{folder.name} cannot be played: {error}.") from error
    card = spec.card
    width = max(len(name) for name, _, _ in seen.files)
    return "\n".join(
        (
            f"{title}, in {folder}",
            *(f"  {name:{width}}  {bytes_text(length):>8}  {sha256}" for name, length, sha256 in seen.files),
            f"  fingerprint {seen.sha256}",
            f"  z {spec.z_dim}, {spec.num_ws} layers of {spec.w_dim}, {len(spec.classes)} classes, "
            f"{len(spec.controls)} controls, {spec.size[0]} × {spec.size[1]} px",
            f"  author {card.author}, licence {card.licence}, data {card.data}, consent {card.consent}",
            "Its code runs in the engine's process and may do there whatever you may. Trust what you have read.",
        )
    )


def add(folder: Path) -> Path:
    """A copy of the generator in ``folder`` in the player's own folder of models, whole or not at all; nobody trusts it
    there yet. Raises StageError, in one sentence."""
    entry = library.read(folder)
    if entry.trouble and not entry.untrusted:
        raise StageError(entry.trouble)
    name = safe_name(folder.absolute().name)
    target = library.own_folder() / name
    if target.exists() or library.slug(name) in {each.name for each in library.entries()}:
        raise StageError(f"A model is called {library.slug(name)} already; give the folder another name.")
    part = library.own_folder() / f".{secrets.token_hex(8)}.part"
    try:
        part.mkdir(parents=True)
        for file in files_in(folder):
            shutil.copyfile(folder / file.name, part / file.name, follow_symlinks=False)
        os.replace(part, target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{folder.name} could not be copied to {target.parent}: {why}.") from error
    return target
