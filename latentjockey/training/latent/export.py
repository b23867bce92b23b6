"""Writing a latent diffusion as a folder in the layout of diffusers, with a card. One thread."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.paths import write_atomic
from latentjockey.models.card import ModelCard, Source, card_to_data
from latentjockey.models.container import write as write_container
from latentjockey.models.diffusion_folder import CONFIG, INDEX, OWN_WORDS, README, SCHEDULER_CONFIG
from latentjockey.training.checkpoint import no_room
from latentjockey.training.export import card
from latentjockey.training.latent.learner import LatentLearner
from latentjockey.training.latent.networks import SCHEDULER
from latentjockey.training.latent.phases import Phase
from latentjockey.training.latent.sheet import played
from latentjockey.training.schedule import Spent

_WEIGHTS = "diffusion_pytorch_model.safetensors"
_DIFFUSERS = "0.30.0"


def folder_of(model: Path) -> Path:
    """The folder of the diffusion model where a style network would be the file ``model``."""
    return model.with_suffix("")


def write(
    folder: Path,
    learner: LatentLearner,
    classes: Sequence[str],
    phase: Phase,
    sources: Sequence[Source],
    spent: Spent,
    where: str,
    endless: bool,
) -> None:
    """Write the averaged networks as a folder that plays: file by file, each whole, the index last.

    Raises DiskFullError, OSError.
    """
    plan = learner.plan
    steps, cfg = played(phase, plan.guidance)
    made = _card(card(plan, sources, spent, where, endless), phase, plan.adversarial > 0.0)
    parts = {"transformer": learner.averaged_denoiser, "vae": learner.averaged_autoencoder}
    with no_room(folder.parent):
        for name, net in parts.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            config = {k: v for k, v in net.config.items() if not k.startswith("_") and k != "block_out_channels"}
            if name == "vae":
                config["scaling_factor"] = 1.0 / learner.spread
            called = {"_class_name": type(net).__name__, "_diffusers_version": _DIFFUSERS}
            _json(folder / name / CONFIG, called | config)
            arrays = _arrays(net)
            write_container(folder / name / _WEIGHTS, arrays, {"format": "pt"}, bf16=arrays)
        (folder / "scheduler").mkdir(exist_ok=True)
        called = {"_class_name": "DDIMScheduler", "_diffusers_version": _DIFFUSERS}
        _json(folder / "scheduler" / SCHEDULER_CONFIG, called | SCHEDULER)
        write_atomic(folder / README, _readme(made, steps, cfg).encode())
        _json(
            folder / INDEX,
            {
                "_class_name": "DiTPipeline",
                "_diffusers_version": _DIFFUSERS,
                OWN_WORDS: {"steps": steps, "cfg": cfg, "card": card_to_data(made)},
                "id2label": {str(k): name for k, name in enumerate(classes)},
                "scheduler": ["diffusers", "DDIMScheduler"],
                "transformer": ["diffusers", "DiTTransformer2DModel"],
                "vae": ["diffusers", "AutoencoderTiny"],
            },
        )


def _card(made: ModelCard, phase: Phase, judged: bool) -> ModelCard:
    """The card with how this kind of model was trained, a critic having ``judged`` or not."""
    critic = ", beside a critic at last" if judged else ""
    how = made.training.replace(
        "encoded and decoded first, then also judged by a critic",
        f"an autoencoder first{critic}; then a transformer that takes noise out of its latents",
    )
    if phase.steps:
        how += f", taught at last to do it in {phase.steps} steps"
    return replace(made, training=how)


def _readme(made: ModelCard, steps: int, cfg: float) -> str:
    """What a person reads first, and what other programs read of it."""
    sources = "\n".join(
        f"| {_cell(s.name)} | {_cell(s.author)} | {_cell(s.licence)} | {_cell(s.consent)} |" for s in made.sources
    )
    return f"""---
license: {_line(made.licence)}
author: {_line(made.author)}
datasets: {_line(made.data)}
library_name: diffusers
---

# {_line(made.name)}

A class-conditional latent diffusion: noise becomes a picture in {steps} steps, with CFG {cfg:g}.

{_line(made.training)}.

| learned from | by | licence | consent |
|---|---|---|---|
{sources}

{_line(made.note)}
"""


def _arrays(net: Any) -> dict[str, NDArray[np.float32]]:
    return {name: value.detach().float().cpu().contiguous().numpy() for name, value in net.state_dict().items()}


def _json(path: Path, words: Mapping[str, Any]) -> None:
    write_atomic(path, (json.dumps(words, ensure_ascii=False, indent=2) + "\n").encode())


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "/")
