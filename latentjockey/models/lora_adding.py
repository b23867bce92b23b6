"""A LoRA file, copied beside the parts of a diffusion model of the player's own. Waits for the disk: for the keeper and
the command line.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing, safe_name
from latentjockey.models import library
from latentjockey.models.diffusion_adding import is_diffusion_model
from latentjockey.models.diffusion_folder import read_folder
from latentjockey.models.header import BrokenError
from latentjockey.models.library import Entry
from latentjockey.models.lora_beside import fit_beside
from latentjockey.models.lora_file import LORAS, MOST_LORAS, SUFFIX, LoraFile, is_lora, read_lora

_CHUNK = 4 << 20


def add(path: Path, model: str, name: str = "") -> tuple[Path, str]:
    """A copy of the LoRA at ``path`` in the folder of the player's own diffusion model called ``model``, under its own
    name or ``name``, whole or not at all; and what of it will not be heard, in a sentence. Raises StageError, in one
    sentence, where it cannot be played, or nothing of it fits."""
    entry, folder = _listening(model)
    held = read_folder(folder)
    fit = fit_beside(folder, held, understood(path))
    if not fit.heard:
        raise StageError(
            f"{path.name} does not fit {entry.title}: none of the layers that it turns is one of that model."
        )
    target = folder / LORAS / f"{safe_name(name or path.stem)}{SUFFIX}"
    if target.exists():
        raise StageError(f"{entry.title} has a LoRA called {target.stem} already; give this one another name.")
    if len(held.loras) >= MOST_LORAS:
        raise StageError(f"{entry.title} has {MOST_LORAS} LoRAs, which is the most; move one out of {target.parent}.")
    try:
        target.parent.mkdir(exist_ok=True)
        with path.open("rb") as source, replacing(target) as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StageError(f"{path.name} could not be copied to {target.parent}: {why}.") from error
    return target, fit.told(entry.title)


def checked(path: Path, model: str) -> str:
    """What the LoRA at ``path`` is, and what of it is heard with the model called so, a line each. Raises StageError
    where it cannot be played, or that model hears none."""
    if not is_lora(path):
        raise StageError(
            f"{path.name} is no LoRA, and only those are heard with another model: check it without --for."
        )
    entry, folder = _listening(model)
    told = fit_beside(folder, read_folder(folder), understood(path)).told(entry.title)
    return f"{described(path)}\n{told or f'All of it is heard with {entry.title}.'}"


def _listening(model: str) -> tuple[Entry, Path]:
    """The player's own diffusion model of this name, and its folder. Raises StageError."""
    entry = library.get(model)
    if not takes_loras(entry) or entry.path is None:
        raise StageError(f"{entry.title} hears no LoRAs: only diffusion models of your own do.")
    return entry, entry.path


def takes_loras(entry: Entry) -> bool:
    """Whether a LoRA may be put beside this model."""
    if entry.origin != library.OWN or entry.spec is None or entry.path is None:
        return False
    return is_diffusion_model(entry.path) and bool(entry.spec.noise)


def understood(path: Path) -> LoraFile:
    """The LoRA at ``path``. Raises StageError, in one sentence, where it cannot be played."""
    try:
        return read_lora(path)
    except BrokenError as error:
        raise StageError(f"{path.name} cannot be played: {error}.") from error


def described(path: Path) -> str:
    """What the LoRA at ``path`` is, in one sentence. Raises StageError where it cannot be played."""
    lora = understood(path)
    texts = sum(map(len, lora.texts))
    of_texts = f"{texts} of text encoders" if texts else ""
    of_network = _layers(len(lora.branches)) if lora.branches or not texts else ""
    ranks = sorted({branch.rank for part in (lora.branches, *lora.texts) for branch in part.values()})
    rank = f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {ranks[0]} to {ranks[-1]}"
    layers = " and ".join(filter(None, (of_network, of_texts))) if of_network else f"{_layers(texts)} of text encoders"
    return f"{path.name} is a LoRA: {layers}, {rank}, licence {lora.licence}."


def _layers(count: int) -> str:
    return f"{count} layers" if count > 1 else "1 layer"
