"""A diffusion model's folder, copied among the player's own models. Waits for the disk: for the keeper and the command
line.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import safe_name
from latentjockey.models import library
from latentjockey.models.diffusion_folder import is_diffusion, read_folder, state
from latentjockey.models.lora_file import LORAS
from latentjockey.models.own_files import is_own
from latentjockey.models.video_folder import read_video

_KEPT = (".json", ".safetensors", ".txt", ".md", ".model")
_ROOM = 64 << 20
"""Bytes that stay free on the disk."""


def is_diffusion_model(path: Path) -> bool:
    """Whether this is the folder of a diffusion model, and not of a generator that somebody wrote."""
    return is_diffusion(path) and not is_own(path)


def add(folder: Path, name: str = "") -> Path:
    """A copy of the diffusion model in ``folder`` in the player's own folder of models, whole or not at all, under its
    own name or ``name``; only of what is played, and no code. Raises StageError, in one sentence."""
    entry = library.read(folder)
    if entry.spec is None and not entry.renders:
        raise StageError(entry.trouble)
    called = safe_name(name or folder.absolute().name)
    target = library.own_folder() / called
    if target.exists() or library.slug(called) in {each.name for each in library.entries()}:
        raise StageError(f"A model is called {library.slug(called)} already; give this one another name with --name.")
    held = read_video(folder) if entry.renders else read_folder(folder)
    parts = {part.folder for part in held.parts.values()} | {"", LORAS}
    files = [
        (folder / file.part / file.name, Path(file.part) / file.name, file.bytes)
        for file in state(folder)
        if file.part in parts and file.name.lower().endswith(_KEPT)
    ]
    for name, part_ in held.parts.items():
        if part_.folder.startswith("../"):  # what lies beside it now lies in it then
            files += _of(folder / part_.folder, name)
    part = library.own_folder() / f".{secrets.token_hex(8)}.part"
    try:
        part.mkdir(parents=True)
        if shutil.disk_usage(part).free < sum(length for _, _, length in files) + _ROOM:
            raise StageError(f"The disk has no room for {folder.name}: it needs {entry.bytes >> 20} MiB.")
        for source, to, _ in files:
            (part / to).parent.mkdir(exist_ok=True)
            shutil.copyfile(source, part / to, follow_symlinks=False)
        os.replace(part, target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{folder.name} could not be copied to {target.parent}: {why}.") from error
    except StageError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return target


def _of(beside: Path, name: str) -> list[tuple[Path, Path, int]]:
    """The files of the part that lies in the folder ``beside``, where they go in the part ``name``, and their bytes."""
    return [
        (beside / file.name, Path(name) / file.name, file.bytes)
        for file in state(beside)
        if not file.part and file.name.lower().endswith(_KEPT)
    ]
