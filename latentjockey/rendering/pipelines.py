"""Video pipelines of diffusers, put together from a folder. The rendering process; nothing is ever fetched.

Which class loads a part stands in the list of :mod:`latentjockey.models.video_folder`, never in the folder alone, and
each part is loaded by itself: nothing in an index is ever followed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

# isort: off
from latentjockey.generators.diffusion.parts import DiffusionError, number_format  # says offline before all else
import diffusers
import transformers
# isort: on

from latentjockey.generators.diffusion.fitting import check_fit
from latentjockey.generators.style.playing import best_device
from latentjockey.models.container import ContainerError
from latentjockey.models.diffusion_folder import Part
from latentjockey.models.header import BrokenError
from latentjockey.models.video_folder import SCHEDULERS, TOKENIZERS, VideoFolder

_LONGEST = 300
_EXACT = ("AutoencoderKLWan",)
"""Decoders that need numbers of full length."""


def device_of(name: str) -> torch.device:
    """The device called ``name``, or the best there is. Raises DiffusionError."""
    try:
        return torch.device(name) if name else best_device()
    except RuntimeError as error:
        raise DiffusionError(f"There is no device {name[:40]!r}; leave it out for the best there is.") from error


def assembled(folder: Path, held: VideoFolder, device: torch.device, loading: Callable[[str], None]) -> Any:
    """The pipeline in ``folder``, on ``device``; ``loading`` hears of each part. Raises DiffusionError; lack of memory
    as it comes."""
    dtype = number_format(device)
    parts: dict[str, Any] = {}
    for name, part in held.parts.items():
        loading(name)
        parts[name] = _part(folder, part, device, dtype)
    parts |= {name: None for name in held.family.missing if name not in parts}
    pipeline = getattr(diffusers, held.pipeline)
    made = _asked(folder, held.pipeline, lambda: pipeline(**parts, **held.settings))
    made.set_progress_bar_config(disable=True)
    if device.type == "cuda" and hasattr(made.vae, "enable_tiling"):
        made.vae.enable_tiling()
    return made


def _part(folder: Path, part: Part, device: torch.device, dtype: torch.dtype) -> Any:
    place = str(folder / part.folder)
    if part.cls in SCHEDULERS:
        return _asked(folder, part.folder, lambda: getattr(diffusers, part.cls).from_config(dict(part.config)))
    if part.cls in TOKENIZERS:
        load = getattr(transformers, part.cls).from_pretrained
        return _asked(folder, part.folder, lambda: load(place, local_files_only=True))
    textual = part.cls in ("T5EncoderModel", "UMT5EncoderModel")
    cls = getattr(transformers if textual else diffusers, part.cls)

    def draw() -> Any:
        said = dict(part.config)
        return cls(cls.config_class.from_dict(said)) if textual else cls.from_config(said)

    exact = torch.float32 if part.cls in _EXACT else dtype
    how: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    how["dtype" if textual else "torch_dtype"] = exact
    if part.variant:
        how["variant"] = part.variant
    _asked(folder, part.folder, lambda: check_fit(part.folder, folder / part.folder, part.config, draw))
    made, told = _asked(folder, part.folder, lambda: cls.from_pretrained(place, **how))
    # The libraries draw weights that are missing by chance, and say so in a log: that would be a clip of noise.
    lacking = [*told.get("missing_keys", ()), *told.get("mismatched_keys", ())]
    if lacking or any(each.is_meta for each in made.parameters()):
        first = str(lacking[0])[:60] if lacking else "all"
        raise DiffusionError(
            f"{folder.name} cannot be rendered by: weights of its {part.folder} are missing, such as {first}."
        )
    return made.requires_grad_(False).eval().to(device)


def _asked(folder: Path, part: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MemoryError:
        raise
    except (BrokenError, ContainerError) as error:
        raise DiffusionError(f"{folder.name} cannot be rendered by: {str(error).rstrip('.')}.") from error
    except Exception as error:
        words = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        if "out of memory" in words:
            raise
        raise DiffusionError(
            f"{folder.name} cannot be rendered by: its {part} could not be loaded: {words}."
        ) from error
