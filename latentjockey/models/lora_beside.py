"""How LoRA files in the folder of a diffusion model fit it, by the headers of weights. Any thread; waits for disks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.models.container import read_header
from latentjockey.models.diffusion_folder import DiffusionFolder
from latentjockey.models.lora_file import SUFFIX, LoraFile
from latentjockey.models.lora_fit import Fit, Shapes, fit_of, layers_in

ENCODERS = ("text_encoder", "text_encoder_2")
_WEIGHT = ".weight"


def partly_heard(folder: Path, held: DiffusionFolder) -> tuple[str, ...]:
    """A sentence for each LoRA beside the model ``held`` in ``folder`` of which not all is heard."""
    try:
        return tuple(filter(None, (fit_beside(folder, held, lora).told(folder.name) for lora in held.loras)))
    except StageError:
        return ()  # what is wrong with the weights is said where they are loaded


def fit_beside(folder: Path, held: DiffusionFolder, lora: LoraFile) -> Fit:
    """What of ``lora`` the model ``held`` in ``folder`` hears. Raises ContainerError."""
    denoiser = held.parts.get("unet") or held.parts.get("transformer") or held.parts[""]
    encoders = [_shapes(folder / held.parts[name].folder, held.stamp) for name in ENCODERS if name in held.parts]
    return fit_of(lora, _shapes(folder / denoiser.folder, held.stamp), layers_in(denoiser.config), encoders)


@lru_cache(maxsize=16)
def _shapes(place: Path, state: object) -> Shapes:
    """The shapes of the weights in a folder, by the names of their layers, in one ``state`` of it. Raises
    ContainerError."""
    shapes: dict[str, tuple[int, ...]] = {}
    for file in sorted(place.glob(f"*{SUFFIX}")):
        for name, info in read_header(file)[0].items():
            if name.endswith(_WEIGHT):
                shapes[name.removesuffix(_WEIGHT)] = info.shape
    return shapes
