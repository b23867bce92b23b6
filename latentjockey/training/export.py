"""Writing what was trained as a model that plays, with a card that says what it learned from and how."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from latentjockey.base.platform import cores
from latentjockey.generators.style import model_file
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models.card import UNDISCLOSED, ModelCard, Source
from latentjockey.training.checkpoint import no_room
from latentjockey.training.config import Plan
from latentjockey.training.directions import Directions
from latentjockey.training.schedule import Spent, in_words

PERMISSION = "An open licence is a permission to learn from these pictures, not a wish of their makers."


def machine(device: torch.device) -> str:
    """What trains, in words."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    if device.type != "cpu":
        return device.type.upper()
    return f"{_processor()}, {cores()} cores"


def card(plan: Plan, sources: Sequence[Source], spent: Spent, where: str, endless: bool) -> ModelCard:
    """The card of a model after ``spent``, trained ``where``."""
    told = tuple(_owned(source, plan) for source in sources) or (_owned(Source(plan.data), plan),)
    sizes = " then ".join(f"{stage.size} px" for stage in plan.stages)
    length = in_words(spent.seconds).removeprefix("about ")
    training = (
        f"{spent.step:,} steps, {spent.images:,} images seen ({sizes}), {length} on {where}; "
        "encoded and decoded first, then also judged by a critic"
    )
    if endless:
        training += "; pictures drawn anew while training"
    if plan.start:
        training += f"; began from {Path(plan.start).stem}"
    return ModelCard(
        name=plan.title or plan.name,
        author=plan.author or UNDISCLOSED,
        licence=plan.licence or UNDISCLOSED,
        data=", ".join(dict.fromkeys(source.name for source in told))[:400],
        data_licence=_all([source.licence for source in told]),
        consent=_all([source.consent for source in told]),
        note=PERMISSION,
        sources=told,
        training=training,
        weak="Not looked at yet.",
    )


def write(
    path: Path,
    net: StyleNet,
    prior: ClassPrior,
    classes: Sequence[str],
    plan: Plan,
    made: ModelCard,
    spent: Spent,
    ways: Directions | None = None,
) -> None:
    """Write a model that plays. Raises DiskFullError, OSError."""
    with no_room(path.parent):
        model_file.save(
            path,
            net,
            prior,
            name=plan.title or plan.name,
            classes=classes,
            card=made,
            directions=None if ways is None else ways.rows,
            direction_labels=() if ways is None else ways.labels,
            training={
                "steps": spent.step,
                "images": spent.images,
                "seconds": round(spent.seconds),
                "seed": plan.seed,
                "data": Path(plan.data).name,
            },
        )


def _owned(source: Source, plan: Plan) -> Source:
    """A source with what was said on the command line where nothing else is known."""

    def told(word: str, given: str) -> str:
        return given if given and word == UNDISCLOSED else word

    return replace(
        source,
        author=told(source.author, plan.author),
        licence=told(source.licence, plan.licence),
        consent=told(source.consent, plan.consent),
    )


def _all(words: Sequence[str]) -> str:
    """What is true of all of them: one word, several, or undisclosed as soon as one is."""
    if UNDISCLOSED in words:
        return UNDISCLOSED
    return ", ".join(dict.fromkeys(words))


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
