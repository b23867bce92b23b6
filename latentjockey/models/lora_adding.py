"""A LoRA file, copied beside the parts of a diffusion model of the player's own. Waits for the disk: for the keeper and
the command line.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import replacing, safe_name
from latentjockey.models import library
from latentjockey.models.container import read_header
from latentjockey.models.diffusion_adding import is_diffusion_model
from latentjockey.models.diffusion_folder import DiffusionFolder, Part, read_folder
from latentjockey.models.header import BrokenError
from latentjockey.models.library import Entry
from latentjockey.models.lora_file import LORAS, MOST_LORAS, SUFFIX, LoraFile, layers_in, left_out, matched, read_lora

_CHUNK = 4 << 20
_WEIGHT = ".weight"


def add(path: Path, model: str, name: str = "") -> tuple[Path, str]:
    """A copy of the LoRA at ``path`` in the folder of the player's own diffusion model called ``model``, under its own
    name or ``name``, whole or not at all; and what of it will not be heard, in a sentence. Raises StageError, in one
    sentence, where it cannot be played, or nothing of it fits."""
    entry = library.get(model)
    if not takes_loras(entry) or entry.path is None:
        raise StageError(f"{entry.title} hears no LoRAs: only diffusion models of your own do.")
    folder, lora = entry.path, understood(path)
    held = read_folder(folder)
    fitting, left = matched(lora, network_shapes(folder, held), layers_in(_denoiser(held).config))
    if not fitting:
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
    return target, left_out(lora, fitting, left)


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
    ranks = sorted({branch.rank for branch in lora.branches.values()})
    rank = f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {ranks[0]} to {ranks[-1]}"
    texts = f", and of text encoders {lora.texts} layers that are not heard" if lora.texts else ""
    count = len(lora.branches)
    layers = f"{count} layers" if count > 1 else "1 layer"
    return f"{path.name} is a LoRA: {layers}, {rank}, licence {lora.licence}{texts}."


def network_shapes(folder: Path, held: DiffusionFolder) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of a model's denoiser, by the names of their layers. Raises ContainerError."""
    place = folder / _denoiser(held).folder
    shapes: dict[str, tuple[int, ...]] = {}
    for file in sorted(place.glob(f"*{SUFFIX}")):
        for name, info in read_header(file)[0].items():
            if name.endswith(_WEIGHT):
                shapes[name.removesuffix(_WEIGHT)] = info.shape
    return shapes


def _denoiser(held: DiffusionFolder) -> Part:
    return held.parts.get("unet") or held.parts.get("transformer") or held.parts[""]
