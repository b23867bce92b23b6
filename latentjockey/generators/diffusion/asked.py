"""What a hand asks of a diffusion model at one moment, as data. Engine process, one thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from latentjockey.control.prompts import NEGATIVE, PROMPTS, prompt_address
from latentjockey.generators.break_values import Breaks
from latentjockey.generators.diffusion.networks import Wanted
from latentjockey.generators.protocol import Moment
from latentjockey.models.diffusion_blocks import block_address
from latentjockey.models.diffusion_spec import (
    ANCESTRAL,
    BLEND,
    CFG,
    DECODER,
    END,
    ETA,
    EULER,
    GRAIN,
    LATENT_CONSISTENCY,
    MOST_STEPS,
    SAMPLER,
    START,
    STEPS,
    TEXT,
    WORDS,
    DiffusionShape,
)
from latentjockey.models.diffusion_structure import LINES, WEIGHT
from latentjockey.models.lora_file import lora_address

LIMIT = 1e6
"""Numbers of controls and weights reach so far; beyond, float32 sums would not stay finite."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a picture depends on, but for its size and how it is driven. ``position`` are the float32 bands of its
    noise (3, band); ``begins`` is the key of the picture that it begins with, and its strength."""

    position: bytes
    grain: int
    steps: int
    eta: float
    start: float
    end: float
    decoder: int
    wanted: Wanted
    begins: tuple[object, float] | None = None
    sampler: int = 0


def asked_of(shape: DiffusionShape, moment: Moment, most_steps: int = 0) -> Asked:
    """What is asked for at ``moment``, in no more than ``most_steps`` where that is a number above 0."""
    steps = int(max(1.0, min(float(MOST_STEPS), number_of(moment, STEPS, shape.steps))))
    sampler = int(number_of(moment, SAMPLER, 0.0))
    own = float(shape.jumps or shape.ancestral)
    return Asked(
        position=np.ascontiguousarray(moment.layers[:, : shape.band]).tobytes(),
        grain=int(number_of(moment, GRAIN, 0.0)),
        steps=min(steps, most_steps) if most_steps > 0 else steps,
        eta=eta_of(sampler, number_of(moment, ETA, own), own),
        start=number_of(moment, START, 1.0),
        end=number_of(moment, END, 0.0),
        decoder=int(number_of(moment, DECODER, 0.0)),
        wanted=wanted_of(shape, moment),
        begins=None if moment.begins is None else (moment.begins.key, moment.begins.strength),
        sampler=sampler,
    )


def eta_of(sampler: int, eta: float, own: float) -> float:
    """What is drawn anew by ``sampler`` at ``eta``, of a model whose own eta is ``own``: where the knob stands at that,
    as much as the sampler is known for, and from there on as much more or less."""
    usual = {EULER: 0.0, ANCESTRAL: 1.0, LATENT_CONSISTENCY: 1.0}
    return eta - own + usual[sampler] if sampler in usual else eta


def wanted_of(shape: DiffusionShape, moment: Moment) -> Wanted:
    """What the picture shall be at this moment: of bands that disagree, the mean of their weights."""
    weights = np.clip(moment.layers[:, shape.band :].mean(0, dtype=np.float64), -LIMIT, LIMIT)
    cfg = number_of(moment, CFG, shape.cfg)
    loras = tuple(number_of(moment, lora_address(index), 0.0) for index in range(len(shape.loras)))
    gains = tuple(number_of(moment, block_address(name), 1.0) for name in shape.blocks)
    breaks = breaks_of(moment) if shape.blocks else None
    at = moment.time if breaks is not None and breaks.moving else 0.0
    if shape.family != TEXT:
        return Wanted(tuple(weights.tolist()), cfg, loras=loras, gains=gains, breaks=breaks, at=at)
    said = moment.words
    texts = tuple(said.get(prompt_address(index), WORDS[index]) for index in range(PROMPTS))
    structure = number_of(moment, WEIGHT, 1.0) if shape.structure and moment.begins is not None else 0.0
    lines = bool(number_of(moment, LINES, 0.0)) and structure != 0.0
    arc = bool(number_of(moment, BLEND, 0.0))
    negative = said.get(NEGATIVE, "")
    return Wanted(
        tuple(weights.tolist()), cfg, texts, negative, structure, lines, loras, gains, breaks=breaks, at=at, arc=arc
    )


def breaks_of(moment: Moment) -> Breaks | None:
    """What happens to feature maps at this moment, ``None`` for nothing. There is no other network to blend with."""
    breaks = None if moment.breaks is None else replace(moment.breaks, blend=0.0)
    return breaks if breaks is not None and breaks.active else None


def number_of(moment: Moment, address: str, default: float) -> float:
    """The number of a control at this moment, within what float32 sums bear."""
    value = moment.native.get(address, default)
    return max(-LIMIT, min(LIMIT, float(value))) if isinstance(value, int | float) else float(default)
