"""What a player wants to be trained, as data, and the command that does it. Pure."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from latentjockey.base.paths import safe_name
from latentjockey.jobs.material import Material
from latentjockey.jobs.runs import DIFFUSION, STYLE, TrainingRun
from latentjockey.models.card import CONSENTS, UNDISCLOSED, WITHDRAWN

SIZES = (64, 128, 256)
DEFAULT_MINUTES = 120.0
NO_START = ""
"""Begin from nothing."""
STEPS = (1, 2, 4)
"""In how few steps a latent diffusion can be taught to draw."""
DEFAULT_STEPS = 2

CONSENT_MEANS = {
    "own": "I made these pictures myself.",
    "asked": "Whoever made them was asked, and agreed to this.",
    "licensed, not asked": "An open licence permits it. Nobody was asked: that is permission, not a wish.",
    "undisclosed": "Not known, or not told. The model will say so wherever it is shown.",
    "withdrawn": "Whoever made them does not want this: they cannot be trained on.",
}
"""What each state says, in a sentence for whoever chooses."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``data`` is a recipe's name or an absolute path; ``start`` the library's name of the model to begin with.
    ``author``, ``licence`` and ``consent`` are of the pictures that no manifest tells them of; without a ``consent``
    none of the three is told, with one what is empty is undisclosed. ``kind`` is what is trained; a latent diffusion
    begins from nothing, and learns to draw in ``steps``, which mean nothing to a style network."""

    data: str = ""
    name: str = ""
    size: int = 128
    minutes: float = DEFAULT_MINUTES
    start: str = NO_START
    author: str = ""
    licence: str = ""
    consent: str = ""
    kind: str = STYLE
    steps: int = DEFAULT_STEPS


def missing(wish: Wish, material: Material | None, runs: tuple[TrainingRun, ...]) -> str:
    """What is missing before it can start, in a sentence; empty for nothing."""
    if not wish.data:
        return "Choose what to learn from: a recipe, or drop a folder of pictures here."
    if material is None:
        return "Looking through the pictures."
    if material.trouble:
        return material.trouble
    if not wish.name.strip():
        return "Give the model a name."
    if any(run.folder.name == safe_name(wish.name) for run in runs):
        return f"There is a training called {safe_name(wish.name)} already: resume it, or take another name."
    if not wish.minutes > 0:
        return "Give it some minutes."
    if wish.kind == DIFFUSION and wish.start:
        return "A diffusion model begins from nothing: take the model away that it is to begin with."
    if material.asks and wish.consent not in CONSENTS:
        return "Say whose pictures these are: it is kept with everything that is learned from them."
    if material.asks and wish.consent == WITHDRAWN:
        return CONSENT_MEANS[WITHDRAWN]
    return ""


def command(wish: Wish) -> list[str]:
    """The whole command that trains this."""
    title = " ".join(wish.name.split())
    parts = [wish.data, "--out", safe_name(wish.name), "--title", title, "--size", str(wish.size)]
    parts += ["--minutes", f"{wish.minutes:g}"]
    if wish.kind == DIFFUSION:
        parts += ["--kind", DIFFUSION, "--steps", str(wish.steps)]
    if wish.start:
        parts.append(f"--from={wish.start}")
    if wish.consent:
        told = (("author", wish.author), ("licence", wish.licence), ("consent", wish.consent))
        parts += [f"--{name}={value.strip() or UNDISCLOSED}" for name, value in told]
    return _trainer(parts)


def resume_command(run: TrainingRun, minutes: float) -> list[str]:
    """The whole command that goes on with ``run`` for ``minutes`` more."""
    return _trainer([f"--resume={run.folder.name}", "--minutes", f"{run.minutes_spent + minutes:g}"])


def _trainer(parts: list[str]) -> list[str]:
    # -P: what lies in the folder where the show was started is not to be taken for a library
    return [sys.executable, "-P", "-m", "latentjockey.training", "--events", *parts]
