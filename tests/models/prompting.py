"""A text-to-image model as the show knows it, without a network: its spec, and the layout of its controls."""

from __future__ import annotations

from dataclasses import replace

from latentjockey.control.layout import Layout
from latentjockey.control.prompts import PROMPTS, prompt_name
from latentjockey.models import controls
from latentjockey.models.card import ModelCard
from latentjockey.models.diffusion_spec import TEXT, DiffusionShape, controls_of
from latentjockey.models.pair import pair
from latentjockey.models.spec import ModelSpec

NOISE = (4, 8, 8)
SHAPE = DiffusionShape(TEXT, NOISE, 0, 2, tuple(map(prompt_name, range(PROMPTS))))


def prompting(name: str = "turbo") -> ModelSpec:
    return ModelSpec(
        name, ModelCard(name), SHAPE.z_dim, 3, SHAPE.band + PROMPTS, (1, 2), straight=PROMPTS, size=(16, 16),
        controls=controls_of(SHAPE), classes=SHAPE.names, noise=NOISE,
    )  # fmt: skip


def plain(*classes: str) -> ModelSpec:
    """A model that is asked for no texts."""
    return ModelSpec("plain", ModelCard("plain"), 8, 3, 8, (1, 2), classes=classes)


def layout_of(a: ModelSpec, b: ModelSpec | None = None, epoch: int = 1) -> Layout:
    return Layout(epoch, controls.controls_of(a if b is None else pair(a, replace(b, name=f"{b.name} too"))))
